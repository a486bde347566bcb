/** When the past holds still: the one thing that is assumed of both APIs. */

const hour = 60 * 60 * 1000

/** A window holds what began in it, and of that the last may end so long after the window does. */
const longestCall = 4 * hour

/** Nothing becomes visible later than this after it ended. */
const latest = 24 * hour

/** Nothing of what began before this time ago can still appear, in milliseconds. */
export const settling = longestCall + latest
