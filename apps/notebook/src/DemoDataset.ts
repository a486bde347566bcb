/** The dataset of `trunkline demo` as it was on one certain morning, so that whoever executes the notebooks sees the same. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { run } from "./run.js"
import { Unfit } from "./Unfit.js"
import { clock, command, root } from "./Workspace.js"

/** A Monday before anybody is at work: nothing new arrives in the minutes an export may take on a slow machine. */
const morning = "2026-10-05T06:00:00Z"

export const make = (folder: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    // The demo goes on with the world of its folder; this one began on that morning.
    yield* fs.makeDirectory(`${folder}/_trunkline`, { recursive: true })
    yield* fs.writeFileString(`${folder}/_trunkline/demo.json`, JSON.stringify({ startsAt: Date.parse(morning) }))
    const { code, errors } = yield* run([process.execPath, "--import", clock, command, "demo", "--out", folder], {
      folder: root,
      variables: { TRUNKLINE_NOTEBOOK_NOW: morning }
    })
    if (code !== 0) {
      return yield* new Unfit({
        reason: `The demo dataset could not be made: trunkline demo ended with ${code}\n${errors.trim()}`
      })
    }
  })
