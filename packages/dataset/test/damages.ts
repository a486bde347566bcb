/** Everything that `verify` can find, done to a dataset at a place that a seed chooses; and what a repair makes of it. */
import { Ledger, Verify } from "@trunkline/dataset"
import * as Effect from "effect/Effect"
import * as Struct from "effect/Struct"
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { good, landMonth, ledgerOf, months, readAgain, repairing, rowsOf, tags } from "./rebuilt.js"
import { folder } from "./support.js"
import { tables, within } from "./tables.js"

interface Dice {
  readonly below: (end: number) => number
  readonly one: <A>(of: ReadonlyArray<A>) => A
}

/** The same numbers for the same seed. */
const diceOf = (seed: number): Dice => {
  let state = seed * 2654435761 >>> 0
  const below = (end: number) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end
  }
  return {
    below,
    one: (of) => {
      const found = of[below(of.length)]
      if (found === undefined) throw new Error("there is nothing to choose from")
      return found
    }
  }
}

const filesOf = (out: string, tables: ReadonlyArray<string> = ["calls", "lines", "threads", "certificates", "runs"]) =>
  tables.flatMap((table) =>
    readdirSync(join(out, table), { recursive: true }).map(String).filter((name) => name.endsWith(".parquet"))
      .toSorted().map((name) => join(out, table, name))
  )

const overLedger = (out: string, ...statements: ReadonlyArray<string>) =>
  Effect.scoped(
    Effect.flatMap(Ledger.open(ledgerOf(out)), (ledger) =>
      Effect.forEach(statements, (sql) => ledger.run(sql), { discard: true }))
  )

const flip = (path: string, dice: Dice) => {
  const bytes = readFileSync(path)
  const at = dice.below(bytes.length)
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << dice.below(8)), at)
  writeFileSync(path, bytes)
}

const cut = (path: string, dice: Dice) => truncateSync(path, dice.below(readFileSync(path).length))

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex")

const monthOf = (out: string, month: string) => join(out, `calls/source=allo/month=${month}/data.parquet`)
const names = ["2026-05", "2026-06", "2026-11", "2026-12"]

type Spoil = (out: string, dice: Dice, other: string) => Effect.Effect<void, unknown>

const sync = (...ways: ReadonlyArray<(out: string, dice: Dice, other: string) => void>): Spoil => (out, dice, other) =>
  Effect.sync(() => dice.one(ways)(out, dice, other))

const invented = "more"

const contradictions = [
  "DELETE FROM keys WHERE shelf IN (SELECT id FROM shelves WHERE name = 'calls') AND unit = 'UNIT'",
  `INSERT INTO keys SELECT id, '${invented}', '2026-11', '{}' FROM shelves WHERE name = 'calls'`,
  "INSERT INTO keys VALUES (99, 'UNIT', '2026-11', '{}')",
  "DELETE FROM window_keys WHERE \"window\" IN (SELECT id FROM windows ORDER BY id LIMIT 1)",
  "UPDATE window_keys SET keys = NULL WHERE \"window\" IN (SELECT id FROM windows ORDER BY id LIMIT 1)",
  "UPDATE windows SET verdict = 'open' WHERE id IN (SELECT id FROM windows ORDER BY id LIMIT 1)"
]

/** By the name of what is found. */
export const damages: Readonly<Record<Exclude<Verify.Tag, "NewerLedger">, Spoil>> = {
  MissingFile: sync(
    (out, dice) => rmSync(dice.one(filesOf(out))),
    (out, dice) => rmSync(dirname(dice.one(filesOf(out))), { recursive: true }),
    (out, dice) => rmSync(join(out, dice.one(["calls", "lines", "threads", "certificates"])), { recursive: true })
  ),
  ChangedFile: sync(
    (out, dice) => flip(dice.one(filesOf(out)), dice),
    (out, dice) => cut(dice.one(filesOf(out)), dice),
    (out, dice) => writeFileSync(dice.one(filesOf(out)), "something else")
  ),
  SwappedFile: sync(
    (out, dice) => {
      const [one, other] = [dice.one(names), dice.one(names)].map((name) => monthOf(out, name))
      if (one === undefined || other === undefined) return
      const to = one === other ? dice.one(filesOf(out, ["lines"])) : other
      renameSync(one, join(out, "x"))
      renameSync(to, one)
      renameSync(join(out, "x"), to)
    },
    (out, dice) => {
      const [from, to] = [dice.one(filesOf(out, ["calls", "threads"])), dice.one(filesOf(out, ["lines"]))]
      copyFileSync(from, to)
    }
  ),
  UnknownFile: sync(
    (out, dice) =>
      copyFileSync(dice.one(filesOf(out)), join(dirname(dice.one(filesOf(out))), `copy-${dice.below(9)}.parquet`)),
    (out, dice) => writeFileSync(join(dirname(dice.one(filesOf(out))), "note.txt"), "mine"),
    (out, dice) => writeFileSync(join(out, dice.one(["mine.parquet", "calls/mine.parquet"])), "mine")
  ),
  DuplicateKeys: (out, dice) =>
    Effect.suspend(() => {
      const from = dice.one(names)
      const to = dice.one(names.filter((name) => name !== from))
      copyFileSync(monthOf(out, from), monthOf(out, to))
      return overLedger(
        out,
        `UPDATE files SET (sha256, rows, bytes) = (SELECT sha256, rows, bytes FROM files AS other
          WHERE other.shelf = files.shelf AND other.partition = '${from}')
          WHERE partition = '${to}' AND shelf IN (SELECT id FROM shelves WHERE name = 'calls')`
      )
    }),
  OtherRows: (out, dice) =>
    overLedger(
      out,
      `UPDATE files SET rows = rows + ${1 + dice.below(5)} WHERE (shelf, partition) IN (
        SELECT shelf, partition FROM files JOIN shelves ON id = shelf WHERE name IN ('calls', 'lines', 'threads')
        ORDER BY shelf, partition LIMIT 1 OFFSET ${dice.below(9)})`
    ),
  ChangedCertificate: (out, dice) =>
    overLedger(
      out,
      `UPDATE windows SET ${
        dice.one(["keys_sha256 = 'no'", "distinct_keys = distinct_keys + 1", "read_at = read_at + 1", "pages = 7"])
      } WHERE id = (SELECT id FROM windows WHERE stream = 'items' ORDER BY id LIMIT 1 OFFSET ${dice.below(4)})`
    ),
  MissingKeys: (out, dice) => {
    const one = dice.one(months)
    const month = one.startedAt.pipe((at) => new Date(at.epochMillis).toISOString().slice(0, 7))
    const path = monthOf(out, month)
    return Effect.gen(function*() {
      yield* within(out, (dataset) =>
        dataset.session.run(
          `COPY (SELECT * FROM read_parquet('${path}') WHERE call_id <> '${one.id}') TO '${out}-less.parquet' (FORMAT parquet)`
        ))
      renameSync(`${out}-less.parquet`, path)
      yield* overLedger(
        out,
        `UPDATE files SET sha256 = '${sha256(path)}', bytes = ${readFileSync(path).length}, rows = rows - 1
          WHERE partition = '${month}' AND shelf IN (SELECT id FROM shelves WHERE name = 'calls')`,
        `DELETE FROM keys WHERE unit = '${one.id}' AND shelf IN (SELECT id FROM shelves WHERE name = 'calls')`
      )
    })
  },
  ChangedLanding: (out, dice) =>
    Effect.gen(function*() {
      yield* within(out, (dataset) => landMonth(dataset, 5, dice.one(months)))
      const landings = join(out, "_trunkline/landing")
      const path = join(landings, dice.one(readdirSync(landings).toSorted()))
      dice.one([() => flip(path, dice), () => cut(path, dice), () => rmSync(path)])()
    }),
  Damaged: sync(
    (out, dice) => {
      const path = dice.one(filesOf(out))
      renameSync(path, `${out}-linked`)
      symlinkSync(`${out}-linked`, path)
    },
    (out, dice) => {
      const path = dice.one(filesOf(out))
      rmSync(path)
      mkdirSync(path)
    },
    (out, dice) => {
      const path = join(out, dice.one(["calls", "lines", "threads"]))
      renameSync(path, `${out}-linked`)
      symlinkSync(`${out}-linked`, path)
    }
  ),
  LedgerContradiction: (out, dice) => overLedger(out, dice.one(contradictions).replace("UNIT", dice.one(months).id)),
  DamagedLedger: sync(
    (out, dice) => {
      const bytes = readFileSync(ledgerOf(out))
      const page = 4096 * dice.below(Math.floor(bytes.length / 4096))
      writeFileSync(ledgerOf(out), bytes.fill(dice.below(256), page, page + 4096))
    },
    (out, dice) => truncateSync(ledgerOf(out), 1 + dice.below(readFileSync(ledgerOf(out)).length - 1)),
    (out) => writeFileSync(ledgerOf(out), "not a ledger")
  ),
  OtherLedger: sync(
    (out) => rmSync(ledgerOf(out)),
    (out) => truncateSync(ledgerOf(out), 0),
    (out, _, other) => copyFileSync(ledgerOf(other), ledgerOf(out)),
    (out) => rmSync(join(out, "_trunkline"), { recursive: true }),
    (out) => writeFileSync(join(out, "_trunkline/dataset.json"), "{}")
  )
}

/** A dataset, and another one. */
export const bases = Effect.gen(function*() {
  const [base, other] = [yield* folder, yield* folder]
  yield* good(base)
  yield* good(other)
  return { base, other, rows: yield* within(base, rowsOf) }
})

/** Damages a copy, repairs it, and fails unless it is what it was: with all rows, and nothing that `verify` finds. */
export const assertMended = (
  { base, other, rows }: Effect.Effect.Success<typeof bases>,
  { seed, tag }: { readonly tag: Exclude<Verify.Tag, "NewerLedger">; readonly seed: number }
) =>
  Effect.gen(function*() {
    const said = `${tag}, seed ${seed}`
    const out = join(yield* folder, "out")
    cpSync(base, out, { recursive: true })
    yield* damages[tag](out, diceOf(seed), other)
    const found = yield* tags(out)
    // A page of the ledger that nothing uses may hold anything.
    if (tag === "DamagedLedger" && found.length === 0) return false
    assert.ok(found.includes(tag), `${said}: found ${found.join(", ")}`)
    yield* within(out, (dataset) =>
      Effect.gen(function*() {
        const report = yield* dataset.repair(repairing)
        assert.ok(
          report.found.some(({ _tag }) => _tag === tag),
          `${said}: ${report.found.map(({ _tag }) => _tag).join()}`
        )
        assert.deepStrictEqual(report.beyond.map(({ message }) => message), [], said)
        yield* readAgain(dataset)
        assert.deepStrictEqual(yield* readAgain(dataset), [], said)
        assert.deepStrictEqual(yield* rowsOf(dataset), rows, said)
        // A key of which the ledger alone ever spoke is named.
        const lost = (yield* dataset.lost).flatMap(({ keys }) => keys).filter((key) => key !== invented)
        assert.deepStrictEqual(lost, [], said)
        assert.deepStrictEqual((yield* dataset.verify).problems.map(({ message }) => message), [], said)
      }), { damaged: true })
    assert.deepStrictEqual(yield* tags(out), [], said)
    rmSync(out, { recursive: true })
    return true
  })

export const all = Struct.keys(damages)

/** A ledger of a later version is beyond mending: that is said, and nothing is touched. */
export const assertRefused = ({ base }: Effect.Effect.Success<typeof bases>, seed: number) =>
  Effect.gen(function*() {
    const out = join(yield* folder, "out")
    cpSync(base, out, { recursive: true })
    yield* overLedger(out, `PRAGMA user_version = ${Ledger.version + 1 + diceOf(seed).below(1000)}`)
    assert.deepStrictEqual(yield* tags(out), ["NewerLedger"])
    const bytes = readFileSync(ledgerOf(out))
    const refused = yield* Effect.flip(within(out, () => Effect.void, { damaged: true }))
    assert.strictEqual(refused._tag, "NewerLedger")
    assert.match(refused.message, /Install the version that wrote it/)
    assert.ok(bytes.equals(readFileSync(ledgerOf(out))))
    assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems.map(({ _tag }) => _tag), ["NewerLedger"])
  })
