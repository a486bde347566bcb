/** A file is whole or not there, whatever fails and whenever; and what is not what its column holds never reaches it. */
import { assert, describe, it } from "@effect/vitest"
import { Column, Disk, DiskError, Hyparquet, ParquetEngine, ParquetFile, ParquetReader } from "@trunkline/parquet"
import type { Step } from "@trunkline/parquet/Disk"
import { EngineFailed, type Values } from "@trunkline/parquet/ParquetEngine"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { engines, folder, live, plain, Row, write } from "./support.js"

const hyparquet = Layer.merge(Hyparquet.layer, Disk.layer)

const columns = Column.fromSchema(Row)

/** An engine that shows what it is handed before it takes it. */
const watching = (before: (rows: ReadonlyArray<Values>) => Effect.Effect<void, EngineFailed>) =>
  Layer.map(Hyparquet.layer, (context) => {
    const engine = Context.get(context, ParquetEngine)
    return Context.make(ParquetEngine, {
      name: "watched",
      open: (request) =>
        Effect.map(engine.open(request), (writer) => ({
          append: (rows) => Effect.zipRight(before(rows), writer.append(rows)),
          close: writer.close
        }))
    })
  })

describe("a value that is not what its column holds", () => {
  const zoned = DateTime.unsafeMakeZoned("2026-01-01", { timeZone: "Europe/Paris" })
  const contact = { id: null, name: "Zoé", deals: null }
  const secret = "+33612345678"
  const wrong: ReadonlyArray<readonly [object, string]> = [
    [{ ...plain, text: 5 }, "column text holds a number instead of text"],
    [{ ...plain, text: null }, "column text holds null instead of text"],
    [{ ...plain, text: [secret] }, "column text holds a list instead of text"],
    [{ ...plain, maybe_text: undefined }, "column maybe_text holds nothing instead of text"],
    [{ ...plain, flag: "false" }, "column flag holds a string instead of a boolean"],
    [{ ...plain, flag: 0 }, "column flag holds a number instead of a boolean"],
    [{ ...plain, whole: "5" }, "column whole holds a string instead of a whole number of 32 bits"],
    [{ ...plain, whole: 5e-7 }, "column whole holds a fraction instead of a whole number of 32 bits"],
    [
      { ...plain, whole: 2147483648 },
      "column whole holds a number beyond 32 bits instead of a whole number of 32 bits"
    ],
    [
      { ...plain, whole: -2147483649 },
      "column whole holds a number beyond 32 bits instead of a whole number of 32 bits"
    ],
    [{ ...plain, whole: 5n }, "column whole holds a bigint instead of a whole number of 32 bits"],
    [
      { ...plain, maybe_whole: Number.NaN },
      "column maybe_whole holds a number that is not finite instead of a whole number of 32 bits"
    ],
    [{ ...plain, number: "100" }, "column number holds a string instead of a finite number"],
    [
      { ...plain, number: Number.POSITIVE_INFINITY },
      "column number holds a number that is not finite instead of a finite number"
    ],
    [{ ...plain, happened_at: new Date(0) }, "column happened_at holds a Date instead of a DateTime.Utc"],
    [{ ...plain, happened_at: 0 }, "column happened_at holds a number instead of a DateTime.Utc"],
    [{ ...plain, happened_at: zoned }, "column happened_at holds a DateTime with a zone instead of a DateTime.Utc"],
    [
      { ...plain, happened_at: DateTime.mapEpochMillis(plain.happened_at, () => 0.5) },
      "column happened_at holds an instant that is no whole millisecond or out of range instead of a DateTime.Utc"
    ],
    [{ ...plain, tags: secret }, "column tags holds a string instead of a list"],
    [{ ...plain, tags: ["a", null] }, "column tags[1] holds null instead of text"],
    [{ ...plain, tags: Array(2) }, "column tags[0] holds nothing instead of text"],
    [{ ...plain, table: [[1], [2, 0.5]] }, "column table[1][1] holds a fraction instead of a whole number of 32 bits"],
    [{ ...plain, place: [] }, "column place holds a list instead of a struct"],
    [
      { ...plain, contacts: [contact, { ...contact, name: 7 }] },
      "column contacts[1].name holds a number instead of text"
    ],
    [
      { ...plain, contacts: [{ ...contact, deals: [{ id: "d", name: null, worth: secret }] }] },
      "column contacts[0].deals[0].worth holds a string instead of a finite number"
    ],
    [
      { ...plain, contacts: [{ ...contact, [secret]: 1 }] },
      "column contacts[0] holds keys that are no columns instead of a struct"
    ],
    [{ ...plain, surprise: secret }, "row 1 holds keys that are no columns instead of a struct"],
    [{}, "column id holds nothing instead of a whole number of 32 bits"],
    [[], "row 1 holds a list instead of a struct"]
  ]

  it.scoped("ends the file with its row and column, and is never told itself", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "rows.parquet")
      for (const [row, expected] of wrong) {
        const error = yield* Effect.flip(
          Stream.run(Stream.make(plain, row), ParquetFile.sinkColumns<object>(columns, { path }))
        )
        assert.strictEqual(error._tag, "BadValue")
        assert.include(error.message, expected)
        assert.include(error.message, "row 1")
        assert.notInclude(JSON.stringify(error) + error.message + String(error), secret)
      }
      assert.deepStrictEqual(readdirSync(inside), [])
    }).pipe(Effect.provide(hyparquet)))

  it.scoped("never reaches an engine, and what does is a copy, well-formed and without minus zero", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "rows.parquet")
      const seen: Array<Values> = []
      const engine = watching((rows) => Effect.sync(() => seen.push(...rows)))
      const tags = ["a\ud83d"]
      yield* write(path, [{ ...plain, text: "\ude00b", number: -0, whole: -0, tags }]).pipe(
        Effect.provide(Layer.merge(engine, Disk.layer))
      )
      tags.push("later")
      assert.strictEqual(seen.length, 1)
      assert.deepInclude(seen[0], { text: "\ufffdb", tags: ["a\ufffd"], happened_at: new Date(0) })
      assert.isTrue(Object.is(seen[0]?.["number"], 0) && Object.is(seen[0]?.["whole"], 0))
    }))
})

describe("the file", () => {
  it.scoped("takes its steps in order, under a name that nothing reads until it is whole", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "rows.parquet")
      const steps: Array<string> = []
      const disk = Disk.layerWatched((step) =>
        Effect.sync(() => {
          if (steps.at(-1) !== step) steps.push(step)
          const names = readdirSync(inside)
          assert.deepStrictEqual(
            names.map(ParquetFile.isTemporary),
            step === "syncDirectory" ? [false] : names.map(() => true)
          )
          if (step === "rename") assert.strictEqual(names.length, 1)
        })
      )
      yield* write(path, [plain, plain], 1).pipe(Effect.provide(Layer.merge(Hyparquet.layer, disk)))
      assert.deepStrictEqual(steps, ["inspect", "create", "write", "sync", "rename", "syncDirectory"])
      assert.deepStrictEqual(readdirSync(inside), ["rows.parquet"])
    }))

  for (const engine of engines) {
    it.scoped(`is whole or as it was, over ${engine.name}, whichever step fails in whichever way`, () =>
      Effect.gen(function*() {
        const rows = Array.from({ length: 6 }, (_, id) => ({ ...plain, id, text: `row ${id}` }))
        const reference = join(yield* folder, "rows.parquet")
        const expected = yield* write(reference, rows, 2).pipe(Effect.provide(live(engine)))
        const steps: ReadonlyArray<Step> = ["inspect", "create", "write", "sync", "rename", "syncDirectory"]
        let failures = 0
        for (const step of steps) {
          for (const code of ["ENOSPC", "EIO", "EACCES"]) {
            for (const before of [undefined, "what was there"]) {
              for (let nth = 1, done = false; !done; nth++) {
                const inside = yield* folder
                const path = join(inside, "rows.parquet")
                if (before !== undefined) writeFileSync(path, before)
                let count = 0
                const disk = Disk.layerWatched((at, path) =>
                  Effect.suspend(() =>
                    at === step && ++count === nth ? new DiskError({ step, path, code }) : Effect.void
                  )
                )
                const result = yield* Effect.either(write(path, rows, 2)).pipe(
                  Effect.provide(Layer.merge(engine.layer, disk))
                )
                done = Either.isRight(result)
                if (Either.isLeft(result)) {
                  failures += 1
                  assert.strictEqual(result.left._tag, "DiskError")
                  assert.include(result.left.message, code)
                }
                const left = readdirSync(inside)
                if (done || step === "syncDirectory") {
                  assert.deepStrictEqual(left, ["rows.parquet"])
                  assert.deepStrictEqual(readFileSync(path), readFileSync(expected.path))
                } else {
                  assert.deepStrictEqual(left, before === undefined ? [] : ["rows.parquet"])
                  if (before !== undefined) assert.strictEqual(readFileSync(path, "utf8"), before)
                }
              }
            }
          }
        }
        // Five steps once, and a write for the head, each group and the foot.
        assert.isAtLeast(failures, (5 + 4) * 3 * 2)
      }))
  }

  it.scoped("is not there when the disk took half of a write, or lied about one", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "rows.parquet")
      const twisted = (twist: (bytes: Uint8Array) => Uint8Array, code: string | undefined) =>
        Layer.map(Disk.layer, (context) => {
          const disk = Context.get(context, Disk)
          return Context.make(Disk, {
            ...disk,
            create: (path) =>
              Effect.map(disk.create(path), (file) => ({
                ...file,
                write: (bytes) =>
                  Effect.zipRight(
                    file.write(twist(bytes)),
                    code === undefined ? Effect.void : new DiskError({ step: "write", path, code })
                  )
              }))
          })
        })
      const run = (disk: Layer.Layer<Disk>) =>
        Effect.flip(write(path, [plain])).pipe(Effect.provide(Layer.merge(Hyparquet.layer, disk)))
      const half = (bytes: Uint8Array) => bytes.subarray(0, bytes.length / 2)
      assert.strictEqual((yield* run(twisted(half, "ENOSPC")))._tag, "DiskError")
      assert.strictEqual((yield* run(twisted(half, undefined)))._tag, "Corrupted")
      assert.strictEqual((yield* run(twisted((bytes) => bytes.map(() => 0), undefined)))._tag, "Corrupted")
      assert.deepStrictEqual(readdirSync(inside), [])
    }))

  it.scoped("is not there when the stream fails, dies or is interrupted", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "rows.parquet")
      const some = Stream.repeatValue(plain).pipe(Stream.take(50))
      const run = <E>(rest: Stream.Stream<Row, E>) =>
        Stream.run(Stream.concat(some, rest), ParquetFile.sink(Row, { path, groupRows: 20 }))
      const failed = yield* Effect.flip(run(Stream.fail("no more" as const)))
      assert.strictEqual(failed, "no more")
      assert.isTrue((yield* Effect.exit(run(Stream.die("a bug"))))._tag === "Failure")
      assert.deepStrictEqual(readdirSync(inside), [])

      const waiting = yield* Deferred.make<void>()
      const fiber = yield* Effect.fork(
        run(Stream.fromEffect(Effect.zipRight(Deferred.succeed(waiting, undefined), Effect.never)))
      )
      yield* Deferred.await(waiting)
      assert.deepStrictEqual(readdirSync(inside).map(ParquetFile.isTemporary), [true])
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(readdirSync(inside), [])
    }).pipe(Effect.provide(hyparquet)))

  it.scoped("is not there when its engine fails or dies, and the error holds nothing of the rows", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      const path = join(inside, "rows.parquet")
      const run = (before: () => Effect.Effect<void, EngineFailed>) =>
        Effect.exit(write(path, [plain])).pipe(Effect.provide(Layer.merge(watching(before), Disk.layer)))
      const failed = yield* run(() => new EngineFailed({ engine: "some engine", step: "append" }))
      assert.isTrue(
        Exit.isFailure(failed) && Cause.isFailType(failed.cause) && failed.cause.error._tag === "EngineFailed"
      )
      assert.isTrue(Exit.isFailure(yield* run(() => Effect.die("a bug"))))
      assert.deepStrictEqual(readdirSync(inside), [])

      // Past the checks: what the libraries themselves refuse, they refuse with the value in hand.
      for (const engine of engines) {
        const error = yield* Effect.flip(Effect.gen(function*() {
          const writer = yield* Effect.flatMap(
            ParquetEngine,
            ({ open }) =>
              open({
                columns: Column.fromSchema(Schema.Struct({ id: Schema.Int })),
                metadata: {},
                output: () => Effect.void
              })
          )
          yield* writer.append([{ id: "+33612345678x" }, { id: null }])
        })).pipe(Effect.provide(engine.layer))
        assert.strictEqual(error._tag, "EngineFailed")
        assert.notInclude(JSON.stringify(error) + String(error), "336")
      }
    }))

  it.scoped("is not there when it is interrupted at any step before the rename, and is whole after", () =>
    Effect.gen(function*() {
      for (const step of ["create", "write", "sync", "rename", "syncDirectory"] as const) {
        const inside = yield* folder
        const path = join(inside, "rows.parquet")
        const reached = yield* Deferred.make<void>()
        const go = yield* Deferred.make<void>()
        const disk = Disk.layerWatched((at) =>
          at === step ? Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(go)) : Effect.void
        )
        const fiber = yield* Effect.fork(
          write(path, [plain]).pipe(Effect.provide(Layer.merge(Hyparquet.layer, disk)))
        )
        yield* Deferred.await(reached)
        const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(go, undefined)
        yield* Fiber.join(interrupting)
        const whole = step === "rename" || step === "syncDirectory"
        assert.deepStrictEqual(readdirSync(inside), whole ? ["rows.parquet"] : [], step)
        if (whole) assert.strictEqual((yield* ParquetReader.footer(path)).rows, 1)
      }
    }))

  it.scoped("goes over nothing but a regular file", () =>
    Effect.gen(function*() {
      const inside = yield* folder
      mkdirSync(join(inside, "directory"))
      writeFileSync(join(inside, "elsewhere"), "keep me")
      symlinkSync(join(inside, "elsewhere"), join(inside, "link"))
      symlinkSync(join(inside, "nowhere"), join(inside, "dangling"))
      const before = readdirSync(inside)
      for (const path of ["directory", "link", "dangling"].map((name) => join(inside, name)).concat("/dev/null")) {
        const error = yield* Effect.flip(write(path, [plain]))
        assert.strictEqual(error._tag, "NotAFile")
        assert.include(error.message, path)
      }
      assert.deepStrictEqual(readdirSync(inside), before)
      assert.strictEqual(readFileSync(join(inside, "elsewhere"), "utf8"), "keep me")

      const nowhere = yield* Effect.flip(write(join(inside, "missing", "rows.parquet"), [plain]))
      assert.include(nowhere.message, "Make the folder first")
    }).pipe(Effect.provide(hyparquet)))
})

describe("the stream", () => {
  it.scoped("waits for a slow engine, which is never handed a second group before it took the first", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "rows.parquet")
      let made = 0
      let taken = 0
      let flying = 0
      const engine = watching((rows) =>
        Effect.gen(function*() {
          assert.strictEqual(++flying, 1)
          assert.strictEqual(rows.length, 20)
          // A chunk that fills a group may hold rows of the next, and no more is asked for meanwhile.
          for (let turn = 0; turn < 50; turn++) {
            assert.isAtMost(made - taken, 20 + 15)
            yield* Effect.yieldNow()
          }
          taken += rows.length
          flying -= 1
        })
      )
      const rows = Stream.range(0, 299, 15).pipe(Stream.map((id) => {
        made += 1
        return { ...plain, id }
      }))
      const written = yield* Stream.run(rows, ParquetFile.sink(Row, { path, groupRows: 20 })).pipe(
        Effect.provide(Layer.merge(engine, Disk.layer))
      )
      assert.strictEqual(written.rows, 300)
      assert.strictEqual(taken, 300)
    }))

  it.scoped("ends a group early when its text is long", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "rows.parquet")
      const Long = Schema.Struct({ text: Schema.String })
      const rows = Stream.range(1, 5).pipe(Stream.map((id) => ({ text: String(id).repeat(8 * 1024 * 1024) })))
      yield* Stream.run(rows, ParquetFile.sink(Long, { path }))
      assert.deepStrictEqual((yield* ParquetReader.footer(path)).groups, [4, 1])
    }).pipe(Effect.provide(hyparquet)))
})
