/** The keys of `extra` that docs/columns.md names are those that rows have. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { alloCall, allomiaDetails, history } from "./fixtures/mapped.js"
import { documentedCalls, documentedHistory, fullCall, fullDetails } from "./fixtures/records.js"

const keysOf = (value: unknown): ReadonlyArray<string> =>
  Array.isArray(value)
    ? value.flatMap(keysOf)
    : typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
    : []

/** Rows of records that say more than columns hold. */
const extras = Effect.gen(function*() {
  const [call] = documentedHistory
  const [entry] = yield* history([{ ...call, page: 1 }])
  const mapped = yield* yield* Effect.succeed(entry ?? Effect.dieMessage("no entry"))
  return [
    (yield* alloCall({ ...fullCall, duration: "soon" })).row.extra,
    (yield* yield* allomiaDetails({ ...documentedCalls[0], callOutcome: "appointment_confirmed" })).row.extra,
    (yield* yield* allomiaDetails(fullDetails)).row.extra,
    mapped._tag === "HistoryCall" ? mapped.call.row.extra : null
  ]
})

/** Named in the section as something else: columns, a value, and a field that is not kept. */
const noKeys = new Set(["extra", "business_outcome", "null", "appointment_confirmed", "status"])

it.effect("every key of extra that docs/columns.md names is one that a row has", () =>
  Effect.gen(function*() {
    const page = readFileSync(new URL("../../../docs/columns.md", import.meta.url), "utf8")
    const section = page.split(/^## /m).find((part) => part.startsWith("`extra`")) ?? ""
    const code = section.split(/```sql\n|```/)
    const named = [
      ...[...(code[0] ?? "").matchAll(/`(?:"(\w+)": )?"?(\w+)"?`/g)].map(([, field, word]) => field ?? word ?? ""),
      ...[...(code[1] ?? "").matchAll(/'\$\.([\w.[\]]+)'/g)].flatMap(([, path = ""]) => path.match(/[a-z]\w*/gi) ?? [])
    ].filter((word) => !noKeys.has(word))
    const kept = new Set((yield* extras).flatMap((extra) => keysOf(JSON.parse(extra ?? "{}"))))
    assert.includeMembers(named, ["contacts", "user", "company", "deals", "duration", "callOutcome", "outcome"])
    assert.deepStrictEqual(named.filter((key) => !kept.has(key)), [])
    // What became of a call stood here before it had a column.
    for (const key of ["callOutcome", "callSummaryFr", "entry"]) assert.include(page, `\`${key}\``)
  }))
