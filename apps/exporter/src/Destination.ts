/** Where a key may go: only to the host it was configured with, and over plain http only where it was allowed. */

/** Where a variable was set. */
export type Origin = "environment" | ".env"

/** Why a key may not go to a URL. */
export type Refusal = "other origin" | "plain http"

/** The parser of URLs has written out every other way to write these addresses. */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname)

/**
 * Null where the key may go. Whoever can write a `.env` names no host that a key of the environment goes to: a repository
 * that was cloned may bring one along.
 */
export const refusal = (options: {
  readonly url: string
  /** The vendor's own URL, where there is one. */
  readonly vendor: string | null
  /** Null where no variable names the URL. */
  readonly urlFrom: Origin | null
  readonly keyFrom: Origin
  readonly allowHttp: boolean
}): Refusal | null => {
  const url = new URL(options.url)
  if (isLoopback(url)) return null
  const vendors = options.vendor !== null && url.origin === new URL(options.vendor).origin
  if (options.urlFrom === ".env" && options.keyFrom === "environment" && !vendors) return "other origin"
  return url.protocol === "http:" && !options.allowHttp ? "plain http" : null
}
