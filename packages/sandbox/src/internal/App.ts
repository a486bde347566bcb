/** From a request to a reply, in one synchronous step: key, limits, faults, and the answer of the endpoint. */
import type * as Fault from "../Fault.js"
import { Allomia, type AllomiaSwitches, endpoints as allomiaEndpoints } from "./allomia.js"
import type { AllomiaWorld } from "./AllomiaWorld.js"
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, type Ask, noQuirks } from "./Answer.js"
import { authenticate, refuseKey } from "./authenticate.js"
import { arrives, quirksOf, replacement, spoil, twist } from "./faultEffects.js"
import type { FaultPlan } from "./FaultPlan.js"
import { serveFile } from "./files.js"
import { Idempotency, type Stored } from "./Idempotency.js"
import type { Key, KeyRing } from "./keys.js"
import { Limits, type Rates } from "./limits.js"
import type { Log } from "./Log.js"
import { hash } from "./random.js"
import * as Refusal from "./refusal.js"
import { headerLength, headerOf, type Headers, type Incoming, type Reply, replyOf } from "./Reply.js"
import { router } from "./routes.js"
import { endpoints as v1Endpoints, V1, type V1Switches } from "./v1.js"
import { V2 } from "./v2.js"
import { endpoints as v2Endpoints } from "./v2Endpoints.js"
import type { V2Switches } from "./V2Switches.js"

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

interface Asked {
  readonly api: Api
  readonly key: Key
  readonly ask: Ask
  /** Headers of every reply to this request. */
  readonly headers: { [name: string]: string }
  readonly turn: number
  readonly idempotencyKey: string | null
}

const longestHeaders = 32_768

const prefixes: ReadonlyArray<readonly [prefix: string, api: Api]> = [
  ["/v2/", "allo-v2"],
  ["/v1/", "allo-v1"],
  ["/api/", "allomia"]
]

const routes = { "allo-v2": router(v2Endpoints), "allo-v1": router(v1Endpoints), allomia: router(allomiaEndpoints) }

export class App {
  private readonly v2: V2
  private readonly v1: V1
  private readonly allomia: Allomia
  private readonly limits: Limits
  private readonly idempotency = new Idempotency()
  /** Organisations that answer with an error, and its status. */
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
    this.limits = new Limits(rates, settings.dailyQuota)
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
    const api = prefixes.find(([prefix]) => path.startsWith(prefix))?.[1] ?? null
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
    if (api === null) {
      const file = serveFile(this.allo, this.clinics, this.settings.seed, ask)
      return this.record(incoming, ask, null, null, null, file)
    }
    const key = authenticate(this.ring, api, headerOf(incoming, "authorization")?.trim() ?? "", ask)
    const known = "name" in key ? key : null
    const tooLarge = refuseSize(api, incoming, ask)
    if (tooLarge !== null) return this.record(incoming, ask, api, known, null, replyOf(tooLarge, headers))
    if (!("name" in key)) return this.record(incoming, ask, api, null, null, replyOf(key, headers))
    const { fault, reply } = this.answer({ api, key, ask, headers, turn, idempotencyKey })
    return this.record(incoming, ask, api, key, fault, reply)
  }

  private answer(
    { api, ask, headers, idempotencyKey, key, turn }: Asked
  ): { readonly reply: Reply; readonly fault: Fault.Fault | null } {
    const late = this.limits.take(api, key, ask, headers)
    if (late !== null) return { reply: replyOf(late, headers), fault: null }
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
      return { reply: replyOf(refuseKey(api, "API_KEY_REVOKED", ask), headers), fault }
    }
    const instead = fault === null ? null : replacement(api, fault, ask)
    if (instead !== null) return { reply: { ...instead, headers: { ...headers, ...instead.headers } }, fault }

    const damaged = (reply: Reply): Reply => fault === null ? reply : spoil(reply, fault)
    const write = api === "allo-v2" && idempotencyKey !== null && ask.method !== "GET"
      ? `${key.text} ${idempotencyKey}`
      : null
    const stored = write === null ? null : this.idempotency.find(write, ask.now)
    if (stored !== null) return { reply: damaged(replay(stored, ask, headers)), fault }
    const said = this.dispatch(api, key, fault === null ? ask : { ...ask, quirks: quirksOf(fault, turn) })
    const reply = replyOf(fault === null ? said : { ...said, body: twist(said.body, fault) }, headers)
    if (write !== null && said.status < 300) {
      // Kept even where a fault destroys the reply, for a client that lost the reply asks again with the same key.
      this.idempotency.keep(write, {
        method: ask.method,
        path: ask.path,
        status: said.status,
        body: JSON.stringify(said.body),
        shown: said.shown,
        at: ask.now
      })
    }
    return { reply: damaged(reply), fault }
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

  private dispatch(api: Api, key: Key, ask: Ask): Answer {
    const found = routes[api](ask.method, ask.path)
    if (found._tag === "Missing") {
      return Refusal.refuse(api, ask, "ENDPOINT_NOT_FOUND", {
        status: 404,
        message: `There is nothing at ${ask.method} ${ask.path.slice(0, 120)}.`,
        clinic: "There is nothing here"
      })
    }
    if (found._tag === "WrongMethod") {
      const refused = Refusal.refuse(api, ask, "METHOD_NOT_ALLOWED", {
        status: 405,
        message: `${ask.method} is not possible here.`,
        clinic: "This method is not possible here"
      })
      return { ...refused, headers: { Allow: found.allowed.join(", ") } }
    }
    const { endpoint: { name, scope }, parts } = found
    if (scope !== null && !key.scopes.includes(scope)) {
      return api === "allo-v1"
        ? Refusal.v1(403, "API_KEY_INSUFFICIENT_SCOPE", [{ message: `required=${scope}`, field: "scope" }])
        : Refusal.v2("API_KEY_INSUFFICIENT_SCOPE", ask.requestId, {
          message: `The key lacks the scope ${scope}.`,
          suggestion: "GET /v2/api/me tells what this key may do."
        })
    }
    switch (api) {
      case "allo-v2":
        return this.v2.handle(name, parts, key, ask)
      case "allo-v1":
        return this.v1.handle(name, parts[0] ?? "", ask)
      case "allomia":
        return this.allomia.handle(name, parts[0] ?? "", key, ask)
    }
  }

  private record(
    incoming: Incoming,
    ask: Ask,
    api: Api | null,
    key: Key | null,
    fault: Fault.Fault | null,
    reply: Reply
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
      shown: arrives(reply, fault) ? reply.shown : null
    })
    return reply
  }
}

const refuseSize = (api: Api, incoming: Incoming, ask: Ask): Answer | null =>
  incoming.body === null
    ? Refusal.refuse(api, ask, "INVALID_REQUEST_BODY", { status: 413, message: "The body is too large." })
    : headerLength(incoming) > longestHeaders
    ? Refusal.refuse(api, ask, "INVALID_REQUEST", { status: 400, message: "The headers are too long." })
    : null

/** The stored answer again; a refusal where the idempotency key belongs to another request. */
const replay = (stored: Stored, ask: Ask, headers: Headers): Reply =>
  stored.method !== ask.method || stored.path !== ask.path
    ? replyOf(
      Refusal.v2("IDEMPOTENCY_KEY_REUSE", ask.requestId, {
        message: "This idempotency key belongs to another request.",
        param: "Idempotency-Key",
        suggestion: "Make one key for each operation."
      }),
      headers
    )
    : {
      status: stored.status,
      headers: { ...headers, "Content-Type": "application/json", "Idempotency-Replayed": "true" },
      body: stored.body,
      delivery: { _tag: "Whole" },
      shown: stored.shown
    }

const pagedLists =
  /^\/(?:v2\/api\/conversations|v1\/api\/(?:calls|contacts|contact\/[^/]+\/conversation)|api\/(?:calls|organization))$/

/** The page that the client names; the first page where a list has no `page`, null where the endpoint has no pages. */
const pageOf = (ask: Ask): number | null => {
  const given = ask.query.get("page")
  if (given !== null) return Number(given)
  if (ask.method === "GET" && pagedLists.test(ask.path)) return ask.path.startsWith("/v1/") ? 0 : 1
  if (ask.method !== "POST" || !ask.path.endsWith("/search")) return null
  const page = /"page"\s*:\s*(\d+)/.exec(ask.body)?.[1]
  return page === undefined ? 1 : Number(page)
}
