/**
 * When the past holds still: the one thing that is assumed of every vendor.
 *
 * @since 0.1.0
 */

const hour = 60 * 60 * 1000

/** A window holds the calls that began in it, and the last of them may end so long after the window. */
const longestCall = 4 * hour

/** Nothing becomes visible later than this after it ended. */
const latest = 24 * hour

/**
 * Nothing that began before this long ago can still appear, in milliseconds.
 *
 * @since 0.1.0
 * @category constants
 */
export const usual = longestCall + latest

/**
 * No list takes longer than this to settle. A vendor that files rows by when they were written down, or includes no last day,
 * takes longer than usual.
 *
 * @since 0.1.0
 * @category constants
 */
export const longest = 2 * usual
