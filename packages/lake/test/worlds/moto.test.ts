import { describe, layer } from "@effect/vitest"
import { hasMoto, Moto } from "../moto.js"
import { serverTests } from "../servers.js"

describe.skipIf(!hasMoto)("moto (Python with moto is needed)", () => {
  layer(Moto.layer, { excludeTestServices: true, timeout: "150 seconds" })((it) => {
    serverTests<Moto>((fact, body) => it.scoped(fact, () => body), Moto)
  })
})
