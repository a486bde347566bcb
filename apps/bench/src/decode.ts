/**
 * What reading a row costs beside parsing its JSON, on pages of 100 generated items.
 */
import { ConversationItem } from "@trunkline/allo"
import { Read } from "@trunkline/http"
import { Effect, Either, Random } from "effect"
import { median, table } from "./print.js"

const rows = 100
const rounds = 9
const millisPerRound = 150
const seed = 1

const pick = <A>(values: readonly [A, ...ReadonlyArray<A>]): Effect.Effect<A> =>
  Effect.map(Random.nextIntBetween(0, values.length), (index) => values[index] ?? values[0])

const digits = (count: number) =>
  Effect.map(Effect.replicateEffect(Random.nextIntBetween(0, 10), count), (all) => all.join(""))

/** An item as the API documents it: about 600 bytes, or 4,000 with forty lines of transcript. */
const item = (lines: number) =>
  Effect.gen(function*() {
    const id = yield* digits(12)
    const number = `+33${yield* digits(9)}`
    const seconds = yield* Random.nextIntBetween(0, 1800)
    return {
      id: `cll-${id}`,
      type: "CALL",
      direction: yield* pick(["INBOUND", "OUTBOUND"]),
      allo_number: "+33155550142",
      contact_number: number,
      contacts: [{
        id: `con-${yield* digits(6)}`,
        name: "Camille Martin",
        company: { id: "com-1", name: "Acme" },
        deals: [{ id: "dea-1", name: "Renewal", status: yield* pick(["OPEN", "WON", "LOST"]) }]
      }],
      user: { id: "usr-abc123", name: "Alex Doe", email: "alex@example.com" },
      date: new Date(1_767_225_600_000 + seconds * 86_400).toISOString(),
      duration: seconds,
      result: yield* pick(["ANSWERED", "VOICEMAIL", "TRANSFERRED"]),
      recording_url: `https://api.example.com/recordings/${id}`,
      summary: "The caller asked when the order would arrive and was told that it would be tomorrow.",
      tags: ["vip", "delivery"],
      transcript: lines === 0 ? null : Array.from({ length: lines }, (_, line) => ({
        source: line % 2 === 0 ? "USER" : "EXTERNAL",
        time: "2026-01-01T10:00:00Z",
        text: "Let me look at that for you.",
        start_seconds: line * 4,
        end_seconds: line * 4 + 3
      })),
      content: null,
      status: null,
      message_type: null
    }
  })

const page = (lines: number) =>
  Effect.map(
    Effect.replicateEffect(item(lines), rows),
    (data) => JSON.stringify({ data, pagination: { page: 1, size: rows, total_count: rows, has_more: false } })
  )

const read = Read.list(["data", "results"], ConversationItem)({ page: 1, first: 1, size: rows })
const origin = { requestId: null, answeredAt: null }

const parse = (text: string): unknown => JSON.parse(text)
const parseAndRead = (text: string) => Either.map(read(JSON.parse(text), origin), (page) => page.rows.length)

/** Microseconds a row, over as many pages as fit into a moment. */
const time = (work: (text: string) => unknown, text: string): number => {
  const began = performance.now()
  let pages = 0
  let took = 0
  while (took < millisPerRound) {
    work(text)
    pages += 1
    took = performance.now() - began
  }
  return took * 1000 / (pages * rows)
}

const compare = (name: string, lines: number) =>
  Effect.map(page(lines), (text) => {
    const whole = Either.getOrElse(parseAndRead(text), () => 0)
    if (whole !== rows) return [name, `only ${whole} of ${rows} rows were read`]
    time(parseAndRead, text)
    // One after the other, so that a busy moment of the machine meets both.
    const pairs = Array.from({ length: rounds }, () => ({ parse: time(parse, text), both: time(parseAndRead, text) }))
    const [parsing, both] = [median(pairs.map((_) => _.parse)), median(pairs.map((_) => _.both))]
    return [
      name,
      `${(text.length / rows / 1000).toFixed(1)} kB`,
      parsing.toFixed(1),
      both.toFixed(1),
      (both / parsing).toFixed(1)
    ]
  })

export const decode = Effect.all([
  compare("items", 0),
  compare("items with 40 lines of transcript", 40)
]).pipe(
  Effect.map((rows) => table(["a row of", "size", "JSON.parse, us", "parsed and read, us", "ratio"], rows)),
  Effect.withRandom(Random.make(seed))
)
