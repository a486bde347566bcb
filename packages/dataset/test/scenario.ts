/** Three phases of a dataset's life, every durable step of which has a name and a number. */
import { Dataset, type DatasetError, Points } from "@trunkline/dataset"
import type { Writable } from "@trunkline/dataset/Dataset"
import { Disk, type DiskError } from "@trunkline/parquet"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { relative, sep } from "node:path"
import * as Elsewhere from "./elsewhere.js"
import {
  call,
  landing,
  line,
  november,
  ofCalls,
  ofLines,
  ofThreads,
  proof,
  read,
  tables,
  thread,
  utc
} from "./tables.js"

const december = { ...november, from: november.to, to: utc("2027-01-01T00:00:00Z") }

/** New rows; then changed, shortened and refused ones; then a call that moves to another month with its lines. */
const landings = (phase: number, answer: number) =>
  [
    landing([
      ofCalls(read(answer, call("a"), call("b", { tags: [] }))),
      ofLines(read(answer, line("a", 0, "hello"), line("a", 1, "you"), line("b", 0, "yes"))),
      ofThreads(read(answer, thread("+2")))
    ], { proof: proof() }),
    landing([
      ofCalls(read(answer, call("a", { summary: "new", agent: "nobody asked" })), ["details"]),
      ofCalls(read(answer, call("c", { started_at: utc("2026-12-24T18:00:00Z") }))),
      ofLines(read(answer, line("a", 0, "hello")))
    ], { window: december, proof: proof({ verdict: "uncertified" }), refused: [{ raw: "{}", reason: "no id" }] }),
    landing([ofCalls(read(answer, call("b", { started_at: utc("2026-12-01T00:00:00Z") })), ["list"])])
  ][phase]

export const phases = [0, 1, 2]

/** Does what of these phases is not done; the ledger says what has landed. */
export const live = (dataset: Writable, upTo: number, onPhase: (phase: number) => void = () => {}) =>
  Effect.gen(function*() {
    for (const phase of phases.slice(0, upTo + 1)) {
      onPhase(phase)
      const landed = yield* dataset.fact("allo", "team", `phase ${phase}`)
      if (Option.isNone(landed)) {
        const next = landings(phase, yield* dataset.answer)
        if (next !== undefined) yield* dataset.land({ ...next, facts: { [`phase ${phase}`]: "landed" } })
      }
      yield* dataset.publish
    }
  })

const placeOf = (out: string, path: string): string => {
  const [first, second] = relative(out, path).split(sep)
  return first !== "_trunkline"
    ? "partition"
    : second !== undefined && ["landing", "publishing", "fetching"].includes(second)
    ? second
    : "folder"
}

/** A dataset whose steps are announced before they are taken. */
export const watched = <A, E>(
  out: string,
  before: (step: string) => Effect.Effect<void, DiskError>,
  use: (dataset: Writable) => Effect.Effect<A, E>
): Effect.Effect<A, E | DatasetError.OpenError> =>
  Effect.flatMap(Dataset, use).pipe(
    Effect.provide(
      Dataset.layer({ out, tables }).pipe(
        Layer.provide(
          Disk.layerWatched((step, path) => step === "inspect" ? Effect.void : before(`${placeOf(out, path)} ${step}`))
        ),
        Layer.provide(Layer.succeed(Points, before)),
        Layer.provide(Elsewhere.layer(out))
      )
    )
  )
