/** A report of a part of a dataset: a range, sources, organisations, and what the words say of it. */
import { assert, describe, it } from "@effect/vitest"
import { ReportText } from "@trunkline/analytics"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type { Row, World } from "../support.js"
import { gathered } from "../worlds.js"

const zone = "Europe/Paris"
const at = (text: string) => DateTime.unsafeMake(text)

const call = (source: string, call_id: string, started_at: string, rest?: Omit<Row, "source">): Row => ({
  source,
  call_id,
  started_at,
  organization_id: source === "allo" ? "team" : "lake",
  exported_at: "2026-05-01T00:00:00Z",
  outcome: "answered",
  duration_seconds: 60,
  contact_number: `+3360000${call_id.padStart(4, "0")}`,
  ...rest
})

const organization = (source: string, organization_id: string, name: string): Row => ({
  source,
  organization_id,
  name,
  first_seen_at: "2026-02-01T00:00:00Z",
  last_seen_at: "2026-05-01T00:00:00Z"
})

const missed = { outcome: "missed", duration_seconds: 0, contact_number: "+33699990001" }

const world: World = {
  calls: [
    call("allo", "1", "2026-02-28T22:59:59Z", { duration_seconds: 500 }),
    call("allo", "2", "2026-02-28T23:00:00Z"),
    call("allo", "3", "2026-03-30T10:00:00Z", missed),
    call("allo", "4", "2026-03-31T21:59:59Z"),
    call("allo", "5", "2026-03-31T22:00:00Z", { duration_seconds: 500 }),
    // After the range, and within 24 hours of the miss before it ended.
    call("allo", "6", "2026-03-31T08:00:00Z", { direction: "outbound", contact_number: "+33699990001" }),
    call("allo", "7", "2026-04-02T08:00:00Z", { ...missed, contact_number: "+33699990002" }),
    call("allomia", "8", "2026-03-10T10:00:00Z"),
    call("allomia", "9", "2026-03-10T10:00:00Z", { organization_id: "park" }),
    call("allomia", "10", "2026-03-11T10:00:00Z", { organization_id: null })
  ],
  messages: [
    {
      source: "allo",
      message_id: "m1",
      sent_at: "2026-03-02T10:00:00Z",
      contact_number: "+33600000001",
      exported_at: "2026-05-01T00:00:00Z"
    },
    {
      source: "allo",
      message_id: "m2",
      sent_at: "2026-04-02T10:00:00Z",
      contact_number: "+33699990002",
      exported_at: "2026-05-01T00:00:00Z"
    }
  ],
  organizations: [
    organization("allo", "team", "Standard"),
    organization("allomia", "lake", "Clinique du Lac"),
    organization("allomia", "park", "Clinique du Parc")
  ]
}

const march = { zone, since: at("2026-02-28T23:00:00Z"), until: at("2026-03-31T22:00:00Z") }

describe("a range", () => {
  it.scoped("holds the calls that started in it, its first instant among them and its end not", () =>
    Effect.gen(function*() {
      const { selected, sources } = yield* gathered(world, march)
      const [allo, allomia] = sources
      assert.deepStrictEqual(
        [allo?.totals.calls, allo?.totals.messages, allo?.totals.talkSeconds, allomia?.totals.calls],
        [4, 1, 180, 3]
      )
      assert.deepStrictEqual(allo?.days.map(({ day }) => day), ["2026-03-01", "2026-03-30", "2026-03-31"])
      assert.deepStrictEqual(
        [selected.since, selected.until],
        ["2026-02-28T23:00:00.000Z", "2026-03-31T22:00:00.000Z"]
      )
    }))

  it.scoped("is of first misses, and whoever was reached after it was reached", () =>
    Effect.gen(function*() {
      const { sources } = yield* gathered(world, { zone, until: at("2026-03-31T00:00:00Z") })
      const followup = sources[0]?.followup
      assert.deepStrictEqual([followup?.callers, followup?.reachedInTime, followup?.lost], [1, 1, 0])
      // The call that reached them is no call of the range.
      assert.strictEqual(sources[0]?.totals.outgoing, 0)
    }))

  it.scoped("marks a day of which it holds a part", () =>
    Effect.gen(function*() {
      const { sources } = yield* gathered(world, { zone, since: at("2026-03-30T06:00:00Z") })
      const [first, second] = sources[0]?.days ?? []
      assert.deepStrictEqual([first?.day, first?.whole, second?.day, second?.whole], [
        "2026-03-30",
        false,
        "2026-03-31",
        true
      ])
    }))

  it.scoped("that ends before it begins is refused", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(gathered(world, { since: march.until, until: march.since }))
      assert.deepStrictEqual([error._tag, error.message], [
        "InvalidParameter",
        "until: must be later than the beginning of the range"
      ])
    }))
})

describe("an organisation", () => {
  it.scoped("is asked for by its name in any case, or by its id, and nothing else is counted", () =>
    Effect.gen(function*() {
      for (const asked of ["clinique du lac", "lake"]) {
        const { selected, sources } = yield* gathered(world, { zone, organizations: [asked] })
        assert.deepStrictEqual(sources.map(({ source, totals }) => [source, totals.calls]), [["allomia", 1]])
        assert.deepStrictEqual(selected.organizations, [
          { source: "allomia", organizationId: "lake", name: "Clinique du Lac" }
        ])
      }
    }))

  it.scoped("that the dataset does not have is refused, with those it has", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(gathered(world, { organizations: ["Lac"] }))
      assert.strictEqual(
        error.message,
        "organization: the dataset has none of this id or name; it has Standard, Clinique du Lac, Clinique du Parc"
      )
    }))
})

describe("the words", () => {
  it.scoped("say on the page and in the terminal what is shown", () =>
    Effect.gen(function*() {
      const report = yield* gathered(world, { ...march, sources: ["allomia"], organizations: ["lake", "park"] })
      const says =
        "Calls that started from 1 Mar 2026, 00:00 until 1 Apr 2026, 00:00 in Allomia of Clinique du Lac and Clinique du Parc"
      assert.include(ReportText.render(report, { width: 200 }), says)
      assert.include(ReportPage.render(report), `<p class="facts">Shown are c${says.slice(1)}`)
      assert.include(ReportPage.render(report), `<li>Calls: those ${says.slice("Calls ".length)}</li>`)
    }))

  it.scoped("of a selection without calls say so plainly, and nothing of an empty dataset", () =>
    Effect.gen(function*() {
      const report = yield* gathered(world, { zone, since: at("2026-06-01T00:00:00Z"), sources: ["allo"] })
      const [notice] = report.notices
      assert.strictEqual(
        notice?.message,
        "No call was found that started from 1 Jun 2026, 02:00 in Allo. Ask for another range, source or organisation, or export it first."
      )
      assert.include(ReportPage.render(report), "<h1>No calls found</h1>")
      assert.include(ReportText.render(report), "No call was found that started from 1 Jun 2026")
    }))
})

it.scoped("each organisation stands by its name, with its own figures", () =>
  Effect.gen(function*() {
    const report = yield* gathered(
      { ...world, calls: [...world["calls"] ?? [], call("allomia", "11", "2026-03-12T10:00:00Z", missed)] },
      { zone }
    )
    assert.deepStrictEqual(
      report.sources[1]?.organizations.rows.map((
        { answerRate, calls, missed, name, p50Seconds, talkSeconds }
      ) => [name, calls, answerRate, missed, talkSeconds, p50Seconds]),
      [["Clinique du Lac", 2, 0.5, 1, 60, 60], ["Clinique du Parc", 1, 1, 0, 60, 60], [null, 1, 1, 0, 60, 60]]
    )
    const page = ReportPage.render(report)
    assert.match(page, /Clinique du Lac<\/bdi> has most calls of all organisations: 2, which is 50 % of all/)
    assert.match(page, /<bdi>Clinique du Parc<\/bdi><\/th><td>1<\/td>/)
    assert.include(page, "(no organisation)")
    assert.match(ReportText.render(report), /Clinique du Parc +\S* *1 +1 min +1 min +100 %/)
  }))

it.scoped("agents of one name are told apart by their organisations, else by their ids", () =>
  Effect.gen(function*() {
    const of = (index: number, agent_id: string, agent_name: string, organization_id: string) =>
      call("allomia", `${20 + index}`, "2026-03-12T10:00:00Z", { agent_id, agent_name, organization_id })
    const report = yield* gathered(
      {
        ...world,
        calls: [
          of(1, "a1", "Mia", "lake"),
          of(2, "a2", "Mia", "park"),
          of(3, "a3", "Léa", "park"),
          of(4, "a4", "Léa", "park"),
          of(5, "a5", "Zoé", "park")
        ]
      },
      { zone }
    )
    assert.deepStrictEqual(
      report.sources.find(({ source }) => source === "allomia")?.agents.rows.map(({ name }) => name),
      [
        "Mia (Clinique du Lac)",
        "Mia (Clinique du Parc)",
        "Léa (a3)",
        "Léa (a4)",
        "Zoé"
      ]
    )
  }))
