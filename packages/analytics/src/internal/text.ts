/** Texts that become SQL. */

export const joined = (...parts: ReadonlyArray<string>): string => parts.join("")

/** A value as a literal: quotes are doubled, and nothing else has a meaning inside. */
export const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`

/** A path in which `*`, `?` and `[` name themselves. */
export const literalPath = (path: string): string => path.replaceAll(/[*?[\]]/g, "[$&]")
