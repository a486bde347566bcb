/** All of stdin as text, where a flag or an argument is `-`. */
import * as Effect from "effect/Effect"
import { InvalidFlag } from "./values.js"

export const stdin = Effect.tryPromise({
  try: async () => {
    const parts: Array<Buffer> = []
    for await (const part of process.stdin) parts.push(Buffer.from(part))
    return Buffer.concat(parts).toString("utf8")
  },
  catch: () => new InvalidFlag({ flag: "-", reason: "stdin cannot be read" })
})
