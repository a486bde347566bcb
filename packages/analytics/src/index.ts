/**
 * Views with written definitions over a dataset of calls.
 *
 * @since 0.1.0
 */
export { Analytics } from "./Analytics.js"
export type { Answer, Options } from "./Analytics.js"
export * as AnalyticsError from "./AnalyticsError.js"
export * as Explorer from "./Explorer.js"
export * as Parameters from "./Parameters.js"
export * as Report from "./Report.js"
export * as ReportText from "./ReportText.js"
export * as Text from "./Text.js"
export * as TextTable from "./TextTable.js"
export { trunklineSql } from "./trunklineSql.js"
export * as View from "./View.js"
export * as Views from "./Views.js"
export * as Words from "./Words.js"
