/**
 * A dataset on object storage: Delta tables that engines read, and state that a fresh machine goes on from.
 *
 * @since 0.1.0
 */
export * as Credentials from "./Credentials.js"
export * as DeltaError from "./DeltaError.js"
export { DeltaLog } from "./DeltaLog.js"
export * as DeltaTable from "./DeltaTable.js"
export * as FolderStore from "./FolderStore.js"
export * as Guard from "./Guard.js"
export { Lake } from "./Lake.js"
export * as LakeError from "./LakeError.js"
export { ObjectStore } from "./ObjectStore.js"
export * as S3Store from "./S3Store.js"
export * as State from "./State.js"
export * as StateError from "./StateError.js"
