/**
 * Exports what the sources hold into a dataset, with proof. The adapters of the vendors are imported by their own paths.
 *
 * @since 0.1.0
 */
export * as Compare from "./Compare.js"
export * as Erase from "./Erase.js"
export * as ExitCode from "./ExitCode.js"
export * as Export from "./Export.js"
export * as ExportError from "./ExportError.js"
export { ExportReport } from "./ExportReport.js"
export * as Grain from "./Grain.js"
export * as Plan from "./Plan.js"
export * as Planning from "./Planning.js"
export { Problem } from "./Problem.js"
export { Progress } from "./Progress.js"
export * as Pull from "./Pull.js"
export * as Repair from "./Repair.js"
export * as Rows from "./Rows.js"
export * as Settling from "./Settling.js"
export type * as Source from "./Source.js"
export { Sources } from "./Sources.js"
export * as Status from "./Status.js"
export { Stop } from "./Stop.js"
