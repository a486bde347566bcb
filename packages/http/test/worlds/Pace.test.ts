/** The pace at every phase of the server's windows, and through the client, which sees all the headers. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import {
  atPhasesSlowly,
  describeUse,
  seed,
  slow,
  ten,
  three,
  throughApiClient,
  usedAndRefused
} from "../fixtures/pacing.js"

describeUse(ten)

it.effect(`the server's clock may be 5 seconds off either way, seed ${seed}`, () =>
  Effect.gen(function*() {
    const [none, ahead, behind] = yield* Effect.forEach([0, 5000, -5000], (skewMillis) =>
      atPhasesSlowly(
        three.slice(0, 2),
        { client: throughApiClient, algorithm: "fixed", oneWay: [5, 90], skewMillis },
        seed
      ), {
      concurrency: 3
    })
    if (none === undefined) {
      return assert.fail("no outcome")
    }
    usedAndRefused(none, 195)
    assert.deepStrictEqual(ahead, none)
    assert.deepStrictEqual(behind, none)
  }), slow)
