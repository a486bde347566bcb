import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import { Account, AlloClient, Conversations } from "@trunkline/allo"
import * as Testing from "@trunkline/http/testing"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Inspectable from "effect/Inspectable"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { inspect } from "node:util"
import { tracer } from "../../http/test/fixtures/spans.js"

const key = "ak_live_9f8e7d6c5b4a3f2e1d0c"
const number = "+14155550173"
const transcript = "my card number ends in four two four two"
const dotted = "415.555.0173"
const dashed = "06-12-34-56-78"
const address = "sarah.johnson@acme.example"
const secrets = [dotted, dashed, address, key, number, number.slice(1), "4155550173", transcript, "card number"]

const client = AlloClient.layer({ apiKey: Redacted.make(key) })
const services = (script: Testing.Script) =>
  Layer.mergeAll(Conversations.layer, Account.layer).pipe(
    Layer.provideMerge(client),
    Layer.provideMerge(Testing.layer(script))
  )

/** Everything a program could print of how this ended, and of what was logged and traced on the way. */
const renderings = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const keep = Logger.make((entry: Logger.Logger.Options<unknown>) => {
      lines.push(
        Logger.logfmtLogger.log(entry),
        Logger.stringLogger.log(entry),
        Logger.jsonLogger.log(entry),
        inspect(Logger.structuredLogger.log(entry), { depth: null, showHidden: true })
      )
    })
    let spans = 0
    const attributes: Array<unknown> = []
    const keeping = tracer((span) => {
      spans += 1
      return {
        end: (_, exit) => attributes.push(span, exit),
        attribute: (name, value) => attributes.push(name, value),
        event: (name, _, event) => attributes.push(name, event)
      }
    })
    const fiber = yield* effect.pipe(
      Effect.tapErrorCause((cause) => Effect.logError("failed", cause)),
      Effect.withSpan("test"),
      Effect.withTracer(keeping),
      Effect.provide(Logger.replace(Logger.defaultLogger, keep)),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.fork
    )
    yield* TestClock.adjust("20 minutes")
    const exit = yield* Fiber.await(fiber)
    const found = Exit.isFailure(exit)
      ? [Cause.pretty(exit.cause), Cause.pretty(exit.cause, { renderErrorCause: true }), ...rendered(exit.cause)]
      : []
    const errors = Exit.isFailure(exit)
      ? [...Chunk.toReadonlyArray(Cause.failures(exit.cause)), ...Chunk.toReadonlyArray(Cause.defects(exit.cause))]
      : []
    return {
      failed: Exit.isFailure(exit),
      text: [...found, ...errors.flatMap(rendered), ...lines, ...rendered(attributes)].join("\n"),
      logged: lines.length,
      traced: spans
    }
  })

const rendered = (value: unknown): ReadonlyArray<string> => [
  String(value),
  JSON.stringify(value) ?? "",
  inspect(value, { depth: null, showHidden: true }),
  Inspectable.toStringUnknown(value),
  value instanceof Error ? `${value.message}\n${value.stack}` : ""
]

const holdsNothing = (text: string) => {
  for (const secret of secrets) assert.notInclude(text, secret)
}

const told = {
  type: `t ${number}`,
  code: `CODE_${number}`,
  message: `'${number}' with ${key}: ${transcript}`,
  request_id: number,
  doc_url: `https://help.withallo.com/?key=${key}`,
  param: transcript,
  suggestion: `Use ${number} or ${key}`,
  errors: [{ field: number, code: key, message: transcript }],
  details: [{ field: number, message: `required=${key}` }],
  retry_after_seconds: 1
}

/** Each of them alone, where a word is expected. */
const bare = {
  type: number.slice(1),
  code: key,
  request_id: key,
  doc_url: `https://help.withallo.com/${number.slice(1)}`,
  param: number.slice(1),
  errors: [{ field: key, code: number.slice(2) }]
}

/** Numbers as people write them, and addresses. */
const written = {
  type: dotted,
  code: dashed,
  request_id: `tel:${number.slice(1)}`,
  param: address,
  doc_url: `https://help.withallo.com/${dashed}`,
  errors: [{ field: address, code: dotted }]
}

const item = { id: "cll-1", date: "2026-01-01T00:00:00Z", contact_number: number, summary: transcript }

const replies: ReadonlyArray<readonly [string, Testing.Reply]> = [
  ...[400, 401, 402, 403, 404, 409, 418, 429, 500, 503].flatMap((status) =>
    [
      [`a ${status} that repeats them everywhere`, Testing.json({ error: told }, { status })],
      [`a ${status} that has them for words`, Testing.json({ error: bare }, { status })],
      [`a ${status} that writes them as people do`, Testing.json({ error: written }, { status })],
      [`a flat ${status} that repeats them everywhere`, Testing.json(told, { status })],
      [`a ${status} in HTML`, Testing.text(`<p>${key} ${number} ${transcript}</p>`, { status })]
    ] as const
  ),
  [
    "a request id with a number in it",
    Testing.json({}, { status: 500, headers: { "x-request-id": `caller-${number.slice(1)}` } })
  ],
  [
    "headers that repeat them",
    Testing.json({}, {
      status: 500,
      headers: { "x-request-id": number.slice(1), "retry-after": number, date: number }
    })
  ],
  ["an answer of another shape", Testing.json({ [number]: { [transcript]: key } })],
  ["an item that cannot be read", Testing.json({ data: { ...item, date: transcript } })],
  ["half an answer", Testing.text(JSON.stringify({ data: item }).slice(0, -9))],
  ["a cut answer", Testing.cut(JSON.stringify({ data: item }).slice(0, -9))],
  ["no connection", Testing.noAnswer()],
  ["a stalled answer", Testing.stalled()]
]

describe("no rendering holds the key, a number or a transcript", () => {
  for (const [what, reply] of replies) {
    it.effect(`of ${what}`, () =>
      Effect.gen(function*() {
        const asked = Effect.flatMap(Conversations, (_) =>
          _.search({ alloNumber: number, contactNumber: number, search: transcript }).pipe(
            Effect.zipRight(_.item("cll-1")),
            Effect.zipRight(_.list({ alloNumber: number })),
            Effect.zipRight(_.addTags({ id: "cll-1", tags: [transcript] }))
          ))
        const { failed, logged, text, traced } = yield* renderings(asked)
        assert.isTrue(failed)
        assert.isAbove(logged, 0)
        assert.isAbove(traced, 0)
        holdsNothing(text)
      }).pipe(Effect.provide(services(() =>
        reply
      ))))
  }

  it.effect("of a transport that repeats the request in its own error", () =>
    Effect.gen(function*() {
      const { failed, text } = yield* renderings(Effect.flatMap(Conversations, (_) => _.list({ alloNumber: number })))
      assert.isTrue(failed)
      assert.include(text, "ECONNRESET")
      holdsNothing(text)
    }).pipe(Effect.provide(
      Conversations.layer.pipe(
        Layer.provide(client),
        Layer.provide(Layer.succeed(
          HttpClient.HttpClient,
          HttpClient.make((request, url) =>
            Effect.fail(
              new HttpClientError.RequestError({
                request,
                reason: "Transport",
                description: `${url} ${key}`,
                cause: Object.assign(new Error(`${url} ${key} ${transcript}`), {
                  request,
                  cause: Object.assign(new Error(number), { code: "ECONNRESET" })
                })
              })
            )
          )
        ))
      )
    )))

  it.effect("of rows that cannot be read, though their raw text is kept", () =>
    Effect.gen(function*() {
      const { pages, stream } = yield* Conversations
      const { failed, logged, text } = yield* renderings(Stream.runDrain(stream({ alloNumber: number })))
      assert.isFalse(failed)
      assert.isAbove(logged, 0)
      assert.include(text, "last_activity")
      holdsNothing(text)
      const page = Option.getOrThrow(yield* Stream.runHead(pages({ alloNumber: number })))
      const rejected = page.rejected[0]
      assert.isDefined(rejected)
      holdsNothing(rendered(page).join("\n"))
      assert.include(rejected === undefined ? "" : Redacted.value(rejected.raw), number)
    }).pipe(Effect.provide(services(() => Testing.json({ data: [{ contact_number: number, notes: transcript }] })))))

  it.effect("of an input that is refused before it is sent", () =>
    Effect.gen(function*() {
      const { text } = yield* renderings(
        Effect.flatMap(Conversations, (_) =>
          _.search({ alloNumber: `${number} `, contactNumber: transcript, date: { from: number, to: key } }))
      )
      assert.include(text, "INVALID_PHONE_FORMAT")
      holdsNothing(text)
    }).pipe(Effect.provide(services(() =>
      Testing.json({})
    ))))

  it.effect("of the services, the clients and their layers", () =>
    Effect.gen(function*() {
      const context = yield* Effect.context<Conversations | Account | AlloClient | HttpClient.HttpClient>()
      const values = [
        Context.get(context, Conversations),
        Context.get(context, Account),
        Context.get(context, AlloClient),
        context,
        client
      ]
      holdsNothing(values.flatMap(rendered).join("\n"))
    }).pipe(Effect.provide(services(() => Testing.json({})))))

  it.effect("of options that cannot be used", () =>
    Effect.gen(function*() {
      for (
        const options of [
          { apiKey: Redacted.make(`${key} ${key}`) },
          { apiKey: Redacted.make(`${key}\n`) },
          { apiKey: Redacted.make(key), baseUrl: `https://user:${key}@example.com` },
          { apiKey: Redacted.make(key), baseUrl: `not a url ${number}` }
        ]
      ) {
        const layer = Conversations.layer.pipe(
          Layer.provide(AlloClient.layer(options)),
          Layer.provide(Testing.layer(() => Testing.json({})))
        )
        const { failed, text } = yield* renderings(Effect.provide(Effect.asVoid(Conversations), layer))
        assert.isTrue(failed)
        holdsNothing(text)
      }
    }))
})
