/** Allo's calls and messages of some days in a folder of Parquet, each once, however often they are read. */
import { Conversations } from "@trunkline/allo"
import { Calls, FromAllo, Messages, type RefusedRow, unreadable } from "@trunkline/calls"
import { Dataset } from "@trunkline/dataset"
import { rows } from "@trunkline/dataset/Dataset"
import type { Wire } from "@trunkline/http"
import { Clock, DateTime, Effect, Either, Redacted, Stream } from "effect"

/** Reads the days, lands what was read and publishes it: what is new, what has changed, and what could not be read. */
export const keep = (days: { readonly from: string; readonly to: string }) =>
  Effect.gen(function*() {
    const conversations = yield* Conversations
    const dataset = yield* Dataset
    const readAt = DateTime.unsafeMake(yield* Clock.currentTimeMillis)
    const reading = { readAt, organizationId: null, transcripts: false }
    const calls: Array<{ readonly answer: number; readonly row: Calls.Row }> = []
    const messages: Array<{ readonly answer: number; readonly row: Messages.Row }> = []
    const refused: Array<RefusedRow> = []

    yield* Stream.runForEach(conversations.itemPages({ date: days }), (page) =>
      Effect.map(dataset.answer, (answer) => {
        for (const item of page.rows) {
          const mapped = FromAllo.item(item, reading)
          if (Either.isLeft(mapped)) refused.push(mapped.left)
          else if (mapped.right._tag === "Call") calls.push({ answer, row: mapped.right.call.row })
          else messages.push({ answer, row: mapped.right.message.row })
        }
        refused.push(...page.rejected.map((rejected: Wire.Rejected) => unreadable(rejected)))
      }))

    yield* dataset.land({
      window: {
        source: "allo",
        scope: "-",
        stream: "items",
        from: DateTime.unsafeMake(days.from),
        to: DateTime.add(DateTime.unsafeMake(days.to), { days: 1 })
      },
      // It was read once and proves nothing: that takes totals that hold still, which is the exporter's business.
      proof: null,
      tables: [
        rows(Calls.table, { groups: Calls.table.groups.map(({ name }) => name), rows: Stream.fromIterable(calls) }),
        rows(Messages.table, { groups: ["row"], rows: Stream.fromIterable(messages) })
      ],
      refused: refused.map(({ raw, reason }) => ({ reason, raw: Redacted.value(raw) })),
      runId: "example",
      readAt
    })
    return { ...(yield* dataset.publish), refused: refused.length }
  })
