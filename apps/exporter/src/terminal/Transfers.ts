/** What goes to a lake and comes from it, in a line: drawn again on a terminal, and now and then elsewhere. */
import { many, size } from "@trunkline/analytics/Words"
import type { Service } from "@trunkline/lake/ObjectStore"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Schedule from "effect/Schedule"
import { Process } from "../Process.js"
import * as Logs from "./Logs.js"

interface Way {
  files: number
  bytes: number
}

export interface Transfers {
  /** The store, which counts files as they arrive. */
  readonly store: Service
  /** Tells what was counted for as long as this takes. */
  readonly shown: <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Process>
}

const redraw = "200 millis"
const pause = "5 seconds"

const words = (sent: Way, fetched: Way): string =>
  [
    ...(sent.files === 0 ? [] : [`${many(sent.files, "file")} sent (${size(sent.bytes)})`]),
    ...(fetched.files === 0 ? [] : [`${many(fetched.files, "file")} fetched (${size(fetched.bytes)})`])
  ].join(", ")

export const make = (store: Service): Transfers => {
  const sent: Way = { files: 0, bytes: 0 }
  const fetched: Way = { files: 0, bytes: 0 }
  const counted = <E>(way: Way, moved: Effect.Effect<{ readonly bytes: number; readonly sha256: string }, E>) =>
    Effect.tap(moved, ({ bytes }) =>
      Effect.sync(() => {
        way.files++
        way.bytes += bytes
      }))
  return {
    store: {
      ...store,
      upload: (key, path) => counted(sent, store.upload(key, path)),
      download: (key, path) => counted(fetched, store.download(key, path))
    },
    shown: (work) =>
      Effect.gen(function*() {
        const { logFormat, screen } = yield* Process
        if (!Logs.tells(yield* FiberRef.get(FiberRef.currentMinimumLogLevel))) return yield* work
        let said = words(sent, fetched)
        const live = screen.interactive && logFormat === "text"
        const draw = Effect.sync(() => {
          const now = words(sent, fetched)
          if (now === said) return
          if (live) screen.live([`lake     ${now}`])
          else {
            screen.say(`lake: ${now}`)
            said = now
          }
        })
        if (live) yield* Effect.addFinalizer(() => Effect.sync(() => screen.live([])))
        yield* Effect.forkScoped(
          Effect.repeat(draw, Schedule.spaced(live ? redraw : pause)).pipe(Effect.delay(live ? redraw : pause))
        )
        return yield* work
      }).pipe(Effect.scoped)
  }
}
