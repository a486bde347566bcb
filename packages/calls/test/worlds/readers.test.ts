/** A hundred thousand records of the sandbox are read alike by the quick reader, by their schema, and by a plain struct. */
import { NodeHttpClient } from "@effect/platform-node"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, it } from "@effect/vitest"
import { ConversationItem } from "@trunkline/allo"
import { Call } from "@trunkline/allomia"
import { Envelope, Wire } from "@trunkline/http"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Reads every record three ways, and tells how many there were. */
const alike = <A extends object, B, I>(schema: Schema.Schema<A, unknown>, struct: Schema.Schema<B, I>) => {
  const rows = Wire.rows(schema)
  const whole = Schema.decodeUnknownSync(schema)
  const plain = Schema.decodeUnknownSync(struct)
  const isSame = Schema.equivalence(schema)
  const isSameStruct = Schema.equivalence(struct)
  const isStruct = Schema.is(struct)
  return (raw: ReadonlyArray<unknown>): number => {
    const { rejected, rows: quick } = rows(raw)
    assert.deepStrictEqual(rejected, [])
    raw.forEach((one, index) => {
      const row = quick[index]
      if (row === undefined || !isSame(row, whole(one)) || !isStruct(row) || !isSameStruct(row, plain(one))) {
        assert.fail(`record ${index} differs: ${Object.keys(Object.assign({}, one)).join()}`)
      }
    })
    return raw.length
  }
}

it.live("a hundred thousand records", () =>
  Effect.gen(function*() {
    const sandbox = yield* Sandbox
    const client = HttpClient.filterStatusOk(yield* HttpClient.HttpClient)
    const ask = (request: HttpClientRequest.HttpClientRequest, authorization: string, names: ReadonlyArray<string>) =>
      client.execute(HttpClientRequest.setHeader(request, "authorization", authorization)).pipe(
        Effect.flatMap((response) => response.json),
        Effect.map((body) => Envelope.list(body, names)?.rows ?? [])
      )
    const items = alike(ConversationItem, Schema.Struct(ConversationItem.fields))
    const calls = alike(Call, Schema.Struct(Call.fields))
    const everything = <E, R>(page: (number: number) => Effect.Effect<number, E, R>) =>
      Effect.gen(function*() {
        let all = 0
        for (let number = 1;; number++) {
          const read = yield* page(number)
          if (read === 0) return all
          all += read
        }
      })
    const read = yield* everything((page) =>
      ask(
        HttpClientRequest.post(`${sandbox.alloUrl}/v2/api/conversations/items/search`).pipe(
          HttpClientRequest.bodyUnsafeJson({
            page,
            size: 100,
            sort: "DATE_ASC",
            ...(page % 5 === 0 ? { extend: "transcript" } : {})
          })
        ),
        `Api-Key ${sandbox.keys.allo}`,
        ["data"]
      ).pipe(Effect.map(items))
    )
    const authorization = `Bearer ${sandbox.keys.allomia}`
    const organizations = yield* ask(
      HttpClientRequest.get(`${sandbox.allomiaUrl}/organization`, { urlParams: { limit: 100 } }),
      authorization,
      ["organizations"]
    )
    const clinics = yield* Effect.forEach(organizations, (organization) =>
      everything((page) =>
        ask(
          HttpClientRequest.get(`${sandbox.allomiaUrl}/calls`, {
            urlParams: { organizationId: String(Object.assign({ id: "" }, organization).id), page, limit: 50 }
          }),
          authorization,
          ["calls"]
        ).pipe(Effect.map(calls))
      ))
    const total = clinics.reduce((sum, count) => sum + count, read)
    assert.isAtLeast(read, 70_000)
    assert.isAtLeast(total, 100_000)
  }).pipe(Effect.provide([
    NodeHttpClient.layerUndici,
    Sandbox.layer({ size: 80_000, allomiaCalls: 25_000, movement: false, rateLimit: false })
  ])), 600_000)
