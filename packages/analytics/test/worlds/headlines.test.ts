/** What the headlines of the report say, against worlds in which a looser count would say something else. */
import { assert, describe, it } from "@effect/vitest"
import { type Report, ReportText } from "@trunkline/analytics"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import * as Effect from "effect/Effect"
import type { Row, World } from "../support.js"
import { gathered, until } from "../worlds.js"

const zone = "Europe/Paris"
const iso = (millis: number) => new Date(millis).toISOString()
const hour = 3_600_000

const call = (call_id: string, started_at: string, rest?: Omit<Row, "source">): Row => ({
  source: "allo",
  call_id,
  started_at,
  exported_at: iso(until),
  outcome: "answered",
  duration_seconds: 60,
  contact_number: "+33600000001",
  ...rest
})
const missed = (call_id: string, started_at: string, contact_number: string): Row =>
  call(call_id, started_at, { outcome: "missed", duration_seconds: 0, contact_number })
const outbound = (call_id: string, started_at: string, contact_number: string, outcome: string): Row =>
  call(call_id, started_at, { direction: "outbound", outcome, contact_number })
const message = (message_id: string, sent_at: string, contact_number: string, status: string | null): Row => ({
  source: "allo",
  message_id,
  sent_at,
  contact_number,
  status,
  exported_at: iso(until)
})

/** Lines of the text and titles of the page: they say the same, but that the text has no durations of labels. */
const titles = (report: Report.Report) => {
  const text = ReportText.render(report, { width: 200 }).split("\n")
  const page = [...ReportPage.render(report).matchAll(/<h3 id="([^"]*)">(.*?)<\/h3>/gs)].map((
    [, id = "", title = ""]
  ) => ({
    id,
    title: title.replaceAll(/<[^>]*>/g, "")
  }))
  for (const { id, title } of page) if (!id.endsWith("-lengths-finding")) assert.include(text, title)
  return page.map(({ title }) => title)
}
const says = (world: World, ...expected: ReadonlyArray<string>) =>
  Effect.map(gathered(world, { zone }), (report) => {
    const found = titles(report)
    for (const title of expected) assert.include(found, title)
    return report
  })

describe("missed callers", () => {
  it.scoped("are reached by a call that was taken or a message that was not refused, else only tried", () =>
    says(
      {
        calls: [
          ...Array.from(
            { length: 8 },
            (_, index) => missed(`m${index}`, "2026-11-10T10:00:00Z", `+3360000010${index}`)
          ),
          outbound("answered", "2026-11-10T11:00:00Z", "+33600000100", "answered"),
          outbound("transferred", "2026-11-10T11:00:00Z", "+33600000101", "transferred"),
          outbound("not taken", "2026-11-10T11:00:00Z", "+33600000102", "missed"),
          outbound("their voicemail", "2026-11-10T11:00:00Z", "+33600000103", "voicemail"),
          outbound("not known", "2026-11-10T11:00:00Z", "+33600000104", "unknown")
        ],
        messages: [
          message("delivered", "2026-11-10T11:00:00Z", "+33600000105", "DELIVERED"),
          message("failed", "2026-11-10T11:00:00Z", "+33600000106", "FAILED")
        ]
      },
      "You reached 38 % of missed callers within 24 h; 50 % were tried and not reached, 13 % were never tried"
    ))

  it.scoped("are reached late when the first attempt came in time and the second one reached them", () =>
    Effect.gen(function*() {
      const report = yield* says(
        {
          calls: [
            missed("m", "2026-11-10T10:00:00Z", "+33600000100"),
            outbound("try", "2026-11-10T11:00:00Z", "+33600000100", "missed"),
            missed("again", "2026-11-10T12:00:00Z", "+33600000100"),
            outbound("reach", "2026-11-12T11:00:00Z", "+33600000100", "answered")
          ]
        },
        "You reached 0 % of missed callers within 24 h, and 100 % later"
      )
      const [source] = report.sources
      assert.deepStrictEqual(
        [source?.followup.callers, source?.followup.misses, source?.followup.reachedLate, source?.followup.p50Seconds],
        [1, 2, 1, 49 * 3600]
      )
    }))
})

describe("the answer rate", () => {
  const incoming = (outcome: string, index: number) => call(`${outcome} ${index}`, "2026-11-10T10:00:00Z", { outcome })
  const calls = [
    ...[1, 2].map((index) => incoming("answered", index)),
    incoming("missed", 1),
    ...[1, 2].map((index) => incoming("blocked", index)),
    incoming("unknown", 1)
  ]
  it.scoped("is over what is known, and leaves out what is not to be counted", () =>
    Effect.gen(function*() {
      yield* says({ calls }, "40 % of incoming calls with a known outcome were answered")
      const report = yield* gathered({ calls }, { zone, uncounted: ["blocked"] })
      assert.include(titles(report), "67 % of incoming calls with a known outcome that were not blocked were answered")
      assert.deepInclude(report.sources[0]?.answers, { incoming: 6, known: 5, counted: 3, answered: 2 })
    }))
})

describe("when calls come", () => {
  const mondays = Array.from(
    { length: 6 },
    (_, index) => outbound(`out${index}`, "2026-11-09T15:10:00Z", "+33600000009", "answered")
  )

  it.scoped("counts incoming calls only", () =>
    says(
      {
        calls: [
          ...mondays,
          call("in1", "2026-11-10T09:10:00Z"),
          call("in2", "2026-11-10T09:20:00Z"),
          call("in3", "2026-11-11T09:20:00Z")
        ]
      },
      "Incoming calls come most on Tuesdays between 10:00 and 11:00: 2 an hour"
    ))

  it.scoped("names both hours that share the lead, and counts them where there are more", () =>
    Effect.gen(function*() {
      const two = [call("in1", "2026-11-10T09:10:00Z"), call("in2", "2026-11-11T12:20:00Z")]
      yield* says(
        { calls: two },
        "Incoming calls come most on Tuesdays between 10:00 and 11:00 and on Wednesdays between 13:00 and 14:00: 1 an hour each"
      )
      yield* says(
        { calls: [...two, call("in3", "2026-11-12T12:20:00Z")] },
        "3 hours of the week share the lead, with 1 incoming call an hour each"
      )
    }))

  it.scoped("says so where nobody called", () => says({ calls: mondays }, "No incoming call, so no hour of the week"))
})

describe("durations", () => {
  it.scoped("are of answered and transferred calls, with voicemail and others apart", () =>
    Effect.gen(function*() {
      const day = Date.parse("2026-11-10T10:00:00Z")
      const of = (outcome: string, seconds: ReadonlyArray<number | null>) =>
        seconds.map((duration_seconds, index) =>
          call(`${outcome}${index}`, iso(day + index * hour), { outcome, duration_seconds })
        )
      const report = yield* says(
        {
          calls: [
            ...of("answered", [100, 200, 0]),
            ...of("transferred", [300]),
            ...of("voicemail", [20, 22, 24]),
            ...of("failed", [5]),
            ...of("missed", [null])
          ]
        },
        "The median answered or transferred call lasts 3 min 20 s",
        "10 min of talk on 10 Nov 2026"
      )
      const totals = report.sources[0]?.totals
      assert.deepStrictEqual(
        [
          [totals?.calls, totals?.callsTalked, totals?.callsVoicemail, totals?.callsOther],
          [totals?.callsZero, totals?.callsUnknown],
          [totals?.talkSeconds, totals?.voicemailSeconds, totals?.otherSeconds]
        ],
        [[9, 3, 3, 1], [1, 1], [600, 66, 5]]
      )
    }))

  it.scoped("are not called talk where nobody is known to have answered", () =>
    says(
      { calls: [call("1", "2026-11-10T10:00:00Z", { outcome: "unknown" })] },
      "No answered or transferred call has a known duration above 0",
      "No talk time"
    ))
})

describe("what leads", () => {
  const tagged = (index: number, tag: string, agent: string) =>
    call(`${tag}${index}`, iso(Date.parse("2026-11-10T10:00:00Z") + index * hour), {
      tags: [tag],
      agent_id: agent,
      agent_name: agent
    })

  it.scoped("is named twice where two share it, and counted where more do", () =>
    Effect.gen(function*() {
      yield* says(
        { calls: [tagged(0, "a", "Ann"), tagged(1, "b", "Bob")] },
        "a and b are the most frequent tags: 50 % of calls each",
        "Ann and Bob have most calls: 1 each, which is 50 % of all",
        "a and b have the longest median call: 1 min",
        "2 min of talk on 10 Nov 2026"
      )
      const many = Array.from({ length: 60 }, (_, index) => tagged(index, `tag ${index}`, `Agent ${index}`))
      yield* says(
        { calls: many },
        // The report holds fifty of them, so it cannot tell how many there are.
        "50 or more tags share the lead, with 2 % of calls each",
        "50 or more agents share the lead, with 1 call each"
      )
    }))

  it.scoped("among durations is one of those the chart shows", () =>
    says(
      {
        calls: Array.from({ length: 12 }, (_, tag) =>
          Array.from({ length: tag === 11 ? 1 : 2 }, (_, index) => ({
            ...tagged(tag * 2 + index, `tag ${tag}`, "Ann"),
            duration_seconds: tag === 11 ? 5000 : 60 + tag
          }))).flat()
      },
      "Of the tags shown, tag 10 has the longest median call: 1 min 10 s"
    ))
})

describe("periods", () => {
  const day = (text: string) => call(text, `${text}T12:00:00Z`)
  const window = (from: string, to: string, read: string): Row => ({
    source: "allo",
    scope: "team",
    stream: "items",
    from_at: from,
    to_at: to,
    verdict: "certified",
    read_at: read
  })

  it.scoped("that are a part of a week are marked, so that they are no dip", () =>
    Effect.gen(function*() {
      // From a Sunday to a Tuesday.
      const report = yield* gathered({
        calls: ["2026-08-30", "2026-09-01", "2026-09-08", "2026-09-16", "2026-09-22"].map(day)
      }, { zone })
      const text = ReportText.render(report)
      assert.match(text, /30 Aug 2026 \(part\) .*\n +31 Aug 2026 +\S.*\n +7 Sep 2026 +\S.*\n +14 Sep 2026 +\S/)
      assert.match(text, /21 Sep 2026 \(part\)/)
      assert.include(text.replaceAll(/\s+/g, " "), "A part is a week that begins before the first day with calls")
    }))

  it.scoped("of a handful of calls are no points of the line, where others have more", () =>
    Effect.gen(function*() {
      // Six weeks from a Monday to a Sunday: 20 calls in each, but 3 in the third, of which none was answered.
      const calls = Array.from({ length: 6 }, (_, week) =>
        Array.from({ length: week === 2 ? 3 : 20 }, (_, index) =>
          call(`${week}-${index}`, iso(Date.parse("2026-08-31T10:00:00Z") + (week * 7 + index % 7) * 24 * hour), {
            outcome: week === 2 || index < 4 ? "missed" : "answered"
          }))).flat()
      const days = Array.from({ length: 70 }, (_, index) =>
        call(`before ${index}`, iso(Date.parse("2026-08-30T10:00:00Z") - index * 24 * hour)))
      const page = ReportPage.render(yield* gathered({ calls: [...days, ...calls] }, { zone }))
      const [, , line = ""] =
        /aria-label="The answer rate over time\. ([^"]*)".*?<g[^>]*data-mark="line"[^>]*>(.*?)<\/g>/s
          .exec(page) ?? []
      const [, from = ""] = /The answer rate over time\. [^"]*, between (\S+) %/.exec(page) ?? []
      assert.strictEqual(from, "80")
      assert.notStrictEqual(line, "")
      assert.match(page, /the week from 14 Sep 2026: 0 % answered, 0 of 3/)
      assert.include(page, "fewer than 10 calls of a known outcome")
    }))

  it.scoped("are no whole days where reading began and where it ended", () =>
    Effect.gen(function*() {
      const world = {
        calls: ["2026-11-10", "2026-11-11", "2026-11-12"].map(day).map((row) => ({
          ...row,
          exported_at: "2026-11-12T13:00:00Z"
        })),
        // It begins at midnight in the zone, but the day of Allo may begin twelve hours later.
        certificates: [window("2026-11-09T23:00:00Z", "2026-11-13T00:00:00Z", "2026-11-12T13:00:00Z")]
      }
      const report = yield* gathered(world, { zone })
      const [source] = report.sources
      assert.deepStrictEqual(source?.days.map(({ whole }) => whole), [false, true, false])
      assert.deepStrictEqual(source?.answers.days.map(({ whole }) => whole), [false, true, false])
      assert.match(ReportText.render(report), /10 Nov 2026 \(part\) .*\n +11 Nov 2026 +\S.*\n +12 Nov 2026 \(part\)/)
      assert.match(ReportPage.render(report), /<li class="other">a part of one<\/li>/)
      // Days before which and after which something was read are whole.
      const around = yield* gathered({
        calls: world.calls.map((row) => ({ ...row, exported_at: "2026-11-14T00:00:00Z" })),
        certificates: [window("2026-11-08T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-14T00:00:00Z")]
      }, { zone })
      assert.deepStrictEqual(around.sources[0]?.days.map(({ whole }) => whole), [true, true, true])
      assert.notInclude(ReportPage.render(around), "a part of one")
    }))
})

describe("what was read", () => {
  it.scoped("is not called whole where rows could not be read", () =>
    Effect.gen(function*() {
      const window = {
        source: "allomia",
        scope: "o1",
        stream: "calls",
        from_at: "2026-11-01T00:00:00Z",
        to_at: "2026-11-10T00:00:00Z",
        verdict: "certified",
        read_at: iso(until)
      }
      yield* says(
        { certificates: [window] },
        "Nothing the vendor lists is missing from 1 Nov 2026, 01:00 to 10 Nov 2026, 01:00"
      )
      yield* says(
        { certificates: [{ ...window, quarantined: 2 }] },
        "Nothing the vendor lists is missing from 1 Nov 2026, 01:00 to 10 Nov 2026, 01:00, but some rows could not be read"
      )
    }))
})

describe("the answer rate", () => {
  it.scoped("says that blocked and failed calls count against it, and of what it is", () =>
    Effect.gen(function*() {
      const of = ["answered", "blocked", "failed", "unknown"].map((outcome, index) =>
        call(outcome, `2026-11-10T1${index}:00:00Z`, { outcome })
      )
      const report = yield* says({ calls: of }, "33 % of incoming calls with a known outcome were answered")
      assert.include(ReportPage.render(report), "blocked and failed ones too, and unknown ones are on neither side")
      yield* says({ calls: of.slice(0, 2) }, "50 % of incoming calls were answered")
    }))
})

it.scoped("no backtick of a definition reaches the reader, and every one is code on the page", () =>
  Effect.gen(function*() {
    const report = yield* gathered({ calls: [missed("m", "2026-11-10T10:00:00Z", "+33600000100")] }, { zone })
    assert.notInclude(ReportPage.render(report), "`")
    assert.notInclude(ReportText.render(report), "`")
  }))
