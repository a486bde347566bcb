/** What the comparisons of several lists say together: one that differs says no, and one that cannot be told leaves it open. */
export const of = (all: ReadonlyArray<boolean | null>): boolean | null =>
  all.includes(false) ? false : all.length === 0 || all.includes(null) ? null : true
