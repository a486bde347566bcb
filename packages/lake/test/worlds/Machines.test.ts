/** A lake and the machines that push into it: its tables follow from the state, whoever stops where. */
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore, type Service } from "@trunkline/lake/ObjectStore"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { activeAt, fill, keep } from "../../../dataset/test/keeping.js"
import { phases } from "../../../dataset/test/scenario.js"
import { call, landing, ofCalls, read, utc } from "../../../dataset/test/tables.js"
import * as InProcess from "../../../export/test/fixtures/inProcess.js"
import * as Person from "../../../export/test/fixtures/personal.js"
import { scan } from "../../../export/test/fixtures/scan.js"
import { broken, lakeOf, type Request } from "../lakes.js"
import * as Machines from "../machines.js"
import { expected, failingFrom, night, world } from "../machines.js"

/** By a clock of the machine that says so, whatever that of the store says. */
const atDay = (day: string) => Effect.withClock(InProcess.clock(() => Date.parse(day)))

const isCommit = ({ key, name }: Request): boolean => name === "putIfAbsent" && key.includes("_delta_log")

/** Takes the commit of one table; those of the others fail once it is done. */
const stoppedBetween = (place: string) => {
  const done = Deferred.unsafeMake<void>(FiberId.none)
  let first: string | null = null
  return lakeOf(place, {
    before: (request) =>
      Effect.suspend(() => {
        if (!isCommit(request)) return Effect.void
        first ??= request.key
        return request.key === first ? Effect.void : Effect.zipRight(Deferred.await(done), broken)
      }),
    after: ({ key }) =>
      Effect.suspend(() => key === first ? Effect.asVoid(Deferred.succeed(done, undefined)) : Effect.void)
  })
}

const sequencesOf = (found: Effect.Effect.Success<ReturnType<typeof Machines.shown>>) =>
  [...new Set(Object.values(found).map(({ sequence }) => sequence))].toSorted()

describe("a push", () => {
  it.scopedLive(
    "shows in every table what the dataset holds, and once more does nothing",
    () =>
      Effect.gen(function*() {
        const { machine, place, root } = yield* world
        for (const phase of phases) {
          const pushed = yield* night(machine("out"), phase)
          assert.deepStrictEqual([pushed.changed, pushed.number], [true, phase + 1])
          const found = yield* Machines.shown(machine("out"), place)
          assert.deepStrictEqual(Machines.rowsOf(found), yield* expected(root, phase))
          assert.deepStrictEqual(
            pushed.tables.map(({ table }) => table).toSorted(),
            Object.entries(found).flatMap(([name, { sequence }]) => sequence === phase + 1 ? [name] : []).toSorted()
          )
        }
        const before = Machines.bytesOf(place)
        const again = yield* Machines.push(machine("out"))
        assert.deepStrictEqual([again.changed, again.number, again.tables], [false, 3, []])
        assert.deepStrictEqual(Machines.bytesOf(place), before)
        const { bytes, files, findings, number, rows } = yield* Machines.check(machine("out"))
        assert.deepStrictEqual([findings, number], [[], 3])
        assert.isTrue(files > 4 && rows > 5 && bytes > 1000)
      }),
    60_000
  )

  it.scopedLive("that was stopped between two tables is finished by the next machine", () =>
    Effect.gen(function*() {
      const { machine, place, root } = yield* world
      yield* night(machine("first"), 0)
      yield* Effect.flip(night(machine("first", { lake: stoppedBetween(place) }), 1))
      const found = yield* Machines.shown(machine("first"), place)
      assert.deepStrictEqual(sequencesOf(found), [1, 2])
      const { findings } = yield* Machines.check(machine("second"))
      assert.isAbove(findings.length, 0)
      assert.deepStrictEqual([...new Set(findings.map(({ _tag }) => _tag))], ["OtherTable"])
      yield* Machines.restore(machine("second"))
      const pushed = yield* Machines.push(machine("second"))
      assert.deepStrictEqual([pushed.changed, pushed.number, pushed.files.sent], [true, 2, 0])
      assert.deepStrictEqual(
        pushed.tables.map(({ table }) => table).toSorted(),
        findings.map(({ name }) => name).toSorted()
      )
      assert.deepStrictEqual(Machines.rowsOf(yield* Machines.shown(machine("second"), place)), yield* expected(root, 1))
      assert.deepStrictEqual((yield* Machines.check(machine("second"))).findings, [])
      // It was finished by another one, and goes on.
      const { changed, number } = yield* night(machine("first"), 2)
      assert.deepStrictEqual([changed, number], [true, 3])
    }), 60_000)

  it.scopedLive("that was stopped between two tables is finished without a dataset", () =>
    Effect.gen(function*() {
      const { machine, place, root } = yield* world
      yield* Effect.flip(night(machine("first", { lake: stoppedBetween(place) }), 1))
      const finished = yield* Machines.withLake(machine("second"), ({ finish }) => finish("paris"))
      assert.isAbove(finished.length, 0)
      assert.deepStrictEqual(Machines.rowsOf(yield* Machines.shown(machine("second"), place)), yield* expected(root, 1))
      assert.deepStrictEqual(yield* Machines.withLake(machine("second"), ({ finish }) => finish("paris")), [])
      assert.deepStrictEqual(yield* Machines.withLake(machine("second"), ({ finish }) => finish("lyon")), [])
    }), 60_000)

  it.scopedLive(
    "of a rival that is behind is refused, and changes nothing that a reader sees",
    () =>
      Effect.gen(function*() {
        const { machine, place } = yield* world
        yield* night(machine("first"), 0)
        yield* Machines.restore(machine("second"))
        yield* night(machine("first"), 1)
        const before = Machines.bytesOf(place)
        const error = yield* Effect.flip(night(machine("second"), 2))
        assert.strictEqual(error._tag, "PushOvertaken")
        assert.deepStrictEqual(Machines.bytesOf(place), before)
        // One that had looked at the lake before the first pushed has sent its files, and no more.
        yield* Machines.restore(machine("third"))
        let once = true
        const slow = lakeOf(place, {
          before: ({ name }) =>
            Effect.suspend(() => {
              if (name !== "putIfAbsent" || !once) return Effect.void
              once = false
              return Effect.orDie(night(machine("first"), 2))
            })
        })
        const changed = Machines.within(
          machine("third", { lake: slow }),
          (dataset, push) =>
            dataset.land(landing([ofCalls(read(9, call("a", { summary: "of a rival" })))])).pipe(Effect.zipRight(push))
        )
        assert.strictEqual((yield* Effect.flip(changed))._tag, "PushOvertaken")
        const found = yield* Machines.shown(machine("first"), place)
        assert.notInclude(JSON.stringify(found), "of a rival")
        assert.deepStrictEqual(found["calls"]?.sequence, 3)
        assert.deepStrictEqual((yield* Machines.check(machine("first"))).findings, [])
      }),
    60_000
  )
})

describe("accounts", () => {
  it.scopedLive(
    "share the tables of a lake, divided by months or by days, and leave each other alone",
    () =>
      Effect.gen(function*() {
        const { machine, place } = yield* world
        const paris = machine("paris", { partition: "day" })
        const lyon = machine("lyon", { account: "lyon" })
        const nobody = machine("nobody", { account: null })
        yield* night(paris, 0)
        yield* night(lyon, 1)
        yield* night(paris, 2)
        yield* night(nobody, 2)
        for (const one of [paris, lyon, nobody]) {
          assert.deepStrictEqual(Machines.rowsOf(yield* Machines.shown(one, place)), yield* Machines.held(one))
          assert.deepStrictEqual((yield* Machines.check(one)).findings, [])
        }
        // All rows once more, of each as of the others.
        assert.deepStrictEqual(yield* Machines.held(paris), yield* Machines.held(nobody))
        const before = yield* Machines.shown(paris, place)
        yield* night(lyon, 2)
        yield* Machines.withLake(lyon, ({ vacuum }) => vacuum({ account: "lyon", retention: 0 }))
        assert.deepStrictEqual(yield* Machines.shown(paris, place), before)
        const next = machine("next", { partition: "day" })
        yield* Machines.restore(next)
        yield* Machines.within(next, (dataset) => dataset.fetch)
        assert.deepStrictEqual(yield* Machines.held(next), yield* Machines.held(paris))
        for (const one of [paris, lyon, nobody]) {
          assert.deepStrictEqual((yield* Machines.check(one)).findings, [])
        }
      }),
    60_000
  )

  it.scopedLive("lose all rows of a table, and get some again", () =>
    Effect.gen(function*() {
      const { machine, place } = yield* world
      const out = machine("out")
      yield* Machines.within(out, (dataset, push) => Effect.zipRight(fill(dataset), push))
      assert.isAbove((yield* Machines.shown(out, place))["lines"]?.rows.length ?? 0, 10)
      // Of a clock at which nothing is young enough.
      const late = machine("out", { keep: "7d", activeAt })
      const pushed = yield* Machines.within(late, (_, push) => push).pipe(atDay("2029-01-01T00:00:00Z"))
      assert.isAbove(pushed.removed.files, 10)
      const found = yield* Machines.shown(out, place)
      for (const name of ["calls", "lines", "threads"]) {
        assert.deepStrictEqual(found[name], { sequence: 2, rows: [] }, name)
      }
      const { files } = yield* Machines.restore(machine("look"))
      assert.deepStrictEqual(
        Machines.objects(place).filter((path) => path.endsWith(".parquet")),
        files.map(({ key }) => key).toSorted()
      )
      assert.deepStrictEqual((yield* Machines.check(out)).findings, [])
      yield* Machines.restore(machine("second"))
      yield* Machines.within(
        machine("second"),
        (dataset, push) =>
          dataset.land(landing([ofCalls(read(9, call("new", { started_at: utc("2029-01-01T00:00:00Z") })))])).pipe(
            Effect.zipRight(push)
          )
      ).pipe(atDay("2029-01-02T00:00:00Z"))
      assert.deepStrictEqual(
        Machines.rowsOf(yield* Machines.shown(out, place))["calls"],
        (yield* Machines.held(machine("second")))["calls"]
      )
      assert.deepStrictEqual((yield* Machines.check(machine("second"))).findings, [])
    }), 60_000)
})

describe("a check", () => {
  it.scopedLive(
    "names what is missing, what changed, and a table that shows another push",
    () =>
      Effect.gen(function*() {
        const { machine, place, root } = yield* world
        const { findings: none, ...first } = yield* Effect.zipRight(
          night(machine("out"), 0),
          Machines.check(machine("out"))
        )
        yield* night(machine("out"), 2)
        const { findings, ...all } = yield* Machines.check(machine("out"))
        assert.deepStrictEqual([none, findings], [[], []])
        assert.isAbove(all.rows, first.rows)
        cpSync(place, join(root, "sound"), { recursive: true })
        const found = (damage: () => void) =>
          Effect.gen(function*() {
            rmSync(place, { recursive: true })
            cpSync(join(root, "sound"), place, { recursive: true })
            damage()
            const { findings } = yield* Machines.check(machine("out"))
            return findings.map(({ _tag, name }) => `${_tag} ${name}`)
          })
        const flip = (name: string) => {
          const bytes = readFileSync(join(place, name))
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
          writeFileSync(join(place, name), bytes)
        }
        const one = (start: string, end: string) => {
          const name = Machines.objects(place).filter((name) => name.startsWith(start) && name.endsWith(end)).at(-1)
          return name ?? assert.fail(`no ${start}`)
        }
        const shown = yield* Machines.withLake(
          machine("other"),
          ({ restore }) => restore({ account: "paris", out: machine("other").out })
        )
        const data = shown.files.find(({ table }) => table === "calls")?.key ?? ""
        const pack = shown.packs[0]?.key ?? ""
        const commit = one("threads/_delta_log/", ".json")
        assert.deepStrictEqual(yield* found(() => {}), [])
        assert.deepStrictEqual(yield* found(() => rmSync(join(place, data))), [`MissingObject ${data}`])
        assert.deepStrictEqual(yield* found(() => flip(data)), [`ChangedObject ${data}`])
        assert.deepStrictEqual(
          yield* found(() => writeFileSync(join(place, data), readFileSync(join(place, data)).subarray(1))),
          [`ChangedObject ${data}`]
        )
        assert.deepStrictEqual(yield* found(() => rmSync(join(place, commit))), ["OtherTable threads"])
        const calls = one("calls/_delta_log/", ".json")
        assert.deepStrictEqual(yield* found(() => rmSync(join(place, calls))), ["OtherTable calls"])
        assert.deepStrictEqual(yield* found(() => flip(pack)), ["DamagedState push 2"])
        assert.deepStrictEqual(yield* found(() => rmSync(join(place, pack))), ["DamagedState push 2"])
        // One damage hides no other.
        assert.deepStrictEqual(
          yield* found(() => {
            rmSync(join(place, data))
            flip(pack)
            rmSync(join(place, commit))
          }),
          ["DamagedState push 2", "OtherTable threads", `MissingObject ${data}`]
        )
        rmSync(join(place, "state"), { recursive: true })
        assert.strictEqual((yield* Effect.flip(Machines.check(machine("out"))))._tag, "NoState")
      }),
    60_000
  )
})

describe("what is erased", () => {
  const isRemoval = ({ name }: Request): boolean => name === "remove"
  const erase = (machine: Machines.Machine) => Machines.within(machine, Person.erase(Person.byNumber))

  /** The objects in which something of the person stands, as bytes or as rows of a restored ledger. */
  const traces = (place: string, restored: string) =>
    Effect.gen(function*() {
      return [...yield* scan(place, Person.words), ...yield* scan(restored, Person.words)]
    })

  /** A person in a lake, and a machine on which they are erased. */
  const begun = Effect.gen(function*() {
    const { machine: of, place, root } = yield* world
    const machine = (name: string, more: Partial<Machines.Machine> = {}) => of(name, { kind: "calls", ...more })
    yield* Person.make(machine("first").out)
    yield* Machines.push(machine("first"))
    yield* Machines.restore(machine("look"))
    for (const start of ["calls/", "messages/", "state/paris/packs/"]) {
      assert.isTrue((yield* scan(place, Person.words)).some((name) => name.startsWith(start)), start)
    }
    return { machine, place, root }
  })

  it.scopedLive(
    "is in no object of the lake after the next push, and in no folder restored from it",
    () =>
      Effect.gen(function*() {
        const { machine, place } = yield* begun
        yield* erase(machine("first"))
        const { removed } = yield* Machines.push(machine("first"))
        assert.isAbove(removed.files, 4)
        yield* Machines.restore(machine("second"))
        yield* Machines.within(machine("second"), (dataset) => dataset.fetch)
        assert.deepStrictEqual(yield* traces(place, machine("second").out), [])
        assert.deepStrictEqual((yield* Machines.check(machine("second"))).findings, [])
        const quiet = yield* Machines.push(machine("first"))
        assert.deepStrictEqual([quiet.changed, quiet.removed.files], [false, 0])
      }),
    60_000
  )

  it.scopedLive(
    "leaves at once, also where the store has another time than the machine, and tells it by the hour",
    () =>
      Effect.gen(function*() {
        const { machine, place } = yield* begun
        yield* erase(machine("first"))
        const coarse = Layer.map(lakeOf(place), (context) => {
          const store = Context.get(context, ObjectStore)
          const list: Service["list"] = (prefix, options) =>
            Stream.map(store.list(prefix, options), (found) => ({
              ...found,
              modifiedAt: DateTime.startOf(found.modifiedAt, "hour")
            }))
          return Context.make(ObjectStore, { ...store, list })
        })
        yield* Machines.push(machine("first", { lake: coarse })).pipe(atDay("2026-11-01T00:00:00Z"))
        yield* Machines.restore(machine("second"))
        assert.deepStrictEqual(yield* traces(place, machine("second").out), [])
      }),
    60_000
  )

  it.scopedLive(
    "leaves with the next push of another machine, wherever the vacuum was stopped, and once more",
    () =>
      Effect.gen(function*() {
        const { machine, place, root } = yield* begun
        yield* erase(machine("first"))
        for (const name of ["lake", "first"]) cpSync(join(root, name), join(root, `${name}-0`), { recursive: true })
        let nth = 1
        for (;; nth++) {
          const at = `removal ${nth}`
          for (const name of ["lake", "first"]) {
            rmSync(join(root, name), { recursive: true })
            cpSync(join(root, `${name}-0`), join(root, name), { recursive: true })
          }
          const stopped = failingFrom(place, nth, isRemoval)
          const attempt = yield* Effect.either(Machines.push(machine("first", { lake: stopped })))
          if (attempt._tag === "Right") break
          const out = `second-${nth}`
          yield* Machines.restore(machine(out))
          // The second machine has something new to push, and is stopped in its vacuum as well.
          const again = yield* Effect.either(Machines.within(
            machine(out, { lake: failingFrom(place, 1, isRemoval) }),
            (dataset, push) => Effect.zipRight(dataset.ask("allo", "team-1", utc("2026-11-01T00:00:00Z")), push)
          ))
          assert.strictEqual(again._tag, "Left", at)
          yield* Machines.push(machine(out))
          yield* Machines.restore(machine(`third-${nth}`))
          yield* Machines.within(machine(`third-${nth}`), (dataset) => dataset.fetch)
          assert.deepStrictEqual(yield* traces(place, machine(`third-${nth}`).out), [], at)
          assert.deepStrictEqual((yield* Machines.check(machine(`third-${nth}`))).findings, [], at)
        }
        assert.isAbove(nth, 5)
      }),
    300_000
  )

  it.scopedLive(
    "leaves although two pushes came after it whose machines were lost before their vacuum",
    () =>
      Effect.gen(function*() {
        const { machine, place } = yield* begun
        yield* erase(machine("first"))
        yield* Effect.flip(Machines.push(machine("first", { lake: failingFrom(place, 1, isRemoval) })))
        for (const name of ["second", "third"]) {
          yield* Machines.restore(machine(name))
          yield* Effect.flip(Machines.within(
            machine(name, { lake: failingFrom(place, 1, isRemoval) }),
            (dataset, push) => Effect.zipRight(dataset.ask("allo", name, utc("2026-11-01T00:00:00Z")), push)
          ))
        }
        yield* Machines.restore(machine("fourth"))
        const { changed, number } = yield* Machines.push(machine("fourth"))
        assert.deepStrictEqual([changed, number], [false, 4])
        assert.deepStrictEqual(yield* traces(place, machine("fourth").out), [])
      }),
    60_000
  )

  it.scopedLive("holds for months that are kept no longer", () =>
    Effect.gen(function*() {
      const { machine, place } = yield* world
      const out = machine("out", { activeAt })
      const ofMonth = () => Machines.objects(place).filter((name) => /month=2026-(?:08|09)/.test(name))
      yield* Machines.within(out, (dataset, push) => Effect.zipRight(fill(dataset), push))
      assert.isAbove(ofMonth().length, 4)
      const kept = machine("out", { activeAt, keep, lake: failingFrom(place, 1, isRemoval) })
      yield* Effect.flip(Machines.push(kept).pipe(atDay("2026-12-10T06:00:00Z")))
      assert.isAbove(ofMonth().length, 4)
      yield* Machines.restore(machine("second"))
      yield* Machines.push(machine("second", { activeAt }))
      assert.deepStrictEqual(ofMonth(), [])
      assert.deepStrictEqual((yield* Machines.check(machine("second"))).findings, [])
    }), 60_000)
})
