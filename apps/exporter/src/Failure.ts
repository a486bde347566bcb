/** Every way a command can fail, and every name a problem can have. */
import type { DatasetMissing } from "@trunkline/analytics/AnalyticsError"
import type * as Carried from "@trunkline/dataset/Carried"
import type { DatasetError } from "@trunkline/dataset/DatasetError"
import type * as Elsewhere from "@trunkline/dataset/Elsewhere"
import type * as Verify from "@trunkline/dataset/Verify"
import type * as ExitCode from "@trunkline/export/ExitCode"
import type { DatabaseFailed } from "@trunkline/fleet/FleetError"
import type { ApiError } from "@trunkline/http"
import type * as Lake from "@trunkline/lake/Lake"
import type * as State from "@trunkline/lake/State"
import type { ParquetFileError } from "@trunkline/parquet/ParquetFile"
import type { SandboxError } from "@trunkline/sandbox/Sandbox"
import type { SqlError } from "./command/sql.js"
import type { InvalidFlag } from "./command/values.js"
import type { InvalidConfiguration } from "./configuration/Configuration.js"
import type { InvalidSetting } from "./Environment.js"

/** What ends a command other than well. */
export type Failure =
  | ApiError.ApiError
  | DatasetError
  | Verify.VerifyError
  | DatasetMissing
  | SandboxError
  | SqlError
  | InvalidFlag
  | InvalidSetting
  | InvalidConfiguration
  | ParquetFileError
  | Carried.CarryError
  | Elsewhere.NotWhole
  | State.PushError
  | State.RestoreError
  | Lake.VacuumError
  | Lake.CheckError
  | DatabaseFailed

/** What the commands say themselves, and no service fails with. */
type Told = "Interrupted" | "Doctor" | "NoWorker" | "BadNight"

/** What a script can act on. */
export type Tag = Failure["_tag"] | Lake.LakeFinding["_tag"] | Verify.Problem["_tag"] | ExitCode.Tag | Told
