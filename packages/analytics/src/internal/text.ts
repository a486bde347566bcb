/** Texts that become SQL. */

export const joined = (...parts: ReadonlyArray<string>): string => parts.join("")
