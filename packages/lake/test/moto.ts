/** moto, an S3 server in Python, where this machine has it. */
import { Context, Effect, Layer } from "effect"
import type { Options } from "../src/S3Store.js"
import { credentials, makeBucket } from "./s3.js"
import { answers, freePort, runs, started } from "./server.js"

export const hasMoto = runs("python3", "-c", "import moto.server")

export class Moto extends Context.Tag("Moto")<Moto, Options>() {
  static readonly layer = Layer.scoped(
    this,
    Effect.gen(function*() {
      const port = yield* freePort
      const endpoint = `http://127.0.0.1:${port}`
      yield* started("python3", ["-m", "moto.server", "-H", "127.0.0.1", "-p", `${port}`])
      yield* answers(endpoint, 120)
      const options = { endpoint, bucket: "lake", credentials: credentials("moto", "moto") }
      yield* makeBucket(options)
      return options
    })
  )
}
