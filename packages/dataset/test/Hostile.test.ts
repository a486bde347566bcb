/** Folders that hold links, pipes and what other programs put there; and folders in which nothing may be written. */
import { assert, describe, it } from "@effect/vitest"
import { Dataset, type DatasetError, Ledger, Verify } from "@trunkline/dataset"
import { type Options } from "@trunkline/dataset/Dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import { Disk } from "@trunkline/parquet"
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { folder } from "./support.js"
import { call, landing, ofCalls, read, tables, utc, within } from "./tables.js"

/**
 * Every name, kind, mode and byte below a folder. The driver of the ledger takes away its log some time after it was closed;
 * a test of the command, where its process has ended, looks at these too.
 */
const everything = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true }).map(String).filter((name) => !/-(?:wal|shm)$/.test(name)).toSorted().map(
    (name) => {
      const path = join(root, name)
      const found = lstatSync(path)
      const what = found.isSymbolicLink()
        ? `link to ${readlinkSync(path)}`
        : found.isFile()
        ? createHash("sha256").update(readFileSync(path)).digest("hex")
        : "no file"
      return `${name} ${found.mode.toString(8)} ${what}`
    }
  )

/** One month is published, and a call of another waits in landing. */
const begun = (out: string) =>
  within(out, (dataset) =>
    dataset.land(landing([ofCalls(read(1, call("a")))])).pipe(
      Effect.zipRight(dataset.publish),
      Effect.zipRight(dataset.land(landing([ofCalls(read(2, call("b")))])))
    ))

/** What a run does: what waits is published, and so is what is read. */
const runs = (out: string) =>
  within(out, (dataset) =>
    dataset.publish.pipe(
      Effect.zipRight(
        dataset.land(landing([ofCalls(read(3, call("c", { started_at: utc("2026-12-05T00:00:00Z") })))]))
      ),
      Effect.zipRight(dataset.publish),
      // What is damaged is reported, or ends the run.
      Effect.flatMap(({ damaged }) => {
        const found = damaged.find(({ problem }) => problem._tag === "Damaged")
        return found === undefined ? Effect.void : Effect.fail(found.problem)
      })
    ))

const verified = (out: string) =>
  Effect.map(Verify.folder({ out, tables }), ({ problems }) => problems.map(({ _tag }): string => _tag)).pipe(
    Effect.catchAll((error) => Effect.succeed([error._tag]))
  )

const own = ["", "/landing", "/publishing", "/temporary", "/ledger.db", "/lock.db", "/lock.json", "/dataset.json"].map(
  (name) => `_trunkline${name}`
)
const published = ["", "/source=allo", "/source=allo/month=2026-11", "/source=allo/month=2026-11/data.parquet"].map(
  (name) => `calls${name}`
)

const id = "0b0a4f5e-6a0c-4f53-9d7e-1f0f6f3d9a53"

describe("a dataset in which something is a link", () => {
  it.scopedLive(
    "is not written to, and what lies behind the link is neither changed nor removed",
    () =>
      Effect.gen(function*() {
        const template = join(yield* folder, "template")
        yield* begun(template)
        for (const name of [...own, ...published]) {
          const root = yield* folder
          const [out, outside] = [join(root, "out"), join(root, "outside")]
          cpSync(template, out, { recursive: true })
          renameSync(join(out, name), outside)
          symlinkSync(outside, join(out, name))
          if (lstatSync(outside).isDirectory()) {
            for (const mine of ["notes.parquet", `${id}.parquet`, "writer"]) writeFileSync(join(outside, mine), "mine")
          }
          const before = lstatSync(outside).isDirectory() ? everything(outside) : readFileSync(outside, "base64")
          const error = yield* Effect.flip(runs(out))
          assert.strictEqual(error._tag, "Damaged", name)
          assert.include(error.message, `${join(out, name)} is a symbolic link, and a `, name)
          assert.include(error.message, "itself there, or link the whole dataset", name)
          const found = yield* verified(out)
          assert.include(found, "Damaged", name)
          assert.deepStrictEqual(
            lstatSync(outside).isDirectory() ? everything(outside) : readFileSync(outside, "base64"),
            before,
            name
          )
        }
      }),
    60_000
  )

  it.scopedLive("is one like any other where the link is the whole folder", () =>
    Effect.gen(function*() {
      const root = yield* folder
      mkdirSync(join(root, "disk"))
      symlinkSync(join(root, "disk"), join(root, "out"))
      yield* begun(join(root, "out"))
      yield* runs(join(root, "out"))
      assert.deepStrictEqual(yield* verified(join(root, "out")), [])
      assert.isTrue(lstatSync(join(root, "out")).isSymbolicLink())
    }))
})

const pipe = (path: string) => execFileSync("mkfifo", [path])

describe("a dataset in which something stands where another thing belongs", () => {
  it.scopedLive("says what and where, and waits for nothing", () =>
    Effect.gen(function*() {
      const template = join(yield* folder, "template")
      yield* begun(template)
      const kinds = {
        folder: (path: string) => mkdirSync(path),
        file: (path: string) => writeFileSync(path, "mine"),
        pipe
      }
      for (const name of [...own, ...published]) {
        for (const [kind, make] of Object.entries(kinds)) {
          const out = join(yield* folder, "out")
          cpSync(template, out, { recursive: true })
          const isFolder = lstatSync(join(out, name)).isDirectory()
          if (kind === (isFolder ? "folder" : "file")) continue
          rmSync(join(out, name), { recursive: true })
          make(join(out, name))
          const error = yield* Effect.flip(runs(out))
          assert.strictEqual(error._tag, "Damaged", `${name} ${kind}`)
          assert.include(error.message, `${join(out, name)} is a ${kind}`, `${name} ${kind}`)
          assert.isNotEmpty(yield* verified(out), `${name} ${kind}`)
          if (own.includes(name)) {
            const reading = yield* Effect.flip(Effect.scoped(Layer.build(DatasetReader.layer({ out }))))
            assert.strictEqual(reading._tag, "Damaged", `${name} ${kind}`)
          }
        }
      }
    }), 60_000)

  it.scopedLive("names a pipe, a link and odd names among the files of a table", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      yield* begun(out)
      const place = join(out, "calls/source=allo")
      pipe(join(place, "pipe.parquet"))
      mkdirSync(join(out, "../elsewhere"))
      symlinkSync(join(out, "../elsewhere"), join(place, "month=2026-10"))
      mkdirSync(join(place, "month=%2e%2e\n\u001b[2J"))
      writeFileSync(join(place, "month=%2e%2e\n\u001b[2J", "data.parquet"), "mine")
      assert.deepStrictEqual(yield* verified(out), ["UnknownFile", "UnknownFile", "UnknownFile"])
      // None of it is in the way of a run.
      yield* runs(out)
    }))
})

describe("what others put into the folders of a dataset", () => {
  it.scopedLive("is named, left alone and in the way of nothing", () =>
    Effect.gen(function*() {
      const out = join(yield* folder, "out")
      yield* begun(out)
      const mine = ["landing", "publishing", "temporary"].flatMap((name) => {
        const place = join(out, "_trunkline", name)
        mkdirSync(join(place, "backup"))
        writeFileSync(join(place, "backup/a.parquet"), "mine")
        mkdirSync(join(place, `${id}.parquet`))
        writeFileSync(join(place, "notes.txt"), "mine")
        symlinkSync(join(out, "calls"), join(place, "link"))
        return ["backup", "backup/a.parquet", `${id}.parquet`, "notes.txt", "link"].map((entry) => join(place, entry))
      })
      writeFileSync(join(out, "_trunkline/landing", `${id.replace("0b", "1b")}.parquet`), "half")
      const named: Array<string> = []
      yield* Effect.forEach([1, 2], () => runs(out)).pipe(
        Effect.provide(Logger.replace(
          Logger.defaultLogger,
          Logger.make(({ annotations, logLevel }) => {
            if (logLevel._tag === "Warning") named.push(String(HashMap.unsafeGet(annotations, "path")))
          })
        ))
      )
      for (const path of mine) assert.isDefined(lstatSync(path), path)
      assert.includeMembers(Array.dedupe(named), [
        join(out, "_trunkline/landing/backup"),
        join(out, "_trunkline/landing/notes.txt"),
        join(out, "_trunkline/publishing/link")
      ])
      assert.lengthOf(readdirSync(join(out, "_trunkline/landing")), 4)
      assert.deepStrictEqual(yield* verified(out), [])
    }), 30_000)
})

describe("a folder that is refused", () => {
  it.scopedLive("is as it was, byte for byte", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const refuse = (options: Partial<Options> & { readonly out: string }, tag: DatasetError.OpenError["_tag"]) =>
        Effect.gen(function*() {
          const before = everything(root)
          const error = yield* Effect.flip(
            Effect.scoped(Layer.build(Dataset.layer({ tables, ...options }).pipe(Layer.provide(Disk.layer))))
          )
          assert.strictEqual(error._tag, tag)
          assert.deepStrictEqual(everything(root), before, tag)
        })
      const foreign = join(root, "foreign")
      mkdirSync(join(foreign, "calls"), { recursive: true })
      writeFileSync(join(foreign, "calls/mine.txt"), "mine")
      yield* refuse({ out: foreign }, "OtherLedger")
      writeFileSync(join(root, "text"), "mine")
      yield* refuse({ out: join(root, "text") }, "DiskError")
      yield* refuse({ out: join(root, "text/below/it") }, "DiskError")
      yield* refuse({ out: join(root, "new/folder", "x".repeat(300)) }, "DiskError")
      symlinkSync(join(root, "nowhere"), join(root, "dangling"))
      yield* refuse({ out: join(root, "dangling") }, "DiskError")

      const [out, other] = [join(root, "out"), join(root, "other")]
      const sources = { allo: "https://api.withallo.com" }
      yield* Effect.scoped(Layer.build(Dataset.layer({ out, tables, sources }).pipe(Layer.provide(Disk.layer))))
      yield* begun(out)
      yield* begun(other)
      yield* refuse({ out, partition: "day" }, "OtherPartition")
      // A source that is new is not remembered where another is refused.
      yield* refuse(
        { out, sources: { allomia: "https://allomia.com", allo: "https://staging.withallo.com" } },
        "OtherHost"
      )
      yield* within(out, () => refuse({ out }, "DatasetLocked"))
      const moved = join(root, "moved")
      cpSync(out, moved, { recursive: true })
      cpSync(join(other, "_trunkline/ledger.db"), join(moved, "_trunkline/ledger.db"))
      yield* refuse({ out: moved }, "OtherLedger")
      rmSync(join(moved, "_trunkline/ledger.db"))
      yield* refuse({ out: moved }, "OtherLedger")
      yield* Effect.scoped(
        Effect.flatMap(Ledger.open(join(other, "_trunkline/ledger.db")), (ledger) =>
          ledger.run("PRAGMA user_version = 99"))
      )
      yield* refuse({ out: other }, "NewerLedger")
    }), 60_000)
})
