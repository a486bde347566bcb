/** Restores what was carried away, and kills itself before the n-th lasting step of the disk: what is away, a folder, and which step. */
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { lasting, restore } from "../carrying.js"

const [, , away = "", out = "", nth = ""] = process.argv
let seen = 0

Effect.runFork(
  restore(away, out).pipe(Effect.provide(Disk.layerWatched((step) =>
    Effect.sync(() => {
      if (!lasting.has(step)) return
      seen += 1
      if (seen === Number(nth)) process.kill(process.pid, "SIGKILL")
    })
  )))
)
