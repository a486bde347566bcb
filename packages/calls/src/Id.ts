/**
 * Ids of Allo, which come in two spellings: `cll-1` and `cll_1` are one call.
 *
 * @since 0.1.0
 */

/**
 * Of calls, messages, contacts and users.
 *
 * @since 0.1.0
 * @category keys
 */
export const prefixes: ReadonlyArray<string> = ["cll", "msg", "cnt", "usr"]

const other = new RegExp(`^(${prefixes.join("|")})_`)

/**
 * The one spelling that rows, certificates and joins go by.
 *
 * @since 0.1.0
 * @category keys
 */
export const key = (id: string): string => id.replace(other, "$1-")

const own = new RegExp(`^(${prefixes.join("|")})-`)

/**
 * How the id of a key may be written. A vendor may know only one of these at a time.
 *
 * @since 0.1.0
 * @category keys
 */
export const spellings = (key: string): ReadonlyArray<string> => [...new Set([key, key.replace(own, "$1_")])]
