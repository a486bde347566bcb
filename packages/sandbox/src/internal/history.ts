/** Which records a reader must have seen, or may have seen, in an interval. */
import * as Effect from "effect/Effect"
import type { AllomiaWorld } from "./AllomiaWorld.js"
import type { AlloWorld } from "./AlloWorld.js"
import { lines } from "./people.js"
import { refuse, type SandboxError } from "./SandboxError.js"

/**
 * A question to the history: which records of a window of time a reader could see during an interval.
 *
 * @since 0.1.0
 * @category models
 */
export interface Question {
  readonly source: "allo" | "allomia"
  /** Records from this time on, in milliseconds; all when left out. */
  readonly from?: number | undefined
  /** Records before this time. */
  readonly to?: number | undefined
  /** When the reader read; from the start until now when left out. */
  readonly during?: { readonly start: number; readonly end: number } | undefined
  readonly organizationId?: string | undefined
  /** The number of a line. */
  readonly line?: string | undefined
  readonly type?: "CALL" | "SMS" | undefined
}

interface Interval {
  readonly start: number
  readonly end: number
}

/** The ids of the records that the question asks for and whose life passes the test. */
export const idsOf = (
  allo: AlloWorld,
  allomia: AllomiaWorld,
  question: Question,
  whole: Interval,
  seen: (life: { readonly from: number; readonly to: number }, during: Interval) => boolean
): Effect.Effect<ReadonlySet<string>, SandboxError> => {
  const line = question.line === undefined ? null : lines.findIndex((_) => _.number === question.line)
  if (line !== null && line < 0) return refuse("history.line", "not a line of the team")
  const owner = question.organizationId === undefined ? null : allomia.organizationIndex(question.organizationId)
  if (owner !== null && owner < 0) return refuse("history.organizationId", "no such organisation")
  const { during = whole, from = Number.NEGATIVE_INFINITY, source, to = Number.POSITIVE_INFINITY, type } = question
  const world = source === "allo" ? allo : allomia
  const fits = source === "allo"
    ? (index: number) =>
      (line === null || allo.lineOf(index) === line) && (type === undefined || allo.isCall(index) === (type === "CALL"))
    : (index: number) => owner === null || allomia.ownerOf(index) === owner
  const found = new Set<string>()
  for (let index = 0; index < world.count; index++) {
    const start = world.startOf(index)
    if (start < from || start >= to || !fits(index)) continue
    if (seen(world.lifeOf(index), during)) found.add(world.idOf(index))
  }
  return Effect.succeed(found)
}
