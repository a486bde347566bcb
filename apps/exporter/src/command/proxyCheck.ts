/** Which proxy something is reached through, or why none is used. */
import type { Route } from "../Proxy.js"
import * as Checks from "./checks.js"

export const proxy = (
  name: string,
  settings: { readonly route?: Route | undefined } | null
): ReadonlyArray<Checks.Check> => {
  const { proxy, reason } = settings?.route ?? { proxy: null, reason: null }
  return proxy !== null
    ? [Checks.ok(name, proxy.host)]
    : reason === null
    ? []
    : [Checks.ok(name, `not used: ${reason}`)]
}
