/** A masked dataset holds no number of a person outside of what people said, and works like any other. */
import { assert, it } from "@effect/vitest"
import { Masking, tables } from "@trunkline/calls"
import { Dataset, Verify } from "@trunkline/dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import { compare } from "@trunkline/export/Compare"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { Effect, Layer } from "effect"
import { chmod, readFile, stat, writeFile } from "node:fs/promises"
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

it.scopedLive("a dataset with numbers in clear is not masked halfway", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* run(out)
    const before = yield* contents(out)
    const refused = yield* Effect.flip(run(out, {}, masked))
    assert.strictEqual(refused._tag, "NotMasked")
    assert.deepStrictEqual(yield* contents(out), before)
    assert.strictEqual((yield* run(out)).exitCode, 0)
  }).pipe(Effect.provide(world)))

it.scopedLive("a key that is lost or cannot be read stops a run before it asks anything", () =>
  Effect.gen(function*() {
    const out = yield* folder
    yield* run(out, {}, masked)
    yield* Effect.promise(() => writeFile(join(out, "_trunkline/mask.key"), ""))
    const opened = Dataset.layer({ out, tables, mask: {} }).pipe(Layer.provide(Disk.layer))
    assert.strictEqual((yield* Effect.flip(Effect.scoped(Layer.build(opened))))._tag, "MaskKeyUnusable")
    yield* Effect.promise(() => chmod(join(out, "_trunkline/mask.key"), 0o600))
  }).pipe(Effect.provide(world)))
