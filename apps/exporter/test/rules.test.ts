/** The flags of `trunkline report`: what each becomes, what is refused, and the command from outside. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Rules from "../src/command/rules.js"
import { folder, installed, trunkline } from "./commandline.js"

const none: Rules.OfReport = {
  since: Option.none(),
  until: Option.none(),
  source: Option.none(),
  organization: [],
  zone: Option.none(),
  incoming: Option.none(),
  answered: Option.none(),
  uncounted: Option.none(),
  missed: Option.none(),
  followupHours: Option.none(),
  repeatDays: Option.none(),
  gone: false
}
const some = Option.some<string>

const range = (since: string, until: string, zone: Option.Option<string> = some("Europe/Paris")) =>
  Effect.map(Rules.read({ ...none, since: some(since), until: some(until), zone }), ({ selection }) => [
    selection.since === undefined ? null : DateTime.formatIso(selection.since),
    selection.until === undefined ? null : DateTime.formatIso(selection.until)
  ])

it.effect("a date and a time without an offset are of the zone, also where the clocks change", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* range("2026-03-01", "2026-03-31"), [
      "2026-02-28T23:00:00.000Z",
      "2026-03-31T22:00:00.000Z"
    ])
    assert.deepStrictEqual(yield* range("2026-03-29", "2026-03-29"), [
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z"
    ])
    assert.deepStrictEqual(yield* range("2026-07-01T09:30", "2026-07-01T09:30-04:00"), [
      "2026-07-01T07:30:00.000Z",
      "2026-07-01T13:30:00.000Z"
    ])
    assert.deepStrictEqual(yield* range("2026-07-01", "2026-07-01T09:30Z", Option.none()), [
      "2026-07-01T00:00:00.000Z",
      "2026-07-01T09:30:00.000Z"
    ])
  }))

it.effect("rules become the variables of the views", () =>
  Effect.gen(function*() {
    const { parameters } = yield* Rules.read({
      ...none,
      incoming: some("inbound, web"),
      answered: some("answered"),
      uncounted: some("blocked"),
      missed: some("missed,failed"),
      followupHours: some("1.5"),
      repeatDays: some("30"),
      gone: true
    })
    assert.deepStrictEqual(parameters, {
      zone: undefined,
      incoming: ["inbound", "web"],
      answered: ["answered"],
      uncounted: ["blocked"],
      missed: ["missed", "failed"],
      followupHours: 1.5,
      repeatDays: 30,
      gone: true
    })
  }))

const refused: ReadonlyArray<readonly [Partial<Rules.OfReport>, RegExp]> = [
  [{ since: some("yesterday") }, /^--since: must be an ISO date/],
  [{ until: some("2026-02-30") }, /^--until: there is no such day/],
  [{ since: some("2026-03-01"), until: some("2026-02-01") }, /^--until: must be later than --since$/],
  [{ since: some("2026-03-01"), zone: some("Mars/Olympus") }, /^--zone: no such time zone/],
  [{ zone: some("UTC+2") }, /^--zone: no such time zone/],
  [{ incoming: some("inbund") }, /^--incoming: .*Did you mean inbound\?$/],
  [{ answered: some("") }, /^--answered: must name one or more of answered, voicemail/],
  [{ missed: some("missed;voicemail") }, /^--missed: is one or more of/],
  [{ uncounted: some("blokked") }, /^--uncounted: .*Did you mean blocked\?$/],
  [{ followupHours: some("-1") }, /^--followup-hours: must be a number from 0 to 8760$/],
  [{ followupHours: some("9000") }, /^--followup-hours: must be a number from 0 to 8760$/],
  [{ repeatDays: some("a week") }, /^--repeat-days: must be a number from 0 to 3650$/]
]
it.effect("what no report can use is refused by the name of its flag", () =>
  Effect.forEach(
    refused,
    ([flags, message]) =>
      Effect.map(Effect.flip(Rules.read({ ...none, ...flags })), (error) => assert.match(error.message, message))
  ))

const command = installed()

it.scopedLive(
  "report counts what its flags ask for, says so, and ends with 2 for an organisation that is not there",
  () =>
    Effect.gen(function*() {
      const here = yield* folder
      const file = join(here, "data/calls/source=allomia/month=2026-05/part.parquet")
      yield* Effect.promise(async () => {
        await fs.mkdir(join(file, ".."), { recursive: true })
        const instance = await DuckDBInstance.create()
        const connection = await instance.connect()
        await connection.run(`COPY (
        SELECT 'c' || day AS call_id, 'o' || day % 2 AS organization_id, 'answered' AS outcome, 'inbound' AS direction,
          TIMESTAMPTZ '2026-05-01 10:00:00+00' + day * INTERVAL 1 DAY AS started_at, now() AS exported_at,
          60 AS duration_seconds, false AS has_recording, []::VARCHAR[] AS tags
        FROM range(10) AS days (day)
      ) TO '${file}' (FORMAT parquet)`)
        connection.closeSync()
        instance.closeSync()
      })
      const report = (...words: ReadonlyArray<string>) =>
        trunkline(command(), ["report", ...words, "--out", join(here, "data")], { cwd: here })
      const flags = [
        "--since",
        "2026-05-03",
        "--until",
        "2026-05-06",
        "--organization",
        "o0",
        "--zone",
        "Europe/Paris",
        "--json"
      ]
      const { code, stdout } = yield* report(...flags)
      assert.strictEqual(code, 0)
      const { selected, sources } = JSON.parse(stdout)
      assert.deepStrictEqual(sources.map(({ source, totals }: typeof sources[number]) => [source, totals.calls]), [
        ["allomia", 2]
      ])
      assert.strictEqual(selected.until, "2026-05-06T22:00:00.000Z")
      const empty = yield* report("--source", "allo")
      assert.strictEqual(empty.code, 0)
      assert.include(empty.stdout, "No call was found in Allo.")
      const unknown = yield* report("--organization", "o7")
      assert.deepStrictEqual([unknown.code, unknown.stdout], [2, ""])
      assert.include(unknown.stderr, "--organization: the dataset has none of this id or name; it has o0, o1")
    }),
  120_000
)
