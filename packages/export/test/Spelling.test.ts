/** A vendor may know an id only as it last wrote it. */
import { assert, it } from "@effect/vitest"
import { tables } from "@trunkline/calls"
import { Dataset, Verify } from "@trunkline/dataset"
import * as Export from "@trunkline/export/Export"
import type { Connected, Entry, Listing, Source } from "@trunkline/export/Source"
import { Sources } from "@trunkline/export/Sources"
import { Disk } from "@trunkline/parquet"
import { Sandbox } from "@trunkline/sandbox"
import { DateTime, Effect, Layer, Ref } from "effect"
import { folder } from "./fixtures/account.js"
import { rows, tampered } from "./fixtures/proxy.js"
import { reading, rowsOf, run, unhurried } from "./fixtures/runs.js"
import * as Vendor from "./fixtures/vendor.js"

const hour = 60 * 60 * 1000
const keyOf = (id: string): string => id.replace("_", "-")

/** The vendor writes `note_1`, and rows go by `note-1`. */
const spelled = (source: Source, read: Connected["details"]["read"]): Source => {
  const entryOf = (entry: Entry): Entry => ({
    ...entry,
    id: entry.key,
    key: keyOf(entry.key),
    rows: entry.rows.map((row) => ({ ...row, row: { ...row.row, id: keyOf(entry.key) } }))
  })
  const page = <P extends Pick<Listing, "entries">, E>(answer: Effect.Effect<P, E>) =>
    Effect.map(answer, (found) => ({ ...found, entries: found.entries.map(entryOf) }))
  const connectedOf = (scope: Connected): Connected => ({
    ...scope,
    list: {
      ...scope.list,
      filter: Effect.map(scope.list.filter, (filter) => ({
        ...filter,
        all: {
          count: (range) => page(filter.all.count(range)),
          page: (range, cursor) => page(filter.all.page(range, cursor)),
          cuts: []
        }
      }))
    },
    details: { ...scope.details, read: (ids) => page(read(ids)) }
  })
  return Vendor.connectedBy(source, connectedOf)
}

it.scopedLive.each(["_", "-"])(
  "a row that is no longer listed is asked for as it was last written, and as it may be: note%s7",
  (sign) =>
    Effect.gen(function*() {
      const out = yield* folder
      const now = Date.now()
      const notes = Array.from({ length: 50 }, (_, number): Vendor.Note => ({
        id: `note_${number}`,
        at: DateTime.unsafeMake(now - (40 + number) * hour),
        text: `The text of ${number}`
      })).toReversed()
      const hidden = yield* Ref.make<ReadonlySet<string>>(new Set())
      const asked: Array<string> = []
      const listed = Effect.map(Ref.get(hidden), (ids) => notes.filter(({ id }) => !ids.has(id)))
      const entries = (ids: ReadonlyArray<string>) =>
        notes.filter(({ id }) => ids.includes(id.replace("_", sign))).map((note): Entry => ({
          key: note.id,
          stamps: [note.at],
          rows: [{ table: Vendor.table, groups: ["row"], row: { ...note, gone_at: null } }],
          lines: null,
          detail: null
        }))
      const source = spelled(Vendor.make(listed), (ids) =>
        Effect.sync(() => {
          asked.push(...ids)
          return { entries: entries(ids), refused: [] }
        }))
      const dataset = Dataset.layer({ out, tables: [Vendor.table], sources: {} }).pipe(
        Layer.provide(Disk.layer)
      )
      const go = Effect.provide(
        Export.run({ since: DateTime.unsafeMake(now - 100 * hour) }),
        Layer.merge(Sources.layer(Effect.succeed([source])), dataset)
      )
      assert.strictEqual((yield* go).status, "certified")
      yield* Ref.set(hidden, new Set(["note_7"]))
      yield* go
      assert.include(asked, "note_7")
      assert.strictEqual(asked.includes("note-7"), sign === "-")
      const list = { source: "notes", tables: [{ table: "notes", id: "id", at: "at" }], only: null }
      const held = yield* reading(out, (dataset) => dataset.heldIds(list, null))
      assert.deepStrictEqual([held.length, held.filter(({ gone }) => gone)], [50, []])
    })
)

it.scopedLive("an account whose ids change their spelling has each call once, and every certificate stays provable", () =>
  Effect.gen(function*() {
    const { control, sandbox } = yield* tampered
    const out = yield* folder
    const go = (full: boolean) =>
      run(out, { full, details: false }, { allomia: null }).pipe(Effect.provideService(Sandbox, sandbox))
    const first = yield* go(false)
    assert.deepStrictEqual([first.exitCode, first.problems], [0, []])
    control.tamper = ({ url }, answered) =>
      url.startsWith("/v2/api/conversations/items/search")
        ? { ...answered, body: rows(answered.body, (row) => ({ ...row, id: String(row["id"]).replace("-", "_") })) }
        : answered
    const second = yield* go(true)
    assert.deepStrictEqual([second.exitCode, second.new, second.rows], [0, 0, first.rows])
    const ids = (yield* rowsOf(out, "calls")).map((row) => String(row["call_id"]))
    assert.isTrue(ids.length > 50 && ids.every((id) => id.startsWith("cll-")))
    const [id = ""] = ids
    assert.deepStrictEqual(yield* reading(out, (dataset) => dataset.spelled("allo", [id])), [id.replace("-", "_")])
    const verified = yield* Verify.folder({ out, tables })
    assert.deepStrictEqual([verified.problems, verified.notRecomputable], [[], 0])
  }).pipe(Effect.provide(Sandbox.layer({ ...unhurried, size: 200, allomiaCalls: 0, movement: false }))))
