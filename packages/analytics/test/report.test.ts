/** The report as a value: golden figures, what it keeps to itself, and odd datasets. */
import { assert, describe, it } from "@effect/vitest"
import { Report } from "@trunkline/analytics"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TestClock from "effect/TestClock"
import { golden } from "./golden.js"
import { goldenSources } from "./goldenReport.js"
import { rounded, type World } from "./support.js"
import { gathered, until, worlds } from "./worlds.js"

/** Sums in another order differ in the last digits. */
const comparable = (value: unknown): unknown =>
  typeof value === "number"
    ? rounded(value)
    : Array.isArray(value)
    ? value.map(comparable)
    : value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, comparable(inner)]))
    : value

const numbers = ["+33612345678", "06 12 34 56 78", "0033-6-12-34-56-78", "(415) 555-0100", "٠٦١٢٣٤٥٦٧٨"]

/** Numbers and secrets wherever a row can hold them. */
const telling: World = {
  calls: Array.from({ length: 40 }, (_, index) => ({
    source: index % 2 === 0 ? "allo" : "allomia",
    call_id: `call-${index}`,
    organization_id: numbers[index % 5],
    started_at: new Date(until - index * 3_600_000).toISOString(),
    duration_seconds: index,
    direction: index === 39 ? numbers[0] : "inbound",
    outcome: index % 3 === 0 ? "missed" : "answered",
    agent_id: index % 7 === 0 ? numbers[1] : `u${index}`,
    agent_name: index % 7 === 0 ? null : `Poste ${numbers[index % 5]}`,
    agent_email: "secret@example.com",
    line_number: "+33199999999",
    contact_number: `+3361234567${index % 4}`,
    contact_name: "Madame Secret",
    company_name: "Secret SA",
    summary: "They spoke of a secret",
    extra: "{\"secret\":true}",
    primary_intent: index % 2 === 0 ? null : `Rappeler ${numbers[index % 5]}`,
    tags: index % 2 === 0 ? [`Client ${numbers[index % 5]}`] : [],
    details_at: new Date(until).toISOString(),
    exported_at: new Date(until).toISOString()
  })),
  certificates: [{
    source: "allo",
    scope: numbers[0],
    stream: "items",
    from_at: "2026-11-01T00:00:00Z",
    to_at: "2026-11-19T00:00:00Z",
    verdict: "uncertified",
    read_at: new Date(until).toISOString()
  }]
}

describe("the report", () => {
  it.scoped("says of the golden dataset what was worked out by hand", () =>
    Effect.gen(function*() {
      const report = yield* gathered(golden, { zone: "Europe/Paris" })
      assert.deepStrictEqual(
        comparable(report.sources.map(({ organizations: _organizations, ...source }) => ({ ...source, hours: [] }))),
        comparable(goldenSources.map((source) => ({ ...source, hours: [] })))
      )
      assert.deepStrictEqual(report.rules, {
        incoming: ["inbound"],
        answered: ["answered", "transferred"],
        uncounted: [],
        missed: ["missed", "voicemail"],
        followupHours: 24,
        repeatDays: 7,
        gone: false
      })
      for (const { hours, totals } of report.sources) {
        assert.strictEqual(hours.length, 168)
        assert.strictEqual(hours.reduce((sum, { calls }) => sum + calls, 0), totals.calls)
      }
      // Half past two on the Sunday of 25 hours came twice, so two calls are one an hour.
      assert.deepStrictEqual(
        report.sources[1]?.hours.find(({ hour, weekday }) => weekday === 7 && hour === 2),
        { weekday: 7, hour: 2, calls: 2, incoming: 2, answerRate: 1, hours: 2, callsPerHour: 1, incomingPerHour: 1 }
      )
    }))

  it.scoped("is plain JSON of the shape it promises", () =>
    Effect.gen(function*() {
      const report = yield* gathered(golden, { zone: "Europe/Paris", withNumbers: true })
      const again: unknown = JSON.parse(JSON.stringify(report))
      assert.deepStrictEqual(yield* Schema.validate(Report.Report)(again), report)
    }))

  it.scoped("follows the parameters it is asked with", () =>
    Effect.gen(function*() {
      const report = yield* gathered(golden, {
        zone: "Europe/Paris",
        incoming: ["inbound", "web"],
        answered: ["answered", "voicemail"],
        followupHours: 1,
        repeatDays: 0.01
      })
      const [allo, allomia] = report.sources
      assert.strictEqual(allo?.answers.answered, 3)
      assert.strictEqual(allomia?.totals.incoming, 5)
      assert.deepStrictEqual([allo?.followup.reachedInTime, allo?.followup.reachedLate], [1, 2])
      assert.strictEqual(allo?.repeats.soon, 0)
      assert.deepStrictEqual(report.rules.answered, ["answered", "voicemail"])
    }))

  it.scoped("holds no number, no name of a contact and nothing of what was said, unless asked", () =>
    Effect.gen(function*() {
      const text = JSON.stringify(yield* gathered(telling))
      assert.notMatch(text, /secret/i)
      const digits = text.replaceAll(/[^\p{Nd}]/gu, "")
      for (const number of [...numbers, "+33199999999"]) {
        assert.notInclude(text, number)
        assert.notInclude(digits, number.replaceAll(/[^\p{Nd}]/gu, ""))
      }
      assert.include(text, "Client (number)")
      const asked = yield* gathered(telling, { withNumbers: true })
      assert.include(JSON.stringify(asked), "+33612345670")
      assert.include(JSON.stringify(asked), "Madame Secret")
      assert.notInclude(JSON.stringify(asked), "They spoke")
      assert.isTrue(asked.withNumbers)
    }))

  it.scoped("keeps dates, years and short numbers that stand in a label", () =>
    Effect.gen(function*() {
      const kept = ["Campaign 2026-11-20", "Until 31.12.2026", "Order 12345", "24/7", "Q4 2026", "9:00-17:30"]
      const report = yield* gathered({
        calls: kept.map((tag, index) => ({
          source: "allo",
          call_id: `${index}`,
          started_at: "2026-11-19T10:00:00Z",
          exported_at: "2026-11-19T11:00:00Z",
          tags: [tag]
        }))
      })
      assert.deepStrictEqual(
        report.sources[0]?.labels[0]?.rows.map(({ label }) => label).filter((label) => label !== "(unlabelled)")
          .toSorted(),
        kept.toSorted()
      )
    }))

  it.scoped("counts no history of a contact, whose calls stand in the dataset already", () =>
    Effect.gen(function*() {
      const history = (golden["calls"] ?? []).map((call) => ({
        source: "allo-v1",
        contact_id: "c",
        call_id: call["call_id"],
        started_at: call["started_at"],
        exported_at: call["started_at"]
      }))
      const [without, withHistory] = [
        yield* gathered(golden, { zone: "Europe/Paris" }),
        yield* gathered({ ...golden, history_calls: history }, { zone: "Europe/Paris" })
      ]
      assert.deepStrictEqual(withHistory, without)
    }))

  it.scoped("names the fifty most frequent labels and says how many there are", () =>
    Effect.gen(function*() {
      const report = yield* gathered({
        calls: Array.from({ length: 300 }, (_, index) => ({
          source: "allo",
          call_id: `${index}`,
          started_at: "2026-11-19T10:00:00Z",
          exported_at: "2026-11-19T11:00:00Z",
          agent_id: `u${index}`,
          tags: index < 10 ? [] : [`tag ${index % 120}`]
        }))
      })
      const [labels] = report.sources[0]?.labels ?? []
      assert.strictEqual(labels?.labels, 120)
      assert.strictEqual(labels?.rows.length, 51)
      assert.strictEqual(labels?.unlabelled, 10)
      assert.strictEqual(labels?.rows.at(-1)?.label, "(unlabelled)")
      assert.strictEqual(report.sources[0]?.agents.agents, 300)
      assert.strictEqual(report.sources[0]?.agents.rows.length, 50)
    }))
})

const said: { readonly [world: string]: ReadonlyArray<RegExp> } = {
  empty: [/nothing in this dataset yet/],
  "no-calls": [/no call in this dataset yet/, /Allo was read and holds no call/, /gap/],
  "one-call": [/only 1 call:/, /Nothing says which time of Allo/],
  "no-details": [/^All [\d,]+ calls of Allomia lack their details/],
  quarter: [/failed its proof/, /never asked for\. Run trunkline export --since \S+Z --until \S+Z/, /2 rows of Allomia/]
}

describe("notices", () => {
  it.effect.each(Object.keys(said))(
    "of %s say what is so and what to do",
    (name) =>
      Effect.scoped(Effect.gen(function*() {
        const { notices } = yield* gathered(worlds[name] ?? {}, { zone: "Europe/Paris" })
        for (const expected of said[name] ?? []) {
          assert.isTrue(
            notices.some(({ message }) => expected.test(message)),
            `${expected} in ${JSON.stringify(notices)}`
          )
        }
      }))
  )

  it.scoped("speak of UTC until a zone is named, and of a dataset that was not read for days", () =>
    Effect.gen(function*() {
      const world = worlds["one-call"] ?? {}
      assert.isTrue((yield* gathered(world)).notices.some(({ message }) => message.includes("UTC")))
      assert.isFalse(
        (yield* gathered(world, { zone: "Europe/Paris" })).notices.some(({ message }) => /UTC|last read/.test(message))
      )
      const later = gathered(world, { at: until + 5 * 86_400_000 })
      assert.isTrue((yield* later).notices.some(({ message }) => message.includes("last read 5 days ago")))
    }))
})

describe("a parameter that cannot be used", () => {
  it.effect("is refused before anything is asked", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(0)
      const error = yield* Effect.flip(Effect.scoped(gathered({}, { zone: "Mars/Olympus" })))
      assert.strictEqual(error._tag, "InvalidParameter")
    }))
})
