/** Log lines on stderr, for people or for machines. */
import * as Cause from "effect/Cause"
import * as HashMap from "effect/HashMap"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { Screen } from "./Screen.js"
import { scrub } from "./secrets.js"

export type Format = "text" | "json"

const written = (value: unknown): string => {
  const text = typeof value === "string" ? value : Inspectable.stringifyCircular(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

const messages = (message: unknown): ReadonlyArray<unknown> => (Array.isArray(message) ? message : [message])

export const logger = (screen: Screen, format: Format): Logger.Logger<unknown, void> =>
  Logger.make(({ annotations, cause, date, logLevel, message }) => {
    // What broke is said in full only to those who ask for everything: a stack belongs in no nightly log.
    const broken = Cause.isEmpty(cause)
      ? undefined
      : scrub(Cause.pretty(cause, { renderErrorCause: false })).split("\n")[0]
    if (format === "json") {
      screen.say(scrub(JSON.stringify({
        time: date.toISOString(),
        level: logLevel.label,
        message: messages(message).map((part) => (typeof part === "string" ? part : Inspectable.toJSON(part))).join(
          " "
        ),
        ...Object.fromEntries(HashMap.toEntries(annotations).filter(([, value]) => value !== undefined)),
        ...(broken === undefined ? {} : { cause: broken })
      })))
      return
    }
    const facts = HashMap.toEntries(annotations)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${written(value)}`)
    screen.say([
      date.toISOString().slice(11, 19),
      logLevel.label.padEnd(5),
      messages(message).map((part) => typeof part === "string" ? part : Inspectable.stringifyCircular(part)).join(" "),
      ...facts,
      ...(broken === undefined ? [] : [`cause=${written(broken)}`])
    ].join(" "))
  })

/** Whether a person wants to be told how things go. */
export const tells = (least: LogLevel.LogLevel): boolean => LogLevel.lessThanEqual(least, LogLevel.Info)
