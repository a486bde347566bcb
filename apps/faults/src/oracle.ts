/** The one judge of all cases: what a folder, a report and everything that was said must be like. */
import { tables } from "@trunkline/calls"
import { Verify } from "@trunkline/dataset"
import type { ExportReport } from "@trunkline/export/ExportReport"
import * as Effect from "effect/Effect"
import { lstatSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Heard from "./heard.js"
import type { Wrong } from "./Row.js"

/** Every row of every table, as text. */
export type Contents = Readonly<Record<string, ReadonlyArray<string>>>

const keys: Readonly<Record<string, ReadonlyArray<string>>> = {
  calls: ["source", "call_id"],
  messages: ["source", "message_id"],
  utterances: ["source", "call_id", "seq"],
  conversations: ["source", "line_number", "contact_number"]
}

/** What identifies a row, with numbers left out of what is told. */
const keyOf = (table: string, text: string): string => {
  const row = JSON.parse(text)
  return JSON.stringify((keys[table] ?? []).map((column) => row[column]))
}

const named = (table: string, key: string): string => table === "conversations" ? table : `${table} ${key}`

const some = (kind: Wrong["kind"], what: string, found: ReadonlyArray<string>): ReadonlyArray<Wrong> =>
  found.length === 0 ? [] : [{ kind, text: `${found.length} ${what}: ${found.slice(0, 3).join(", ")}` }]

/** Differences of a folder from what it must hold. With `partly`, rows may be missing and may lack what is asked for later. */
export const ofContents = (
  found: Contents,
  expected: Contents,
  options: { readonly partly?: boolean; readonly mayHold?: (table: string, key: string) => boolean } = {}
): ReadonlyArray<Wrong> =>
  Object.keys(keys).flatMap((table) => {
    const own = found[table] ?? []
    const byKey = new Map((expected[table] ?? []).map((row) => [keyOf(table, row), row]))
    const seen = new Map<string, string>()
    const doubled: Array<string> = []
    for (const row of own) {
      const key = keyOf(table, row)
      if (seen.has(key)) doubled.push(named(table, key))
      seen.set(key, row)
    }
    const invented = [...seen.keys()].filter((key) => !byKey.has(key) && options.mayHold?.(table, key) !== true)
    const lost = options.partly === true ? [] : [...byKey.keys()].filter((key) => !seen.has(key))
    const other = options.partly === true
      ? []
      : [...seen].filter(([key, row]) => byKey.has(key) && byKey.get(key) !== row).map(([key]) => key)
    const tell = (list: ReadonlyArray<string>) => list.map((key) => named(table, key))
    return [
      ...some("doubled", "rows stand twice", doubled),
      ...some("invented", "rows were never served", tell(invented)),
      ...some("lost", "rows are missing", tell(lost)),
      ...some("invented", "rows are not as they were served", tell(other))
    ]
  })

/** Exit code, status and problems must say the same. */
export const ofReport = (report: ExportReport): ReadonlyArray<Wrong> => {
  const { exitCode, problems, status, windows } = report
  const told = `exit ${exitCode}, ${status}, ${problems.map(({ tag }) => tag).join(" ")}`
  const wrong = (text: string): Wrong => ({ kind: "misreported", text: `${text}: ${told}` })
  return [
    ...exitCode === 1
      ? [wrong(`something unexpected (${problems.map(({ message }) => message).join("; ")})`)]
      : [],
    ...(exitCode === 0) !== (status === "certified") ? [wrong("code and status differ")] : [],
    ...(exitCode === 130) !== (status === "interrupted") ? [wrong("code and status differ")] : [],
    ...exitCode === 0 && problems.length > 0 ? [wrong("all is well, and there are problems")] : [],
    ...exitCode !== 0 && exitCode !== 130 && problems.length === 0
      ? [wrong("something is wrong, and nothing named")]
      : [],
    ...status !== "interrupted" && windows.uncertified > 0 && exitCode === 0
      ? [wrong("windows are uncertified")]
      : []
  ]
}

/** Every file is readable and known, and no key stands twice. */
export const ofFolder = (out: string): Effect.Effect<ReadonlyArray<Wrong>> =>
  Verify.folder({ out, tables }).pipe(
    Effect.map(({ problems }) =>
      problems.map((problem): Wrong => ({
        kind: problem._tag === "DuplicateKeys" ? "doubled" : "misreported",
        text: `verify: ${problem.message}`
      }))
    ),
    Effect.catchAll((error) =>
      Effect.succeed([{ kind: "misreported", text: `verify: ${error._tag}: ${error.message}` } satisfies Wrong])
    )
  )

/** No API key stands in a written byte. */
export const ofBytes = (out: string, secrets: ReadonlyArray<string>): ReadonlyArray<Wrong> =>
  readdirSync(out, { recursive: true }).map(String).flatMap((name) => {
    const path = join(out, name)
    if (!lstatSync(path).isFile()) return []
    const bytes = readFileSync(path)
    return secrets.some((secret) => bytes.includes(secret))
      ? [{ kind: "leaked", text: `an API key stands in ${name}` } satisfies Wrong]
      : []
  })

/** Nothing private was said. The words themselves are not repeated here. */
export const ofWords = (texts: ReadonlyArray<string>, whispers: Heard.Whispers): ReadonlyArray<Wrong> => {
  const found = Heard.leaks(texts, whispers)
  const where = texts.find((text) => found.some((one) => text.includes(one))) ?? ""
  return found.length === 0
    ? []
    : [{
      kind: "leaked",
      text: `${found.length} private texts were said, first in: ${
        found.reduce((text, one) => text.replaceAll(one, "***"), where).slice(0, 300)
      }`
    }]
}
