/** Records as no document describes them: changed at random places, and with texts that break a careless program. */
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import { mutate, mutations } from "../../../../packages/http/test/fixtures/mutation.js"
import * as Between from "../between.js"
import * as Oracle from "../oracle.js"
import { type Row, wrongOf } from "../Row.js"
import * as Still from "../still.js"

type Json = { readonly [name: string]: unknown }

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value)

const hostile = [
  "\u0000",
  "a\u0000b",
  "\ud800",
  "a\udc00b",
  "\u202eright to left",
  "=HYPERLINK(\"http://x\")",
  "'; DROP TABLE calls; --",
  "\"\"\"",
  "\\",
  "\u2028\u2029\r\n\n",
  "${process.env}",
  "%s%n%p",
  "../../../etc/passwd",
  "NULL",
  "\ufeffmark",
  "é".repeat(300_000),
  "x".repeat(1_000_000),
  "{\"id\":\"cll-1\"}",
  "😀".repeat(1000),
  "\u001b[2J\u001b[31mred",
  "__proto__",
  "NaN"
] as const

const freeText = ["summary", "content", "contact_name", "callSummary", "userName", "agentName", "name"]

/** The records of a list, or the one that a detail is. */
const changeRows = (body: unknown, change: (row: Json) => unknown): unknown => {
  if (!isObject(body)) return body
  for (const name of ["data", "calls"]) {
    const list = body[name]
    if (Array.isArray(list)) return { ...body, [name]: list.map((row: unknown) => isObject(row) ? change(row) : row) }
    if (isObject(list)) return { ...body, [name]: change(list) }
  }
  return typeof body["id"] === "string" ? change(body) : body
}

/** Whether the vendor can be asked for a record of this id: docs/proof.md. */
const isAskable = (id: string, { source }: Still.Still): boolean =>
  source === "allo" ? /^(cll|msg)-[A-Za-z0-9]+$/.test(id) : id.length <= 200

const isOfRecords = (url: string): boolean => /\/items|\/api\/calls/.test(url)

/** A record is changed in the same way wherever it is shown. */
const isChosen = (row: Json, salt: number): boolean =>
  typeof row["id"] === "string" &&
  [...row["id"]].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, salt) % 12 === 0

export const records: Row = {
  name: "records",
  words: "Records that are changed at random, and texts with NULs, lone surrogates, commands and megabytes",
  cases: { whole: 1000, ten: 60, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random, seed }) =>
      Effect.gen(function*() {
        const still = stillOf(Math.floor(number / 2))
        const between = yield* Between.make(still.sandbox)
        const salt = random.below(9973)
        const [changes = []] = FastCheck.sample(mutations, { numRuns: 1, seed: seed * 1009 + number })
        const text = hostile[random.below(hostile.length)] ?? ""
        const shown = new Set<string>()
        const marks = new Set<string>()
        const change = (row: Json): unknown => {
          if (!isChosen(row, salt)) return row
          shown.add(String(row["id"]))
          if (number % 2 === 0) {
            return Object.fromEntries(
              Object.entries(row).map(([name, value]) =>
                freeText.includes(name) && typeof value === "string" ? [name, `${text}${value}`] : [name, value]
              )
            )
          }
          const changed = mutate(row, changes)
          for (const mark of [...changed.marks, ...changed.added]) marks.add(mark)
          if (isObject(changed.value)) {
            for (const [name, value] of Object.entries(changed.value)) {
              if (/^id$/i.test(name)) shown.add(String(value))
            }
          }
          return changed.value
        }
        between.spoil(({ url }) =>
          isOfRecords(url)
            ? (answer) =>
              answer.status === 200
                ? {
                  ...answer,
                  body: Buffer.from(JSON.stringify(changeRows(JSON.parse(answer.body.toString()), change)))
                }
                : answer
            : null
        )
        const out = yield* Still.folder
        const ended = yield* still.export(out, {}, { past: between.sandbox })
        between.spoil(() => null)
        const code = ended.report?.exitCode ?? 1
        const changed = (_: string, key: string) =>
          [...shown].some((id) => key.includes(JSON.stringify(id).slice(1, -1)))
        const untouched = (contents: Oracle.Contents): Oracle.Contents =>
          Object.fromEntries(
            Object.entries(contents).map(([table, rows]) => [
              table,
              table === "conversations" ? [] : rows.filter((row) => !changed(table, row))
            ])
          )
        return [
          // Texts are texts; a record that cannot be read is named, and costs no other.
          ...code === 0 || (code === 4 && number % 2 === 1)
            ? []
            : [
              wrongOf(
                `exit ${code}: ${ended.report?.problems.map(({ message, tag }) => `${tag} ${message}`).join("; ")}`
              )
            ],
          ...Oracle.ofWords(ended.heard.texts, marks),
          ...Oracle.ofContents(untouched(yield* Still.contentsOf(out)), untouched(still.expected), {
            partly: code !== 0 && ended.report?.problems.some(({ tag }) => tag !== "Quarantined") === true
          }),
          ...yield* still.judge(out, ended),
          ...yield* still.after(out, {
            full: true,
            mayHold: changed,
            mayDiffer: [...shown].some((id) => !isAskable(id, still))
          })
        ]
      })
  })
}
