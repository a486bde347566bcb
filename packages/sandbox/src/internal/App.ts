/** From a request to a reply, in one synchronous step: who asks, how often, what goes wrong, what is answered. */
import type * as Fault from "../Fault.js"
import { Allomia, type AllomiaSwitches, endpoints as allomiaEndpoints } from "./allomia.js"
import type { AllomiaWorld } from "./AllomiaWorld.js"
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, type Ask, isObject, type Json, noQuirks, type Quirks } from "./Answer.js"
import type { FaultPlan } from "./FaultPlan.js"
import { Idempotency } from "./Idempotency.js"
import type { Key, KeyRing } from "./keys.js"
import { openLink } from "./links.js"
import type { Log } from "./Log.js"
import { hash } from "./random.js"
import { RateLimit, type Taken } from "./RateLimit.js"
import * as Refusal from "./refusal.js"
import { transcript } from "./transcript.js"
import { endpoints as v1Endpoints, V1, type V1Switches } from "./v1.js"
import { route as routeV2, V2, type V2Switches } from "./v2.js"

export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  /** Null where it was too large to be read. */
  readonly body: string | null
}

/** How the bytes go out. */
export type Delivery =
  | { readonly _tag: "Whole" }
  | { readonly _tag: "ResetBeforeHeaders" }
  | { readonly _tag: "ResetInBody" }
  | { readonly _tag: "Stalled" }
  | { readonly _tag: "Drip"; readonly bytes: number; readonly every: Extract<Fault.Fault, { _tag: "Drip" }>["every"] }

export interface Reply {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  readonly delivery: Delivery
}

export interface Rates {
  readonly reads: number
  readonly writes: number
  readonly allomia: number
  readonly kind: "fixed" | "sliding"
  readonly phase: number
}

export interface Settings {
  readonly seed: number
  readonly rates: Rates | null
  readonly dailyQuota: number
  readonly origin: () => string
  readonly v2: V2Switches
  readonly v1: V1Switches
  readonly allomia: AllomiaSwitches
}

type Api = Fault.Api

const whole: Delivery = { _tag: "Whole" }
const dayLength = 86_400_000
const longestHeaders = 32_768

const headerOf = (incoming: Incoming, name: string): string | null => {
  const value = incoming.headers[name]
  return value === undefined ? null : typeof value === "string" ? value : value[0] ?? null
}

const apiOf = (path: string): Api | null =>
  path.startsWith("/v2/")
    ? "allo-v2"
    : path.startsWith("/v1/")
    ? "allo-v1"
    : path.startsWith("/api/")
    ? "allomia"
    : null

/** A broken escape is left as it came: it names nothing. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const html = "<!doctype html><html><head><title>Oops</title></head><body><h1>Something is not right</h1></body></html>"

export class App {
  private readonly v2: V2
  private readonly v1: V1
  private readonly allomia: Allomia
  private readonly limit: RateLimit
  private readonly idempotency = new Idempotency()
  private readonly quotas = new Map<string, { day: number; used: number }>()
  readonly failing = new Map<string, number>()
  private turn = 0

  constructor(
    private readonly allo: AlloWorld,
    private readonly clinics: AllomiaWorld,
    private readonly ring: KeyRing,
    private readonly plan: FaultPlan,
    private readonly log: Log,
    private readonly settings: Settings
  ) {
    const { rates, seed } = settings
    this.v2 = new V2(allo, settings.v2, seed, { read: rates?.reads ?? 20, write: rates?.writes ?? 5 })
    this.v1 = new V1(allo, settings.v1, seed)
    this.allomia = new Allomia(clinics, settings.allomia, seed, this.failing)
    this.limit = new RateLimit({ kind: rates?.kind ?? "fixed", phase: rates?.phase ?? 0 })
  }

  handle(incoming: Incoming, now: number): Reply {
    this.allo.advance(now)
    this.clinics.advance(now)
    const turn = this.turn++
    const target = incoming.url.replace(/^https?:\/\/[^/]*/i, "")
    const mark = target.indexOf("?")
    const rawPath = mark < 0 ? target : target.slice(0, mark)
    const path = rawPath.length > 1 && rawPath.endsWith("/") ? rawPath.slice(0, -1) : rawPath
    const query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1))
    const api = apiOf(path)
    const requestId = this.requestIdOf(incoming, turn)
    const headers: { [name: string]: string } = {}
    if (api === "allo-v2" || api === "allo-v1") headers["X-Request-Id"] = requestId
    const idempotencyKey = headerOf(incoming, "idempotency-key")
    if (api === "allo-v2" && idempotencyKey !== null) headers["Idempotency-Key"] = idempotencyKey
    const ask: Ask = {
      method: incoming.method,
      path,
      query,
      body: incoming.body ?? "",
      contentType: headerOf(incoming, "content-type") ?? "",
      now,
      requestId,
      origin: this.settings.origin(),
      quirks: noQuirks
    }
    if (api === null) return this.record(incoming, ask, null, null, null, this.outside(ask))

    const key = this.keyOf(api, incoming)
    const { reply, fault } = this.within(api, key, incoming, ask, headers, turn, idempotencyKey)
    return this.record(incoming, ask, api, "name" in key ? key : null, fault, reply)
  }

  private within(
    api: Api,
    key: Key | Answer,
    incoming: Incoming,
    ask: Ask,
    headers: { [name: string]: string },
    turn: number,
    idempotencyKey: string | null
  ): { readonly reply: Reply & { readonly shown?: Answer["shown"] }; readonly fault: Fault.Fault | null } {
    const plain = (said: Answer) => ({ reply: { ...this.reply(said, headers), shown: said.shown }, fault: null })
    if (incoming.body === null) return plain(this.word(api, 413, "INVALID_REQUEST_BODY", "The body is too large.", ask))
    if (headerLength(incoming) > longestHeaders) {
      return plain(this.word(api, 400, "INVALID_REQUEST", "The headers are too long.", ask))
    }
    if (!("name" in key)) return plain(key)
    const late = this.throttle(api, key, ask, headers)
    if (late !== null) return plain(late)

    const fault = this.plan.next({
      api,
      method: ask.method,
      path: ask.path,
      page: pageOf(ask),
      key: key.name,
      organizationId: ask.query.get("organizationId")
    })
    if (fault?._tag === "Revoked") {
      this.ring.revoke(key.text)
      return { reply: { ...this.reply(this.refuseKey(api, "API_KEY_REVOKED", ask), headers), shown: null }, fault }
    }
    const instead = fault === null ? null : this.instead(api, fault, ask)
    if (instead !== null) {
      return { reply: { ...instead, headers: { ...headers, ...instead.headers }, shown: null }, fault }
    }
    const stored = this.replay(api, key, idempotencyKey, ask, headers)
    if (stored !== null) {
      return { reply: { ...(fault === null ? stored : this.spoil(stored, fault)), shown: stored.shown ?? null }, fault }
    }
    const said = this.dispatch(api, key, fault === null ? ask : { ...ask, quirks: quirksOf(fault, turn) })
    const reply = this.reply(fault === null ? said : { ...said, body: twist(said.body, fault) }, headers)
    if (api === "allo-v2" && idempotencyKey !== null && ask.method !== "GET" && said.status < 300) {
      // Kept even where the answer is lost on its way: that is what the key is for.
      this.idempotency.keep(`${key.text} ${idempotencyKey}`, {
        method: ask.method,
        path: ask.path,
        status: said.status,
        body: JSON.stringify(said.body),
        shown: said.shown,
        at: ask.now
      })
    }
    return { reply: { ...(fault === null ? reply : this.spoil(reply, fault)), shown: said.shown }, fault }
  }

  private requestIdOf(incoming: Incoming, turn: number): string {
    const given = headerOf(incoming, "x-request-id")
    if (given !== null && /^[\x21-\x7e]{1,128}$/.test(given)) return given
    const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    let made = "req_"
    for (let position = 0; position < 12; position++) {
      made += letters[hash({ seed: this.settings.seed, stream: 86 }, turn * 12 + position) % 36] ?? "0"
    }
    return made
  }

  private keyOf(api: Api, incoming: Incoming): Key | Answer {
    const given = headerOf(incoming, "authorization")?.trim() ?? ""
    const ask = { requestId: this.requestIdOf(incoming, this.turn - 1) }
    if (api === "allomia") {
      const found = /^Bearer\s+(\S+)$/.exec(given)
      const key = found === null ? null : this.ring.find(found[1] ?? "")
      return key === null || key.api !== "allomia" || this.ring.isRevoked(key)
        ? this.refuseKey(api, "API_KEY_INVALID", ask)
        : key
    }
    const parts = given.split(/\s+/)
    const text = parts.length === 1
      ? parts[0]
      : parts.length === 2 && /^api-key$/i.test(parts[0] ?? "")
      ? parts[1]
      : undefined
    if (text === undefined || text === "") {
      return this.refuseKey(api, api === "allo-v1" ? "API_KEY_INVALID" : "UNAUTHORIZED", ask)
    }
    const key = this.ring.find(text)
    if (key === null || key.api !== "allo") return this.refuseKey(api, "API_KEY_INVALID", ask)
    if (this.ring.isRevoked(key)) return this.refuseKey(api, "API_KEY_REVOKED", ask)
    return key.trial ? this.refuseKey(api, "API_KEY_TRIAL_NOT_ALLOWED", ask) : key
  }

  private refuseKey(api: Api, code: string, ask: { readonly requestId: string }): Answer {
    const trial = code === "API_KEY_TRIAL_NOT_ALLOWED"
    if (api === "allomia") return Refusal.allomia(401, "The API key is missing or not valid")
    if (api === "allo-v1") return Refusal.v1(trial ? 403 : 401, code)
    return Refusal.v2(code, ask.requestId, {
      message: trial
        ? "Trial teams have no API."
        : code === "API_KEY_REVOKED"
        ? "This key was revoked."
        : code === "UNAUTHORIZED"
        ? "No key came with the request."
        : "This key is not known.",
      suggestion: trial ? "Choose a plan with API access." : "Send 'Authorization: Api-Key' and a key of the team."
    })
  }

  /** A refusal in the envelope of whoever was asked. */
  private word(api: Api, status: number, code: string, message: string, ask: Ask): Answer {
    if (api === "allo-v2") return Refusal.v2(code, ask.requestId, { message, status })
    return api === "allo-v1" ? Refusal.v1(status, code) : Refusal.allomia(status, message)
  }

  private throttle(api: Api, key: Key, ask: Ask, headers: { [name: string]: string }): Answer | null {
    const { dailyQuota, rates } = this.settings
    const tell = (limit: number, remaining: number, reset: number) => {
      headers["X-RateLimit-Limit"] = String(limit)
      headers["X-RateLimit-Remaining"] = String(remaining)
      headers["X-RateLimit-Reset"] = String(reset)
    }
    if (api === "allo-v1") {
      if (dailyQuota === Number.POSITIVE_INFINITY) return null
      const day = Math.floor(ask.now / dayLength)
      const kept = this.quotas.get(key.text)
      const state = kept !== undefined && kept.day === day ? kept : { day, used: 0 }
      this.quotas.set(key.text, state)
      const allowed = state.used < dailyQuota
      if (allowed) state.used++
      const resetIn = Math.ceil(((day + 1) * dayLength - ask.now) / 1000)
      tell(dailyQuota, dailyQuota - state.used, Math.floor(ask.now / 1000) + resetIn)
      return allowed ? null : quotaSpent(dailyQuota, resetIn)
    }
    if (rates === null) return null
    const read = ask.method === "GET"
    const limit = api === "allomia" ? rates.allomia : read ? rates.reads : rates.writes
    if (limit === Number.POSITIVE_INFINITY) return null
    const taken = this.limit.take(`${key.text} ${api === "allomia" || read ? "read" : "write"}`, limit, ask.now)
    if (api === "allo-v2") tell(taken.limit, taken.remaining, taken.reset)
    if (taken.allowed) return null
    headers["Retry-After"] = String(taken.retryAfter)
    return this.tooMany(api, taken, ask)
  }

  private tooMany(api: Api, taken: Taken, ask: Ask): Answer {
    return api === "allomia"
      ? Refusal.allomia(429, "Too many requests")
      : Refusal.v2("RATE_LIMIT_EXCEEDED", ask.requestId, {
        message: `More than ${taken.limit} requests in a second.`,
        retryAfter: taken.retryAfter,
        suggestion: "Wait, then go on at the allowed pace."
      })
  }

  private replay(
    api: Api,
    key: Key,
    idempotencyKey: string | null,
    ask: Ask,
    headers: { readonly [name: string]: string }
  ): Reply & { readonly shown?: Answer["shown"] } | null {
    if (api !== "allo-v2" || idempotencyKey === null || ask.method === "GET") return null
    const stored = this.idempotency.find(`${key.text} ${idempotencyKey}`, ask.now)
    if (stored === null) return null
    if (stored.method !== ask.method || stored.path !== ask.path) {
      return this.reply(
        Refusal.v2("IDEMPOTENCY_KEY_REUSE", ask.requestId, {
          message: "This idempotency key belongs to another request.",
          param: "Idempotency-Key",
          suggestion: "Make one key for each operation."
        }),
        headers
      )
    }
    return {
      status: stored.status,
      headers: { ...headers, "Content-Type": "application/json", "Idempotency-Replayed": "true" },
      body: stored.body,
      delivery: whole,
      shown: stored.shown
    }
  }

  private dispatch(api: Api, key: Key, ask: Ask): Answer {
    switch (api) {
      case "allo-v2": {
        const found = routeV2(ask.method, ask.path)
        if (found._tag === "Missing") {
          return Refusal.v2("ENDPOINT_NOT_FOUND", ask.requestId, {
            message: `There is nothing at ${ask.method} ${ask.path.slice(0, 120)}.`
          })
        }
        if (found._tag === "WrongMethod") {
          return {
            ...Refusal.v2("METHOD_NOT_ALLOWED", ask.requestId, { message: `${ask.method} is not possible here.` }),
            headers: { Allow: found.allowed.join(", ") }
          }
        }
        if (found.scope !== null && !key.scopes.includes(found.scope)) {
          return Refusal.v2("API_KEY_INSUFFICIENT_SCOPE", ask.requestId, {
            message: `The key lacks the scope ${found.scope}.`,
            suggestion: "GET /v2/api/me tells what this key may do."
          })
        }
        return this.v2.handle({ ...found, parts: found.parts.map(decode) }, key, ask)
      }
      case "allo-v1": {
        for (const endpoint of v1Endpoints) {
          const found = endpoint.path.exec(ask.path)
          if (found === null) continue
          if (ask.method !== "GET") return { ...Refusal.v1(405, "METHOD_NOT_ALLOWED"), headers: { Allow: "GET" } }
          if (!key.scopes.includes(endpoint.scope)) {
            return Refusal.v1(403, "API_KEY_INSUFFICIENT_SCOPE", [{
              message: `required=${endpoint.scope}`,
              field: "scope"
            }])
          }
          return this.v1.handle(endpoint.name, decode(found[1] ?? ""), ask)
        }
        return Refusal.v1(404, "ENDPOINT_NOT_FOUND")
      }
      case "allomia": {
        for (const endpoint of allomiaEndpoints) {
          const found = endpoint.path.exec(ask.path)
          if (found === null) continue
          if (ask.method !== "GET") {
            return { ...Refusal.allomia(405, "This method is not possible here"), headers: { Allow: "GET" } }
          }
          return this.allomia.handle(endpoint.name, decode(found[1] ?? ""), key, ask)
        }
        return Refusal.allomia(404, "There is nothing here")
      }
    }
  }

  /** Faults that take the place of the answer. */
  private instead(api: Api, fault: Fault.Fault, ask: Ask): Reply | null {
    switch (fault._tag) {
      case "RateLimited":
        return this.reply(rateLimited(api, fault, ask), {})
      case "QuotaExceeded":
        return this.reply(quotaSpent(1000, fault.resetIn), {})
      case "Failed":
        return fault.as === "html"
          ? { status: fault.status, headers: { "Content-Type": "text/html" }, body: html, delivery: whole }
          : this.reply(this.word(api, fault.status, "INTERNAL_SERVER_ERROR", "Something broke on our side.", ask), {})
      case "Refused":
        return this.reply(this.word(api, fault.status, fault.code, "Refused, as the script says.", ask), {})
      default:
        return null
    }
  }

  /** Faults that happen to an answer on its way. */
  private spoil(reply: Reply, fault: Fault.Fault): Reply {
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

  private reply(said: Answer, headers: { readonly [name: string]: string }): Reply {
    return {
      status: said.status,
      headers: { "Content-Type": "application/json", ...headers, ...said.headers },
      body: JSON.stringify(said.body),
      delivery: whole
    }
  }

  /** Signed files, and paths of neither API. */
  private outside(ask: Ask): Reply & { readonly shown?: Answer["shown"] } {
    const text = (status: number, body: string): Reply => ({
      status,
      headers: { "Content-Type": "text/plain; charset=utf-8" },
      body,
      delivery: whole
    })
    if (!ask.path.startsWith("/files/") || ask.method !== "GET") return text(404, "Nothing here.\n")
    const file = openLink(this.settings.seed, decode(ask.path.slice("/files/".length)), ask.query, ask.now)
    if (!("path" in file)) return this.reply(file, {})
    const [folder = "", name = ""] = file.path.split("/")
    if (folder === "transcripts") {
      const index = this.clinics.find(name.replace(/\.txt$/, ""))
      return index < 0
        ? text(404, "Gone.\n")
        : text(
          200,
          this.clinics.transcriptOf(index).map((_) => `${_.agent ? "Agent" : "Caller"}: ${_.text}\n`).join("")
        )
    }
    const clinic = folder === "call-recordings"
    const id = name.replace(/\.mp3$/, "")
    const index = clinic ? this.clinics.find(id) : this.allo.find(id)
    if (index < 0) return text(404, "Gone.\n")
    const lines = clinic ? 1 : transcript(this.allo, index).length
    return {
      status: 200,
      headers: { "Content-Type": "audio/mpeg" },
      body: "ID3".padEnd(64 + lines * 16, "."),
      delivery: whole
    }
  }

  private record(
    incoming: Incoming,
    ask: Ask,
    api: Api | null,
    key: Key | null,
    fault: Fault.Fault | null,
    reply: Reply & { readonly shown?: Answer["shown"] }
  ): Reply {
    this.log.add({
      at: ask.now,
      api,
      method: incoming.method,
      url: incoming.url,
      body: incoming.body ?? "",
      headers: incoming.headers,
      key: key?.name ?? null,
      requestId: ask.requestId,
      status: reply.status,
      fault: fault?._tag ?? null,
      // A page that never arrived whole has shown nothing.
      shown: arrives(reply, fault) ? reply.shown ?? null : null
    })
    return reply
  }
}

const arrives = (reply: Reply, fault: Fault.Fault | null): boolean =>
  reply.status === 200 && (reply.delivery._tag === "Whole" || reply.delivery._tag === "Drip") &&
  (fault === null || !["Html", "Empty", "Truncated"].includes(fault._tag))

const headerLength = (incoming: Incoming): number => {
  let length = incoming.url.length
  for (const [name, value] of Object.entries(incoming.headers)) {
    length += name.length + (typeof value === "string" ? value.length : (value ?? []).join("").length)
  }
  return length
}

const pagedLists =
  /^\/(?:v2\/api\/conversations|v1\/api\/(?:calls|contacts|contact\/[^/]+\/conversation)|api\/(?:calls|organization))$/

/** The page as the client counts it; the first where a list is asked for without one, and null for what has no pages. */
const pageOf = (ask: Ask): number | null => {
  const given = ask.query.get("page")
  if (given !== null) return Number(given)
  if (ask.method === "GET" && pagedLists.test(ask.path)) return ask.path.startsWith("/v1/") ? 0 : 1
  if (ask.method !== "POST" || !ask.path.endsWith("/search")) return null
  const page = /"page"\s*:\s*(\d+)/.exec(ask.body)?.[1]
  return page === undefined ? 1 : Number(page)
}

const quotaSpent = (limit: number, resetIn: number): Answer =>
  Refusal.v1(429, "API_KEY_QUOTA_EXCEEDED", [{
    message: `limit=${limit};type=DAILY;reset_in=${resetIn}`,
    field: "DAILY"
  }])

const rateLimited = (api: Api, fault: Extract<Fault.Fault, { _tag: "RateLimited" }>, ask: Ask): Answer => {
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
  const said = api === "allo-v2"
    ? Refusal.v2("RATE_LIMIT_EXCEEDED", ask.requestId, {
      message: "Too many requests.",
      ...(retryAfter === "absent" ? {} : { retryAfter: wait })
    })
    : api === "allo-v1"
    ? Refusal.v1(429, "RATE_LIMIT_EXCEEDED")
    : Refusal.allomia(429, "Too many requests")
  return { ...said, headers: header }
}

const quirksOf = (fault: Fault.Fault, turn: number): Quirks => {
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

const words = new Set(["type", "direction", "result", "status", "message_type", "callType", "source"])

/** Faults that change what the rows say. */
const twist = (body: Json, fault: Fault.Fault): Json =>
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
