/** What each fault does: it replaces the answer, changes the page or the rows, or damages the reply. */
import type * as Fault from "../Fault.js"
import { type Answer, type Ask, isObject, type Json, noQuirks, type Quirks } from "./Answer.js"
import { quotaSpent } from "./limits.js"
import { refuse } from "./refusal.js"
import { type Reply, replyOf, whole } from "./Reply.js"

const html = "<!doctype html><html><head><title>Oops</title></head><body><h1>Something is not right</h1></body></html>"

/** The reply of a fault that replaces the answer; null where the fault does something else. */
export const replacement = (api: Fault.Api, fault: Fault.Fault, ask: Ask): Reply | null => {
  switch (fault._tag) {
    case "RateLimited":
      return replyOf(rateLimited(api, fault, ask), {})
    case "QuotaExceeded":
      return replyOf(quotaSpent(1000, fault.resetIn), {})
    case "Failed":
      return fault.as === "html" ? whole(fault.status, "text/html", html) : replyOf(
        refuse(api, ask, "INTERNAL_SERVER_ERROR", {
          status: fault.status,
          message: "Something broke on our side.",
          clinic: "Internal server error occurred"
        }),
        {}
      )
    case "Refused":
      return replyOf(
        refuse(api, ask, fault.code, { status: fault.status, message: "Refused, as the script says." }),
        {}
      )
    default:
      return null
  }
}

const rateLimited = (api: Fault.Api, fault: Extract<Fault.Fault, { _tag: "RateLimited" }>, ask: Ask): Answer => {
  const { retryAfter, seconds } = fault
  const wait = retryAfter === "zero"
    ? 0
    : retryAfter === "negative"
    ? -seconds
    : retryAfter === "huge"
    ? 86_400 * 365
    : seconds
  const header = retryAfter === "absent" || retryAfter === "body"
    ? {}
    : { "Retry-After": retryAfter === "date" ? new Date(ask.now + seconds * 1000).toUTCString() : String(wait) }
  const said = refuse(api, ask, "RATE_LIMIT_EXCEEDED", {
    status: 429,
    message: "Too many requests.",
    clinic: "Too many requests",
    ...(retryAfter === "absent" ? {} : { retryAfter: wait })
  })
  return { ...said, headers: header }
}

/** What a fault does to the page while it is cut. */
export const quirksOf = (fault: Fault.Fault, turn: number): Quirks => {
  switch (fault._tag) {
    case "Ties":
      return { ...noQuirks, ties: turn }
    case "Clamped":
      return { ...noQuirks, clamp: true }
    case "DeepPages":
      return { ...noQuirks, deepest: fault.after }
    case "Hollow":
      return { ...noQuirks, hollow: true }
    case "Endless":
      return { ...noQuirks, endless: true }
    case "Total":
      return { ...noQuirks, total: fault.says === "drift" ? 1 + (turn % 7) : fault.says }
    case "Repeated":
      return { ...noQuirks, repeat: true }
    default:
      return noQuirks
  }
}

/** Whether a client can read the whole answer; the records of any other answer do not count as shown. */
export const arrives = (reply: Reply, fault: Fault.Fault | null): boolean =>
  reply.status === 200 && (reply.delivery._tag === "Whole" || reply.delivery._tag === "Drip") &&
  (fault === null || !["Html", "Empty", "Truncated"].includes(fault._tag))

/** The reply after a fault has damaged it. */
export const spoil = (reply: Reply, fault: Fault.Fault): Reply => {
  switch (fault._tag) {
    case "Html":
      return { ...reply, status: 200, headers: { ...reply.headers, "Content-Type": "text/html" }, body: html }
    case "Empty":
      return { ...reply, status: 200, body: "" }
    case "Truncated":
      return { ...reply, body: reply.body.slice(0, Math.max(1, Math.floor(reply.body.length * 0.6))) }
    case "ResetBeforeHeaders":
      return { ...reply, status: 0, delivery: { _tag: "ResetBeforeHeaders" } }
    case "ResetInBody":
      return { ...reply, delivery: { _tag: "ResetInBody" } }
    case "Stalled":
      return { ...reply, delivery: { _tag: "Stalled" } }
    case "Drip":
      return { ...reply, delivery: { _tag: "Drip", bytes: fault.bytes, every: fault.every } }
    default:
      return reply
  }
}

const words = new Set(["type", "direction", "result", "status", "message_type", "callType", "source"])

/** The body after a fault has changed the words or the fields of its rows. */
export const twist = (body: Json, fault: Fault.Fault): Json =>
  fault._tag === "WrongCase" ? lowered(body) : fault._tag === "Unknown" ? strange(body, fault.words) : body

const isList = (body: Json): body is ReadonlyArray<Json> => Array.isArray(body)

const lowered = (body: Json): Json => {
  if (isList(body)) return body.map(lowered)
  if (!isObject(body)) return body
  const next: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(body)) {
    next[key] = words.has(key) && typeof value === "string"
      ? value.toLowerCase()
      : lowered(value)
  }
  return next
}

const strange = (body: Json, newWords: boolean): Json => {
  if (isList(body)) return body.map((_) => strange(_, newWords))
  if (!isObject(body)) return body
  const next: { [key: string]: Json } = {}
  for (const [key, value] of Object.entries(body)) {
    next[key] = newWords && (key === "result" || key === "callEndedReason") && typeof value === "string"
      ? "TELEPATHY"
      : strange(value, newWords)
  }
  if ("id" in body || "data" in body || "calls" in body) {
    next["sandbox_novelty"] = { since: 2027, "é\"'": [1, null, true] }
  }
  return next
}
