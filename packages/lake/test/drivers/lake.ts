/** Pushes a night into a lake, or restores, and kills itself before its n-th step: the work, a lake, a folder, a night, and which step (0 for none). A step lasts on the disk, or is a request to the lake, before or after its effect. */
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { night, restore } from "../killing.js"
import { lakeOf } from "../lakes.js"

const [, , work = "", place = "", out = "", of = "", nth = ""] = process.argv
let counting = work === "restore"
let seen = 0

const step = () =>
  Effect.sync(() => {
    if (!counting) return
    seen += 1
    // Not a moment later: no finalizer runs, and nothing is flushed.
    if (seen === Number(nth)) process.kill(process.pid, "SIGKILL")
  })

const lasting: ReadonlySet<string> = new Set(["sync", "rename", "link", "syncDirectory"])
const machine = {
  out,
  lake: lakeOf(place, { before: step, after: step }),
  disk: Disk.layerWatched((name) => lasting.has(name) ? step() : Effect.void)
}

const begin = Effect.sync(() => {
  counting = true
  process.stdout.write("begun\n")
})

const done = Effect.sync(() => process.stdout.write(`${seen} steps\n`))

if (work === "restore") Effect.runFork(Effect.zipRight(restore(machine), done))
else Effect.runFork(Effect.zipRight(night(machine, Number(of), begin), done))
