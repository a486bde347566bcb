import { FetchHttpClient } from "@effect/platform"
import { describe, it } from "@effect/vitest"
import { S3 } from "@trunkline/sandbox"
import { Effect, type Scope } from "effect"
import { contract } from "../contract.js"
import { sandboxStore, virtualStore } from "../s3.js"

const live =
  (options: Parameters<typeof S3.layer>[0] = {}) =>
  (fact: string, body: Effect.Effect<void, unknown, S3 | Scope.Scope>) =>
    it.scopedLive(fact, () => Effect.provide(body, S3.layer(options)))

const part = 5 * 1024 * 1024
const inParts = { partsAbove: part, partSize: part }

describe("path style", () => {
  contract<S3>({ run: live(), store: sandboxStore({ prefix: "a/prefix +é" }) })
})
describe("virtual host", () => {
  contract<S3>({ run: live({ region: "eu-west-3" }), store: virtualStore, many: 200 })
})
describe("with fetch", () => {
  contract<S3>({ run: live(), store: sandboxStore(inParts, FetchHttpClient.layer), rounds: 2, many: 20 })
})
describe("with a session token", () => {
  contract<S3>({ run: live({ sessionToken: "a token/+=" }), store: sandboxStore(), rounds: 1, many: 20 })
})
