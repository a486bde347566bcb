/** The configuration of a worker, which may change while it works. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as fs from "node:fs/promises"
import * as Configuration from "../configuration/Configuration.js"
import { Process } from "../Process.js"
import { InvalidFlag } from "./values.js"

const missing = new InvalidFlag({
  flag: "--config",
  reason: "is missing, and there is no trunkline.toml here: it names the accounts. Write one: trunkline config init"
})

/** Changes with every change of the file that a person or a program makes. */
const stamp = (path: string): Effect.Effect<string> =>
  Effect.tryPromise(() => fs.stat(path)).pipe(
    Effect.map(({ ino, mtimeMs, size }) => `${ino} ${mtimeMs} ${size}`),
    Effect.orElseSucceed(() => "gone")
  )

/**
 * What the file says now. One that cannot be used changes nothing: the last one that could stays, and a line says why. Fails
 * only where there was never one.
 */
export const configuration = (flag: Option.Option<string>) =>
  Effect.gen(function*() {
    const { folder, screen } = yield* Process
    const found = yield* Configuration.find(Option.getOrNull(flag), folder)
    if (found === null) return yield* missing
    const { file, isNamed } = found
    let last = found
    let read = yield* stamp(file)
    const lock = yield* Effect.makeSemaphore(1)
    return lock.withPermits(1)(Effect.gen(function*() {
      const now = yield* stamp(file)
      if (now === read) return last
      read = now
      const next = yield* Effect.either(Configuration.load(file, { named: isNamed }))
      if (Either.isRight(next)) {
        last = next.right
        screen.say(`${file} was read again`)
      } else screen.say(`${next.left.message}\nThe configuration of before stays in use`, "ERROR")
      return last
    }))
  })
