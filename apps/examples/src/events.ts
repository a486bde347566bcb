/** Receives Allo's events into a dataset, and finds by polling which calls no event told of. */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { type WebhookDelivery, type WebhookEvent, Webhooks } from "@trunkline/allo"
import { Id, tables } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { rows } from "@trunkline/dataset/Dataset"
import { Export, Sources } from "@trunkline/export"
import * as AlloSource from "@trunkline/export/allo"
import { Disk, Table } from "@trunkline/parquet"
import { Clock, DateTime, Effect, Layer, Option, Schema, Stream } from "effect"

/** One row per event. It says which call it is about, and nothing of what was said. */
export const events = Table.make({
  name: "events",
  row: Schema.Struct({
    event_id: Schema.String,
    topic: Schema.String,
    call_id: Schema.NullOr(Schema.String),
    sent_at: Schema.DateTimeUtcFromSelf
  }),
  key: ["event_id"],
  eventTime: "sent_at",
  groups: [{ name: "row", columns: ["topic", "call_id", "sent_at"] }]
})

const source = "allo-events"

/** The dataset of an export, with that table beside the usual ones. */
export const layer = (out: string) =>
  Dataset.layer({ out, tables: [...tables, events] }).pipe(Layer.provide(Disk.layer))

const callOf = (event: WebhookEvent): string | null =>
  event._tag === "CallReceived" || event._tag === "CallAnswered" || event._tag === "CallCompleted"
    ? event.data.id
    : null

/** Once this returns, the event is on the disk. */
const keep = ({ event, id, signedAt }: WebhookDelivery) =>
  Effect.gen(function*() {
    const dataset = yield* Dataset
    const at = event.timestamp ?? signedAt
    const call = callOf(event)
    const row = { event_id: id, topic: event.topic, call_id: call === null ? null : Id.key(call), sent_at: at }
    yield* dataset.land({
      window: { source, scope: "-", stream: "webhooks", from: at, to: DateTime.add(at, { seconds: 1 }) },
      // An event proves that a call was, and never that no other was.
      proof: null,
      tables: [rows(events, { groups: ["row"], rows: Stream.succeed({ answer: yield* dataset.answer, row }) })],
      runId: "events",
      readAt: DateTime.unsafeMake(yield* Clock.currentTimeMillis)
    })
  })

/** Accepts an event after it was kept. What is not accepted comes again. */
export const routes = HttpRouter.empty.pipe(HttpRouter.post(
  "/allo",
  Effect.gen(function*() {
    const { once } = yield* Webhooks
    const { headers, text } = yield* HttpServerRequest.HttpServerRequest
    yield* once({ headers, body: yield* text }, keep)
    return HttpServerResponse.empty({ status: 200 })
  }).pipe(
    Effect.catchTag("WebhookRefused", () => HttpServerResponse.empty({ status: 401 })),
    Effect.catchAll((error) =>
      Effect.as(Effect.logError("An event was not kept", error), HttpServerResponse.empty({ status: 500 }))
    )
  )
))

/** Reads the account, publishes what was read together with the events, and names the calls that no event told of. */
export const poll = (since: DateTime.Utc) =>
  Effect.gen(function*() {
    const report = yield* Export.run().pipe(
      Effect.provide(Sources.layer(Effect.all([AlloSource.make])))
    )
    const dataset = yield* Dataset
    const calls = yield* dataset.published("calls", "allo")
    const told = yield* dataset.published("events", source)
    if (Option.isNone(calls)) return { report, untold: [] }
    const ended = yield* dataset.session.all(
      Schema.Struct({ id: Schema.String }),
      `SELECT call_id AS id FROM ${calls.value}
        WHERE epoch_ms(coalesce(ended_at, started_at)) >= ${DateTime.toEpochMillis(since)}
        ${
        Option.match(told, {
          onNone: () => "",
          onSome: (relation) =>
            `AND call_id NOT IN (SELECT call_id FROM ${relation} WHERE topic = 'call.completed' AND call_id IS NOT NULL)`
        })
      }
        ORDER BY call_id`
    )
    return { report, untold: ended.map(({ id }) => id) }
  })
