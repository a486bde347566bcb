/** Many accounts of one configuration: run together, kept apart, and asked together. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { folder, installed, start, trunkline, until } from "../commandline.js"

const command = installed()

const small = { days: 20, movement: false, rateLimit: { reads: 1000, writes: 1000, allomia: 1000 } } as const

const served = (options: Parameters<typeof Sandbox.layer>[0]) =>
  Effect.map(Layer.build(Sandbox.layer(options)), (services) => Context.get(services, Sandbox))

const write = (path: string, text: string, mode = 0o600) => Effect.promise(() => fs.writeFile(path, text, { mode }))

interface Entry {
  readonly account: string
  readonly exitCode: number
  readonly status: string
  readonly rows: { readonly calls: number }
  readonly requests: { readonly total: number }
  readonly problems: ReadonlyArray<{ readonly tag: string }>
}

/** The largest resident set of a process, in MB, as long as it runs; 0 where the system does not say. */
const peak = (pid: number | undefined) => {
  let most = 0
  const look = async () => {
    const text = await fs.readFile(`/proc/${pid}/status`, "utf8").catch(() => "")
    most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024)
  }
  const timer = setInterval(() => void look(), 50)
  return () => {
    clearInterval(timer)
    return Math.round(most)
  }
}

/** Eight accounts of Allo, each a team of its own, and twelve of Allomia; two of these share the key of a tenant. */
const world = Effect.gen(function*() {
  const here = yield* folder
  yield* Effect.promise(() => fs.mkdir(join(here, "keys")))
  const teams = yield* Effect.forEach(
    Array.from({ length: 8 }, (_, index) => index + 1),
    (seed) => served({ ...small, seed, size: 200, allomiaCalls: 20, organizations: 1 })
  )
  const clinics = yield* served({ ...small, seed: 99, size: 100, allomiaCalls: 600, organizations: 12 })
  const accounts = [
    ...teams.map(({ alloUrl, keys }, index) => ({
      name: `team-${index}`,
      key: keys.allo,
      lines: ["source = \"allo\"", `base_url = "${alloUrl}"`]
    })),
    ...clinics.organizations.map(({ id }, index) => ({
      name: `clinic-${index}`,
      key: index < 2 ? clinics.keys.allomia : clinics.keys.allomiaOrganizations[index] ?? "",
      lines: [
        "source = \"allomia\"",
        `base_url = "${clinics.allomiaUrl}"`,
        `organization_ids = ["${id}"]`,
        "requests_per_second = 1000"
      ]
    }))
  ]
  for (const { key, name } of accounts) yield* write(join(here, "keys", name), `${key}\n`)
  yield* write(
    join(here, "trunkline.toml"),
    accounts.map(({ lines, name }) => [`[accounts.${name}]`, ...lines, `key_file = "keys/${name}"`, ""].join("\n"))
      .join("\n")
  )
  return { here, clinics, accounts }
})

const document = (stdout: string): {
  readonly accounts: ReadonlyArray<Entry>
  readonly exitCode: number
  readonly problems: ReadonlyArray<{ readonly account: string; readonly tag: string }>
  readonly notices: ReadonlyArray<{ readonly accounts: ReadonlyArray<string> }>
} => JSON.parse(stdout)

it.scopedLive(
  "twenty accounts, three of them broken in three ways: seventeen are certified, and mended all are",
  () =>
    Effect.gen(function*() {
      const { accounts, clinics, here } = yield* world
      const bin = command()
      yield* Effect.promise(() => fs.rename(join(here, "keys/team-3"), join(here, "keys/elsewhere")))
      yield* write(join(here, "keys/clinic-4"), clinics.keys.allomiaRevoked)
      yield* clinics.world.failOrganization(clinics.organizations[7]?.id ?? "", 404)

      const run = yield* start(bin, ["export", "--json", "--log-level", "warning"], { cwd: here })
      const memory = peak(run.child.pid)
      const first = yield* run.ended
      yield* Effect.logInfo(`peak memory of twenty accounts: ${memory()} MB`)
      assert.isAtMost(memory(), 400)
      assert.strictEqual(first.code, 4, first.stderr)
      const broken = document(first.stdout)
      assert.deepStrictEqual(broken.accounts.map(({ account }) => account), accounts.map(({ name }) => name))
      const others = broken.accounts.filter(({ exitCode }) => exitCode !== 0)
      assert.deepStrictEqual(
        others.map(({ account, exitCode, problems }) => [account, exitCode, problems[0]?.tag]),
        [["team-3", 2, "InvalidSetting"], ["clinic-4", 3, "Unauthorized"], ["clinic-7", 3, "NotFound"]]
      )
      const certified = broken.accounts.filter(({ status }) => status === "certified")
      assert.strictEqual(certified.length, 17)
      // Each counts its own requests. One clinic of these has no calls.
      for (const { account, requests } of certified) assert.isAbove(requests.total, 0, account)
      assert.isAtLeast(certified.filter(({ rows }) => rows.calls > 0).length, 16)
      assert.deepStrictEqual([...new Set(broken.problems.map(({ account }) => account))], [
        "team-3",
        "clinic-4",
        "clinic-7"
      ])
      // All sandboxes serve the team of one id.
      assert.deepStrictEqual(
        broken.notices.map(({ accounts }) => accounts),
        [accounts.map(({ name }) => name).filter((name) => name.startsWith("team-") && name !== "team-3")]
      )
      for (const name of ["team-3", "clinic-4", "clinic-7"]) assert.include(first.stderr, `${name}: `)
      for (const { key } of accounts) assert.notInclude(`${first.stdout}${first.stderr}`, key)

      const unwell = yield* trunkline(bin, ["status", "--json"], { cwd: here })
      assert.strictEqual(unwell.code, 4, unwell.stderr)
      assert.deepStrictEqual(
        document(unwell.stdout).accounts.filter(({ exitCode }) => exitCode !== 0).map(({ account }) => account),
        ["team-3", "clinic-4", "clinic-7"]
      )

      yield* Effect.promise(() => fs.rename(join(here, "keys/elsewhere"), join(here, "keys/team-3")))
      yield* write(join(here, "keys/clinic-4"), accounts.find(({ name }) => name === "clinic-4")?.key ?? "")
      yield* clinics.world.failOrganization(clinics.organizations[7]?.id ?? "", null)
      const second = yield* trunkline(bin, ["export", "--json", "--at-once", "8"], { cwd: here })
      assert.strictEqual(second.code, 0, second.stderr)
      const mended = document(second.stdout)
      assert.isTrue(mended.accounts.every(({ status }) => status === "certified"))
      assert.include(second.stderr, "(20 of 20 accounts)")

      // What stands can be asked together, and one by one.
      const rows = yield* trunkline(
        bin,
        ["sql", "--json", "SELECT account, count(*) AS calls FROM calls GROUP BY ALL"],
        {
          cwd: here
        }
      )
      assert.strictEqual(rows.code, 0, rows.stderr)
      const counted = new Map<string, number>(
        JSON.parse(rows.stdout).map((row: { account: string; calls: number }) => [row.account, row.calls])
      )
      for (const { account, rows } of mended.accounts) {
        assert.strictEqual(counted.get(account) ?? 0, rows.calls, account)
      }
      const well = yield* trunkline(bin, ["status", "--max-age", "26h"], { cwd: here })
      assert.strictEqual(well.code, 0, well.stderr)
      for (const { name } of accounts) assert.match(well.stdout, new RegExp(`^${name} +All is certified`, "m"))
      const one = yield* trunkline(bin, ["status", "--account", "team-3"], { cwd: here })
      assert.strictEqual(one.code, 0, one.stderr)
      assert.match(one.stdout, /^calls +allo /m)

      const connected = yield* trunkline(bin, ["connect"], { cwd: here })
      assert.strictEqual(connected.code, 0, connected.stderr)
      const database = yield* Effect.promise(() =>
        DuckDBInstance.create(connected.stdout.trim(), { access_mode: "READ_ONLY" })
      )
      const session = yield* Effect.promise(() => database.connect())
      const seen = yield* Effect.promise(() =>
        session.runAndReadAll("SELECT account, count(*)::INTEGER FROM calls GROUP BY ALL")
      )
      assert.deepStrictEqual(
        new Map(seen.getRows().map(([account, calls]) => [String(account), Number(calls)])),
        counted
      )
      database.closeSync()

      const verified = yield* trunkline(bin, ["verify", "--json", "--remote"], { cwd: here })
      assert.strictEqual(verified.code, 0, verified.stderr)
    }),
  240_000
)

/** Two accounts of one tenant, each an organisation. */
const twins = (options: Parameters<typeof Sandbox.layer>[0], more: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const here = yield* folder
    const clinics = yield* served({ size: 100, days: 20, movement: false, organizations: 2, ...options })
    const key = join(here, "key")
    yield* write(key, clinics.keys.allomia)
    yield* write(
      join(here, "trunkline.toml"),
      clinics.organizations.map(({ id }, index) =>
        [
          `[accounts.clinic-${index}]`,
          "source = \"allomia\"",
          // One address, written in two ways.
          `base_url = "${clinics.allomiaUrl}${"/".repeat(index)}"`,
          `organization_ids = ["${id}"]`,
          "key_file = \"key\"",
          ...more,
          ""
        ].join("\n")
      ).join("\n")
    )
    return { here, clinics, key }
  })

it.scopedLive(
  "accounts that share a key share its pace, and the lowest ceiling of it holds",
  () =>
    Effect.gen(function*() {
      const { clinics, here } = yield* twins({ allomiaCalls: 150, rateLimit: { allomia: 1000 } }, [
        "requests_per_second = 15"
      ])
      const run = yield* trunkline(command(), ["export", "--json"], { cwd: here })
      assert.strictEqual(run.code, 0, run.stderr)
      const times = (yield* clinics.history.requests).map(({ at }) => at)
      const most = Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1000).length))
      assert.isAbove(times.length, 60)
      // One more than the pace may fall into a second that is measured at the other end.
      assert.isAtMost(most, 17)
      // How fast it is depends on what else this machine does.
      const [first = 0, last = 0] = [times[0], times.at(-1)]
      const speed = (times.length / ((last - first) / 1000)).toFixed(1)
      yield* Effect.logInfo(`a key with 15 requests a second: ${times.length}, ${speed} a second, ${most} at the most`)
    }),
  120_000
)

it.scopedLive(
  "where every account ends well and the views over all cannot be written, the summary does not say that all is well",
  () =>
    Effect.gen(function*() {
      const { here } = yield* twins({ allomiaCalls: 10, rateLimit: { allomia: 1000 } }, [])
      yield* Effect.promise(() => fs.mkdir(join(here, "data/trunkline.sql"), { recursive: true }))
      const { code, stderr, stdout } = yield* trunkline(command(), ["export"], { cwd: here })
      assert.strictEqual(code, 2, stderr)
      assert.include(stdout, "2 accounts ended well; the end is 2")
      assert.notInclude(stdout, "All is well")
    }),
  120_000
)

it.scopedLive("one signal stops all accounts whole, and none begins after it", () =>
  Effect.gen(function*() {
    const { here } = yield* twins({ allomiaCalls: 3000, rateLimit: { allomia: 1000 } }, ["requests_per_second = 100"])
    const run = yield* start(command(), ["export", "--json", "--at-once", "1", "--log-level", "debug"], { cwd: here })
    yield* until(() => run.stderr().includes("operation=Calls.get"))
    run.child.kill("SIGTERM")
    const { code, stderr, stdout } = yield* run.ended
    assert.strictEqual(code, 130)
    assert.include(stderr, "SIGTERM: finishing the page in hand")
    const { accounts, exitCode } = document(stdout)
    assert.strictEqual(exitCode, 130)
    assert.deepStrictEqual(
      accounts.map(({ account, exitCode, status }) => [account, exitCode, status]),
      [["clinic-0", 130, "interrupted"], ["clinic-1", 130, "interrupted"]]
    )
    assert.isAbove(accounts[0]?.rows.calls ?? 0, 0)
    assert.deepStrictEqual(accounts[1]?.problems.map(({ tag }) => tag), ["Interrupted"])
    assert.strictEqual((yield* trunkline(command(), ["verify", "--account", "clinic-0"], { cwd: here })).code, 0)
  }), 120_000)

it.scopedLive("every command takes the accounts, or the one that is picked", () =>
  Effect.gen(function*() {
    const { here, key } = yield* twins({ allomiaCalls: 60, rateLimit: { allomia: 1000 } }, [
      "requests_per_second = 1000"
    ])
    const bin = command()
    const ask = (...words: ReadonlyArray<string>) => trunkline(bin, words, { cwd: here })
    const good = (...words: ReadonlyArray<string>) =>
      Effect.map(ask(...words), ({ code, stderr, stdout }) => {
        assert.strictEqual(code, 0, `${words.join(" ")}: ${stderr}`)
        return { stdout, stderr }
      })
    const wrong = (says: string, ...words: ReadonlyArray<string>) =>
      Effect.map(ask(...words), ({ code, stderr }) => {
        assert.strictEqual(code, 2, `${words.join(" ")}: ${stderr}`)
        assert.include(stderr, says)
      })
    yield* wrong("holds no dataset", "sql", "FROM calls")
    const plan = JSON.parse((yield* good("plan", "--json")).stdout)
    assert.deepStrictEqual(plan.accounts.map(({ account }: Entry) => account), ["clinic-0", "clinic-1"])
    assert.include((yield* good("export")).stdout, "All is well in 2 accounts")
    assert.deepStrictEqual(
      (yield* Effect.promise(() => fs.readdir(join(here, "data")))).toSorted(),
      ["account=clinic-0", "account=clinic-1", "trunkline.sql"]
    )
    yield* good("export", "--account", "clinic-1", "--account", "clinic-0", "--at-once", "16")
    yield* good("verify", "--remote")
    yield* good("quarantine")
    yield* good("accept")
    yield* good("report", "--zone", "Europe/Paris")
    assert.include((yield* good("doctor")).stdout, "clinic-1: allomia key")
    const picked = yield* good("sql", "--format", "csv", "SELECT DISTINCT account FROM calls", "--account", "clinic-0")
    assert.strictEqual(picked.stdout, "account\r\nclinic-0\r\n")
    const alone = yield* good(
      "sql",
      "--format",
      "csv",
      "SELECT DISTINCT account FROM calls",
      "--out",
      "data/account=clinic-0"
    )
    assert.strictEqual(alone.stdout, "account\r\n\r\n")

    const file = join(here, "clinic.parquet")
    yield* good("pull", "--account", "clinic-0", "--table", "calls", "--to", file)
    yield* wrong(
      "the account clinic-0 is one of allomia",
      "pull",
      "--account",
      "clinic-0",
      "--table",
      "calls",
      "--source",
      "allo",
      "--to",
      file
    )
    yield* wrong("--account: is missing: a number is one of an account", "accept", "1")
    yield* wrong("--account: is missing", "quarantine", "show", "1")
    yield* wrong("Did you mean clinic-0?", "export", "--account", "clinic0")
    yield* wrong("each account of a configuration has its source", "export", "--source", "allomia")
    yield* wrong("a contact belongs to one account", "export", "--contact", "cnt-1")
    yield* wrong("--at-once: must be a whole number from 1 to 16", "export", "--at-once", "17")
    yield* wrong("--lookback: must be", "export", "--lookback", "x")
    yield* wrong("there is no such file", "export", "--config", "nowhere.toml")
    const elsewhere = yield* folder
    const none = yield* trunkline(bin, ["verify", "--account", "paris"], { cwd: elsewhere })
    assert.strictEqual(none.code, 2)
    assert.include(none.stderr, "there is no configuration")

    // A key that others can read is warned of, and a dataset in the folder itself is refused.
    yield* Effect.promise(() => fs.chmod(key, 0o644))
    assert.include(
      (yield* good("export")).stderr,
      `every user of this machine can read the key. Take that away: chmod o-r ${key}`
    )
    yield* Effect.promise(() =>
      fs.rename(join(here, "data/account=clinic-0/_trunkline"), join(here, "data/_trunkline"))
    )
    yield* wrong("Move it: trunkline config init --adopt NAME", "export")
    yield* wrong("Move it: trunkline config init --adopt NAME", "sql", "FROM calls")
  }), 240_000)

/** The statements that a page shows below a heading. */
const statements = (page: string, heading: string) =>
  Effect.map(
    Effect.promise(() => fs.readFile(new URL(`../../../../docs/${page}`, import.meta.url), "utf8")),
    (text) => {
      const section = text.slice(text.indexOf(`\n## ${heading}\n`)).split("\n## ", 2).join("\n## ")
      return [...section.matchAll(/```sql\n([^]*?)```/g)].map(([, statement = ""]) => statement.trim())
    }
  )

it.scopedLive(
  "organisations carry their account, and the name, zone and hours of the configuration",
  () =>
    Effect.gen(function*() {
      const { clinics, here } = yield* twins({ allomiaCalls: 60, rateLimit: { allomia: 1000 } }, [
        "requests_per_second = 1000"
      ])
      const [id = "", other = ""] = clinics.organizations.map(({ id }) => id)
      const file = join(here, "trunkline.toml")
      // Both accounts read the same organisation.
      const text = (yield* Effect.promise(() => fs.readFile(file, "utf8"))).replace(other, id)
      const ask = (...words: ReadonlyArray<string>) =>
        Effect.map(trunkline(command(), words, { cwd: here }), ({ code, stderr, stdout }) => {
          assert.strictEqual(code, 0, `${words.join(" ")}: ${stderr}`)
          return stdout
        })
      const sql = (statement: string, ...words: ReadonlyArray<string>) =>
        Effect.map(ask("sql", "--format", "json", statement, ...words), (stdout) => JSON.parse(stdout))
      const described = `\n[accounts.clinic-0.organizations."${id}"]\nname = "Clinique du Lac"\n` +
        "hours = { mon-tue = [\"08:00-12:00\", \"13:00-18:00\"], sun = [\"22:00-06:00\"] }\n"
      yield* write(
        file,
        text.replace("[accounts.clinic-0]\n", "[accounts.clinic-0]\nzone = \"America/Toronto\"\n") + described
      )
      yield* ask("export")
      const day = "[\"08:00-12:00\",\"13:00-18:00\"]"
      const hours = `{"mon":${day},"tue":${day},"wed":[],"thu":[],"fri":[],"sat":[],"sun":["22:00-06:00"]}`
      assert.deepStrictEqual(
        yield* sql("SELECT account, name, zone, hours FROM organizations ORDER BY ALL"),
        [
          { account: "clinic-0", name: "Clinique du Lac", zone: "America/Toronto", hours },
          { account: "clinic-1", name: null, zone: null, hours: null }
        ]
      )
      // The file itself says which account it is of.
      const alone = join(here, "data/account=clinic-0")
      const direct = `SELECT account FROM read_parquet('${alone}/organizations/source=allomia/data.parquet')`
      assert.deepStrictEqual(yield* sql(direct, "--files"), [{ account: "clinic-0" }])

      // Each call counts once for each account.
      const [one = "", all = ""] = yield* statements("columns.md", "organizations, agents, lines, tags")
      const [{ calls }] = yield* sql("SELECT count(*)::INTEGER AS calls FROM calls")
      const counted = (rows: ReadonlyArray<{ readonly calls: number }>) =>
        rows.reduce((sum, { calls }) => sum + calls, 0)
      assert.strictEqual(counted(yield* sql(all)), calls)
      assert.strictEqual(counted(yield* sql(one, "--account", "clinic-0")), calls / 2)
    }),
  120_000
)
