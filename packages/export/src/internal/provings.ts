/** What the history of runs says of each scope: which scopes are waited for, and when each was last proved. */
import type { DatasetError } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import type * as Run from "@trunkline/dataset/Run"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Grain from "../Grain.js"
import * as Settling from "../Settling.js"
import * as Vanished from "./vanished.js"

interface Where {
  readonly source: string
  readonly scope: string
}

/** Runs that are read at once. A week of hourly runs is fewer. */
const page = 200

/** A scope that no run named for this long is not waited for. */
const forgotten = Duration.days(7)

/** The clock of a run that met no problem may be so far ahead of the vendor's. */
const clocksApart = Duration.toMillis("1 day")

const of = ({ scope, source }: Where) => (one: Where): boolean => one.source === source && one.scope === scope

const concerns = (run: Run.Row, where: Where): boolean =>
  run.scopes.some(of(where)) ||
  run.problems.some((one) =>
    (one.source === null || one.source === where.source) && (one.scope === null || one.scope === where.scope)
  )

const proves = (run: Run.Row, where: Where): boolean => run.scopes.some((one) => of(where)(one) && one.proved)

/** Whether a run certified the scope as far as one that began then can. One that was told where to end does not. */
const reachesItsDay = (run: Run.Row, where: Where, grain: Grain.Grain): boolean => {
  const settled = Grain.unsettled(grain, run.started_at, Settling.longest + clocksApart)
  const expected = Grain.promised(grain, { from: settled, to: settled })
  return run.scopes.some((one) =>
    of(where)(one) && one.until_at !== null && DateTime.greaterThanOrEqualTo(one.until_at, expected)
  )
}

/**
 * The scopes of a source that runs name, certified or partial ones, within a week of the newest of them. One that the vendor
 * deleted is not waited for once a run leaves it out. Before there was such a run: every scope that was ever asked for.
 */
export const waitedFor = (
  dataset: Pick<Readable, "scopes" | "fact">,
  runs: ReadonlyArray<Run.Row>,
  source: string
): Effect.Effect<ReadonlyArray<string>, DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const over = runs.filter(({ ended_at, scopes, status }) =>
      ended_at !== null && (status === "certified" || status === "partial") &&
      scopes.some((one) => one.source === source)
    )
    const [newest] = over
    if (newest === undefined) return yield* dataset.scopes(source)
    const since = DateTime.subtractDuration(newest.started_at, forgotten)
    const named = new Set(
      over.filter(({ started_at }) => DateTime.greaterThanOrEqualTo(started_at, since))
        .flatMap(({ scopes }) => scopes.flatMap((one) => one.source === source ? [one.scope] : []))
    )
    return yield* Effect.filter([...named], (scope) => {
      const where = { source, scope }
      return newest.scopes.some(of(where))
        ? Effect.succeed(true)
        : Effect.map(Vanished.isDeleted(dataset, where), (deleted) => !deleted)
    })
  })

export interface Proving extends Where {
  /** When the newest run that proved it ended. */
  readonly provedAt: DateTime.Utc | null
  /** Whether the newest run that has anything to say of it proved it. */
  readonly byNewest: boolean
  /** Whether a run that ended within the age proved it up to its own day. */
  readonly fresh: boolean
}

/** What is found so far; `byNewest` is null until a run says something of the scope. */
interface Found<Scope> {
  readonly scope: Scope
  provedAt: DateTime.Utc | null
  byNewest: boolean | null
  fresh: boolean
}

/** As far back as it takes to find the last proof of each. */
export const find = <Scope extends Where & { readonly grain: Grain.Grain }>(
  dataset: Pick<Readable, "runs">,
  { maxAge, runs, scopes }: {
    readonly scopes: ReadonlyArray<Scope>
    /** The newest ones, which were read already. */
    readonly runs: ReadonlyArray<Run.Row>
    readonly maxAge: Duration.Duration | undefined
  }
): Effect.Effect<ReadonlyArray<Scope & Proving>, DatasetError.LedgerError> =>
  Effect.gen(function*() {
    const now = yield* DateTime.now
    const isYoung = (at: DateTime.Utc) =>
      maxAge !== undefined && DateTime.lessThanOrEqualTo(now, DateTime.addDuration(at, maxAge))
    const found = scopes.map((scope): Found<Scope> => ({ scope, provedAt: null, byNewest: null, fresh: false }))
    let read = runs
    for (let offset = 0;;) {
      for (const one of found) {
        for (const run of read) {
          if (run.ended_at === null) continue
          const proved = proves(run, one.scope)
          if (one.byNewest === null && (proved || concerns(run, one.scope))) one.byNewest = proved
          if (!proved) continue
          one.provedAt ??= run.ended_at
          one.fresh ||= isYoung(run.ended_at) && reachesItsDay(run, one.scope, one.scope.grain)
        }
      }
      offset += read.length
      if (read.length < page || found.every(({ provedAt }) => provedAt !== null)) break
      read = yield* dataset.runs(page, offset)
    }
    return found.map(({ byNewest, fresh, provedAt, scope }) => ({
      ...scope,
      provedAt,
      byNewest: byNewest === true,
      fresh
    }))
  })

/** The newest runs. */
export const newest = (dataset: Pick<Readable, "runs">) => dataset.runs(page)
