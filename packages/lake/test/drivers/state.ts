/** Restores, or lives and pushes, and kills itself before the n-th lasting step of the disk, or before or after a request to the lake: a lake, a folder, a night (-1 to restore), and which one. */
import { Disk } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import { lakeOf } from "../lakes.js"
import { live, opened, pushed, restored } from "../nights.js"

const [, , place = "", out = "", night = "", nth = ""] = process.argv
let counting = false
let seen = 0

const step = () =>
  Effect.sync(() => {
    if (!counting) return
    seen += 1
    if (seen === Number(nth)) process.kill(process.pid, "SIGKILL")
  })

const lake = lakeOf(place, { before: step, after: step })
const lasting: ReadonlySet<string> = new Set(["sync", "rename", "link", "syncDirectory"])
const disk = Disk.layerWatched((name) => lasting.has(name) ? step() : Effect.void)
const begin = Effect.sync(() => {
  counting = true
})
const done = Effect.sync(() => process.stdout.write(`${seen} steps\n`))

// The steps of the disk in a restore are those of the dataset's package.
const restore = Effect.zipRight(begin, restored(out, lake))

// What a dataset does until then is killed elsewhere.
const push = opened(
  out,
  lake,
  (dataset) => live(dataset, Number(night)).pipe(Effect.zipRight(begin), Effect.zipRight(pushed(dataset))),
  disk
)

if (night === "-1") Effect.runFork(Effect.zipRight(restore, done))
else Effect.runFork(Effect.zipRight(push, done))
