/** Datasets of every kind: none of it there, half of it, hostile names, odd folders; in a session of ours and in another's. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics, trunklineSql, Views } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { golden } from "../golden.js"
import { folderOf, isName, layer, names, rows, statements, type World, write } from "../support.js"

const counts = Effect.gen(function*() {
  const found: Record<string, number> = {}
  for (const name of names) if (isName(name)) found[name] = (yield* rows(name)).length
  return found
})

const only = (source: string): World =>
  Object.fromEntries(
    Object.entries(golden).map(([table, found]) => [table, found.filter((row) => row.source === source)])
      .filter(([, found]) => found !== undefined && found.length > 0)
  )

const collected = (text: string) =>
  Effect.gen(function*() {
    const analytics = yield* Analytics
    return Chunk.toReadonlyArray(yield* Stream.runCollect(analytics.sql(text)))
  })

const failing = (text: string) => Effect.flip(collected(text))

const child = (folder: string, queries: ReadonlyArray<string>) =>
  Effect.async<string>((resume) => {
    const process = spawn(
      "node",
      [fileURLToPath(new URL("../process.mjs", import.meta.url)), JSON.stringify(queries)],
      {
        cwd: folder
      }
    )
    const said: Array<string> = []
    process.stdout.on("data", (data) => said.push(String(data)))
    process.stderr.on("data", (data) => said.push(String(data)))
    process.on("close", () => resume(Effect.succeed(said.join(""))))
  })

describe("a dataset", () => {
  it.scoped("without anything has every view, and no rows", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf({})
      const found = yield* Effect.provide(counts, layer({ folder, zone: "Europe/Paris" }))
      assert.deepStrictEqual(found, Object.fromEntries(names.map((name) => [name, 0])))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("of Allo only, of Allomia only and of one call answers like the whole", () =>
    Effect.gen(function*() {
      const whole = yield* Effect.provide(
        Effect.all(names.filter(isName).map((name) => rows(name))),
        layer({ folder: yield* folderOf(golden), zone: "Europe/Paris" })
      )
      for (const source of ["allo", "allomia"]) {
        const part = yield* Effect.provide(
          Effect.all(names.filter(isName).map((name) => rows(name))),
          layer({ folder: yield* folderOf(only(source)), zone: "Europe/Paris" })
        )
        const key = (row: object) => JSON.stringify(row)
        for (const [index, found] of part.entries()) {
          assert.deepStrictEqual(
            found.map(key).toSorted(),
            (whole[index] ?? []).filter((row) => row["source"] === source).map(key).toSorted(),
            `${names[index]} of ${source}`
          )
        }
      }
      const one = yield* folderOf({ calls: (golden["calls"] ?? []).slice(0, 1) })
      const found = yield* Effect.provide(counts, layer({ folder: one }))
      assert.deepStrictEqual(found, {
        calls: 1,
        call_duration_daily: 1,
        call_duration_histogram: 10,
        calls_by_agent: 1,
        intent_breakdown: 3,
        intent_duration: 2,
        answer_rate: 1,
        calls_by_hour: 168,
        missed_followup: 0,
        repeat_callers: 0,
        duration_by_outcome: 3,
        intent_outcome: 0,
        intent_weekly: 2,
        intent_movers: 2,
        repeat_by_intent: 0,
        outbound: 0,
        business_hours: 1,
        concurrency: 1,
        agents_daily: 1,
        messages_daily: 0,
        transcript_stats: 0,
        period_change: 9,
        coverage: 0
      })
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("without details says that all of them are pending, and gives no share", () =>
    Effect.gen(function*() {
      const calls = (golden["calls"] ?? []).filter((row) => row.source === "allomia").map((row) => ({
        ...row,
        details_at: null,
        primary_intent: null,
        sentiment: null,
        outcome: "unknown"
      }))
      const folder = yield* folderOf({ calls })
      const [breakdown, duration, rate] = yield* Effect.provide(
        Effect.all([rows("intent_breakdown"), rows("intent_duration"), rows("answer_rate")]),
        layer({ folder })
      )
      assert.deepStrictEqual(
        breakdown.map(({ calls, details_pending, label, share }) => ({ calls, details_pending, label, share })),
        [
          { calls: 0, details_pending: 4, label: "(unlabelled)", share: null },
          { calls: 0, details_pending: 1, label: "(unlabelled)", share: null }
        ]
      )
      assert.deepStrictEqual(duration, [])
      assert.isTrue(rate.every((row) => row["answer_rate"] === null && Number(row["incoming"]) > 0))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("filed by day answers as one filed by month", () =>
    Effect.gen(function*() {
      const zone = "Europe/Paris"
      const all = Effect.all(names.filter(isName).map((name) => rows(name)))
      const byMonth = yield* Effect.provide(all, layer({ folder: yield* folderOf(golden), zone }))
      const byDay = yield* Effect.provide(all, layer({ folder: yield* folderOf(golden, "day"), zone }))
      const unfiled = (row: Record<string, unknown>) =>
        JSON.stringify({ ...row, month: null, day: row["call_id"] ?? row["day"] })
      for (const [index, found] of byDay.entries()) {
        assert.deepStrictEqual(
          found.map(unfiled).toSorted(),
          (byMonth[index] ?? []).map(unfiled).toSorted(),
          names[index]
        )
      }
      const [call] = byDay[0] ?? []
      assert.match(String(call?.["day"]), /^2026-\d\d-\d\d$/)
      assert.isNull(call?.["month"])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("with files older than a column has it, as null", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf(golden)
      yield* statements(`COPY (
        SELECT 'old' AS call_id, 'inbound' AS direction, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS started_at, 'answered' AS outcome,
          []::VARCHAR[] AS tags, false AS has_recording, TIMESTAMPTZ '2020-01-01 00:00:00+00' AS exported_at,
          []::STRUCT(id VARCHAR, name VARCHAR, company_id VARCHAR, company_name VARCHAR,
            deals STRUCT(id VARCHAR, name VARCHAR, status VARCHAR)[])[] AS contacts, 'allo' AS source, '2020-01' AS month
      ) TO '${folder}/calls' (FORMAT parquet, PARTITION_BY (source, month), OVERWRITE_OR_IGNORE)`)
      const found = yield* Effect.provide(rows("calls"), layer({ folder }))
      assert.strictEqual(found.length, 21)
      assert.isNull(found.find((row) => row["call_id"] === "old")?.["summary"])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("keeps the histories of contacts apart", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf({
        ...golden,
        history_calls: [{
          source: "allo-v1",
          contact_id: "c",
          call_id: "A1",
          direction: "inbound",
          started_at: "2026-03-28T22:30:00Z",
          outcome: "answered",
          tags: [],
          has_recording: false,
          has_transcript: false,
          exported_at: "2026-03-28T22:30:00Z"
        }]
      })
      const [found, history] = yield* Effect.provide(
        Effect.all([counts, collected("FROM history_calls")]),
        layer({ folder, zone: "Europe/Paris" })
      )
      assert.strictEqual(history.length, 1)
      assert.strictEqual(found["calls"], 20)
      assert.strictEqual(found["call_duration_daily"], 10)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("gives names back as they are: quotes, markup, emoji, right to left, 500 characters", () =>
    Effect.gen(function*() {
      const hostile = [
        "O'Neil \"the\" `tick`; DROP VIEW calls; --",
        "<script>alert(1)</script>",
        "🙂‍↔️ 👩‍👩‍👧 \ufb01\ufffd",
        "שלום עולם مرحبا \u202e",
        "x".repeat(500),
        "line\nbreak\ttab \\ {{brace}} $1"
      ]
      const folder = yield* folderOf({
        calls: hostile.map((text, index) => ({
          source: "allo",
          call_id: `${index}`,
          started_at: "2026-05-05T10:00:00Z",
          exported_at: "2026-05-05T10:00:00Z",
          agent_id: text,
          agent_name: text,
          contact_name: text,
          tags: [text],
          contacts: [{
            id: "1",
            name: text,
            company_id: null,
            company_name: text,
            deals: [{ id: "d", name: text, status: null }]
          }]
        }))
      })
      const [agents, labels, calls] = yield* Effect.provide(
        Effect.all([rows("calls_by_agent"), rows("intent_breakdown"), rows("calls")]),
        layer({ folder })
      )
      assert.deepStrictEqual(agents.map((row) => row["agent_name"]).toSorted(), hostile.toSorted())
      assert.deepStrictEqual(
        labels.map((row) => row["label"]).toSorted(),
        ["(unlabelled)", ...hostile].toSorted()
      )
      assert.deepStrictEqual(
        calls.map((row) => row["contacts"]),
        calls.map(({ contact_name: name }) => [
          { id: "1", name, company_id: null, company_name: name, deals: [{ id: "d", name, status: null }] }
        ])
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("may lie in a folder of any name", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = path.join(yield* files.makeTempDirectoryScoped(), "it's [a] *new* day? 🙂, really")
      yield* files.makeDirectory(folder)
      yield* write(folder, golden)
      assert.strictEqual((yield* Effect.provide(rows("calls"), layer({ folder }))).length, 20)
    }).pipe(Effect.provide(NodeContext.layer)))
})

it.scoped("a file that a publish takes away after it was listed costs no row", () =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = yield* folderOf(golden)
    yield* files.makeDirectory(path.join(folder, "_trunkline"))
    const calls = path.join(folder, "calls/source=allo")
    const moved = path.join(calls, "month=2031-01")
    let listed = false
    const moving = FileSystem.FileSystem.of({
      ...files,
      readDirectory: (name, options) =>
        Effect.gen(function*() {
          if (listed && !(yield* files.exists(moved))) {
            const [month = ""] = yield* files.readDirectory(calls)
            yield* files.rename(path.join(calls, month), moved)
          }
          const found = yield* files.readDirectory(name, options)
          if (name.endsWith("calls")) listed = true
          return found
        })
    })
    const count = "SELECT count(*)::INTEGER AS calls FROM calls"
    const found = yield* Effect.provide(
      collected(count),
      Analytics.layer({ folder }).pipe(
        Layer.provide(Layer.merge(NodeContext.layer, Layer.succeed(FileSystem.FileSystem, moving)))
      )
    )
    assert.isTrue(yield* files.exists(moved))
    assert.deepStrictEqual(found, [{ calls: golden["calls"]?.length ?? 0 }])
  }).pipe(Effect.provide(NodeContext.layer)))

describe("trunkline.sql", () => {
  it.scoped("run by a process of its own in the folder, answers as the service does", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      for (const world of [golden, only("allo"), {}]) {
        const folder = yield* folderOf(world)
        yield* files.writeFileString(path.join(folder, "trunkline.sql"), trunklineSql({ tables: Object.keys(world) }))
        const queries = names.map((name) => `SELECT count(*)::INTEGER AS rows FROM ${name}`)
        const said: Record<string, ReadonlyArray<{ readonly rows: number }>> = JSON.parse(
          yield* child(folder, ["SET VARIABLE trunkline_zone = 'Europe/Paris'", ...queries])
        )
        const counted = yield* Effect.provide(counts, layer({ folder, zone: "Europe/Paris" }))
        assert.deepStrictEqual(
          names.map((_, index) => said[queries[index] ?? ""]?.[0]?.rows),
          names.map((name) => counted[name])
        )
      }
    }).pipe(Effect.provide(NodeContext.layer)), 30_000)

  it.scoped("over several accounts names the account of each row, as the service does", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const folder = yield* folderOf({})
      for (const [account, world] of [["paris", golden], ["lyon", only("allo")]] as const) {
        yield* files.copy(yield* folderOf(world), path.join(folder, `account=${account}`))
      }
      yield* files.writeFileString(
        path.join(folder, "trunkline.sql"),
        trunklineSql({ tables: Object.keys(golden), accounts: true })
      )
      const query = "SELECT account, source, count(*)::INTEGER AS calls FROM calls GROUP BY ALL ORDER BY ALL"
      const said = JSON.parse(yield* child(folder, [query]))[query]
      const asked = (accounts: ReadonlyArray<string>) => Effect.provide(collected(query), layer({ folder, accounts }))
      const found = yield* asked(["paris", "lyon"])
      assert.deepStrictEqual(found.map(({ account, source }) => `${account} ${source}`), [
        "lyon allo",
        "paris allo",
        "paris allomia"
      ])
      assert.deepStrictEqual(said, found)
      assert.deepStrictEqual(yield* asked(["lyon"]), found.slice(0, 1))
    }).pipe(Effect.provide(NodeContext.layer)), 30_000)

  it("names no folder, and every view with its definition", () => {
    const text = trunklineSql({ tables: ["calls"] })
    assert.include(text, "read_parquet('calls/**/*.parquet', hive_partitioning = true")
    assert.notInclude(text, "messages/**")
    for (const view of Object.values(Views.views)) assert.include(text, view.sql)
    assert.include(text, "SET TimeZone = 'UTC';")
  })
})

describe("Analytics", () => {
  it.scoped("sql answers what was asked, as values", () =>
    Effect.gen(function*() {
      const found = yield* collected(`SET VARIABLE trunkline_zone = 'Asia/Tokyo';
        SELECT trunkline_zone() AS zone, 1::BIGINT AS one, 2 ** 70 AS big, 12.5::DECIMAL(4, 1) AS decimal, [1, NULL] AS list,
          {'a': DATE '2026-03-29'} AS struct, TIMESTAMPTZ '2026-03-29 01:00:00+00' AS instant, NULL AS nothing,
          9007199254740993::BIGINT AS exact, 'infinity'::TIMESTAMPTZ AS forever,
          '2026-01-01 00:00:00.123456+00'::TIMESTAMPTZ AS fine, 12345678901234567890.5::DECIMAL(38, 1) AS long,
          1.10::DECIMAL(5, 2) AS short, INTERVAL 1 DAY AS span`)
      assert.deepStrictEqual(found, [{
        zone: "Asia/Tokyo",
        one: 1,
        big: 2 ** 70,
        decimal: 12.5,
        list: [1, null],
        struct: { a: "2026-03-29" },
        instant: DateTime.unsafeMake("2026-03-29T01:00:00Z"),
        nothing: null,
        exact: 9007199254740993n,
        forever: "infinity",
        fine: "2026-01-01T00:00:00.123456Z",
        long: "12345678901234567890.5",
        short: 1.1,
        span: "1 day"
      }])
      // A text's variables are its own.
      assert.deepStrictEqual(yield* collected("SELECT trunkline_zone() AS zone"), [{ zone: null }])
      const analytics = yield* Analytics
      const { columns, rows } = yield* analytics.query("SELECT 1 AS a, 'x' AS a WHERE false")
      assert.deepStrictEqual(columns, [{ name: "a", type: "INTEGER" }, { name: "a", type: "VARCHAR" }])
      assert.strictEqual(yield* Stream.runCount(rows), 0)
    }).pipe(Effect.provide(layer({ folder: "." }))))

  it.scoped("parameters change what is counted", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf(golden)
      const [rates, missed, hours] = yield* Effect.provide(
        Effect.all([rows("answer_rate"), rows("missed_followup"), rows("calls_by_hour")]),
        layer({
          folder,
          incoming: ["inbound", "web"],
          answered: ["answered", "voicemail"],
          missed: ["missed"],
          followupHours: 1,
          zone: "Asia/Kolkata"
        })
      )
      assert.strictEqual(rates[0]?.["rule"], "inbound + web: answered + voicemail")
      const total = (column: string) => rates.reduce((sum, row) => sum + Number(row[column]), 0)
      assert.deepStrictEqual([total("incoming"), total("known"), total("answered")], [18, 15, 6])
      assert.deepStrictEqual(
        missed.map(({ call_id, in_time, state }) => `${call_id} ${state} ${in_time}`),
        // Voicemail is no miss now; a transfer no answer, so the caller of A10 was not reached.
        ["A3 reached false", "A9 reached true", "A10 lost null", "A14 lost null", "A15 reached false", "A13 lost null"]
      )
      // Half an hour beside UTC: whole hours all the same.
      assert.deepStrictEqual([...new Set(hours.map((row) => row["hours"]))].toSorted(), [0, 1])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("refuses what cannot be, and says what to do", () =>
    Effect.gen(function*() {
      const folder = yield* folderOf({ calls: [{ source: "allo", call_id: "1", started_at: "2026-05-05T10:00:00Z" }] })
      const opening = (options: Parameters<typeof layer>[0]) =>
        Effect.flip(Effect.scoped(Effect.provide(Analytics, layer(options)))).pipe(
          Effect.map((error) => `${error._tag}: ${error.message}`)
        )
      assert.deepStrictEqual(
        yield* opening({ folder: `${folder}/nowhere` }),
        [
          `DatasetMissing: ${folder}/nowhere is no folder of a dataset. `,
          "Name the one that was exported to, or export first"
        ].join("")
      )
      assert.strictEqual(
        yield* opening({ folder, zone: "Mars/Base" }),
        "InvalidParameter: zone: no such time zone. Give an IANA name, such as Europe/Paris"
      )
      assert.strictEqual(
        yield* opening({ folder, followupHours: -1 }),
        "InvalidParameter: followupHours: must be a number, 0 or more"
      )
      yield* Effect.provide(
        Effect.gen(function*() {
          const typo = yield* failing("SELEC 1")
          assert.strictEqual(typo._tag, "QueryRefused")
          assert.include(typo.message, "syntax error at or near \"SELEC\"")
          const unknown = yield* failing("FROM callz")
          assert.strictEqual(unknown._tag, "QueryRefused")
          assert.include(unknown.message, "docs/analytics.md")
          // A row that breaks a promise is named by its column.
          const row = yield* Effect.flip(rows("calls"))
          assert.strictEqual(row._tag, "QueryFailed")
          assert.strictEqual(
            row.message,
            "Values of another type than the view promises in exported_at. Check the dataset with trunkline verify, and the query"
          )
        }),
        layer({ folder })
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("never says what stands in a row", () =>
    Effect.gen(function*() {
      const secret = "+33612345678"
      const folder = yield* folderOf({
        calls: [{
          source: "allo",
          call_id: "1",
          started_at: "2026-05-05T10:00:00Z",
          exported_at: "2026-05-05T10:00:00Z",
          contact_number: `${secret}x`,
          summary: secret
        }]
      })
      yield* Effect.provide(
        Effect.gen(function*() {
          for (
            const text of [
              "SELECT contact_number::INTEGER FROM calls",
              "SELECT error(summary) FROM calls",
              "SELECT contact_number::TIMESTAMPTZ FROM calls",
              "SELECT regexp_matches('x', '(' || summary) FROM calls",
              "SELECT json_extract(summary || '{', '$') FROM calls",
              "SELECT strptime(summary, '%Y') FROM calls",
              "SELECT summary::STRUCT(a INTEGER) FROM calls",
              "SELECT x'00'::BLOB, contact_number::BLOB::UUID FROM calls",
              "SELECT started_at AT TIME ZONE summary FROM calls",
              "FROM read_parquet((SELECT summary FROM calls))",
              "SELECT getvariable(summary) FROM calls",
              "SELECT 10::TINYINT * summary::BIGINT::TINYINT FROM calls"
            ]
          ) {
            const error = yield* failing(text)
            assert.notInclude(`${error.message} ${JSON.stringify(error)} ${String(error.stack)}`, secret.slice(1), text)
            assert.isAbove(error.message.length, 20, text)
          }
        }),
        layer({ folder })
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.live("stops a query that nobody waits for", () =>
    Effect.gen(function*() {
      const analytics = yield* Analytics
      const fiber = yield* Effect.fork(
        Stream.runDrain(analytics.sql("SELECT count(*) FROM range(100000000000) AS a (x) WHERE hash(x) = 1"))
      )
      yield* Effect.sleep("100 millis")
      const [took] = yield* Effect.timed(Fiber.interrupt(fiber))
      assert.isBelow(Duration.toMillis(took), 2000)
      // The session is as good as before, and so are several at once.
      const several = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => collectedOf(analytics, `SELECT ${index} AS x`)),
        { concurrency: 8 }
      )
      assert.deepStrictEqual(several.flat(), Array.from({ length: 8 }, (_, x) => ({ x })))
    }).pipe(Effect.provide(layer({ folder: "." }))))

  it.scoped("a reader that takes one row of many ends at once", () =>
    Effect.gen(function*() {
      const analytics = yield* Analytics
      const found = yield* Stream.runCollect(Stream.take(analytics.sql("FROM range(1000000000) AS a (x)"), 1))
      assert.deepStrictEqual(Chunk.toReadonlyArray(found), [{ x: 0 }])
    }).pipe(Effect.provide(layer({ folder: "." }))))
})

const collectedOf = (analytics: typeof Analytics.Service, text: string) =>
  Effect.map(Stream.runCollect(analytics.sql(text)), Chunk.toReadonlyArray)
