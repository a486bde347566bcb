/** The refusals that Allomia's page prints, word for word: programs compare such words. */
import { NodeHttpClient } from "@effect/platform-node"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import * as errors from "../../allomia/test/fixtures/errors.js"

const cases: ReadonlyArray<readonly [status: number, query: string, key: string | null, error: unknown]> = [
  [400, "organizationId={org}&callType=fax", null, errors.callType],
  [400, "organizationId={org}&from=yesterday", null, errors.dateFormat],
  [400, "organizationId={org}&from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", null, errors.dateRange],
  [401, "organizationId={org}", "nobody", errors.unauthorized],
  [404, "organizationId=none", null, errors.notFound],
  [500, "organizationId={org}&broken", null, errors.fault]
]

describe("a refusal of Allomia reads as its page has it", () => {
  for (const [status, query, other, error] of cases) {
    it.effect(`${status} for ${query}`, () =>
      Effect.gen(function*() {
        const { allomiaUrl, keys, organizations, world } = yield* Sandbox
        const id = organizations[0]?.id ?? ""
        if (query.endsWith("broken")) yield* world.failOrganization(id, 500)
        const response = yield* HttpClient.get(`${allomiaUrl}/calls?${query.replace("{org}", id)}`, {
          headers: { authorization: `Bearer ${other ?? keys.allomia}` }
        })
        assert.strictEqual(response.status, status)
        assert.deepStrictEqual(yield* response.json, error)
      }).pipe(Effect.provide([Sandbox.layerTest({ size: 100 }), NodeHttpClient.layerUndici])))
  }
})
