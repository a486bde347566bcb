/** Which key a request carries, or why the API refuses it. */
import type { Api } from "../Fault.js"
import type { Answer } from "./Answer.js"
import type { Key, KeyRing } from "./keys.js"
import { refuse } from "./refusal.js"

const messages = {
  API_KEY_INVALID: "This key is not known.",
  API_KEY_REVOKED: "This key was revoked.",
  API_KEY_TRIAL_NOT_ALLOWED: "Trial teams have no API.",
  UNAUTHORIZED: "No key came with the request."
}

type Ask = { readonly requestId: string }

export const refuseKey = (api: Api, code: keyof typeof messages, ask: Ask): Answer => {
  const trial = code === "API_KEY_TRIAL_NOT_ALLOWED"
  return refuse(api, ask, code, {
    status: trial ? 403 : 401,
    message: messages[code],
    suggestion: trial ? "Choose a plan with API access." : "Send 'Authorization: Api-Key' and a key of the team.",
    clinic: "Invalid or missing API key"
  })
}

/** `given` is the header `Authorization`. */
export const authenticate = (ring: KeyRing, api: Api, given: string, ask: Ask): Key | Answer => {
  if (api === "allomia") {
    const key = ring.find(/^Bearer\s+(\S+)$/.exec(given)?.[1] ?? "")
    return key === null || key.api !== "allomia" || ring.isRevoked(key) ? refuseKey(api, "API_KEY_INVALID", ask) : key
  }
  const parts = given.split(/\s+/)
  const text = parts.length === 1
    ? parts[0]
    : parts.length === 2 && /^api-key$/i.test(parts[0] ?? "")
    ? parts[1]
    : undefined
  if (text === undefined || text === "") {
    return refuseKey(api, api === "allo-v1" ? "API_KEY_INVALID" : "UNAUTHORIZED", ask)
  }
  const key = ring.find(text)
  if (key === null || key.api !== "allo") return refuseKey(api, "API_KEY_INVALID", ask)
  if (ring.isRevoked(key)) return refuseKey(api, "API_KEY_REVOKED", ask)
  return key.trial ? refuseKey(api, "API_KEY_TRIAL_NOT_ALLOWED", ask) : key
}
