/** Folders in which something is not what it should be: ledgers, files, names, and readers beside the writer. */
import { Ledger, ParquetFiles } from "@trunkline/dataset"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { names } from "../../../../packages/dataset/test/oddNames.js"
import type { Dice } from "../../../../packages/export/test/fixtures/dice.js"
import { reading } from "../../../../packages/export/test/fixtures/runs.js"
import * as Oracle from "../oracle.js"
import { type Row, type Wrong, wrongOf } from "../Row.js"
import * as Still from "../still.js"

/** An account, a folder it was exported into, one into which half as much was, and another account's. */
const bases = Still.forAll(Effect.gen(function*() {
  const still = yield* Still.make({ source: "allo" })
  const others = yield* Still.make({ source: "allo", sandbox: { seed: 2 } })
  const root = yield* Still.folder
  const [base, other] = [join(root, "base"), join(root, "other")]
  const old = join(root, "old")
  const half = DateTime.subtractDuration(yield* DateTime.now, "2 days")
  for (
    const [one, out, options] of [[still, base, { until: half }], [others, other, {}], [still, base, {}]] as const
  ) {
    const { report } = yield* one.export(out, options)
    if (report?.exitCode !== 0) return yield* Effect.dieMessage("a base was not exported")
    // The rest is more than the older ledger knows.
    if (!existsSync(old)) cpSync(out, old, { recursive: true })
  }
  return { still, base, old, other }
}))

const ledgerOf = (out: string): string => join(out, "_trunkline", "ledger.db")

const removeLedger = (out: string): void => {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(`${ledgerOf(out)}${end}`, { force: true })
}

const harms = ["lost", "old", "newer", "foreign", "corrupt"] as const

const harm = (
  kind: typeof harms[number],
  out: string,
  from: { readonly old: string; readonly other: string },
  random: Dice
) =>
  Effect.gen(function*() {
    const path = ledgerOf(out)
    if (kind === "newer") {
      const ledger = yield* Ledger.open(path)
      yield* ledger.transaction("state commit", (statements) =>
        statements.run(`PRAGMA user_version = ${Ledger.version + 1 + random.below(9)}`))
    } else if (kind === "corrupt") {
      const bytes = readFileSync(path)
      const at = random.below(Math.ceil(bytes.length / 4096)) * 4096
      if (random.chance(0.3)) {
        writeFileSync(path, bytes.subarray(0, random.below(bytes.length)))
      } else {
        bytes.fill(0xa5, at, Math.min(bytes.length, at + 4096))
        writeFileSync(path, bytes)
      }
    } else {
      removeLedger(out)
      if (kind !== "lost") {
        cpSync(ledgerOf(kind === "old" ? from.old : from.other), path)
      }
    }
  }).pipe(Effect.scoped)

/** How a run ends over a ledger that is not its own: with an error, or with a report and its exit code. */
const endings: Readonly<Record<typeof harms[number], ReadonlyArray<string | number>>> = {
  lost: ["OtherLedger"],
  old: [5],
  newer: ["NewerLedger"],
  foreign: ["OtherLedger"],
  // A page that nobody needs may be damaged.
  corrupt: [0, 5, "LedgerFailed", "DamagedLedger", "OtherLedger", "Damaged"]
}

export const ledgers: Row = {
  name: "ledgers",
  words: "A ledger that is lost, old, newer, another folder's or corrupt",
  cases: { whole: 60, ten: 10, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const { base, old, other, still } = yield* bases
    return ({ number, random }) =>
      Effect.gen(function*() {
        const out = join(yield* Still.folder, "out")
        cpSync(base, out, { recursive: true })
        const kind = harms[number % harms.length] ?? "lost"
        yield* harm(kind, out, { old, other }, random)
        const ended = yield* still.export(out)
        const code = ended.report?.exitCode ?? null
        const mended = code === 0
          ? Oracle.ofContents(yield* Still.contentsOf(out), still.expected)
          : []
        // Put back from a copy, as the message says. A ledger that a run went on with belongs to its folder.
        if (code !== 0) {
          removeLedger(out)
          cpSync(join(base, "_trunkline"), join(out, "_trunkline"), { recursive: true })
        }
        return [
          ...endings[kind].includes(code ?? ended.failure?.tag ?? "")
            ? []
            : [wrongOf(`a ledger that is ${kind}: exit ${code}, ${ended.failure?.text ?? ""}`)],
          ...mended,
          ...Oracle.ofWords(ended.heard.texts, still.whispers),
          ...yield* still.after(out)
        ]
      })
  })
}

const filesOf = (out: string): ReadonlyArray<string> =>
  readdirSync(out, { recursive: true }).map(String).toSorted().filter((name) =>
    name.endsWith(".parquet") && !name.startsWith("_trunkline")
  )

/** Names and bytes. */
const bytesOf = (out: string): string =>
  JSON.stringify(filesOf(out).map((name) => [name, readFileSync(join(out, name), "base64")]))

const damages = ["removed", "swapped", "flipped", "foreign", "symlinked"] as const

export const files: Row = {
  name: "files",
  words: "Files that are removed, swapped, flipped by a bit, foreign or links",
  cases: { whole: 200, ten: 15, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const { base, still } = yield* bases
    return ({ number, random }) =>
      Effect.gen(function*() {
        const root = yield* Still.folder
        const [out, outside] = [join(root, "out"), join(root, "outside")]
        cpSync(base, out, { recursive: true })
        const all = filesOf(out)
        const name = all[random.below(all.length)] ?? ""
        const path = join(out, name)
        const whole = readFileSync(path)
        const kind = damages[number % damages.length] ?? "removed"
        let foreign: string | null = null
        if (kind === "removed") rmSync(path)
        else if (kind === "swapped") {
          const others = all.filter((other) => other !== name)
          cpSync(join(base, others[random.below(others.length)] ?? name), path)
        } else if (kind === "flipped") {
          const at = random.below(whole.length)
          const bytes = Buffer.from(whole)
          bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << random.below(8)), at)
          writeFileSync(path, bytes)
        } else if (kind === "foreign") {
          foreign = join(path, "..", "other.parquet")
          writeFileSync(foreign, random.chance(0.5) ? whole : "mine")
        } else {
          renameSync(path, outside)
          symlinkSync(outside, path)
        }
        const verified = yield* Oracle.ofFolder(out)
        const ended = yield* still.export(out, { full: random.chance(0.5) })
        const code = ended.report?.exitCode ?? 1
        const kept: ReadonlyArray<Wrong> = kind === "symlinked" && !readFileSync(outside).equals(whole)
          ? [wrongOf(`${name}: what lies behind the link was changed`)]
          : kind === "foreign" && foreign !== null && !existsSync(foreign)
          ? [wrongOf("a foreign file was removed")]
          : []
        // Put back from a copy, or moved elsewhere, as the message says.
        if (foreign !== null) rmSync(foreign)
        else if (!existsSync(path) || lstatSync(path).isSymbolicLink() || code !== 0) {
          rmSync(path, { force: true })
          writeFileSync(path, whole)
        } else writeFileSync(path, whole)
        return [
          ...verified.length > 0 ? [] : [wrongOf(`${name} ${kind}: verify finds nothing`)],
          // So small a dataset is read whole by every run, before it writes.
          ...code === 5 ? [] : [wrongOf(`${name} ${kind}: exit ${code}`)],
          ...kept,
          ...Oracle.ofWords(ended.heard.texts, still.whispers),
          ...yield* still.after(out)
        ]
      })
  })
}

export const paths: Row = {
  name: "paths",
  words: "Folders with every odd character in their names, beside a sibling that a pattern would match",
  cases: { whole: 60, ten: 6, one: 1, soak: 0 },
  seconds: 60,
  make: Effect.gen(function*() {
    const { other, still } = yield* bases
    return ({ number }) =>
      Effect.gen(function*() {
        const [name, sibling] = names[number % names.length] ?? ["plain", "plainer"]
        const root = yield* Still.folder
        const [out, beside] = [`${root}/${name}`, `${root}/${sibling}`]
        cpSync(other, beside, { recursive: true })
        const ended = yield* still.export(out)
        const again = yield* still.export(out, { full: true })
        const copy = join(yield* Still.folder, "copy")
        cpSync(out, copy, { recursive: true })
        const tops = [...new Set([name, sibling].map((path) => path.split("/")[0] ?? ""))].toSorted()
        const found = readdirSync(root).toSorted()
        return [
          ...[ended, again].flatMap(({ failure, report }) =>
            report?.exitCode === 0
              ? []
              : [wrongOf(`${JSON.stringify(name)}: exit ${report?.exitCode} ${failure?.text}`)]
          ),
          ...Oracle.ofContents(yield* Still.contentsOf(copy), still.expected),
          ...yield* Oracle.ofFolder(out),
          ...bytesOf(beside) === bytesOf(other)
            ? []
            : [wrongOf(`${JSON.stringify(name)}: the sibling was changed`)],
          ...JSON.stringify(found) === JSON.stringify(tops)
            ? []
            : [wrongOf(`${JSON.stringify(name)}: there are ${JSON.stringify(found)}`)]
        ]
      })
  })
}

/** So many reads by one reader in a case. */
const reads = 250

export const readers: Row = {
  name: "readers",
  words: `A reader looping through publishes, ${reads} reads a case`,
  cases: { whole: 20, ten: 2, one: 0, soak: 0 },
  seconds: 120,
  make: Effect.gen(function*() {
    const { base, still } = yield* bases
    return () =>
      Effect.gen(function*() {
        const out = join(yield* Still.folder, "out")
        mkdirSync(out)
        cpSync(base, out, { recursive: true })
        const done = yield* Deferred.make<void>()
        const { world } = still.sandbox
        // Each publish writes a partition again: texts of messages and tags of calls change.
        const ids = [...yield* still.sandbox.history.mayHaveSeen({ source: "allo", type: "CALL" })]
        const turns = { made: 0 }
        const writer = yield* Effect.fork(Effect.gen(function*() {
          while (!(yield* Deferred.isDone(done))) {
            turns.made += 1
            for (const id of ids) yield* world.setTags(id, [`turn ${turns.made}`])
            yield* still.export(out)
          }
        }))
        const wrong = yield* reading(out, ({ session }) =>
          Effect.gen(function*() {
            const wrong: Array<Wrong> = []
            let most = 0
            // On a busy machine reads may be faster than three publishes.
            for (let read = 0; read < reads || turns.made < 4; read++) {
              const [row] = yield* session.rows(
                `SELECT count(*)::INTEGER AS rows, count(DISTINCT call_id)::INTEGER AS keys
                  FROM ${ParquetFiles.tree(out, "calls")}`
              )
              const [rows, found] = [Number(row?.["rows"]), Number(row?.["keys"])]
              if (rows !== found) wrong.push({ kind: "doubled", text: `read ${read}: ${rows} rows of ${found} calls` })
              if (rows < most) wrong.push({ kind: "lost", text: `read ${read}: ${rows} rows, and ${most} before` })
              most = Math.max(most, rows)
              yield* Effect.yieldNow()
            }
            return wrong
          })).pipe(Effect.catchAll((error) => Effect.succeed([wrongOf(`a read failed: ${error.message}`)])))
        yield* Deferred.succeed(done, undefined)
        yield* Fiber.join(writer)
        return [
          ...wrong.slice(0, 5),
          ...yield* Oracle.ofFolder(out)
        ]
      })
  })
}
