/** Every way a command can fail, and every name a problem can have. */
import type { DatasetMissing } from "@trunkline/analytics/AnalyticsError"
import type { DatasetError } from "@trunkline/dataset/DatasetError"
import type * as Verify from "@trunkline/dataset/Verify"
import type { ApiError } from "@trunkline/http"
import type { SandboxError } from "@trunkline/sandbox/Sandbox"
import type { SqlError } from "./command/sql.js"
import type { InvalidFlag } from "./command/values.js"
import type { InvalidSetting } from "./Environment.js"
import type { NoProgress } from "./reading/Budget.js"
import type { ClockSkew } from "./reading/Clocks.js"
import type { FilterIgnored } from "./reading/FilterIgnored.js"
import type { EmptyRange } from "./reading/Range.js"

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

/** What is found on the way, and ends nothing. */
type Found = Verify.Problem | FilterIgnored | EmptyRange | ClockSkew | NoProgress

/** What no service fails with: the commands say so themselves. */
type Told = "UnusableId" | "Quarantined" | "Uncertified" | "Interrupted" | "Unexpected" | "Doctor"

/** What a script can act on. */
export type Tag = Failure["_tag"] | Found["_tag"] | Told
