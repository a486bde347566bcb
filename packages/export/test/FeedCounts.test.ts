/** What a run says where a line counts other conversations than it holds, and when it reads them again. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Threads from "./fixtures/threads.js"

const agreed = { reconciled: true, messages: [] }

const differs = (there: number, here: number): string =>
  `The API counts ${there} threads of Sales, and the dataset holds ${here}. They were read again from the beginning; the next run ` +
  "compares them again. If both numbers are right, run trunkline accept 1"

it.effect("a line that counts what it shows is read once, its head once more, and counted once", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    assert.deepStrictEqual(yield* line.run(1000), agreed)
    assert.deepStrictEqual(line.vendor.asked, ["page", "page", "page", "count"])
  }))

/** What happens before the count of this number, and before pages after it, the first one being 1. */
interface Happens {
  readonly counted?: () => void
  readonly pages?: Readonly<Record<number, () => void>>
}

type World = ReturnType<typeof Threads.world>["vendor"]

const at = (world: World, happenings: Readonly<Record<number, Happens>>) => {
  let counts = 0
  let pages = 0
  world.before = (what) => {
    if (what === "count") {
      counts += 1
      pages = 0
      happenings[counts]?.counted?.()
    } else {
      pages += 1
      happenings[counts]?.pages?.[pages]?.()
    }
  }
}

const counts = ({ asked }: World): number => asked.filter((what) => what === "count").length

const comes = (world: World, id: string, hour: number) => () => {
  world.threads = { ...world.threads, [id]: hour }
}

const leaves = (world: World, left: string) => () => {
  world.threads = Object.fromEntries(Object.entries(world.threads).filter(([id]) => id !== left))
}

it.effect("what began in the meantime is found at the head", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    at(line.vendor, { 1: { counted: comes(line.vendor, "new", 999) } })
    assert.deepStrictEqual(yield* line.run(1000), agreed)
    assert.deepStrictEqual(line.vendor.asked, ["page", "page", "page", "count", "page", "count"])
    assert.strictEqual(line.held().length, 21)
  }))

it.effect("what left is found by reading all of it, and marked", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    yield* line.run(1000)
    leaves(line.vendor, "960")()
    assert.deepStrictEqual(yield* line.run(1001), agreed)
    assert.isFalse(line.held().includes("960"))
    assert.strictEqual(line.held().length, 19)
  }))

it.effect("one that leaves before it is read and one that comes after that do not look like one that is missing", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    at(line.vendor, {
      1: { counted: comes(line.vendor, "first", 997) },
      2: { counted: leaves(line.vendor, "960") },
      3: { counted: comes(line.vendor, "second", 998), pages: { 1: leaves(line.vendor, "961") } },
      4: { counted: comes(line.vendor, "third", 999) }
    })
    assert.deepStrictEqual(yield* line.run(1000), agreed)
    assert.deepStrictEqual(line.held().toSorted(), Object.keys(line.vendor.threads).toSorted())
  }))

it.effect("a line that moves whenever it is counted says nothing", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    let more = 0
    line.vendor.before = (what) => {
      if (what === "count") comes(line.vendor, `new ${more++}`, 999)()
    }
    assert.deepStrictEqual(yield* line.run(1000), { reconciled: null, messages: [] })
  }))

/** Beyond what a run counts of what it holds. */
const late = 1000 + 400 * 24

it.effect("one that is counted and lies where nothing is held is told, and stands until both agree", () =>
  Effect.gen(function*() {
    const line = Threads.world({ ...Threads.hourly(960, 965), late })
    assert.deepStrictEqual(yield* line.run(1000), { reconciled: false, messages: [differs(6, 5)] })
    assert.deepStrictEqual(yield* line.standing, ["6 there, 5 here"])
    // Before and after its head is read, and twice after all of it was.
    assert.strictEqual(counts(line.vendor), 4)
    leaves(line.vendor, "late")()
    assert.deepStrictEqual(yield* line.run(1001), agreed)
    assert.deepStrictEqual(yield* line.standing, [])
  }))

it.effect("a line whose count is never that of its pages is told, too", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    line.vendor.total = (rows) => rows + 1
    assert.deepStrictEqual(yield* line.run(1000), { reconciled: false, messages: [differs(21, 20)] })
  }))

it.effect("a line that counts one more than its pages show is not read to its end", () =>
  Effect.gen(function*() {
    const line = Threads.world(Threads.hourly(960, 980))
    yield* line.run(1000)
    comes(line.vendor, "unread", 970)()
    line.vendor.unread = ["unread"]
    const { messages, reconciled } = yield* line.run(1001)
    assert.isFalse(reconciled)
    assert.strictEqual(messages.length, 1)
    assert.match(messages[0] ?? "", /^The threads of Sales moved while they were read/)
    assert.deepStrictEqual(yield* line.standing, [])
    assert.strictEqual(counts(line.vendor), 2)
  }))

it.effect("a line that moved while it was read is told by what its pages said at last", () =>
  Effect.gen(function*() {
    const line = Threads.world({ ...Threads.hourly(960, 980), late })
    // Two pages of all of it, and one of its head.
    at(line.vendor, { 3: { pages: { 1: leaves(line.vendor, "961"), 3: comes(line.vendor, "new", 999) } } })
    assert.deepStrictEqual(yield* line.run(1000), { reconciled: false, messages: [differs(21, 20)] })
    assert.strictEqual(counts(line.vendor), 4)
  }))

for (const readings of [1, 2]) {
  it.effect(`a line of which reading ${readings} of all of it fails, or proves nothing, is told as that alone`, () =>
    Effect.gen(function*() {
      const failing = Threads.world({ ...Threads.hourly(960, 965), late })
      failing.vendor.fails = (what) => what === "page" && counts(failing.vendor) === readings + 1
      const failed = yield* failing.run(1000)
      assert.isFalse(failed.reconciled)
      assert.strictEqual(failed.messages.length, 1)
      assert.match(failed.messages[0] ?? "", /^The threads of Sales could not be read to their end/)
      assert.strictEqual(counts(failing.vendor), readings + 1)

      const moving = Threads.world({ ...Threads.hourly(960, 965), late })
      at(moving.vendor, {
        [readings + 1]: {
          pages: {
            1: () => {
              comes(moving.vendor, "unread", 970)()
              moving.vendor.unread = ["unread"]
            }
          }
        }
      })
      const moved = yield* moving.run(1000)
      assert.isFalse(moved.reconciled)
      assert.strictEqual(moved.messages.length, 1)
      assert.match(moved.messages[0] ?? "", /^The threads of Sales moved while they were read/)
      assert.strictEqual(counts(moving.vendor), readings + 1)
    }))
}

it.effect("many that are missing at once are not marked, and wait anew once they were back", () =>
  Effect.gen(function*() {
    const all = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [String(n), 910 + n / 4]))
    const line = Threads.world(all)
    yield* line.run(1000)
    line.vendor.threads = Object.fromEntries(Object.entries(all).slice(0, 150))
    const missing = yield* line.run(1001)
    assert.isFalse(missing.reconciled)
    assert.match(missing.messages[0] ?? "", /^The API no longer returns 150 of 300 rows/)
    assert.strictEqual(line.held().length, 300)
    line.vendor.threads = all
    assert.deepStrictEqual(yield* line.run(1002), agreed)
    line.vendor.threads = Object.fromEntries(Object.entries(all).slice(0, 150))
    // More than six hours after they were missed first.
    const again = yield* line.run(1008)
    assert.match(again.messages[0] ?? "", /^The API no longer returns 150 of 300 rows/)
    assert.strictEqual(line.held().length, 300)
    assert.deepStrictEqual(yield* line.run(1014), agreed)
    assert.strictEqual(line.held().length, 150)
  }))
