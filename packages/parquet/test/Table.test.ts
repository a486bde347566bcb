/** A table is derived from its rows' schema, and one that cannot be is refused by name. */
import { assert, describe, it } from "@effect/vitest"
import { Column, Table } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const Deal = Schema.Struct({ id: Schema.String, name: Schema.NullOr(Schema.String) })
const Person = Schema.Struct({ id: Schema.NullOr(Schema.String), deals: Schema.Array(Deal) })
class Place extends Schema.Class<Place>("Place")({ city: Schema.String }) {}

const Row = Schema.Struct({
  id: Schema.String.pipe(Schema.brand("Id")),
  at: Schema.DateTimeUtcFromSelf,
  started: Schema.DateTimeUtc,
  outcome: Schema.Literal("answered", "missed"),
  word: Schema.NullOr(Schema.Union(Schema.Literal("a"), Schema.String)),
  seconds: Schema.NullOr(Schema.Int.pipe(Schema.nonNegative())),
  share: Schema.Number,
  flag: Schema.Boolean,
  tags: Schema.Array(Schema.String),
  contacts: Schema.NullOr(Schema.Array(Person)),
  place: Place,
  pinned: Schema.NullOr(Schema.Number).annotations(Column.as(Column.Int32)),
  anything: Schema.Unknown.annotations(Column.as(Column.Text))
})

const rest = Object.keys(Row.fields).filter((name): name is keyof typeof Row.fields => name !== "id")

const refused = <Row extends object, Encoded>(schema: Schema.Schema<Row, Encoded>) =>
  Effect.map(Effect.flip(Column.fromSchemaEither(schema)), (error) => error.message)

describe("Column.fromSchema", () => {
  it("takes names, order, types and nulls from the schema's type side", () => {
    assert.deepStrictEqual(
      Column.fromSchema(Row).map(({ name, nullable, type }) => `${name} ${Column.render(type)}${nullable ? "?" : ""}`),
      [
        "id text",
        "at instant",
        "started instant",
        "outcome text",
        "word text?",
        "seconds int32?",
        "share double",
        "flag boolean",
        "tags list of text",
        "contacts list of struct(id text?, deals list of struct(id text, name text?))?",
        "place struct(city text)",
        "pinned int32?",
        "anything text"
      ]
    )
  })

  it.effect("refuses what no column holds, by name", () =>
    Effect.gen(function*() {
      const text = Schema.String
      const found = yield* Effect.all([
        refused(Schema.typeSchema(Schema.Struct({ a: Schema.Struct({ b: Schema.BigIntFromSelf }) }))),
        refused(Schema.Struct({ a: Schema.optional(text) })),
        refused(Schema.Struct({ a: Schema.Union(text, Schema.Number) })),
        refused(Schema.Struct({ a: Schema.Array(Schema.NullOr(text)) })),
        refused(Schema.Struct({ a: Schema.Tuple(text, text) })),
        refused(Schema.Struct({ a: Schema.Record({ key: text, value: text }) })),
        refused(Schema.Struct({ a: Schema.DateFromSelf })),
        refused(Schema.Struct({ "a.b": text })),
        refused(Schema.Struct({ constructor: text })),
        refused(Schema.Struct({ id: text, Id: text })),
        refused(Schema.Struct({})),
        refused(Schema.Array(text))
      ])
      assert.deepStrictEqual(found, [
        "a.b is BigIntKeyword, which no column holds",
        "a may be missing; use Schema.NullOr",
        "a is a union of several types; a column has one",
        "a[] may be null; a list holds no nulls",
        "a is a tuple; a list has one type for all its elements",
        "a has keys that are not declared; name each field",
        "a is a type no column holds; use Schema.DateTimeUtcFromSelf for instants",
        "a.b is no name for a column: use letters, digits and underscores",
        "constructor is no name for a column: JavaScript keeps it for itself",
        "Id differs from another column in case only",
        "the row has no fields",
        "the row is not a struct"
      ])
    }))
})

describe("Table.make", () => {
  const good = {
    name: "calls",
    row: Row,
    key: ["id"],
    eventTime: "at",
    groups: [{ name: "all", columns: rest }]
  } as const

  it("derives the columns, and says what was left out", () => {
    const table = Table.make(good)
    const several: ReadonlyArray<Table.Any> = [table]
    assert.strictEqual(several.length, 1)
    assert.deepStrictEqual(table.columns, Column.fromSchema(Row))
    assert.deepStrictEqual(table.replacedBy, ["id"])
    assert.strictEqual(table.parent, null)
    assert.deepStrictEqual(table.stamps, [])
    assert.throws(() => Table.make({ ...good, key: [] }), "calls: the key has no columns")
  })

  it.effect("refuses a description that cannot be, by name", () =>
    Effect.gen(function*() {
      const refused = (
        change: Partial<Parameters<typeof Table.makeEither<typeof Row.Type, typeof Row.Encoded, never>>[0]>
      ) => Effect.map(Effect.flip(Table.makeEither({ ...good, ...change })), (error) => error.message)
      const without = (...names: ReadonlyArray<string>) => rest.filter((name) => !names.includes(name))
      assert.deepStrictEqual(
        yield* Effect.all([
          refused({ name: "Calls" }),
          refused({ key: ["word"], groups: [{ name: "all", columns: without("word") }] }),
          refused({ key: ["id", "id"] }),
          refused({ key: ["id", "contacts"] }),
          refused({ eventTime: "word" }),
          refused({ groups: [{ name: "all", columns: without("tags") }] }),
          refused({ groups: [{ name: "all", columns: rest }, { name: "tags", columns: ["tags"] }] }),
          refused({ groups: [{ name: "all", columns: ["id", ...rest] }] }),
          refused({ groups: [{ name: "all", columns: without("tags") }, { name: "all", columns: ["tags"] }] }),
          refused({ replacedBy: ["at"] }),
          refused({ stamps: ["id"] }),
          refused({ parent: { table: "calls", by: "word" } })
        ]),
        [
          "Calls: the name must be lower case letters, digits and underscores",
          "calls: word is in the key and may be null; a key is always there",
          "calls: the key names id twice",
          "calls: contacts is in the key and may be null; a key is always there",
          "calls: word files the row, so it must be an instant that is never null",
          "calls: tags is in no group; every column but the key is in one",
          "calls: tags is in several groups (all, tags); every column but the key is in one",
          "calls: id is in the key and in group all; the key is in none",
          "calls: group all is described twice",
          "calls: replacedBy names at, which is not in the key",
          "calls: the stamps name id, which is in the key",
          "calls: word is in the key and may be null; a key is always there"
        ]
      )
    }))
})
