/** Answers that are no answers: failures, pages for people, nothing, halves, packed ones, marks and redirects. */
import * as Effect from "effect/Effect"
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib"
import * as Between from "../between.js"
import type { Row } from "../Row.js"
import * as Still from "../still.js"

const page = "<!doctype html><html><head><title>Oops</title></head><body><h1>Something is not right</h1></body></html>"
const json = { "content-type": "application/json" }

const failed = (status: number): Between.Spoil => () => ({ status, headers: json, body: Buffer.from("{\"error\":{}}") })
const html = (status: number): Between.Spoil => () => ({
  status,
  headers: { "content-type": "text/html" },
  body: Buffer.from(page)
})
const body =
  (change: (body: Buffer) => Buffer, headers: Readonly<Record<string, string>> = {}): Between.Spoil => (answer) => ({
    ...answer,
    headers: { ...answer.headers, ...headers },
    body: change(answer.body)
  })
const to = (location: (asked: Between.Asked) => string, status = 302): Between.Spoil => (_, asked) => ({
  status,
  headers: { location: location(asked) },
  body: Buffer.alloc(0)
})

const spoils: ReadonlyArray<readonly [name: string, spoil: Between.Spoil]> = [
  ["500", failed(500)],
  ["502 as HTML", html(502)],
  ["503", failed(503)],
  ["504 as HTML", html(504)],
  ["520, which no document names", html(520)],
  ["HTML", html(200)],
  ["an empty body", body(() => Buffer.alloc(0))],
  ["white space", body(() => Buffer.from(" \n"))],
  ["half of the JSON", body((body) => body.subarray(0, Math.ceil(body.length / 2)))],
  ["the JSON without its last byte", body((body) => body.subarray(0, body.length - 1))],
  ["null", body(() => Buffer.from("null"))],
  ["an empty object", body(() => Buffer.from("{}"))],
  ["an empty list", body(() => Buffer.from("[]"))],
  ["gzip", body((body) => gzipSync(body), { "content-encoding": "gzip" })],
  ["deflate", body((body) => deflateSync(body), { "content-encoding": "deflate" })],
  ["brotli", body((body) => brotliCompressSync(body), { "content-encoding": "br" })],
  ["gzip that is none", body((body) => body, { "content-encoding": "gzip" })],
  ["gzip that ends early", body((body) => gzipSync(body).subarray(0, 30), { "content-encoding": "gzip" })],
  // A hundred megabytes of nothing in a hundred kilobytes.
  ["a bomb", body(() => gzipSync(Buffer.alloc(100_000_000, " ")), { "content-encoding": "gzip" })],
  ["a byte-order mark", body((body) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), body]))],
  [
    "bytes that are no UTF-8",
    body((body) => Buffer.concat([body.subarray(0, 40), Buffer.from([0xff, 0xfe]), body.subarray(42)]))
  ],
  ["JSON as text/plain", body((body) => body, { "content-type": "text/plain" })],
  ["204", () => ({ status: 204, headers: {}, body: Buffer.alloc(0) })],
  ["a redirect to itself", to(({ url }) => url)],
  ["a redirect to elsewhere", to(() => "http://127.0.0.1:1/", 301)],
  ["a redirect to nowhere", to(() => "", 307)],
  ["text behind the JSON", body((body) => Buffer.concat([body, Buffer.from("<!-- cached -->")]))]
]

export const answers: Row = {
  name: "answers",
  words: "Answers that are none: 5xx, HTML, empty, truncated, compressed, bombs, marks, redirects",
  cases: { whole: 405, ten: 27, one: 1, soak: 0 },
  seconds: 90,
  waits: true,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(number)
        const between = yield* Between.make(still.sandbox)
        const spoil = spoils[number % spoils.length]?.[1] ?? failed(500)
        // Once, so that a retry gets past it; a few times; or so often that the run has to name it.
        const times = [1, 3, 1000][Math.floor(number / spoils.length) % 3] ?? 1
        const from = random.below(20)
        const out = yield* Still.folder
        between.spoil(({ number }) => number >= from && number < from + times ? spoil : null)
        const ended = yield* still.export(out, {}, { past: between.sandbox })
        between.spoil(() => null)
        return [...yield* still.during(out, ended), ...yield* still.after(out)]
      })
  })
}
