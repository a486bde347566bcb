/** A dataset whose machine is lost after each night goes on from the lake as if it had stayed. */
import { assert, describe, it } from "@effect/vitest"
import { Verify } from "@trunkline/dataset"
import * as State from "@trunkline/lake/State"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { published } from "../../../dataset/test/elsewhere.js"
import { state } from "../../../dataset/test/life.js"
import { live, phases } from "../../../dataset/test/scenario.js"
import { call, landing, ofCalls, proof, read, tables, utc, within } from "../../../dataset/test/tables.js"
import * as Manifest from "../../src/internal/state/manifest.js"
import { manyBytes, scratch, sha256 } from "../contract.js"
import { broken, counted, failing, lakeOf } from "../lakes.js"
import { account, latest, night, opened, pushed, restored } from "../state.js"

/** All rows, once every file is here. */
const whole = (out: string, lake: ReturnType<typeof lakeOf>) =>
  opened(out, lake, (dataset) => Effect.zipRight(dataset.fetch, state(dataset)))

const stayed = (root: string, upTo: number) =>
  within(join(root, `stayed-${upTo}`), (dataset) => Effect.zipRight(live(dataset, upTo), state(dataset)))

const numberOf = (found: Option.Option<State.Manifest>): number =>
  Option.match(found, { onNone: () => 0, onSome: ({ number }) => number })

describe("the state of an account", () => {
  it.scopedLive("is carried over any number of machines", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const lake = lakeOf(join(root, "lake"))
      for (const phase of phases) {
        const out = join(root, `night-${phase}`)
        if (phase > 0) {
          yield* restored(out, lake)
          assert.deepStrictEqual(published(out), [])
        }
        const { changed, manifest } = yield* night(out, lake, phase)
        assert.deepStrictEqual([changed, manifest.number], [true, phase + 1])
        rmSync(out, { recursive: true })
      }
      const out = join(root, "last")
      yield* restored(out, lake)
      assert.deepStrictEqual(yield* whole(out, lake), yield* stayed(root, phases.length))
      assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [])
    }), 60_000)

  it.scopedLive("names each object, and each is what it says", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const lake = lakeOf(join(root, "lake"))
      const { files, manifest } = yield* night(join(root, "first"), lake, 1)
      assert.strictEqual(files.sent, manifest.files.length)
      for (const { bytes, key, path, sha256: hash } of manifest.files) {
        const there = readFileSync(join(root, "lake", key))
        assert.deepStrictEqual([there.length, sha256(there)], [bytes, hash])
        const [table = "", source = "", month = ""] = path.split("/")
        const folder = [table, "account=paris", source, ...month.startsWith("month=") ? [month] : []].join("/")
        assert.isTrue(key.startsWith(`${folder}/`), key)
      }
      assert.deepStrictEqual(readdirSync(join(root, "lake/state")), ["paris"])
      for (const { bytes, key } of manifest.packs) assert.strictEqual(statSync(join(root, "lake", key)).size, bytes)
    }))

  it.scopedLive("costs a night in which nothing changed a few requests, and no bytes", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const out = join(root, "out")
      yield* night(out, lakeOf(join(root, "lake")), 1)
      const { layer, requests } = counted(join(root, "lake"))
      const again = yield* night(out, layer, 1)
      assert.deepStrictEqual([again.changed, again.files.sent, again.packed, again.manifest.number], [false, 0, 0, 1])
      assert.deepStrictEqual(requests.map(({ name }) => name), ["list", "read"])
    }))

  it.scopedLive("costs a night that changed a little of the ledger a small part of it", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const out = join(root, "out")
      const lake = lakeOf(join(root, "lake"))
      const many = Array.from({ length: 30_000 }, (_, index) =>
        call(`call-${sha256(manyBytes(index % 64)).slice(0, 8)}-${index}`, {
          started_at: utc(`2026-${String(index % 10 + 1).padStart(2, "0")}-03T00:00:00Z`)
        }))
      const first = yield* opened(out, lake, (dataset) =>
        dataset.land(landing([ofCalls(read(1, ...many))])).pipe(Effect.zipRight(pushed(dataset))))
      const { layer, requests } = counted(join(root, "lake"))
      const quiet = yield* opened(out, layer, (dataset) =>
        Effect.zipRight(dataset.answer, pushed(dataset)))
      assert.deepStrictEqual([quiet.changed, quiet.files.sent, quiet.files.bytes], [true, 0, 0])
      assert.isBelow(quiet.packed, first.packed / 4)
      assert.deepStrictEqual(
        requests.map(({ name }) =>
          name
        ),
        ["list", "read", "upload", "putIfAbsent", "list"]
      )
      // One call of one month: that file alone, and those that say of it.
      const busy = yield* opened(out, lake, (dataset) =>
        dataset.land(landing([ofCalls(read(2, call("new")))], { proof: proof() })).pipe(
          Effect.zipRight(pushed(dataset))
        ))
      assert.isBelow(busy.files.bytes, first.files.bytes / 3)
      assert.isBelow(busy.packed, first.packed / 2)
    }), 60_000)

  it.scopedLive(
    "keeps few packs, however many nights there are, and none that is mostly dead",
    () =>
      Effect.gen(function*() {
        const root = yield* scratch
        const out = join(root, "out")
        const lake = lakeOf(join(root, "lake"))
        yield* night(out, lake, 1)
        let most = 0
        yield* opened(out, lake, (dataset) =>
          Effect.gen(function*() {
            for (let index = 0; index < 40; index++) {
              yield* dataset.ask("allo", `scope ${index}`, utc("2026-11-01T00:00:00Z"))
              const { manifest } = yield* pushed(dataset)
              most = Math.max(most, manifest.packs.length)
              const live = manifest.packs.map((_, pack) =>
                manifest.segments.reduce((sum, segment) => segment[1] === pack ? sum + segment[3] : sum, 0)
              )
              manifest.packs.forEach(({ bytes }, pack) => assert.isAtLeast((live[pack] ?? 0) * 2, bytes))
            }
          }))
        assert.isAtMost(most, 17)
        yield* restored(join(root, "second"), lake)
        assert.deepStrictEqual(yield* whole(join(root, "second"), lake), yield* whole(out, lake))
      }),
    60_000
  )
})

describe("the fence", () => {
  it.scopedLive("lets one of two machines go on, and tells the other", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const lake = lakeOf(join(root, "lake"))
      yield* night(join(root, "first"), lake, 0)
      yield* restored(join(root, "second"), lake)
      const both = yield* Effect.all([
        Effect.either(night(join(root, "first"), lake, 1)),
        Effect.either(night(join(root, "second"), lake, 2))
      ], { concurrency: 2 })
      const told = both.map((one) => one._tag === "Left" ? one.left._tag : one.right.manifest.number)
      assert.deepStrictEqual(told.toSorted(), [2, "PushOvertaken"].toSorted())
      const [first] = both
      const loser = join(root, first._tag === "Left" ? "first" : "second")
      const before = yield* latest(lake)
      // It stays so, whatever happens there.
      const again = yield* Effect.flip(night(loser, lake, 2))
      assert.strictEqual(again._tag, "PushOvertaken")
      assert.include(again.message, "Restore into a new folder")
      assert.deepStrictEqual(yield* latest(lake), before)
    }), 60_000)

  it.scopedLive(
    "refuses a folder that descends from no push, from another lake, account or dataset",
    () =>
      Effect.gen(function*() {
        const root = yield* scratch
        const lake = lakeOf(join(root, "lake"))
        const other = lakeOf(join(root, "other"))
        const tagOf = (out: string, where: typeof lake, named: string | null = account) =>
          Effect.map(
            Effect.flip(
              opened(out, where, (dataset) => dataset.carry((carried) => State.push({ account: named, carried })))
            ),
            ({ _tag }) => _tag
          )
        yield* night(join(root, "first"), lake, 0)
        yield* within(join(root, "stranger"), (dataset) => live(dataset, 0))
        assert.strictEqual(yield* tagOf(join(root, "stranger"), lake), "PushOvertaken")
        assert.strictEqual(yield* tagOf(join(root, "first"), other), "OtherLake")
        assert.strictEqual(yield* tagOf(join(root, "first"), lake, "lyon"), "OtherLake")
        assert.strictEqual(yield* tagOf(join(root, "first"), lake, null), "OtherLake")
        assert.strictEqual(yield* tagOf(join(root, "first"), lake, "../lyon"), "BadKey")
        cpSync(join(root, "first/_trunkline/lake.json"), join(root, "stranger/_trunkline/lake.json"))
        assert.strictEqual(yield* tagOf(join(root, "stranger"), lake), "OtherLake")
        writeFileSync(join(root, "stranger/_trunkline/lake.json"), "{")
        assert.strictEqual(yield* tagOf(join(root, "stranger"), lake), "Damaged")
        rmSync(join(root, "lake/state"), { recursive: true })
        assert.strictEqual(yield* tagOf(join(root, "first"), lake), "LakeBehind")
        assert.strictEqual((yield* Effect.flip(restored(join(root, "new"), lake)))._tag, "NoState")
        assert.isFalse(existsSync(join(root, "new")))
      }),
    60_000
  )

  it.scopedLive(
    "holds where a vacuum has removed the manifest that a rival would have met",
    () =>
      Effect.gen(function*() {
        const root = yield* scratch
        const lake = lakeOf(join(root, "lake"))
        yield* night(join(root, "first"), lake, 0)
        yield* restored(join(root, "second"), lake)
        let once = true
        // Between its look at the lake and its commit the other one pushes twice, and removes the first of both.
        const slow = lakeOf(join(root, "lake"), {
          before: ({ name }) =>
            Effect.suspend(() => {
              if (name !== "putIfAbsent" || !once) return Effect.void
              once = false
              return Effect.gen(function*() {
                yield* night(join(root, "second"), lake, 1)
                yield* night(join(root, "second"), lake, 2)
                rmSync(join(root, "lake", Manifest.keyOf("state/paris", 2)))
              }).pipe(Effect.orDie)
            })
        })
        const error = yield* Effect.flip(night(join(root, "first"), slow, 1))
        assert.strictEqual(error._tag, "PushOvertaken")
        assert.strictEqual(numberOf(yield* latest(lake)), 3)
        assert.strictEqual((yield* Effect.flip(night(join(root, "first"), lake, 1)))._tag, "PushOvertaken")
      }),
    60_000
  )
})

describe("a store that fails", () => {
  for (const when of ["before", "after"] as const) {
    it.scopedLive(
      `at any request of a push, ${when} its effect, costs that attempt alone`,
      () =>
        Effect.gen(function*() {
          const root = yield* scratch
          yield* night(join(root, "out-0"), lakeOf(join(root, "lake-0")), 0)
          const expected = yield* stayed(root, 2)
          for (let nth = 1;; nth++) {
            const place = join(root, "lake")
            const out = join(root, "out")
            for (const name of ["lake", "out"]) rmSync(join(root, name), { recursive: true, force: true })
            cpSync(join(root, "lake-0"), place, { recursive: true })
            cpSync(join(root, "out-0"), out, { recursive: true })
            // The place of a lake is part of what the folder remembers.
            const known = join(out, "_trunkline/lake.json")
            writeFileSync(known, readFileSync(known, "utf8").replace("lake-0", "lake"))
            const broke = failing(place, nth, when)
            const attempt = yield* Effect.either(night(out, broke.layer, 1))
            if (!broke.reached()) break
            assert.strictEqual(attempt._tag === "Left" ? attempt.left._tag : "none", broken._tag, `request ${nth}`)
            const lake = lakeOf(place)
            const { manifest } = yield* night(out, lake, 2)
            // What was committed, and whose answer was lost, is a push of its own.
            assert.include([2, 3], manifest.number, `request ${nth}`)
            assert.deepStrictEqual(yield* latest(lake), Option.some(manifest))
            rmSync(out, { recursive: true })
            yield* restored(out, lake)
            assert.deepStrictEqual(yield* whole(out, lake), expected, `request ${nth}`)
            assert.isBelow(nth, 100)
          }
        }),
      300_000
    )

    it.scopedLive(
      `at any request of a restore or a fetch, ${when} its effect, costs that attempt alone`,
      () =>
        Effect.gen(function*() {
          const root = yield* scratch
          const place = join(root, "lake")
          yield* night(join(root, "first"), lakeOf(place), 1)
          const expected = yield* stayed(root, 1)
          for (let nth = 1;; nth++) {
            const out = join(root, `out-${nth}`)
            const broke = failing(place, nth, when)
            const attempt = yield* Effect.either(Effect.zipRight(restored(out, broke.layer), whole(out, broke.layer)))
            if (!broke.reached()) break
            assert.strictEqual(attempt._tag, "Left", `request ${nth}`)
            yield* Effect.catchTag(restored(out, lakeOf(place)), "NotEmpty", () => Effect.void)
            assert.deepStrictEqual(yield* whole(out, lakeOf(place)), expected, `request ${nth}`)
          }
        }),
      300_000
    )
  }

  it.scopedLive("finds the push whose answer was lost, and sends nothing twice", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const out = join(root, "out")
      const place = join(root, "lake")
      const lost = lakeOf(place, { after: ({ name }) => name === "putIfAbsent" ? broken : Effect.void })
      assert.strictEqual((yield* Effect.flip(night(out, lost, 1)))._tag, "DiskError")
      const { layer, requests } = counted(place)
      const { changed, manifest } = yield* night(out, layer, 1)
      assert.deepStrictEqual([changed, manifest.number], [false, 1])
      assert.deepStrictEqual(requests.filter(({ name }) => name !== "list" && name !== "read"), [])
    }))

  it.scopedLive("goes on with the data files that an attempt before has sent", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const out = join(root, "out")
      const place = join(root, "lake")
      const broke = lakeOf(place, { before: ({ name }) => name === "putIfAbsent" ? broken : Effect.void })
      yield* Effect.flip(night(out, broke, 1))
      const { layer, requests } = counted(place)
      const { manifest } = yield* night(out, layer, 1)
      assert.strictEqual(manifest.number, 1)
      assert.deepStrictEqual(requests.filter(({ name }) => name === "upload").map(({ key }) => key), [
        manifest.packs[0]?.key
      ])
    }))

  it.scopedLive("that has other bytes is refused, and nothing is restored", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const place = join(root, "lake")
      const { manifest } = yield* night(join(root, "first"), lakeOf(place), 1)
      const pack = join(place, manifest.packs[0]?.key ?? "")
      const bytes = readFileSync(pack)
      writeFileSync(pack, Buffer.from(bytes).fill(bytes.readUInt8(100) ^ 1, 100, 101))
      assert.strictEqual((yield* Effect.flip(restored(join(root, "out"), lakeOf(place))))._tag, "FetchFailed")
      writeFileSync(pack, bytes)
      writeFileSync(join(place, Manifest.keyOf("state/paris", 1)), "other")
      assert.strictEqual((yield* Effect.flip(restored(join(root, "new"), lakeOf(place))))._tag, "DamagedState")
    }))

  it.scopedLive("is not sent a file that is damaged here", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const out = join(root, "out")
      yield* within(out, (dataset) => live(dataset, 0))
      writeFileSync(join(out, published(out)[0] ?? ""), "other")
      const { layer, requests } = counted(join(root, "lake"))
      assert.strictEqual((yield* Effect.flip(night(out, layer, 0)))._tag, "Damaged")
      assert.deepStrictEqual(requests.filter(({ name }) => name === "putIfAbsent"), [])
    }))
})

describe("a vacuum", () => {
  const aged = (place: string, key: string, days: number) => {
    const at = new Date(Date.now() - days * 86_400_000)
    utimesSync(join(place, key), at, at)
  }
  const vacuumed = (place: string, retention: "0 seconds" | "7 days") =>
    State.vacuum({ account, retention }).pipe(Effect.provide(lakeOf(place)))

  it.scopedLive(
    "removes what only pushes name that others followed long ago, and nothing else",
    () =>
      Effect.gen(function*() {
        const root = yield* scratch
        const place = join(root, "lake")
        const out = join(root, "out")
        const manifests: Array<State.Manifest> = []
        for (const phase of phases) manifests.push((yield* night(out, lakeOf(place), phase)).manifest)
        const [first, second, third] = manifests
        if (first === undefined || second === undefined || third === undefined) return assert.fail("three pushes")
        assert.strictEqual((yield* vacuumed(place, "7 days")).manifests, 0)
        const keys = manifests.map(({ number }) => Manifest.keyOf("state/paris", number))
        for (const [index, key] of keys.entries()) aged(place, key, 30 - index * 10)
        for (const { packs } of manifests) for (const { key } of packs) aged(place, key, 40)
        // An upload that is on its way to the push after the newest.
        writeFileSync(join(place, "state/paris/packs/young.pack"), "young")
        const { bytes, manifests: removed, named } = yield* vacuumed(place, "7 days")
        assert.strictEqual(removed, 2)
        assert.isAbove(bytes, 0)
        assert.deepStrictEqual([...named].toSorted(), third.files.map(({ key }) => key).toSorted())
        const left = new Set(readdirSync(join(place, "state/paris/packs")).map((name) => `state/paris/packs/${name}`))
        assert.deepStrictEqual(
          [...left].toSorted(),
          [
            ...third.packs.map(({ key }) => key),
            "state/paris/packs/young.pack"
          ].toSorted()
        )
        yield* restored(join(root, "second"), lakeOf(place))
        assert.deepStrictEqual(yield* whole(join(root, "second"), lakeOf(place)), yield* stayed(root, 2))
      }),
    60_000
  )

  it.scopedLive("at once leaves what the newest push names, and what may be on its way", () =>
    Effect.gen(function*() {
      const root = yield* scratch
      const place = join(root, "lake")
      const out = join(root, "out")
      for (const phase of phases) yield* night(out, lakeOf(place), phase)
      aged(place, Manifest.keyOf("state/paris", 3), 1)
      for (const name of readdirSync(join(place, "state/paris/packs"))) aged(place, `state/paris/packs/${name}`, 2)
      writeFileSync(join(place, "state/paris/packs/young.pack"), "young")
      const { manifests } = yield* vacuumed(place, "0 seconds")
      assert.strictEqual(manifests, 2)
      assert.isTrue(existsSync(join(place, "state/paris/packs/young.pack")))
      yield* restored(join(root, "second"), lakeOf(place))
      assert.deepStrictEqual(yield* whole(join(root, "second"), lakeOf(place)), yield* stayed(root, 2))
    }), 60_000)
})

it.effect("a manifest of 5,000,000 keys is small", () =>
  Effect.gen(function*() {
    const count = Math.ceil(750_000_000 / Manifest.segmentBytes)
    const manifest: State.Manifest = {
      format: 1,
      account,
      number: 1,
      push: "push",
      at: yield* DateTime.now,
      dataset: "dataset",
      forgets: false,
      partition: "month",
      files: [],
      own: [{
        path: "_trunkline/ledger.db",
        bytes: count * Manifest.segmentBytes,
        sha256: sha256(manyBytes(1)),
        segments: Array.from({ length: count }, (_, index) => index)
      }],
      packs: [{ key: "pack", bytes: count * 20_000, sha256: sha256(manyBytes(2)) }],
      segments: Array.from({ length: count }, (_, index) =>
        [
          sha256(new TextEncoder().encode(String(index))),
          0,
          index * 20_000 - index % 7,
          19_000
        ] as const)
    }
    const { length } = yield* Manifest.encode(manifest)
    yield* Effect.logInfo(`${count} segments: ${length} bytes`)
    assert.isBelow(length, 700_000)
  }))
