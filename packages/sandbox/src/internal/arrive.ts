/** Calls and messages that a test makes by hand. */
import * as Effect from "effect/Effect"
import { type AllomiaWorld, callTypes, intents } from "./AllomiaWorld.js"
import { type AlloWorld, results } from "./AlloWorld.js"
import { lines } from "./people.js"
import { bound, refuse, type SandboxError } from "./SandboxError.js"

/**
 * A call or message made by hand.
 *
 * @since 0.1.0
 * @category models
 */
export type Arrival =
  | {
    readonly source: "allo"
    readonly type?: "CALL" | "SMS"
    readonly direction?: "INBOUND" | "OUTBOUND"
    readonly result?: (typeof results)[number]
    /** One of `lines`; the first when left out. */
    readonly line?: string
    /** The number of a known contact; an unknown caller when left out. */
    readonly contactNumber?: string
    /** 0 to 10,800. */
    readonly seconds?: number
    /** When left out, the call ends now. */
    readonly startedAt?: number
  }
  | {
    readonly source: "allomia"
    /** The first when left out. */
    readonly organizationId?: string
    readonly callType?: (typeof callTypes)[number]
    /** 0 to 10,800. */
    readonly seconds?: number
    readonly startedAt?: number
  }

/** Adds the call or message, which readers see from `time` on; returns its id. */
export const arrive = (
  allo: AlloWorld,
  allomia: AllomiaWorld,
  arrival: Arrival,
  time: number
): Effect.Effect<string, SandboxError> =>
  bound("arrive.seconds", arrival.seconds ?? 0, 0, 10_800).pipe(
    Effect.zipRight(Effect.suspend(() =>
      arrival.source === "allo" ? arriveAllo(allo, arrival, time) : arriveAllomia(allomia, arrival, time)
    ))
  )

const arriveAllo = (
  world: AlloWorld,
  arrival: Extract<Arrival, { source: "allo" }>,
  time: number
): Effect.Effect<string, SandboxError> => {
  const line = arrival.line === undefined ? 0 : lines.findIndex((_) => _.number === arrival.line)
  if (line < 0) return refuse("arrive.line", "not a line of the team")
  let party = arrival.contactNumber === undefined
    ? world.parties
    : world.people.partyOf(arrival.contactNumber, world.parties)
  if (party < 0) return refuse("arrive.contactNumber", "nobody has this number")
  let slot = [0, 1].find((_) => world.people.lineOf(party, _) === line) ?? -1
  while (arrival.contactNumber === undefined && slot !== 0) slot = world.people.lineOf(++party, 0) === line ? 0 : -1
  if (slot < 0) return refuse("arrive.line", "this contact speaks to other lines")
  const call = arrival.type !== "SMS"
  const result = Math.max(0, results.indexOf(arrival.result ?? "ANSWERED"))
  const duration = call ? arrival.seconds ?? (result <= 2 ? 60 : 0) : 0
  const outbound = arrival.direction === "OUTBOUND"
  const index = world.arrive(
    { party, slot, call, outbound, result, duration, topic: 0, sender: false },
    arrival.startedAt ?? time - duration * 1000,
    time
  )
  return Effect.succeed(world.idOf(index))
}

const arriveAllomia = (
  world: AllomiaWorld,
  arrival: Extract<Arrival, { source: "allomia" }>,
  time: number
): Effect.Effect<string, SandboxError> => {
  const organization = arrival.organizationId === undefined ? 0 : world.organizationIndex(arrival.organizationId)
  if (organization < 0) return refuse("arrive.organizationId", "no such organisation")
  const duration = arrival.seconds ?? 60
  const index = world.arrive(
    {
      organization,
      type: Math.max(0, callTypes.indexOf(arrival.callType ?? "Inbound")),
      patient: world.somePatient(world.count),
      intent: time % intents.length,
      reason: 0,
      duration
    },
    arrival.startedAt ?? time - duration * 1000,
    time
  )
  return Effect.succeed(world.idOf(index))
}
