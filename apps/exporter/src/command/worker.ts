/** `trunkline worker`: what is wrong with flags and settings is said before anything heavy is loaded. */
import { refuseWindows } from "@trunkline/dataset/System"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { resolve } from "node:path"
import * as Database from "../Database.js"
import { Process } from "../Process.js"
import * as Scratch from "../Scratch.js"
import * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import type * as Night from "./night.js"
import * as values from "./values.js"
import * as Watched from "./watched.js"

export interface Flags extends Night.Flags {
  readonly database: Option.Option<string>
  readonly config: Option.Option<string>
  readonly nights: Option.Option<string>
  readonly scratch: Option.Option<string>
}

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    yield* refuseWindows
    const nights = yield* values.maybe(flags.nights, (text) => values.whole("--nights", text, { from: 1, to: 16 }))
    const url = yield* Database.url(flags.database, yield* Asked.environment)
    const configuration = yield* Watched.configuration(flags.config)
    const { folder } = yield* Process
    const scratch = resolve(folder, Option.getOrElse(flags.scratch, Scratch.usual))
    const { allowHttp, state: text } = flags
    yield* ChosenLake.needed({ flag: "--state", text, allowHttp, out: scratch }, yield* configuration)
    const { work } = yield* Effect.promise(() => import("./working.js"))
    return yield* work(flags, { configuration, nights: Option.getOrElse(nights, () => 2), scratch, url })
  })
