/** Which teams and organisations a run reads, found with a few quick requests before the long ones. */
import type { AlloError } from "@trunkline/allo"
import type { AllomiaError } from "@trunkline/allomia"
import type { DatasetError } from "@trunkline/dataset"
import { ApiError, Retry } from "@trunkline/http"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import type { AllomiaSource, AlloSource } from "../Sources.js"
import type { Line } from "./AlloConversations.js"
import { type AllomiaScope, lane, sizes } from "./AllomiaScope.js"
import type { AlloScope } from "./AlloScope.js"
import * as Budget from "./Budget.js"
import * as Clocks from "./Clocks.js"
import type { ClockSkew } from "./Clocks.js"
import type { Ended, Planning, Run } from "./Run.js"
import * as Walk from "./Walk.js"

/** For the first request of a run, which has nothing to lose yet: a failed try is soon the last, and no answer is hurried. */
export const quickly = Retry.atMost({ tries: 3, wait: Duration.seconds(10), time: Duration.seconds(10) })

/** The team of the key. */
export const allo = (run: Planning, services: AlloSource): Effect.Effect<AlloScope, AlloError | ClockSkew | Ended> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allo", "connecting")
    const { team } = yield* run.ask(quickly(services.account.me)).pipe(
      // Some keys cannot ask who they are, and may read all the same.
      Effect.catchTag("NotFound", () => Effect.succeed({ team: null }))
    )
    // Its lines are wanted anyway, and any answer tells the server's time.
    const numbers = yield* run.ask(services.account.numbers).pipe(
      Effect.catchTag("Forbidden", () => Effect.succeed(null))
    )
    const { answeredAt } = numbers ??
      (yield* run.ask(services.conversations.search({ size: 1 })))
    return {
      ...(yield* Clocks.begin(run, { source: "allo" }, answeredAt)),
      source: "allo",
      scope: team?.id ?? "-",
      organizationId: team?.id ?? null,
      services,
      lines: numbers?.rows.flatMap(({ name, number }) => number === null ? [] : [{ number, label: name }]) ?? null,
      budget: Budget.make()
    }
  })

/** Each organisation by itself: one that cannot be read stops no other. */
export const allomia = (
  run: Planning,
  services: AllomiaSource
): Effect.Effect<ReadonlyArray<string>, AllomiaError | Ended> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allomia", "connecting")
    const [first] = services.organizationIds
    if (first === undefined) {
      const budget = Budget.make()
      const explain = Budget.pagesOf(budget, lane, { first: 1, planned: null })
      const ids = new Set<string>()
      const { doubt } = yield* Walk.open({
        first: 1,
        page: (page) => {
          const list = services.organizations.list({ page, limit: 100 })
          return Effect.zipRight(budget.spend(lane), run.ask(page === 1 ? quickly(list) : list)).pipe(
            Effect.tap(explain)
          )
        },
        keep: ({ rejected, rows }) =>
          Effect.sync(() => {
            for (const { id } of rows) ids.add(id)
            return { keys: rows.map(({ id }) => id), refused: rejected.map(({ raw }) => raw) }
          })
      })
      if (doubt === null) return [...ids]
      // Whoever is left out of it would be missed by nobody.
      return yield* new ApiError.Undecodable({
        operation: "Organizations.list",
        reason: "shape",
        paths: [`all: ${doubt}`]
      })
    }
    // Whether anybody is there at all; what it says of this one is asked for again, and told, with the others.
    yield* run.ask(quickly(services.calls.list({ organizationId: first, limit: 1 }))).pipe(
      Effect.catchIf(
        (error) => error._tag !== "Unreachable" && error._tag !== "RateLimited" && error._tag !== "Stopped",
        () => Effect.void
      )
    )
    return services.organizationIds
  })

export const organization = (
  run: Planning,
  services: AllomiaSource,
  organizationId: string
): Effect.Effect<AllomiaScope, AllomiaError | ClockSkew | Ended> =>
  Effect.gen(function*() {
    const { answeredAt } = yield* run.ask(services.calls.list({ organizationId, limit: 1 }))
    yield* run.heard
    return {
      ...(yield* Clocks.begin(run, { source: "allomia" }, answeredAt)),
      source: "allomia",
      scope: organizationId,
      services,
      budget: Budget.make(),
      size: yield* Ref.make<number>(sizes.most)
    }
  })

/** The lines that published calls and messages came over. */
export const linesOfItems = (run: Run): Effect.Effect<ReadonlyArray<Line>, DatasetError.WriteError> =>
  Effect.gen(function*() {
    const found = yield* Effect.forEach(["calls", "messages"], (table) =>
      Effect.flatMap(
        run.dataset.published(table, "allo"),
        Option.match({
          onNone: () => Effect.succeed([]),
          onSome: (published) =>
            run.dataset.session.all(
              LineRow,
              `SELECT DISTINCT line_number FROM ${published} WHERE line_number LIKE '+%' ORDER BY 1`
            )
        })
      ))
    return [...new Set(found.flat().map(({ line_number }) => line_number))].map((number) => ({ number, label: null }))
  })

const LineRow = Schema.Struct({ line_number: Schema.String })
