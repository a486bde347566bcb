/** What the explorer shows of any selection, held against the rows of the views, counted in plain JavaScript. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics } from "@trunkline/analytics"
import * as Explorer from "@trunkline/analytics/Explorer"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { asked, browser, missing, where } from "../chromium.js"
import { built, inside, open, settled } from "../exploring.js"
import { folderOf, layer } from "../support.js"
import { draws, quarter } from "../worlds.js"

const zone = "Europe/Paris"
const selections = 200

interface Call {
  readonly words: { readonly [column: string]: ReadonlyArray<string> }
  readonly day: string
  readonly weekday: number
  readonly hour: number
  readonly seconds: number | null
  readonly talk: number | null
  readonly incoming: boolean
}

/** As the page names things: two agents of one name by their organisations, lines by their last digits. */
const named = Effect.gen(function*() {
  const analytics = yield* Analytics
  const rows = [...(yield* Stream.runCollect(analytics.view("calls")))]
  const missed = new Map(
    [...(yield* Stream.runCollect(analytics.view("missed_followup")))].map((
      row
    ) => [`${row.source} ${row.call_id}`, row])
  )
  const homes = new Map<string, Set<string>>()
  const organization = (row: (typeof rows)[number]) => row.organization_name ?? row.organization_id ?? "(none)"
  for (const row of rows) {
    if (row.agent_name === null) continue
    homes.set(
      row.agent_name,
      (homes.get(row.agent_name) ?? new Set()).add(`${row.source} ${row.agent_id} ${organization(row)}`)
    )
  }
  const recovery = (row: (typeof rows)[number]): ReadonlyArray<string> => {
    const found = missed.get(`${row.source} ${row.call_id}`)
    return found === undefined
      ? []
      : [
        found.state === "reached"
          ? found.in_time === true ? "reached in time" : "reached later"
          : found.state.replace("called_again", "called again")
      ]
  }
  return rows.map((row): Call => {
    const detailed = row.source === "allomia" && (row.details_at !== null || row.primary_intent !== null)
    return {
      words: {
        source: [row.source],
        organization: [organization(row)],
        agent: [
          row.agent_name === null
            ? "(none)"
            : (homes.get(row.agent_name)?.size ?? 0) > 1
            ? `${row.agent_name} · ${organization(row)}`
            : row.agent_name
        ],
        direction: [row.direction],
        outcome: [row.outcome],
        business_outcome: row.business_outcome !== null ? [row.business_outcome] : detailed ? ["(none)"] : [],
        intent: row.primary_intent !== null ? [row.primary_intent] : detailed ? ["(unlabelled)"] : [],
        tags: row.tags.length > 0 ? [...new Set(row.tags)] : row.source === "allo" ? ["(unlabelled)"] : [],
        recovery: recovery(row)
      },
      day: row.started_local.slice(0, 10),
      weekday: ((new Date(`${row.started_local.slice(0, 10)}T12:00Z`).getUTCDay() + 6) % 7) + 1,
      hour: Number(row.started_local.slice(11, 13)),
      seconds: row.duration_seconds,
      talk: ["answered", "transferred"].includes(row.outcome) && (row.duration_seconds ?? 0) > 0
        ? row.duration_seconds
        : null,
      incoming: row.direction === "inbound" && row.outcome !== "unknown"
    }
  })
})

interface Selection {
  readonly words: { readonly [column: string]: ReadonlyArray<string> }
  readonly days: readonly [string, string] | null
  readonly seconds: readonly [number, number] | null
  readonly weekdays: ReadonlyArray<number>
  readonly hours: readonly [number, number] | null
}

const between = <A extends number | string>(value: A | null, range: readonly [A, A] | null): boolean =>
  range === null || (value !== null && value >= range[0] && value <= range[1])

/** The calls that all but one dimension let through. */
const through = (calls: ReadonlyArray<Call>, selection: Selection, but: string | null): ReadonlyArray<Call> =>
  calls.filter((call) =>
    Object.entries(selection.words).every(([column, words]) =>
      column === but || words.some((word) => call.words[column]?.includes(word) === true)
    ) &&
    (but === "days" || between(call.day, selection.days)) &&
    (but === "seconds" || between(call.seconds, selection.seconds)) &&
    (but === "week" ||
      ((selection.weekdays.length === 0 || selection.weekdays.includes(call.weekday)) &&
        between(call.hour, selection.hours)))
  )

const address = ({ days, hours, seconds, weekdays, words }: Selection): string => {
  const written = new URLSearchParams()
  if (days !== null) written.append("days", days.join(".."))
  if (seconds !== null) written.append("seconds", seconds.join(".."))
  if (weekdays.length > 0) written.append("weekdays", weekdays.join("-"))
  if (hours !== null) written.append("hours", hours.join(".."))
  for (const [column, list] of Object.entries(words)) for (const word of list) written.append(column, word)
  return written.toString()
}

const median = (values: ReadonlyArray<number>): number | null => {
  const sorted = values.toSorted((one, other) => one - other)
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]]
  return low === undefined || high === undefined ? null : (low + high) / 2
}

const ratio = (part: number, whole: number): number | null => whole === 0 ? null : part / whole

interface Shown {
  /** Calls, seconds of talk, mean, median, rates; null for none. */
  readonly figures: ReadonlyArray<number | null>
  readonly words: { readonly [column: string]: { readonly [word: string]: number } }
  readonly days: number
  readonly seconds: number
  readonly week: number
  readonly rows: number
}

const expected = (calls: ReadonlyArray<Call>, selection: Selection): Shown => {
  const all = through(calls, selection, null)
  const talk = all.flatMap(({ talk }) => talk === null ? [] : [talk])
  const total = talk.reduce((sum, seconds) => sum + seconds, 0)
  const counted = all.filter(({ incoming }) => incoming)
  const recovered = all.flatMap(({ words }) => words["recovery"] ?? []).filter((word) => word !== "unreachable")
  const counts = (column: string) => {
    const found: Record<string, number> = {}
    for (const call of through(calls, selection, column)) {
      for (const word of call.words[column] ?? []) found[word] = (found[word] ?? 0) + 1
    }
    return found
  }
  return {
    figures: [
      all.length,
      total,
      ratio(total, talk.length),
      median(talk),
      ratio(
        counted.filter(({ words }) => ["answered", "transferred"].includes(words["outcome"]?.[0] ?? "")).length,
        counted.length
      ),
      ratio(recovered.filter((word) => word === "reached in time").length, recovered.length)
    ],
    words: Object.fromEntries(Object.keys(calls[0]?.words ?? {}).map((column) => [column, counts(column)])),
    days: through(calls, selection, "days").length,
    seconds: through(calls, selection, "seconds").filter(({ seconds }) => seconds !== null).length,
    week: through(calls, selection, "week").length,
    rows: Math.min(25, all.length)
  }
}

/** In the page. What is selected stays in a chart with a 0, which is no figure. */
const shown = `(() => {
  const number = (text) => Number(text.replaceAll(",", ""))
  const sum = (cells) => [...cells].reduce((all, { textContent }) => all + number(textContent), 0)
  return {
    figures: [...document.querySelectorAll("dd.figure data")].map(({ value }) => value === "" ? null : Number(value)),
    words: Object.fromEntries([...document.querySelectorAll("table.facet")].map((table) => [
      table.closest("section").id,
      Object.fromEntries([...table.tBodies[0].rows].map((row) => [row.querySelector("input").value, number(row.cells[1].textContent)])
        .filter(([, calls]) => calls > 0))
    ]).filter(([column]) => column !== "line")),
    days: sum(document.querySelectorAll("#days tbody td")),
    seconds: sum(document.querySelectorAll("#seconds tbody td:last-child")),
    week: sum(document.querySelectorAll("table.week td")),
    rows: document.querySelectorAll("table.calls tbody tr").length
  }
})()`

const rounded = ({ figures, ...rest }: Shown): Shown => ({
  ...rest,
  figures: figures.map((value) => value === null ? null : Number(value.toPrecision(12)))
})

describe.skipIf(missing && asked === undefined)(`in ${where}`, () => {
  it.scoped(`${selections} random selections show what the rows of the views say`, () =>
    Effect.gen(function*() {
      const folder = yield* folderOf(quarter())
      const calls = yield* Effect.provide(named, layer({ folder, zone }))
      const { page } = yield* open(yield* browser, yield* Explorer.make({ folder, zone, page: yield* built }))
      yield* inside(
        page,
        `document.querySelectorAll(".body > button").forEach((button) => { if (!button.hidden) button.click() })`
      )
      const draw = draws(19)
      const whole = (most: number) => Math.floor(draw() * most)
      const some = <A>(all: ReadonlyArray<A>, most: number) =>
        [...new Set(Array.from({ length: 1 + whole(most) }, () => all[whole(all.length)]))].flatMap((one) =>
          one === undefined ? [] : [one]
        )
      const ordered = <A extends number | string>(one: A, other: A) =>
        one < other ? [one, other] as const : [other, one] as const
      const known = expected(calls, { words: {}, days: null, seconds: null, weekdays: [], hours: null }).words
      const days = calls.map(({ day }) => day)
      let narrowed = 0
      for (let index = 0; index < selections; index++) {
        const selection: Selection = {
          words: Object.fromEntries(
            Object.entries(known).flatMap(([column, words]) =>
              draw() < 0.2 ? [[column, some(Object.keys(words), 3)]] : []
            )
          ),
          days: draw() < 0.4 ? ordered(days[whole(days.length)] ?? "", days[whole(days.length)] ?? "") : null,
          seconds: draw() < 0.3 ? ordered(whole(400), whole(400)) : null,
          weekdays: draw() < 0.2 ? some([1, 2, 3, 4, 5, 6, 7], 3).toSorted() : [],
          hours: draw() < 0.2 ? ordered(whole(24), whole(24)) : null
        }
        yield* inside(page, `location.hash = ${JSON.stringify(address(selection))}`)
        // The address changes first, then the page.
        yield* inside(page, "new Promise(requestAnimationFrame)")
        yield* settled(page)
        const found = yield* inside<Shown>(page, shown)
        assert.deepStrictEqual(rounded(found), rounded(expected(calls, selection)), address(selection))
        if (found.rows > 0 && found.figures[0] !== calls.length) narrowed++
      }
      assert.isAbove(narrowed, selections / 4)
    }).pipe(Effect.provide(NodeContext.layer)), 600_000)
})
