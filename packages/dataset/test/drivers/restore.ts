/** Restores what was carried away, and kills itself before the n-th step of the disk: what is away, a folder, and which step. */
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { restore } from "../carrying.js"

const [, , away = "", out = "", nth = ""] = process.argv
let seen = 0

Effect.runFork(
  restore(away, out).pipe(Effect.provide(Disk.layerWatched(() =>
    Effect.sync(() => {
      seen += 1
      if (seen === Number(nth)) process.kill(process.pid, "SIGKILL")
    })
  )))
)
