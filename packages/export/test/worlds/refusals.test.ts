/** What cannot be read: which problem is told, what goes on all the same, and which exit code says so. */
import { assert, describe, it } from "@effect/vitest"
import type * as Export from "@trunkline/export/Export"
import { Progress } from "@trunkline/export/Progress"
import { Fault, Sandbox } from "@trunkline/sandbox"
import { Duration, Effect, Layer } from "effect"
import { folder } from "../fixtures/account.js"
import { rows, tampered } from "../fixtures/proxy.js"
import { accept, contents, filesOf, reading, rowsOf, run, tags, unhurried } from "../fixtures/runs.js"

const small = { ...unhurried, size: 300, allomiaCalls: 60, organizations: 3, days: 40, movement: false } as const
const world = Sandbox.layer(small)

const problemsOf = (
  report: { readonly problems: ReadonlyArray<{ tag: string; source: string | null; scope: string | null }> }
) => report.problems.map(({ scope, source, tag }) => [tag, source, scope])

describe("rows that cannot be read", () => {
  it.scopedLive("are kept aside, told once, and counted in the proof; links that are signed anew make no new ones", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const out = yield* folder
      const calls = yield* Sandbox.pipe(
        Effect.map(({ history }) => history),
        Effect.flatMap((history) => history.mayHaveSeen({ source: "allo", type: "CALL" }))
      )
      const bad = new Set([...calls].filter((id) => id.endsWith("3")).slice(0, 7))
      assert.strictEqual(bad.size, 7)
      control.tamper = (_, { body, status }) => ({
        status,
        body: rows(body, (row) => typeof row["id"] === "string" && bad.has(row["id"]) ? { ...row, type: "FAX" } : row)
      })
      const export_ = run(out, {}, { allomia: null }).pipe(Effect.provideService(Sandbox, sandbox))
      const first = yield* export_
      assert.deepStrictEqual([first.exitCode, first.status, first.quarantined], [4, "partial", 7])
      assert.deepStrictEqual(problemsOf(first), [["Quarantined", null, null]])
      assert.deepStrictEqual([first.windows.uncertified, first.new], [0, 300 - 7 + first.rows.conversations])
      const aside = yield* reading(out, (dataset) => dataset.quarantine)
      assert.strictEqual(aside.length, 7)
      const raw = yield* reading(out, (dataset) => dataset.refused(aside[0]?.number ?? 0))
      assert.include(JSON.stringify(raw), "FAX")
      assert.notInclude(JSON.stringify(raw), "signature")

      const files = filesOf(out)
      const again = (options: Partial<Export.Options> = {}) =>
        run(out, options, { allomia: null }).pipe(Effect.provideService(Sandbox, sandbox))
      for (const options of [{}, { full: true }]) {
        const next = yield* again(options)
        assert.deepStrictEqual([next.exitCode, next.status, next.quarantined, next.new], [4, "partial", 0, 0])
        assert.deepStrictEqual(problemsOf(next), [["Quarantined", null, null]])
        assert.include(next.problems[0]?.message, "7 rows could not be read or did not fit: 1 to 7.")
        assert.deepStrictEqual(next.standing, { quarantine: 7, vanished: 0, differences: 0, accepted: 0 })
      }
      assert.deepStrictEqual(filesOf(out), files)
      assert.strictEqual((yield* reading(out, (dataset) => dataset.quarantine)).length, 7)

      yield* accept(out, 1, 2, 3, 5, 6, 7)
      const one = yield* again()
      assert.strictEqual(one.exitCode, 4)
      assert.include(one.problems[0]?.message, "One row could not be read or did not fit: 4.")
      assert.deepStrictEqual(one.standing, { quarantine: 1, vanished: 0, differences: 0, accepted: 6 })
      yield* accept(out, 4)
      const all = yield* again()
      assert.deepStrictEqual([all.exitCode, all.status, all.problems, all.standing.accepted], [0, "certified", [], 7])

      // Mended over there, the rows are read like all others. Accepted ones are asked for once a week.
      control.tamper = (_, answered) => answered
      const mended = yield* again({ full: true })
      assert.deepStrictEqual([mended.exitCode, mended.new, mended.standing.accepted], [0, 7, 0])
    }).pipe(Effect.provide(world)))

  it.scopedLive("are asked for again by every run, also far beyond the look-back, until they are mended", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const out = yield* folder
      const { history } = yield* Sandbox
      const calls = new Set([...yield* history.mayHaveSeen({ source: "allo", type: "CALL" })].slice(0, 3))
      control.tamper = (_, { body, status }) => ({
        status,
        body: rows(body, (row) =>
          typeof row["id"] === "string" && calls.has(row["id"])
            ? { ...row, date: "never" }
            : String(row["contact_number"]).endsWith("7") && row["last_activity"] !== undefined
            ? { ...row, last_activity: "never" }
            : row)
      })
      const export_ = run(out, { lookback: Duration.hours(1) }, { allomia: null }).pipe(
        Effect.provideService(Sandbox, sandbox)
      )
      const first = yield* export_
      const aside = yield* reading(out, (dataset) => dataset.quarantine)
      assert.strictEqual(aside.filter(({ stream }) => stream === "items").length, 3)
      assert.isAbove(aside.filter(({ stream }) => stream === "conversations").length, 0)
      assert.strictEqual(first.standing.quarantine, aside.length)
      const second = yield* export_
      assert.deepStrictEqual([second.exitCode, second.quarantined, second.standing], [4, 0, first.standing])
      control.tamper = (_, answered) => answered
      const mended = yield* export_
      assert.deepStrictEqual([mended.exitCode, mended.standing.quarantine, mended.problems], [0, 0, []])
      assert.deepStrictEqual([mended.new, mended.reconciled["allo"]], [aside.length, true])
    }).pipe(Effect.provide(world)))

  it.scopedLive("of which only the details cannot be read are asked for again by their ids", () =>
    Effect.gen(function*() {
      const { both, control } = yield* tampered
      const out = yield* folder
      const asked: Array<string> = []
      const broken = new Set<string>()
      control.tamper = ({ url }, { body, status }) => {
        const [, id] = /^\/api\/calls\/([^/?]+)/.exec(url) ?? []
        if (id === undefined) return { status, body }
        if (broken.size < 2) broken.add(id)
        if (broken.has(id)) asked.push(id)
        // The first instant of the year 10000, in any zone behind UTC.
        const callStartedAt = "9999-12-31T23:59:59-01:00"
        return { status, body: broken.has(id) ? JSON.stringify({ ...JSON.parse(body), callStartedAt }) : body }
      }
      const export_ = run(out, {}, { allo: null }).pipe(Effect.provideService(Sandbox, both))
      const first = yield* export_
      assert.deepStrictEqual([first.standing.quarantine, problemsOf(first)], [2, [["Quarantined", null, null]]])
      assert.lengthOf(asked, 2)
      const second = yield* export_
      assert.deepStrictEqual([second.exitCode, second.standing.quarantine, second.quarantined], [4, 2, 0])
      assert.lengthOf(asked, 4)
      yield* accept(out, 1, 2)
      assert.strictEqual((yield* export_).exitCode, 0)
      assert.lengthOf(asked, 4)
    }).pipe(Effect.provide(world)))
})

describe("contact histories", () => {
  const contact = "cnt-abc123"

  it.scopedLive("land in tables of their own, and leave what is certified untouched", () =>
    Effect.gen(function*() {
      const { history } = yield* Sandbox
      const out = yield* folder
      const alone = { allomia: null }
      yield* run(out, {}, alone)
      const before = yield* contents(out)
      const certified = yield* reading(out, (dataset) => dataset.certificates)
      const shown = new Set((yield* history.requests).flatMap(({ ids }) => ids))
      yield* history.clear
      const report = yield* run(out, { contacts: [contact] })
      assert.deepStrictEqual([report.exitCode, report.status, report.problems], [0, "certified", []])
      const asked = yield* history.requests
      assert.deepStrictEqual(
        [...new Set(asked.map(({ api, path }) => api === "allo-v1" ? "history" : path))].toSorted(),
        ["/v2/api/me", "/v2/api/numbers", "history"]
      )
      const told = new Set(asked.flatMap(({ api, ids }) => api === "allo-v1" ? ids : []))
      const calls = yield* rowsOf(out, "history_calls")
      const messages = yield* rowsOf(out, "history_messages")
      assert.strictEqual(calls.length + messages.length, told.size)
      assert.isAbove(calls.length, 0)
      assert.isTrue(shown.size > told.size)
      assert.deepStrictEqual(yield* contents(out), before)
      assert.deepStrictEqual(yield* reading(out, (dataset) => dataset.certificates), certified)
      const again = yield* run(out, { contacts: [contact] })
      assert.deepStrictEqual([again.exitCode, again.new, again.updated], [0, 0, 0])
    }).pipe(Effect.provide(world)))

  it.scopedLive("come first as well, and the next run reads everything else", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const first = yield* run(out, { contacts: [contact] })
      assert.strictEqual(first.exitCode, 0)
      assert.deepStrictEqual(first.rows, { calls: 0, messages: 0, utterances: 0, conversations: 0 })
      const rest = yield* run(out)
      assert.deepStrictEqual([rest.exitCode, rest.rows.calls + rest.rows.messages], [0, 360])
    }).pipe(Effect.provide(world)))

  it.scopedLive("of contacts nobody knows are a problem each, named; the others are read", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const some = yield* run(out, { contacts: ["cnt-nobody1", contact, "cnt-nobody2"] })
      assert.deepStrictEqual([some.exitCode, some.status, tags(some)], [4, "partial", ["NotFound", "NotFound"]])
      for (const [index, id] of ["cnt-nobody1", "cnt-nobody2"].entries()) {
        assert.include(some.problems[index]?.message ?? "", id)
      }
      assert.isAbove((yield* rowsOf(out, "history_calls")).length, 0)
      const none = yield* run(yield* folder, { contacts: ["cnt-nobody1"] })
      assert.deepStrictEqual([none.exitCode, none.status, tags(none)], [3, "failed", ["NotFound"]])
    }).pipe(Effect.provide(world)))

  it.scopedLive("end with the quota of the day, and say when it renews", () =>
    Effect.gen(function*() {
      const out = yield* folder
      const report = yield* run(out, { contacts: [contact, "cnt-abc123"] })
      assert.deepStrictEqual([report.exitCode, tags(report)], [4, ["QuotaExceeded"]])
    }).pipe(Effect.provide(Sandbox.layer({ ...small, dailyQuota: 1 }))))
})

describe("a quota that is spent while lists are read", () => {
  it.scopedLive("ends all reading with that key, and not the one with the other", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const out = yield* folder
      let [spent, afterwards] = [false, 0]
      control.tamper = ({ url }, answer) => {
        if (spent) afterwards++
        if (spent || !url.startsWith("/v2/api/conversations?")) return answer
        spent = true
        return { ...answer, status: 429, body: JSON.stringify({ code: "API_KEY_QUOTA_EXCEEDED" }) }
      }
      const report = yield* run(out, { concurrency: 1 }).pipe(Effect.provideService(Sandbox, sandbox))
      assert.deepStrictEqual([report.exitCode, [...new Set(tags(report))]], [4, ["QuotaExceeded"]])
      assert.deepStrictEqual(report.problems.map(({ source }) => source), ["allo"])
      assert.isNotNull(report.certifiedFrom["allomia"])
      // Those that were under way.
      assert.isAtMost(afterwards, 8)
    }).pipe(Effect.provide(world)))
})

describe("keys", () => {
  it.scopedLive("that may not list lines read conversations of the lines seen in items, with a notice", () =>
    Effect.gen(function*() {
      const { keys } = yield* Sandbox
      const notices: Array<string> = []
      const progress = Layer.effect(
        Progress,
        Effect.map(Progress, (silent) => ({ ...silent, notice: (text) => Effect.sync(() => void notices.push(text)) }))
      )
      const [narrow, wide] = [yield* folder, yield* folder]
      const report = yield* run(narrow, {}, { allo: keys.alloConversationsOnly, allomia: null, progress })
      assert.deepStrictEqual([report.exitCode, report.problems, notices.length], [0, [], 1])
      yield* run(wide, {}, { allomia: null })
      // Items without a number come over lines that have no conversations either.
      assert.deepStrictEqual(yield* contents(narrow), yield* contents(wide))
    }).pipe(Effect.provide(world)))

  it.scopedLive("that open nothing end the run with 3, or with 4 where another source could be read", () =>
    Effect.gen(function*() {
      const { keys } = yield* Sandbox
      for (
        const [allo, tag] of [[keys.alloNoScopes, "Forbidden"], [keys.alloRevoked, "Unauthorized"], [
          "ak_wrong",
          "Unauthorized"
        ]] as const
      ) {
        const alone = yield* run(yield* folder, {}, { allo, allomia: null })
        assert.deepStrictEqual([alone.exitCode, alone.status, problemsOf(alone)], [3, "failed", [[
          tag,
          "allo",
          alone.problems[0]?.scope ?? null
        ]]])
        assert.deepStrictEqual(alone.certifiedUntil, { allo: null, allomia: null })
        const beside = yield* run(yield* folder, {}, { allo })
        assert.deepStrictEqual([beside.exitCode, beside.status, tags(beside), beside.rows.calls], [
          4,
          "partial",
          [tag],
          60
        ])
      }
      const clinics = yield* run(yield* folder, {}, { allo: null, allomia: "wrong" })
      assert.deepStrictEqual([clinics.exitCode, clinics.status, problemsOf(clinics)], [3, "failed", [[
        "Unauthorized",
        "allomia",
        null
      ]]])
      const both = yield* run(yield* folder, {}, { allo: "wrong", allomia: "wrong" })
      assert.deepStrictEqual([both.exitCode, both.status, tags(both).toSorted()], [3, "failed", [
        "Unauthorized",
        "Unauthorized"
      ]])
    }).pipe(Effect.provide(world)))

  it.scopedLive("of one organisation need its id, and say so", () =>
    Effect.gen(function*() {
      const { keys, organizations } = yield* Sandbox
      const [own = "", other = ""] = [keys.allomiaOrganizations[0], organizations[1]?.id]
      const unsaid = yield* run(yield* folder, {}, { allo: null, allomia: own })
      assert.deepStrictEqual([unsaid.exitCode, unsaid.status], [3, "failed"])
      assert.include(unsaid.problems[0]?.message ?? "", "ALLOMIA_ORGANIZATION_IDS")
      const said = yield* run(yield* folder, {}, {
        allo: null,
        allomia: own,
        organizationIds: [organizations[0]?.id ?? ""]
      })
      assert.deepStrictEqual([said.exitCode, said.rows.calls > 0], [0, true])
      const foreign = yield* run(yield* folder, {}, { allo: null, allomia: own, organizationIds: [other] })
      assert.deepStrictEqual([foreign.exitCode, foreign.status, problemsOf(foreign)], [3, "failed", [[
        "NotFound",
        "allomia",
        other
      ]]])
    }).pipe(Effect.provide(world)))

  it.scopedLive("revoked in the middle keep what was read, and stop no other source", () =>
    Effect.gen(function*() {
      const { faults, keys } = yield* Sandbox
      const out = yield* folder
      yield* faults.push({ match: { key: "allo", path: "items/search", page: 3 }, fault: Fault.Revoked() })
      const report = yield* run(out, { concurrency: 1 })
      assert.deepStrictEqual([report.exitCode, report.status], [4, "partial"])
      assert.deepStrictEqual([...new Set(tags(report))], ["Unauthorized"])
      assert.strictEqual(report.problems.length, 1)
      assert.strictEqual((yield* rowsOf(out, "calls", "source = 'allomia'")).length, 60)
      assert.isAbove((yield* rowsOf(out, "calls", "source = 'allo'")).length, 0)
      const mended = yield* run(out, {}, { allo: keys.alloReadOnly })
      assert.deepStrictEqual([mended.exitCode, mended.rows.calls + mended.rows.messages], [0, 2060])
    }).pipe(Effect.provide(Sandbox.layer({ ...small, size: 2000 }))))
})

describe("one of several", () => {
  it.scopedLive("organisations failing is told under its id, and read once it is mended", () =>
    Effect.gen(function*() {
      const { organizations, world } = yield* Sandbox
      const out = yield* folder
      const broken = organizations[1]?.id ?? ""
      for (const [status, tag] of [[500, "ServerFault"], [403, "Forbidden"]] as const) {
        yield* world.failOrganization(broken, status)
        const report = yield* run(out)
        assert.deepStrictEqual([report.exitCode, report.status, problemsOf(report)], [4, "partial", [[
          tag,
          "allomia",
          broken
        ]]])
        assert.isNull(report.certifiedUntil.allomia)
        assert.isString(report.certifiedUntil.allo)
        assert.isAbove((yield* rowsOf(out, "calls", "source = 'allomia'")).length, 10)
      }
      yield* world.failOrganization(broken, null)
      const mended = yield* run(out)
      assert.deepStrictEqual([mended.exitCode, mended.rows.calls + mended.rows.messages], [0, 360])
    }).pipe(Effect.provide(world)))

  it.scopedLive("organisations that nobody knows is told, and alone ends with 3", () =>
    Effect.gen(function*() {
      const { organizations } = yield* Sandbox
      const [known, unknown] = [organizations[0]?.id ?? "", "00000000-0000-4000-8000-000000000000"]
      const report = yield* run(yield* folder, {}, { allo: null, organizationIds: [unknown, known] })
      assert.deepStrictEqual([report.exitCode, report.status, problemsOf(report)], [4, "partial", [[
        "NotFound",
        "allomia",
        unknown
      ]]])
      assert.isAbove(report.rows.calls, 0)
      const alone = yield* run(yield* folder, {}, { allo: null, organizationIds: [unknown] })
      assert.deepStrictEqual([alone.exitCode, alone.status], [3, "failed"])
    }).pipe(Effect.provide(world)))

  it.scopedLive("lines refused is told by its label, and the others are read", () =>
    Effect.gen(function*() {
      const { control, sandbox } = yield* tampered
      const out = yield* folder
      const [line = "", ...others] = sandbox.lines
      for (const [status, code] of [[404, "PHONE_NUMBER_NOT_FOUND"], [403, "ALLO_NUMBER_FORBIDDEN"]] as const) {
        control.tamper = ({ url }, answered) =>
          url.includes("/conversations?") && url.includes(encodeURIComponent(line))
            ? { status, body: JSON.stringify({ error: { code, message: "No." } }) }
            : answered
        const report = yield* run(out, { full: true }, { allomia: null }).pipe(Effect.provideService(Sandbox, sandbox))
        assert.deepStrictEqual([report.exitCode, report.status, report.problems.length], [4, "partial", 1])
        assert.notInclude(report.problems[0]?.message ?? "", line)
        const read = new Set((yield* rowsOf(out, "conversations")).map((row) => row["line_number"]))
        assert.isFalse(read.has(line))
        assert.isTrue(others.filter((other) => read.has(other)).length > 0)
      }
      control.tamper = (_, answered) => answered
      const mended = yield* run(out, {}, { allomia: null }).pipe(Effect.provideService(Sandbox, sandbox))
      assert.strictEqual(mended.exitCode, 0)
      assert.isAbove((yield* rowsOf(out, "conversations", `line_number = '${line}'`)).length, 0)
    }).pipe(Effect.provide(world)))

  it.scopedLive("hosts that nobody answers at is told soon, and the other is read", () =>
    Effect.gen(function*() {
      const { faults } = yield* Sandbox
      const out = yield* folder
      yield* faults.push({ match: { api: "allo-v2" }, fault: Fault.ResetBeforeHeaders(), times: 1000 })
      const report = yield* run(out)
      assert.deepStrictEqual([report.exitCode, report.status, problemsOf(report)], [4, "partial", [[
        "Unreachable",
        "allo",
        null
      ]]])
      assert.isNull(report.certifiedUntil.allo)
      assert.isString(report.certifiedUntil.allomia)
      assert.strictEqual(report.requests.retried, 2)
      const alone = yield* run(yield* folder, {}, { allomia: null })
      assert.deepStrictEqual([alone.exitCode, alone.status], [4, "failed"])
    }).pipe(Effect.provide(world)))
})
