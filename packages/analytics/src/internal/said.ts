/** What DuckDB says of a statement, as far as it cannot repeat what stands in a row. */
import * as Predicate from "effect/Predicate"
import { QueryFailed, QueryRefused } from "../AnalyticsError.js"
import { views } from "../Views.js"
import { tables } from "./tables.js"

/** Before a row is read DuckDB can only speak of the text; later it quotes what it found. */
const ofTheText = /^(Parser|Binder|Catalog|Syntax) Error: /

/** These make SQL, or names in it, out of values: what is said of the statement may then repeat a value. */
const madeOfValues = /\b(getvariable|query|query_table|json_execute_serialized_sql|columns)\b/i

/** Names of columns may be values of rows as well, as those of a PIVOT or of a CSV without a head. */
const known: ReadonlySet<string> = new Set([
  "source",
  "month",
  "day",
  ...[...tables, ...Object.entries(views).map(([name, view]) => [name, view.columns] as const)]
    .flatMap(([table, columns]) => [table, ...columns.map(({ name }) => name)])
])

const quotations = (line: string): ReadonlyArray<string> =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? "")

/** Words of a type, as in `'sum(VARCHAR, DECIMAL(18,3))'`. An ENUM is made of values. */
const type =
  /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|(INTEGER|STRING)_LITERAL|VARCHAR|BOOLEAN|DOUBLE|FLOAT|DECIMAL|DATE|TIME(TZ|STAMP\w*)?|WITH|ZONE|STRUCT|MAP|JSON|BLOB|UUID|INTERVAL|BIT|ANY|NULL|\d{1,2})$/

const isKnown = (text: string) => {
  const typed = text.toLowerCase()
  return (quoted: string): boolean =>
    typed.includes(quoted.toLowerCase()) ||
    (quoted.match(/[\p{L}\p{N}_]+/gu) ?? []).every((word) =>
      known.has(word) || type.test(word) || typed.includes(word.toLowerCase())
    )
}

/** Only the candidates that the dataset has, or the text names. */
const candidates = (line: string, text: string): ReadonlyArray<string> => {
  const [, head = "", names = ""] = /^(\s*Candidate [^:]*: ?)(.*)$/.exec(line) ?? []
  if (!names.includes("\"")) return [line]
  const kept = quotations(names).filter(isKnown(text))
  return kept.length === 0 ? [] : [`${head}${kept.map((name) => `"${name}"`).join(", ")}`]
}

const around = (line: string): string => line.replace(/^LINE \d+: /, "").replace(/^\.\.\./, "").replace(/\.\.\.$/, "")

const blank = (text: string): string => text.replaceAll(/\s/g, " ")

/** `LINE 1: …` and the caret below it, where the line is one of the text. */
const location = (said: string, text: string): ReadonlyArray<string> => {
  const lines = said.split("\n")
  const at = lines.findIndex((line) => /^LINE \d+: /.test(line))
  const line = lines[at]
  return line !== undefined && blank(text).includes(blank(around(line)))
    ? ["", ...lines.slice(at, at + 2).map((shown) => shown.trimEnd())]
    : []
}

/** The same of a text of this project, in which nothing is made of values. */
const ofOwn = (said: string): string | null => {
  const [line = ""] = said.split("\n")
  return ofTheText.test(line) ? line.replace(/[.!]+$/, "") : null
}

/** Null where it is no matter of the text. */
const ofStatement = (said: string, text: string): string | null => {
  const [kind] = ofTheText.exec(said) ?? []
  if (kind === undefined) return null
  const lines = said.split("\n")
  const end = lines.findIndex((line) => /^LINE \d+: /.test(line))
  const [first = "", ...rest] = (end === -1 ? lines : lines.slice(0, end)).filter((line) => line.trim() !== "")
  const harmless = !madeOfValues.test(text) && quotations(first).every(isKnown(text))
  const told = harmless
    ? [
      first,
      ...rest.flatMap((line) =>
        /^\s*Candidate /.test(line)
          ? candidates(line, text)
          : line.startsWith("Did you mean ") || quotations(line).every(isKnown(text))
          ? [line]
          : []
      )
    ]
    : [`${kind}what DuckDB says may repeat what stands in a row, so it is left out`]
  return [...told, ...location(said, text)].join("\n").replace(/[.!]+$/, "")
}

/** A file that cannot be opened is named where the text names it. */
const ofFile = (said: string, text: string): string | null => {
  const [line = ""] = said.split("\n")
  const names = quotations(line)
  return /^(IO|HTTP) Error: /.test(line) && names.length > 0 && !madeOfValues.test(text) &&
      names.every((name) => name !== "" && text.includes(name))
    ? [line.replace(/[.!]+$/, ""), ...location(said, text)].join("\n")
    : null
}

/** The text is what a user asked, and may be repeated; null for a text of this project. */
export const failure = (text: string | null) => (cause: unknown): QueryRefused | QueryFailed => {
  const message = Predicate.hasProperty(cause, "message") && Predicate.isString(cause.message) ? cause.message : ""
  const words = message.replace(/^Failed to extract statements: /, "")
  if (words.startsWith("Permission Error: ")) {
    const reason = "SQL sees the dataset and no other file"
    return new QueryRefused({ reason: [reason, ...location(words, text ?? "")].join("\n"), needs: "files" })
  }
  const [, setting] = /^Invalid Input Error: Cannot change configuration option "(\w+)"/.exec(words) ?? []
  const reason = setting === undefined
    ? text === null ? ofOwn(words) : ofStatement(words, text) ?? ofFile(words, text)
    : `${setting} cannot be set: settings are fixed before a query runs`
  return reason === null
    ? new QueryFailed({
      kind: /^([A-Z][A-Za-z /-]+ (?:Error|Exception)):/.exec(words)?.[1] ?? "DuckDB failed",
      columns: []
    })
    : new QueryRefused({ reason })
}
