/** How fast a fleet notices, and how long it waits. */
import * as Duration from "effect/Duration"

/** A worker that is silent for so long has lost its keys to the others. */
export const expiration = Duration.seconds(8)

/** A third of the expiration at most. */
export const refresh = Duration.seconds(2)

/** How often workers look for messages and for one another. */
export const poll = Duration.seconds(1)

/** How often a worker says that it is still at its nights, and looks whether they are still its own. */
export const beat = Duration.seconds(2)

/** A night of which its worker was silent for so long, in seconds, may be claimed. */
export const silent = 7

/** A night that was sent so long ago, in seconds, and that neither a worker nor the engine knows of, is sent again. */
export const lost = 60

/** A key that moved away may come back within so many beats: PostgreSQL was restarted, for instance. */
export const patience = 5

/** A key that moves waits so long for the night at work. */
export const farewell = Duration.minutes(2)

/** How often the schedule is looked at. */
export const turn = Duration.seconds(5)

/** After so many failures of a night in a row, the wait before the next try in seconds. */
export const backOff = (failures: number): number => Math.min(3600, 30 * 2 ** Math.min(failures - 1, 10))

/** Messages that were answered are kept for so many days. */
export const kept = 2

/**
 * A night at work for so long pushes what it has and is sent again, so that a worker that dies loses no more. Each try gets more: a
 * step that takes longer than one of them comes to its end in a later one.
 */
export const shift = (attempt: number): Duration.Duration => Duration.minutes(30 * attempt)
