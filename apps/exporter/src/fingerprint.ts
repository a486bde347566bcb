/** What accounts of one key have in common, as a text that tells nothing of the key. */
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"
import type { Vendors } from "./Settings.js"

export const fingerprint = ({ allo, allomia }: Vendors): string => {
  const hash = createHash("sha256").update("trunkline fleet")
  for (const settings of [allo, allomia]) {
    // A separator that no key and no URL holds.
    hash.update("\u0000")
    if (settings !== null) hash.update(`${new URL(settings.baseUrl).origin} ${Redacted.value(settings.apiKey)}`)
  }
  return hash.digest("hex").slice(0, 32)
}
