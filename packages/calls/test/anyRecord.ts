/** Any record a vendor's package can read becomes a row of its table or is refused: nothing is lost and nothing throws. */
import { assert, describe, it } from "@effect/vitest"
import { Conversation, ConversationItem, HistoryEntry } from "@trunkline/allo"
import { Call, CallDetails } from "@trunkline/allomia"
import { FromAllo, FromAllomia, type Mapped, type RefusedRow } from "@trunkline/calls"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

const readAt = DateTime.unsafeMake("2026-11-20T12:00:00Z")

/** Another one in every run; `SEED=… npx vitest run --project calls` repeats one. */
const seed = Number(process.env["SEED"] ?? Date.now() % 2_147_483_647)

const json = FastCheck.jsonValue({ maxDepth: 3 })

/** What is documented, what is not, nothing, or no field at all. */
const field = (good: FastCheck.Arbitrary<unknown>) =>
  FastCheck.oneof(
    { arbitrary: good, weight: 6 },
    { arbitrary: json, weight: 1 },
    { arbitrary: FastCheck.constant(null), weight: 1 },
    { arbitrary: FastCheck.constant(undefined), weight: 1 }
  )

/** A number beyond the calendar is for the reader of a record to refuse. */
const dated = (value: unknown) => typeof value !== "number" || Math.abs(value) <= 8_640_000_000_000_000

const text = field(FastCheck.string({ unit: "grapheme" }))
const id = FastCheck.oneof({ arbitrary: FastCheck.string({ minLength: 1 }), weight: 9 }, { arbitrary: json, weight: 1 })
const word = (...words: ReadonlyArray<string>) => field(FastCheck.constantFrom(...words, "unheard"))
const number = field(FastCheck.oneof(FastCheck.double(), FastCheck.integer({ min: 0 }), FastCheck.nat().map(String)))
const time = FastCheck.oneof(
  FastCheck.date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31") }).map((date) =>
    date.toISOString()
  ),
  FastCheck.integer({ min: 1, max: 8_640_000_000_000_000 }),
  FastCheck.constantFrom("2026-02-30", "2026-01-15T10:30:00", "2026-01-15T10:30:00+14:00", "now", null)
)
const links = field(FastCheck.webUrl())

const undeclared = FastCheck.dictionary(FastCheck.string(), json, { maxKeys: 3 })

/** A record of these fields, with others among them. */
const record = (fields: { readonly [name: string]: FastCheck.Arbitrary<unknown> }) =>
  FastCheck.tuple(undeclared, FastCheck.record(fields)).map(([others, known]): unknown => ({ ...others, ...known }))

/** A time that a record need not have. */
const perhaps = field(time).filter(dated)

const several = (arbitrary: FastCheck.Arbitrary<unknown>) => field(FastCheck.array(arbitrary, { maxLength: 3 }))

const contact = field(record({
  id: field(id),
  name: text,
  company: field(record({ id: field(id), name: text })),
  deals: several(field(record({ id: field(id), name: text, status: word("OPEN", "won") })))
}))

const transcript = several(field(record({
  source: word("USER", "external", "AGENT"),
  time: perhaps,
  text,
  start_seconds: number,
  end_seconds: number
})))

const item = record({
  id,
  type: word("CALL", "call", "SMS", "TEXT_MESSAGE"),
  direction: word("INBOUND", "outbound"),
  allo_number: text,
  contact_number: text,
  contacts: several(contact),
  user: field(record({ id: field(id), name: text, email: text })),
  date: time,
  duration: number,
  result: word("ANSWERED", "voicemail", "TRANSFERRED_EXTERNAL", "FAILED"),
  recording_url: links,
  summary: text,
  tags: several(text),
  transcript,
  content: text,
  status: word("SENT"),
  message_type: word("MMS")
})

const conversation = record({
  contact_number: id,
  contacts: several(contact),
  last_activity: time,
  last_item: field(item)
})

const historyCall = record({
  id,
  from_number: text,
  to_number: text,
  length_in_minutes: number,
  type: word("INBOUND", "OUTBOUND"),
  result: word("ANSWERED", "TRANSFERRED_AI"),
  summary: text,
  tag: text,
  tags: several(text),
  recording_url: links,
  start_date: time,
  transcript
})

const historyMessage = record({
  from_number: text,
  to_number: text,
  sender_id: text,
  type: word("INBOUND", "OUTBOUND"),
  content: text,
  start_date: time
})

const entry = FastCheck.oneof(
  record({ type: word("CALL"), call: historyCall, message: FastCheck.constant(null) }),
  record({ type: word("TEXT_MESSAGE"), call: FastCheck.constant(null), message: historyMessage }),
  record({ type: word("CALL", "TEXT_MESSAGE"), call: field(historyCall), message: field(historyMessage) })
)

const call = {
  id,
  organizationId: field(id),
  callType: word("Inbound", "OUTBOUND", "Web"),
  agentId: field(id),
  agentName: text,
  teamId: field(id),
  teamName: text,
  phoneNumber: text,
  callStartedAt: time,
  callEndedAt: perhaps,
  callDurationSeconds: number,
  userPhoneNumber: text,
  createdAt: perhaps
}

const details = record({
  ...call,
  callEndedReason: word("voicemail", "customer-ended-call"),
  userName: text,
  userPrimaryIntent: text,
  userSentiment: text,
  outcome: text,
  callSummary: text,
  transcriptUrl: links,
  recordingUrl: links
})

interface Seen {
  rows: number
  refused: number
}

/** It fits its table to the letter, and whatever stands in `extra` is JSON. */
const assertRow = <Row extends object>(seen: Seen, result: Either.Either<Mapped<Row>, RefusedRow>) => {
  if (Either.isLeft(result)) {
    seen.refused++
    assert.match(result.left.reason, /^[a-zA-Z0-9_ ,.:']+$/)
    JSON.parse(Redacted.value(result.left.raw))
    return
  }
  seen.rows++
  const { groups, row, table } = result.right
  assert.isTrue(Schema.is(table.row)(row))
  assert.deepStrictEqual(Object.keys(row).toSorted(), table.columns.map((column) => column.name).toSorted())
  assert.includeMembers(table.groups.map(({ name }) => name), [...groups])
  for (const [column, value] of Object.entries(row)) {
    if (column === "extra" && typeof value === "string") JSON.parse(value)
    if (column === "duration_seconds" && typeof value === "number") assert.isAtMost(value, 2_147_483_647)
  }
}

const check = <A>(
  raw: FastCheck.Arbitrary<unknown>,
  schema: Schema.Schema<A, unknown>,
  map: (record: A, seen: Seen) => Effect.Effect<void>,
  runs: number
) =>
  Effect.gen(function*() {
    const decode = Schema.decodeUnknownEither(schema)
    const seen: Seen = { rows: 0, refused: 0 }
    yield* Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(raw, async (sent) => {
          const read = decode(sent)
          if (Either.isRight(read)) await Effect.runPromise(map(read.right, seen))
        }),
        { seed, numRuns: runs }
      )
    )
    return seen
  })

const assertItem = (seen: Seen, result: ReturnType<typeof FromAllo.item>) => {
  if (Either.isLeft(result)) return assertRow(seen, Either.left(result.left))
  if (result.right._tag === "Message") return assertRow(seen, Either.right(result.right.message))
  assertRow(seen, Either.right(result.right.call))
  for (const line of result.right.utterances ?? []) assertRow(seen, Either.right(line))
}

/** So many records of each kind. */
export const describeAnyRecord = (runs: number) => {
  const checked = <A>(
    raw: FastCheck.Arbitrary<unknown>,
    schema: Schema.Schema<A, unknown>,
    map: (record: A, seen: Seen) => Effect.Effect<void>
  ) => check(raw, schema, map, runs)

  describe(`any record that can be read becomes rows or is refused (seed ${seed})`, () => {
    for (const transcripts of [true, false]) {
      it.effect(`an item of Allo, transcripts ${transcripts ? "asked for" : "left out"}`, () =>
        Effect.gen(function*() {
          const reading = { readAt, organizationId: null, transcripts }
          const seen = yield* checked(item, ConversationItem, (record, seen) =>
            Effect.sync(() =>
              assertItem(seen, FromAllo.item(record, reading))
            ))
          assert.isAbove(seen.rows, runs / 10)
          assert.isAbove(seen.refused, runs / 100)
        }), 60_000)
    }

    it.effect("a conversation of Allo", () =>
      Effect.gen(function*() {
        const seen = yield* checked(conversation, Conversation, (record, seen) =>
          Effect.sync(() => {
            assertRow(seen, FromAllo.conversation(record, { readAt, line: "+1" }))
            assertRow(seen, FromAllo.conversation(record, { readAt, line: null }))
          }))
        assert.isAbove(seen.rows, runs / 10)
        assert.strictEqual(seen.refused, seen.rows)
      }), 60_000)

    it.effect("an entry of a history", () =>
      Effect.gen(function*() {
        const map = yield* FromAllo.history({ readAt, contactId: "cnt-1" })
        const seen = yield* checked(entry, HistoryEntry, (record, seen) =>
          Effect.map(map(record), (result) => {
            if (Either.isLeft(result)) return assertRow(seen, Either.left(result.left))
            const one = result.right
            return one._tag === "HistoryCall"
              ? assertRow(seen, Either.right(one.call))
              : assertRow(seen, Either.right(one.message))
          }))
        assert.isAbove(seen.rows, runs / 10)
        assert.isAbove(seen.refused, runs / 100)
      }), 60_000)

    it.effect("a call of Allomia, from a list and with details", () =>
      Effect.gen(function*() {
        const reading = { readAt, organizationId: "org-1" }
        const listed = yield* checked(record(call), Call, (_, seen) =>
          Effect.sync(() =>
            assertRow(seen, FromAllomia.call(_, reading))
          ))
        assert.isAbove(listed.rows, runs / 10)
        const detailed = yield* checked(details, CallDetails, (_, seen) =>
          Effect.sync(() =>
            assertRow(seen, FromAllomia.details(_, reading))
          ))
        assert.isAbove(detailed.rows, runs / 10)
      }), 60_000)
  })
}
