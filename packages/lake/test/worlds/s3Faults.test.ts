import { describe, it } from "@effect/vitest"
import { S3, S3Fault } from "@trunkline/sandbox"
import { Effect } from "effect"
import { contract } from "../contract.js"
import { sandboxStore } from "../s3.js"

const often = { times: Number.POSITIVE_INFINITY, every: 29 }
const script = [
  S3Fault.Reset(),
  S3Fault.AnswerLost(),
  S3Fault.AnswerFalse(),
  S3Fault.BodyCut(),
  S3Fault.BodyShort(),
  S3Fault.Refused({ status: 503, code: "SlowDown" })
].map((fault, index) => ({ ...often, skip: 2 * index + 1, fault }))

describe("with every fifth answer disturbed", () => {
  contract<S3>({
    run: (fact, body) => it.scopedLive(fact, () => Effect.provide(body, S3.layer({ script }))),
    store: sandboxStore({ retryBudget: 1_000_000 }),
    isFaulty: true,
    many: 100,
    rounds: 8
  })
})
