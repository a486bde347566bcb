/** A masked dataset holds no number of a person outside of what people said, and works like any other. */
import { assert, it } from "@effect/vitest"
import { Masking, Personal, tables } from "@trunkline/calls"
import { Dataset, type Mask, Points, Verify } from "@trunkline/dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import { compare } from "@trunkline/export/Compare"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Exit, Layer, Redacted } from "effect"
import { createHmac } from "node:crypto"
import { chmod, cp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folder, sources } from "../fixtures/account.js"
import { found } from "../fixtures/clearNumbers.js"
import { rows, type Tamper, tampered } from "../fixtures/proxy.js"
import { contents, reading, rowsOf, run, tags, unhurried } from "../fixtures/runs.js"

const world = Sandbox.layer({
  ...unhurried,
  size: 300,
  allomiaCalls: 60,
  organizations: 2,
  days: 20,
  movement: false
})

const masked = { mask: { numbers: true } } as const

/** `+33612345678` as `06 12 34 56 78`, and others with spaces. */
const otherwise = (number: string): string =>
  number.startsWith("+33")
    ? `0${number.slice(3)}`.replaceAll(/(\d\d)(?=\d)/g, "$1 ")
    : number.replace(/^\+(\d)(\d{3})/, "00$1 ($2) ")

/**
 * Numbers in what no column holds, in names, and in rows that cannot be read. Every third number of Allomia is one that Allo has,
 * in another spelling.
 */
const talkative = () => {
  const people = new Set<string>()
  const shared: Array<string> = []
  const tamper: Tamper = (asked, answered) => {
    if (answered.status !== 200 || /\/(numbers|me|users|organizations)/.test(asked.url)) return answered
    const change = (row: Record<string, unknown>) => {
      const number = row["contact_number"]
      if (typeof number === "string" && number.startsWith("+")) {
        people.add(number)
        if (number.startsWith("+33") && shared.length < 20 && !shared.includes(number)) shared.push(number)
        const id = typeof row["id"] === "string" ? row["id"] : number
        const broken = id.endsWith("7") ? { date: "soon", last_activity: "soon" } : {}
        return {
          ...row,
          ...broken,
          contacts: [{ id: "cnt-1", name: otherwise(number), phones: [number, { main: number.slice(1) }] }],
          callback: `call ${otherwise(number)}`,
          dialled: Number(number.slice(1)),
          links: { [number]: `https://wa.me/${number.slice(1)}` }
        }
      }
      const patient = row["userPhoneNumber"]
      if (typeof patient === "string" && patient.startsWith("+")) {
        const other = shared[patient.charCodeAt(patient.length - 1) % 20]
        const given = other === undefined ? patient : `0033${other.slice(3)}`
        people.add(other ?? patient)
        return { ...row, userPhoneNumber: given, caller: otherwise(other ?? patient), userName: given }
      }
      return row
    }
    // The details of one call are its answer, or stand in it.
    const read: unknown = JSON.parse(rows(answered.body, change))
    return { ...answered, body: JSON.stringify(typeof read === "object" && read !== null ? change({ ...read }) : read) }
  }
  return { tamper, people }
}

it.scopedLive("no byte of it holds a number, and the same number of both vendors has one token", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    const { people, tamper } = talkative()
    control.tamper = tamper
    yield* Effect.gen(function*() {
      const [clear, out] = [yield* folder, yield* folder]
      const before = yield* run(clear, { transcripts: true })
      const report = yield* run(out, { transcripts: true }, masked)
      assert.deepStrictEqual(tags(report), tags(before))
      assert.deepStrictEqual([report.rows, report.quarantined], [before.rows, before.quarantined])
      assert.isAbove(report.quarantined, 5)
      assert.isAbove(people.size, 50)
      // The scan finds them where they are.
      assert.isAbove((yield* found(clear, [...people])).length, people.size)
      assert.deepStrictEqual(yield* found(out, [...people]), [])

      const [calls] = yield* reading(out, ({ session }) =>
        session.rows(
          `SELECT count(*)::INT AS rows, count(*) FILTER (contact_number LIKE '${Masking.prefix}%')::INT AS masked,
            count(*) FILTER (contact_number LIKE '+%')::INT AS clear, count(DISTINCT contact_country)::INT AS countries,
            count(*) FILTER (line_number LIKE '+%')::INT AS lines
          FROM read_parquet('${out}/calls/**/*.parquet')`
        ))
      assert.strictEqual(calls?.["clear"], 0)
      assert.isAbove(Number(calls?.["masked"]), 100)
      assert.isAbove(Number(calls?.["countries"]), 2)
      assert.strictEqual(calls?.["lines"], calls?.["rows"])
      const numbers = (folder: string) =>
        reading(folder, ({ session }) =>
          session.rows(
            `SELECT count(*)::INT AS shared FROM (
              SELECT DISTINCT regexp_replace(contact_number, '^(00|[+])', '') AS number
              FROM read_parquet('${folder}/calls/**/*.parquet', hive_partitioning = true)
              WHERE contact_number <> 'anonymous' GROUP BY 1 HAVING count(DISTINCT source) = 2)`
          ))
      assert.deepStrictEqual(yield* numbers(out), yield* numbers(clear))
      assert.isAbove(Number((yield* numbers(out))[0]?.["shared"]), 1)
    }).pipe(Effect.provideService(Sandbox, both))
  }).pipe(Effect.provide(world)))

it.scopedLive("it is certified, verified and compared like any other, and a later run without the flag stays masked", () =>
  Effect.gen(function*() {
    const out = yield* folder
    const first = yield* run(out, {}, masked)
    assert.deepStrictEqual([first.exitCode, first.reconciled], [0, { allo: true, allomia: true }])
    const before = yield* contents(out)
    const second = yield* run(out, { full: true })
    assert.deepStrictEqual([second.exitCode, second.new], [0, 0])
    assert.deepStrictEqual(yield* contents(out), before)
    assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
    const remote = yield* Effect.flatMap(DatasetReader, compare).pipe(
      Effect.provide(Layer.merge(DatasetReader.layer({ out }), sources()))
    )
    assert.deepStrictEqual([remote.exitCode, remote.differing, remote.reconciled], [0, [], {
      allo: true,
      allomia: true
    }])
    const path = join(out, "_trunkline/mask.key")
    assert.strictEqual((yield* Effect.promise(() => stat(path))).mode & 0o777, 0o600)
  }).pipe(Effect.provide(world)))

it.scopedLive("a history is asked for by the id of its contact, and holds tokens", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* run(out, {}, masked)
    const contact = "cnt-abc123"
    const report = yield* run(out, { contacts: [contact] })
    assert.strictEqual(report.exitCode, 0)
    const again = yield* run(out, { contacts: [contact] })
    assert.deepStrictEqual([again.new, again.updated], [0, 0])
    const rows = [...yield* rowsOf(out, "history_calls"), ...yield* rowsOf(out, "history_messages")]
    assert.isAbove(rows.length, 0)
    for (const { contact_number, from_number, line_number, to_number } of rows) {
      assert.match(String(contact_number), new RegExp(`^${Masking.pattern}$`))
      assert.match(String(line_number), /^\+/)
      assert.sameMembers([from_number, to_number], [contact_number, line_number])
    }
  }).pipe(Effect.provide(world)))

it.scopedLive("another key gives other tokens, and is refused", () =>
  Effect.gen(function*() {
    const [out, other, keys] = [yield* folder, yield* folder, yield* folder]
    const keyFile = (name: string) => ({ path: join(keys, name), made: false })
    yield* Effect.promise(async () => {
      await writeFile(join(keys, "one"), "0123456789abcdef one\n")
      await writeFile(join(keys, "two"), "0123456789abcdef two\n")
      await writeFile(join(keys, "short"), "secret\n")
    })
    const given = (name: string) => ({ mask: { numbers: true, file: keyFile(name) } })
    yield* run(out, {}, given("one"))
    yield* run(other, {}, given("two"))
    const tokens = (folder: string) =>
      Effect.map(rowsOf(folder, "conversations"), (rows) => rows.map(({ contact_number }) => contact_number))
    const [ones, twos] = [yield* tokens(out), yield* tokens(other)]
    assert.strictEqual(ones.length, twos.length)
    assert.deepStrictEqual(ones.filter((token) => token !== "anonymous" && twos.includes(token)), [])

    const refused = (folder: string, name: string) =>
      Effect.map(Effect.flip(run(folder, {}, { mask: { file: keyFile(name) } })), (error) => error._tag)
    assert.strictEqual(yield* refused(out, "two"), "OtherMaskKey")
    assert.strictEqual(yield* refused(out, "short"), "MaskKeyUnusable")
    assert.strictEqual(yield* refused(out, "nowhere"), "MaskKeyUnusable")
    assert.deepStrictEqual(yield* tokens(out), ones)
    // The ledger knows the key by a hash alone.
    const ledger = yield* Effect.promise(() => readFile(join(out, "_trunkline/ledger.db"), "latin1"))
    assert.notInclude(ledger, "0123456789abcdef")
  }).pipe(Effect.provide(world)))

/** A folder that holds a dataset in clear, and the numbers in it. */
const clearly = Effect.gen(function*() {
  const { both, control } = yield* tampered
  const { people, tamper } = talkative()
  control.tamper = tamper
  const out = join(yield* folder, "data")
  const first = yield* run(out, { transcripts: true }).pipe(Effect.provideService(Sandbox, both))
  assert.isAbove(first.quarantined, 5)
  return { both, first, out, numbers: [...people] }
})

it.scopedLive(
  "a dataset of before is rewritten, and equals one that was masked from its first run on",
  () =>
    Effect.gen(function*() {
      const { both, first, numbers, out } = yield* clearly
      const [keys, whole] = [yield* folder, yield* folder]
      const file = { path: join(keys, "key"), made: true }
      yield* Effect.gen(function*() {
        const second = yield* run(out, { transcripts: true }, { mask: { numbers: true, file } })
        assert.deepStrictEqual([second.new, second.rows, tags(second)], [0, first.rows, tags(first)])
        assert.deepStrictEqual(yield* found(out, numbers), [])
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        yield* run(whole, { transcripts: true }, { mask: { numbers: true, file } })
        assert.deepStrictEqual(yield* contents(out), yield* contents(whole))
        const third = yield* run(out, { transcripts: true, full: true }, { mask: { file } })
        assert.deepStrictEqual([third.new, third.quarantined, tags(third)], [0, 0, tags(first)])
        assert.deepStrictEqual(yield* contents(out), yield* contents(whole))
      }).pipe(Effect.provideService(Sandbox, both))
    }).pipe(Effect.provide(world)),
  300_000
)

const openedWith = (out: string, mask: Mask.Options, disk: Layer.Layer<Disk> = Disk.layer) =>
  Effect.flatMap(Dataset, ({ masked }) => masked).pipe(
    Effect.provide(
      Dataset.layer({ out, tables, people: Personal.declaration, masking: Masking.make, mask }).pipe(
        Layer.provide(disk)
      )
    )
  )

it.scopedLive("tokens are made anew with one more key, which is added to the file", () =>
  Effect.gen(function*() {
    const { both, numbers, out } = yield* clearly
    yield* Effect.gen(function*() {
      assert.deepStrictEqual(yield* openedWith(out, { numbers: true }), { keys: 1, done: true })
      const before = yield* contents(out)
      const tokens = (text: unknown) => new Set(JSON.stringify(text).match(new RegExp(Masking.pattern, "g")))
      assert.deepStrictEqual(yield* openedWith(out, { rotate: true }), { keys: 2, done: true })
      const after = yield* contents(out)
      const [old, made] = [tokens(before), tokens(after)]
      assert.strictEqual(made.size, old.size)
      assert.deepStrictEqual([...made].filter((token) => old.has(token)), [])
      assert.deepStrictEqual(yield* found(out, numbers), [])
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      const report = yield* run(out, { transcripts: true, full: true })
      assert.strictEqual(report.new, 0)
      assert.deepStrictEqual(yield* contents(out), after)
      const [first = "", second = ""] = (yield* Effect.promise(() =>
        readFile(join(out, "_trunkline/mask.key"), "utf8")
      )).split("\n")
      assert.notStrictEqual(first, second)
    }).pipe(Effect.provideService(Sandbox, both))
  }).pipe(Effect.provide(world)), 300_000)

it.scopedLive(
  "a person is erased from a masked dataset by their clear number, and stays out",
  () =>
    Effect.gen(function*() {
      const { both, numbers, out } = yield* clearly
      yield* Effect.gen(function*() {
        yield* openedWith(out, { numbers: true })
        const [most] = yield* reading(out, ({ session }) =>
          session.rows(
            `SELECT contact_number, count(*) AS rows FROM read_parquet('${out}/calls/**/*.parquet')
            WHERE contact_number LIKE '${Masking.prefix}%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`
          ))
        const token = String(most?.["contact_number"])
        const key = yield* Effect.promise(() => readFile(join(out, "_trunkline/mask.key"), "utf8"))
        const masking = Masking.make({
          hashes: [(text) => createHmac("sha256", key.trim()).update(text).digest("hex")]
        })
        const number = numbers.find((one) => masking.number(one) === token) ?? ""
        assert.notStrictEqual(number, "")
        const holding = Effect.map(contents(out), (all) => JSON.stringify(all).split(token).length - 1)
        assert.isAbove(yield* holding, 1)
        const report = yield* Effect.flatMap(Dataset, (dataset) =>
          Effect.flatMap(
            DateTime.now,
            (at) => dataset.erase({ who: { number: Redacted.make(number) }, rows: false, at })
          )).pipe(
            Effect.provide(
              Dataset.layer({ out, tables, people: Personal.declaration, masking: Masking.make }).pipe(
                Layer.provide(Disk.layer)
              )
            )
          )
        assert.strictEqual(report?.done, true)
        assert.strictEqual(yield* holding, 0)
        yield* run(out, { transcripts: true, full: true })
        assert.strictEqual(yield* holding, 0)
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
      }).pipe(Effect.provideService(Sandbox, both))
    }).pipe(Effect.provide(world)),
  300_000
)

it.scopedLive(
  "a changed file of a masked dataset with an erased person is repaired, and no number comes back",
  () =>
    Effect.gen(function*() {
      const { both, first, numbers, out } = yield* clearly
      yield* Effect.gen(function*() {
        const [most] = yield* reading(out, ({ session }) =>
          session.rows(
            `SELECT contact_number, count(*) AS rows FROM read_parquet('${out}/calls/**/*.parquet')
            WHERE contact_number LIKE '+%' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1`
          ))
        const who = { number: Redacted.make(String(most?.["contact_number"])) }
        const files = ["calls", "messages", "conversations"].map((name) => join(out, name, "source=allo"))
        yield* Effect.promise(() => cp(out, join(out, "..", "clear"), { recursive: true }))
        const layer = (damaged: boolean) =>
          Dataset.layer({ out, tables, people: Personal.declaration, masking: Masking.make, damaged }).pipe(
            Layer.provide(Disk.layer)
          )
        yield* Effect.flatMap(
          Dataset,
          (dataset) => Effect.flatMap(DateTime.now, (at) => dataset.erase({ who, rows: false, at }))
        ).pipe(Effect.provide(layer(false)))
        yield* openedWith(out, { numbers: true })
        const whole = yield* contents(out)
        const bare = yield* rowsOf(out, "calls", "contact_number IS NULL")
        assert.isAbove(bare.length, 0)
        // Files of before both, in clear: they are of this dataset, and not what was published last.
        for (const path of files) {
          yield* Effect.promise(() => cp(path.replace(out, join(out, "..", "clear")), path, { recursive: true }))
        }
        assert.isAbove((yield* found(out, numbers)).length, 0)
        const repaired = yield* Effect.flatMap(Dataset, (dataset) => dataset.repair({ frontier: "frontier " })).pipe(
          Effect.provide(layer(true))
        )
        assert.deepStrictEqual(repaired.beyond, [])
        const report = yield* run(out, { transcripts: true, full: true })
        assert.deepStrictEqual([report.reconciled, tags(report)], [first.reconciled, tags(first)])
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        assert.deepStrictEqual(yield* contents(out), whole)
        assert.deepStrictEqual((yield* found(out, numbers)).filter((one) => !one.startsWith("_trunkline/aside/")), [])
      }).pipe(Effect.provideService(Sandbox, both))
    }).pipe(Effect.provide(world)),
  300_000
)

const ledgerOf = (out: string) => join(out, "_trunkline/ledger.db")

it.scopedLive("a ledger that is lost leaves the dataset masked", () =>
  Effect.gen(function*() {
    const { both, numbers, out } = yield* clearly
    const copies = yield* folder
    yield* Effect.gen(function*() {
      yield* openedWith(out, { numbers: true })
      const first = yield* contents(out)
      const losses: Readonly<Record<string, (out: string) => Promise<void>>> = {
        gone: (out) => rm(ledgerOf(out)),
        empty: (out) => writeFile(ledgerOf(out), ""),
        damaged: (out) => writeFile(ledgerOf(out), "no ledger"),
        "gone, with what was chosen": async (out) => {
          await rm(ledgerOf(out))
          await rm(join(out, "_trunkline/dataset.json"))
        },
        "of another folder": (out) => cp(ledgerOf(join(copies, "other")), ledgerOf(out))
      }
      yield* run(join(copies, "other"), {})
      for (const [name, lose] of Object.entries(losses)) {
        const copy = join(copies, name)
        yield* Effect.promise(() => cp(out, copy, { recursive: true }))
        yield* Effect.promise(() => lose(copy))
        const repaired = yield* Effect.flatMap(Dataset, (dataset) => dataset.repair({ frontier: "frontier " })).pipe(
          Effect.provide(
            Dataset.layer({ out: copy, tables, people: Personal.declaration, masking: Masking.make, damaged: true })
              .pipe(Layer.provide(Disk.layer))
          )
        )
        assert.deepStrictEqual(repaired.beyond, [], name)
        const report = yield* run(copy, { transcripts: true, full: true })
        assert.deepStrictEqual(report.new, 0, name)
        assert.deepStrictEqual(yield* found(copy, numbers), [], name)
        assert.deepStrictEqual(yield* contents(copy), first, name)
        assert.deepStrictEqual((yield* Verify.folder({ out: copy, tables })).problems, [], name)
        assert.deepStrictEqual(yield* openedWith(copy, {}), { keys: 1, done: true }, name)
        yield* Effect.promise(() => rm(copy, { recursive: true }))
      }
      // Nothing is written without the key.
      yield* Effect.promise(async () => {
        await rm(ledgerOf(out))
        await rm(join(out, "_trunkline/mask.key"))
      })
      const error = yield* Effect.flip(
        Effect.flatMap(Dataset, ({ mask }) => mask).pipe(
          Effect.provide(
            Dataset.layer({ out, tables, people: Personal.declaration, masking: Masking.make, damaged: true })
              .pipe(Layer.provide(Disk.layer))
          )
        )
      )
      assert.strictEqual(error._tag, "MaskKeyUnusable")
    }).pipe(Effect.provideService(Sandbox, both))
  }).pipe(Effect.provide(world)), 300_000)

/** Ends the process, as it were, before the step of this number, and counts all. */
const killedAt = (step: number) => {
  let steps = 0
  const before = () =>
    Effect.suspend(() => {
      steps += 1
      return steps > step ? Effect.die("killed") : Effect.void
    })
  return { disk: Layer.merge(Disk.layerWatched(before), Layer.succeed(Points, before)), steps: () => steps }
}

it.scopedLive("killed at any step, the next start goes on, and all is masked once", () =>
  Effect.gen(function*() {
    const { numbers, out } = yield* clearly
    const copies = yield* folder
    // Of a key that is made, the steps are those of its file alone.
    const file = { path: join(copies, "key"), made: false }
    yield* Effect.promise(() => writeFile(file.path, "a key that stands there before\n"))
    const copied = (name: string) =>
      Effect.promise(async () => {
        await cp(out, join(copies, name), { recursive: true })
        return join(copies, name)
      })
    const whole = yield* copied("whole")
    const counting = killedAt(Infinity)
    assert.deepStrictEqual(yield* openedWith(whole, { numbers: true, file }, counting.disk), { keys: 1, done: true })
    const [steps, all] = [counting.steps(), yield* contents(whole)]
    assert.isAbove(steps, 40)
    for (let step = 1; step < steps; step += Math.max(1, Math.floor(steps / 8))) {
      const copy = yield* copied(`killed-${step}`)
      const killed = yield* Effect.exit(openedWith(copy, { numbers: true, file }, killedAt(step).disk))
      assert.isTrue(Exit.isFailure(killed), `${step}`)
      assert.deepStrictEqual(yield* openedWith(copy, { numbers: true, file }), { keys: 1, done: true })
      assert.deepStrictEqual(yield* found(copy, numbers), [], `${step}`)
      assert.deepStrictEqual(yield* contents(copy), all, `${step}`)
      assert.deepStrictEqual((yield* Verify.folder({ out: copy, tables })).problems, [], `${step}`)
    }
  }).pipe(Effect.provide(world)), 300_000)

it.scopedLive("a key that is lost or cannot be read stops a run before it asks anything", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* run(out, {}, masked)
    yield* Effect.promise(() => writeFile(join(out, "_trunkline/mask.key"), ""))
    const opened = Dataset.layer({ out, tables, mask: {} }).pipe(Layer.provide(Disk.layer))
    assert.strictEqual((yield* Effect.flip(Effect.scoped(Layer.build(opened))))._tag, "MaskKeyUnusable")
    yield* Effect.promise(() => chmod(join(out, "_trunkline/mask.key"), 0o600))
  }).pipe(Effect.provide(world)))

it.scopedLive("two spellings of one number, each with a conversation on one line, have one token and are one row", () =>
  Effect.gen(function*() {
    const { both, control } = yield* tampered
    yield* Effect.gen(function*() {
      const first = yield* folder
      yield* run(first)
      const at = (row: Readonly<Record<string, unknown>> | undefined) => String(row?.["last_activity_at"])
      const all = yield* rowsOf(first, "conversations", "contact_number LIKE '+33%'")
      const lineOf = (row: Readonly<Record<string, unknown>>) => String(row["line_number"])
      const line = all.map(lineOf).find((one, place, lines) => lines.indexOf(one) < place)
      const conversations = all.filter((row) => lineOf(row) === line)
      const ordered = conversations.toSorted((one, other) => at(one) < at(other) ? -1 : 1)
      const [oldest, newest] = [ordered[0], ordered.at(-1)]
      const [old, young] = [oldest, newest].map((row) => String(row?.["contact_number"]))
      assert(old !== undefined && young !== undefined && old !== young)
      const linesOf = (number: string) => all.filter((row) => row["contact_number"] === number).map(lineOf)
      const twice = linesOf(old).filter((one) => linesOf(young).includes(one))
      // The same person, called under two spellings of one number.
      control.tamper = (_, answered) => ({
        ...answered,
        body: answered.body.replaceAll(JSON.stringify(old), JSON.stringify(otherwise(young)))
      })
      const [clear, fresh] = [yield* folder, yield* folder]
      const before = yield* run(clear)
      assert.strictEqual(before.exitCode, 0)
      const held = (out: string) => Effect.map(rowsOf(out, "conversations"), ({ length }) => length)
      const rows = yield* held(clear)

      for (const out of [clear, fresh]) {
        const report = yield* run(out, {}, masked)
        assert.deepStrictEqual([report.exitCode, report.reconciled.allo, yield* held(out)], [
          0,
          true,
          rows - twice.length
        ])
        const again = yield* run(out)
        assert.deepStrictEqual([again.exitCode, again.new, again.updated], [0, 0, 0])
        const full = yield* run(out, { full: true })
        assert.deepStrictEqual([full.exitCode, full.new], [0, 0])
        assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
        const times = (yield* rowsOf(out, "conversations", `line_number = '${line}'`)).map(at)
        assert.deepStrictEqual([times.includes(at(newest)), times.includes(at(oldest))], [true, false])
        const compared = yield* Effect.flatMap(DatasetReader, compare).pipe(
          Effect.provide(Layer.merge(DatasetReader.layer({ out }), sources()))
        )
        assert.deepStrictEqual([compared.exitCode, compared.differing], [0, []])
      }
    }).pipe(Effect.provideService(Sandbox, both))
  }).pipe(Effect.provide(world)))
