/** Rows of a whole world, through the real services over the sandbox: every one fits, and each stands once. */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, Conversations as AlloConversations } from "@trunkline/allo"
import { AllomiaClient, Calls as AllomiaCalls, Organizations } from "@trunkline/allomia"
import { FromAllo, FromAllomia, type Mapped } from "@trunkline/calls"
import { type Options, Sandbox } from "@trunkline/sandbox"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

const readAt = DateTime.unsafeMake("2026-11-20T12:00:00Z")

const services = (options: Options) =>
  Layer.unwrapEffect(Effect.map(Sandbox, (sandbox) =>
    Layer.mergeAll(
      Layer.mergeAll(AlloConversations.layer, Account.layer).pipe(
        Layer.provide(AlloClient.layer({ apiKey: Redacted.make(sandbox.keys.allo), baseUrl: sandbox.alloUrl }))
      ),
      Layer.mergeAll(AllomiaCalls.layer, Organizations.layer).pipe(
        Layer.provide(AllomiaClient.layer({
          apiKey: Redacted.make(sandbox.keys.allomia),
          baseUrl: sandbox.allomiaUrl,
          requestsPerSecond: 1000
        }))
      )
    ).pipe(Layer.provide(NodeHttpClient.layerUndici), Layer.merge(Logger.minimumLogLevel(LogLevel.Error))))).pipe(
      Layer.provideMerge(Sandbox.layer({
        size: 500,
        movement: false,
        dailyQuota: false,
        startsAt: DateTime.toEpochMillis(readAt),
        rateLimit: { reads: 2000, writes: 2000 },
        ...options
      }))
    )

/** Each fits its table, stands once, and has no link but in `extra`. */
const assertRows = <Row extends object>(mapped: ReadonlyArray<Mapped<Row>>) => {
  const keys = new Set<string>()
  for (const { row, table } of mapped) {
    assert.isTrue(Schema.is(table.row)(row))
    const values = new Map(Object.entries(row))
    keys.add(JSON.stringify(table.key.map((column) => values.get(column))))
    values.delete("extra")
    assert.notMatch(JSON.stringify([...values]), /https?:/i)
  }
  assert.strictEqual(keys.size, mapped.length)
}

const items = (transcripts: boolean) =>
  Effect.gen(function*() {
    const conversations = yield* AlloConversations
    const reading = { readAt, organizationId: "team-xyz789", transcripts }
    return yield* conversations.items(transcripts ? { extend: "transcript" } : {}).pipe(
      Stream.mapEffect((record) => FromAllo.item(record, reading)),
      Stream.runCollect,
      Effect.map(Chunk.toReadonlyArray)
    )
  })

const idsOf = <Row extends object>(mapped: ReadonlyArray<Mapped<Row>>, id: (row: Row) => string) =>
  mapped.map(({ row }) => id(row))

/** All that a world of this profile serves. */
export const describeWorld = (profile: "calm" | "flaky") =>
  describe(`500 items, ${profile}`, () => {
    it.live("become calls, messages and utterances", () =>
      Effect.gen(function*() {
        const sandbox = yield* Sandbox
        const rows = yield* items(true)
        const calls = rows.flatMap((one) => one._tag === "Call" ? [one.call] : [])
        const messages = rows.flatMap((one) => one._tag === "Message" ? [one.message] : [])
        const utterances = rows.flatMap((one) => one._tag === "Call" ? one.utterances ?? [] : [])
        assertRows(calls)
        assertRows(messages)
        assertRows(utterances)
        assert.strictEqual(calls.length + messages.length, 500)
        assert.deepStrictEqual(
          new Set(idsOf(calls, (row) => row.call_id)),
          yield* sandbox.history.mustHaveSeen({ source: "allo", type: "CALL" })
        )
        assert.deepStrictEqual(
          new Set(idsOf(messages, (row) => row.message_id)),
          yield* sandbox.history.mustHaveSeen({ source: "allo", type: "SMS" })
        )
        assert.isAbove(utterances.length, 500)
        // A transcript is whole: its lines are counted from 0 and belong to a call that has one.
        const spoken = new Map(calls.map(({ row }) => [row.call_id, row.has_transcript]))
        for (const { row } of utterances) assert.isTrue(spoken.get(row.call_id))
        const firsts = utterances.filter(({ row }) => row.seq === 0)
        assert.strictEqual(firsts.length, [...spoken.values()].filter((has) => has === true).length)
        const outcomes = new Set(calls.map(({ row }) => row.outcome))
        assert.includeMembers([...outcomes], ["answered", "voicemail", "transferred", "missed"])
        assert.isTrue(calls.some(({ row }) => row.has_recording))
        assert.isTrue(calls.some(({ row }) => row.contacts.some(({ deals }) => deals.length > 0)))
      }).pipe(Effect.provide(services({ profile }))), 60_000)

    it.live("become conversations, line by line", () =>
      Effect.gen(function*() {
        const conversations = yield* AlloConversations
        const { rows } = yield* (yield* Account).numbers
        const mapped = yield* Stream.fromIterable(rows).pipe(
          Stream.filter((line) => line.number !== null),
          Stream.flatMap((line) =>
            conversations.stream({ alloNumber: line.number ?? "" }).pipe(
              Stream.mapEffect((record) => FromAllo.conversation(record, { readAt, line: line.number }))
            )
          ),
          Stream.runCollect,
          Effect.map(Chunk.toReadonlyArray)
        )
        assert.isAbove(mapped.length, 20)
        assertRows(mapped)
      }).pipe(Effect.provide(services({ profile }))), 60_000)

    it.live("become the same history twice", () =>
      Effect.gen(function*() {
        const conversations = yield* AlloConversations
        const read = Effect.gen(function*() {
          const map = yield* FromAllo.history({ readAt, contactId: "cnt_abc123" })
          const mapped = yield* conversations.contactHistory({ contactId: "cnt_abc123" }).pipe(
            Stream.mapEffect((entry) => Effect.flatten(map(entry))),
            Stream.runCollect,
            Effect.map(Chunk.toReadonlyArray)
          )
          return {
            calls: mapped.flatMap((one) => one._tag === "HistoryCall" ? [one.call] : []),
            messages: mapped.flatMap((one) => one._tag === "HistoryMessage" ? [one.message] : [])
          }
        })
        const once = yield* read
        assert.isAbove(once.calls.length, 5)
        assert.isAbove(once.messages.length, 5)
        assertRows(once.calls)
        assertRows(once.messages)
        const again = yield* read
        assert.deepStrictEqual(
          idsOf(again.messages, (row) => row.message_id),
          idsOf(once.messages, (_) => _.message_id)
        )
        assert.deepStrictEqual(idsOf(again.calls, (row) => row.call_id), idsOf(once.calls, (_) => _.call_id))
      }).pipe(Effect.provide(services({ profile }))), 60_000)

    it.live("of the clinics become calls, and then calls with details", () =>
      Effect.gen(function*() {
        const calls = yield* AllomiaCalls
        const organizations = yield* Stream.runCollect((yield* Organizations).stream({}))
        for (const { id: organizationId } of organizations) {
          const reading = { readAt, organizationId }
          const listed = yield* calls.stream({ organizationId }).pipe(
            Stream.mapEffect((record) => FromAllomia.call(record, reading)),
            Stream.runCollect,
            Effect.map(Chunk.toReadonlyArray)
          )
          assertRows(listed)
          const detailed = yield* Effect.forEach(listed, ({ row }) =>
            Effect.flatMap(
              calls.get(row.call_id, { organizationId }),
              (record) => FromAllomia.details(record, reading)
            ))
          assertRows(detailed)
          for (const [index, { row }] of detailed.entries()) {
            // What a list knows, details know as well.
            assert.deepInclude(listed[index]?.row, {
              call_id: row.call_id,
              organization_id: organizationId,
              direction: row.direction,
              started_at: row.started_at,
              duration_seconds: row.duration_seconds,
              agent_name: row.agent_name
            })
          }
          if (detailed.length < 20) {
            continue
          }
          const outcomes = detailed.map(({ row }) => row.outcome)
          assert.includeMembers(outcomes, ["answered", "missed"])
          assert.notInclude(outcomes, "unknown")
          assert.isTrue(detailed.some(({ row }) => row.primary_intent !== null && row.summary !== null))
        }
      }).pipe(Effect.provide(services({ profile }))), 60_000)
  })
