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

/** The length of each prefix. */
const length = 3

/**
 * The one spelling that rows, certificates and joins go by.
 *
 * @since 0.1.0
 * @category keys
 */
export const key = (id: string): string =>
  id.charAt(length) === "_" && prefixes.includes(id.slice(0, length))
    ? `${id.slice(0, length)}-${id.slice(length + 1)}`
    : id

/**
 * How the id of a key may be written. A vendor may know only one of these at a time.
 *
 * @since 0.1.0
 * @category keys
 */
export const spellings = (key: string): ReadonlyArray<string> =>
  key.charAt(length) === "-" && prefixes.includes(key.slice(0, length))
    ? [key, `${key.slice(0, length)}_${key.slice(length + 1)}`]
    : [key]
