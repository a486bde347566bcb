/** What a command knows of the process it runs in. */
import * as Context from "effect/Context"
import type { Format } from "./terminal/Logs.js"
import type { Screen } from "./terminal/Screen.js"

export class Process extends Context.Tag("trunkline/Process")<Process, {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly folder: string
  readonly screen: Screen
  readonly logFormat: Format
}>() {}
