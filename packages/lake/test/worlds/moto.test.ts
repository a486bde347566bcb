import { describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { contract } from "../contract.js"
import { hasMoto, Moto } from "../moto.js"
import { store } from "../s3.js"

describe.skipIf(!hasMoto)("moto (Python with moto is needed)", () => {
  layer(Moto.layer, { excludeTestServices: true, timeout: "90 seconds" })((it) => {
    contract<Moto>({
      run: (fact, body) => it.scoped(fact, () => body),
      store: Effect.flatMap(Moto, (options) => store({ ...options, prefix: "some/prefix é" }))
    })
  })
})
