import { describe, layer } from "@effect/vitest"
import { hasRgw, Rgw } from "../rgw.js"
import { serverTests } from "../servers.js"

describe.skipIf(!hasRgw)("Ceph RGW (its Debian packages are needed)", () => {
  layer(Rgw.layer, { excludeTestServices: true, timeout: "300 seconds" })((it) => {
    serverTests<Rgw>((fact, body) => it.scoped(fact, () => body), Rgw)
  })
})
