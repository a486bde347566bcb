/** Organisations and accounts: apart in every view, by name, and each by its own clock. */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics, Views } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { folderOf, isName, layer, names, type Row, rows, statements, type World, write } from "../support.js"

const collected = (text: string) =>
  Effect.flatMap(Analytics, ({ sql }) => Effect.map(Stream.runCollect(sql(text)), Chunk.toReadonlyArray))

const call = (
  call_id: string,
  organization_id: string | null,
  started_at: string,
  rest: Omit<Row, "source"> = {}
): Row => ({
  source: "allomia",
  call_id,
  organization_id,
  started_at,
  exported_at: "2026-11-20T12:00:00Z",
  outcome: "answered",
  duration_seconds: 60,
  contact_number: "+33600000001",
  ...rest
})
const organization = (organization_id: string, rest: Omit<Row, "source">): Row => ({
  source: "allomia",
  organization_id,
  ...rest
})

/** One instant over the change of the clock: in Toronto it is an hour before midnight, in Paris the next morning. */
const clinics: World = {
  calls: [
    call("p1", "paris", "2026-11-02T04:30:00Z", { agent_name: "Mia" }),
    call("t1", "toronto", "2026-11-02T04:30:00Z", { agent_name: "Mia" }),
    // The Sunday of 25 hours in Toronto: half past one, twice.
    call("t2", "toronto", "2026-11-01T05:30:00Z", { agent_id: "a1", agent_name: "Mia" }),
    call("t3", "toronto", "2026-11-01T06:30:00Z", { agent_id: "a2", agent_name: "Mia" }),
    // The Sunday of 23 hours in Toronto: before it goes forward and after.
    call("t4", "toronto", "2026-03-08T06:59:59Z"),
    call("t5", "toronto", "2026-03-08T07:00:00Z"),
    call("u1", "odd", "2026-11-02T04:30:00Z"),
    call("u2", null, "2026-11-02T04:30:00Z"),
    // Before 1970, and half a second before midnight.
    call("t6", "toronto", "1969-07-20T03:59:59.500Z")
  ],
  organizations: [
    organization("paris", { name: "Clinique du Parc", zone: "Europe/Paris" }),
    organization("toronto", { name: "Clinique du Lac", zone: "America/Toronto" }),
    organization("odd", { name: "Nowhere", zone: "Eastern Time" })
  ],
  certificates: [{
    source: "allomia",
    scope: "toronto",
    stream: "calls",
    from_at: "2026-11-01T00:00:00Z",
    to_at: "2026-11-02T00:00:00Z",
    verdict: "certified",
    read_at: "2026-11-03T00:00:00Z"
  }]
}

describe("an organisation", () => {
  it.effect("stands in every view, by account, source, id and name", () =>
    Effect.sync(() => {
      for (const { columns, name } of Object.values(Views.views)) {
        const found = columns.map((column) => column.name)
        for (const column of ["account", "source", "organization_id", "organization_name"]) {
          assert.include(found, column, name)
        }
      }
    }))

  it.scoped("counts its days and hours by its own clock, until one zone is set for all", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf(clinics)
      const clocks = collected("SELECT call_id, organization_name, zone, started_local FROM calls ORDER BY call_id")
      const lac = { organization_name: "Clinique du Lac", zone: "America/Toronto" }
      assert.deepStrictEqual(yield* Effect.provide(clocks, layer({ folder })), [
        {
          call_id: "p1",
          organization_name: "Clinique du Parc",
          zone: "Europe/Paris",
          started_local: "2026-11-02 05:30:00"
        },
        { call_id: "t1", ...lac, started_local: "2026-11-01 23:30:00" },
        { call_id: "t2", ...lac, started_local: "2026-11-01 01:30:00" },
        { call_id: "t3", ...lac, started_local: "2026-11-01 01:30:00" },
        { call_id: "t4", ...lac, started_local: "2026-03-08 01:59:59" },
        { call_id: "t5", ...lac, started_local: "2026-03-08 03:00:00" },
        { call_id: "t6", ...lac, started_local: "1969-07-19 23:59:59.5" },
        { call_id: "u1", organization_name: "Nowhere", zone: "UTC", started_local: "2026-11-02 04:30:00" },
        { call_id: "u2", organization_name: null, zone: "UTC", started_local: "2026-11-02 04:30:00" }
      ])
      const all = yield* Effect.provide(clocks, layer({ folder, zone: "Asia/Tokyo" }))
      assert.deepStrictEqual(all.map((row) => row["zone"]), all.map(() => "Asia/Tokyo"))
      assert.deepStrictEqual(all[0]?.["started_local"], "2026-11-02 13:30:00")

      const hours = collected(
        `SELECT organization_name, weekday, hour, calls, hours, incoming_per_hour FROM calls_by_hour
        WHERE calls > 0 AND organization_name IN ('Clinique du Lac', 'Clinique du Parc') AND weekday = 7
        ORDER BY ALL`
      )
      const recent = yield* folderOf({
        ...clinics,
        calls: (clinics["calls"] ?? []).filter((row) => String(row["started_at"]).startsWith("2026-11"))
      })
      assert.deepStrictEqual(yield* Effect.provide(hours, layer({ folder: recent })), [
        { organization_name: "Clinique du Lac", weekday: 7, hour: 1, calls: 2, hours: 2, incoming_per_hour: 1 },
        { organization_name: "Clinique du Lac", weekday: 7, hour: 23, calls: 1, hours: 1, incoming_per_hour: 1 }
      ])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("keeps its agents, callers and windows apart from those of another", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf(clinics)
      const [agents, callers, windows] = yield* Effect.provide(
        Effect.all([rows("calls_by_agent"), rows("repeat_callers"), rows("coverage")]),
        layer({ folder })
      )
      assert.deepStrictEqual(
        agents.filter(({ agent_name }) => agent_name === "Mia").map((
          { agent_id, calls, organization_name }
        ) => [organization_name, agent_id, calls]),
        [
          ["Clinique du Parc", null, 1],
          ["Clinique du Lac", "a1", 1],
          ["Clinique du Lac", "a2", 1],
          ["Clinique du Lac", null, 1]
        ]
      )
      assert.deepStrictEqual(
        callers.map(({ calls, days, organization_name }) => [organization_name, calls, days]),
        [["Clinique du Lac", 6, 3]]
      )
      assert.deepStrictEqual(
        windows.map(({ organization_id, organization_name, scope }) => [
          organization_name,
          organization_id,
          scope
        ]),
        [["Clinique du Lac", "toronto", "toronto"]]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("accounts that read the same organisation", () => {
  const missed = call("m", "paris", "2026-11-02T09:00:00Z", { outcome: "missed" })
  const back = call("back", "paris", "2026-11-02T10:00:00Z", { direction: "outbound" })
  const account = (name: string, calls: ReadonlyArray<Row>): World => ({
    calls,
    organizations: [organization("paris", { name: `Parc of ${name}`, zone: "Europe/Paris", account: name })]
  })

  it.scoped("are apart in every view: a call with the same id in both is two, and each has its own name", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      for (const [name, calls] of [["a", [missed, back]], ["b", [missed]]] as const) {
        yield* files.makeDirectory(`${folder}/account=${name}`)
        yield* write(`${folder}/account=${name}`, account(name, calls))
      }
      const found = yield* Effect.provide(rows("missed_followup"), layer({ folder, accounts: ["a", "b"] }))
      assert.deepStrictEqual(
        found.map(({ account, call_id, followup_id, organization_name, state }) => [
          account,
          organization_name,
          call_id,
          followup_id,
          state
        ]),
        [["a", "Parc of a", "m", "back", "reached"], ["b", "Parc of b", "m", null, "lost"]]
      )
      const rates = yield* Effect.provide(rows("answer_rate"), layer({ folder, accounts: ["a", "b"] }))
      assert.deepStrictEqual(rates.map(({ account, incoming }) => [account, incoming]), [["a", 1], ["b", 1]])

      // The dataset of one account by itself has no account in its paths, and its organisations have names all the same.
      const alone = yield* Effect.provide(rows("answer_rate"), layer({ folder: `${folder}/account=b` }))
      assert.deepStrictEqual(
        alone.map(({ account, organization_name }) => [account, organization_name]),
        [[null, "Parc of b"]]
      )
    }).pipe(Effect.provide(NodeContext.layer)))
})

it.scoped("organizations that were written before hours were known have none, and every view", () =>
  Effect.gen(function*() {
    const folder = yield* folderOf({
      ...clinics,
      organizations: (clinics["organizations"] ?? []).map((row) => ({ ...row, hours: "{\"mon\":[]}" }))
    })
    const files = yield* FileSystem.FileSystem
    const ask = collected("SELECT DISTINCT hours FROM organizations")
    assert.deepStrictEqual(yield* Effect.provide(ask, layer({ folder })), [{ hours: "{\"mon\":[]}" }])
    yield* files.remove(`${folder}/organizations`, { recursive: true })
    yield* statements(`COPY (
      SELECT 'toronto' AS organization_id, 'Clinique du Lac' AS name, 'America/Toronto' AS zone,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' AS first_seen_at, TIMESTAMPTZ '2026-01-01 00:00:00+00' AS last_seen_at,
        'allomia' AS source
    ) TO '${folder}/organizations' (FORMAT parquet, PARTITION_BY (source))`)
    assert.deepStrictEqual(yield* Effect.provide(ask, layer({ folder })), [{ hours: null }])
    for (const name of names) if (isName(name)) yield* Effect.provide(rows(name), layer({ folder }))
  }).pipe(Effect.provide(NodeContext.layer)))
