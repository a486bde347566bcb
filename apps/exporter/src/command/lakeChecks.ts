/** What `trunkline doctor` says of a lake: how it is reached, whether it can hold one, and what stands there. */
import { count, many, span } from "@trunkline/analytics/Words"
import type { Damaged } from "@trunkline/dataset/DatasetError"
import * as Guard from "@trunkline/lake/Guard"
import { Lake } from "@trunkline/lake/Lake"
import * as State from "@trunkline/lake/State"
import type { DiskError } from "@trunkline/parquet/Disk"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Lakes from "../Lakes.js"
import { named } from "../Place.js"
import * as Asked from "./asked.js"
import * as Checks from "./checks.js"
import type { Chosen } from "./chosenLake.js"
import * as OfLake from "./lakes.js"
import { proxy } from "./proxyCheck.js"

/** Where the store is, whether it answers and accepts the keys, and whether it keeps the condition of a write. */
const ofStore = ({ place, store }: OfLake.Opened) =>
  Effect.gen(function*() {
    const listed = yield* Effect.either(Stream.runHead(store.list("state/")))
    if (Either.isLeft(listed)) {
      const check = Checks.failed("lake", listed.left)
      return [
        listed.left._tag === "Unreachable"
          ? { ...check, todo: "Check the network, the endpoint and, where there is one, the proxy" }
          : check
      ]
    }
    const reached = Checks.ok(
      "lake",
      `${named(place)} answers${place._tag === "Bucket" ? " and accepts the keys" : ""}`
    )
    const proved = yield* Effect.either(Guard.prove(store))
    return [
      reached,
      Either.isLeft(proved)
        ? Checks.failed("lake writes", proved.left)
        : Checks.ok("lake writes", "a name that is taken is refused, so two machines cannot both push")
    ]
  })

export interface Shown {
  readonly checks: ReadonlyArray<Checks.Check>
  /** Null where nothing more can be asked of it. */
  readonly opened: OfLake.Opened | null
}

/** The lake itself, for all accounts. */
export const ofLake = (chosen: Chosen) =>
  Effect.gen(function*() {
    const { place } = chosen
    if (place._tag === "Folder" && !(yield* Checks.isWritable(place.path))) {
      const todo = "Give this user the right, or name another place"
      return { checks: [Checks.fail("lake", 2, `${place.path} cannot be written to`, todo)], opened: null }
    }
    if (place._tag === "Folder" && !(yield* Checks.isThere(place.path))) {
      return { checks: [Checks.ok("lake", `none yet in ${place.path}; the first push begins it`)], opened: null }
    }
    const environment = yield* Asked.environment
    const route = place._tag === "Folder" ? null : (yield* Lakes.reached({ ...chosen, place, environment })).route
    const opened = yield* OfLake.open(chosen)
    const checks = yield* ofStore(opened)
    return {
      checks: [...proxy("lake proxy", { route: route ?? undefined }), ...checks],
      opened: checks.some(({ level }) => level === "fail") ? null : opened
    }
  }).pipe(
    Effect.catchAll((error): Effect.Effect<Shown> =>
      Effect.succeed({ checks: [Checks.failed("lake", error)], opened: null })
    )
  )

export interface Subject {
  readonly account: Effect.Effect<string | null, Damaged | DiskError>
  readonly out: string
}

/** The newest push of an account: its age, whether the tables show it, and whether this folder descends from it. */
export const ofAccount = (
  opened: OfLake.Opened,
  { account: asked, out }: Subject
) =>
  OfLake.using(opened, () =>
    Effect.gen(function*() {
      const account = yield* asked
      const lake = yield* Lake
      const standing = yield* lake.standing(account)
      if (Option.isNone(standing)) {
        return [
          Checks.warn("lake push", "none yet", "trunkline push makes the first, as does every export with this lake")
        ]
      }
      const { at, findings, number } = standing.value
      const age = ((yield* Clock.currentTimeMillis) - at.epochMillis) / 1000
      const told = `push ${count(number)}, ${span(Math.max(0, age))} ago`
      const other = yield* Effect.flip(State.refuseOther({ account, out })).pipe(Effect.option)
      return [
        age > Checks.stale
          ? Checks.warn("lake push", told, "See whether the nightly job still pushes")
          : Checks.ok("lake push", told),
        findings.length === 0
          ? Checks.ok("lake tables", `all of them show push ${count(number)}`)
          : Checks.fail(
            "lake tables",
            5,
            `${many(findings.length, "table")} ${findings.length === 1 ? "does" : "do"} not show push ${count(number)}`,
            "Push again; if it stays so: trunkline verify --lake"
          ),
        ...Option.isSome(other) ? [Checks.failed("lake folder", other.value)] : []
      ]
    })).pipe(
      Effect.catchAll((error): Effect.Effect<ReadonlyArray<Checks.Check>> =>
        Effect.succeed([Checks.failed("lake push", error)])
      )
    )
