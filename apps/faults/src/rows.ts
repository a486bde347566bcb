/** The table: every row, in its order. */
import type { Row } from "./Row.js"
import { answers } from "./rows/answers.js"
import { exporters, stopped } from "./rows/commands.js"
import { connections } from "./rows/connections.js"
import { full, power, steps } from "./rows/disk.js"
import { files, ledgers, paths, readers } from "./rows/folders.js"
import { killed, kills } from "./rows/kills.js"
import { limits } from "./rows/limits.js"
import { records } from "./rows/records.js"
import { refusals } from "./rows/refusals.js"
import { coherent, moving, served } from "./rows/simulations.js"
import { soak } from "./rows/soak.js"

export const rows: ReadonlyArray<Row> = [
  kills,
  killed,
  stopped,
  steps,
  full,
  power,
  exporters,
  moving,
  served,
  coherent,
  refusals,
  limits,
  answers,
  connections,
  records,
  ledgers,
  files,
  paths,
  readers,
  soak
]
