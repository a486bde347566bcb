/** Allo's second interface: conversations, items, tags, and the account behind a key. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, instant, type Json } from "./Answer.js"
import { Kept } from "./Kept.js"
import type { Key } from "./keys.js"
import { cut } from "./page.js"
import {
  readBoolean,
  readExtend,
  readInstant,
  readNumber,
  readPage,
  readSize,
  readTexts,
  readWord,
  wrong
} from "./parameters.js"
import { type Line, lines } from "./people.js"
import { v2 as refusal } from "./refusal.js"
import { settings } from "./settings.js"
import { V2Analytics } from "./v2Analytics.js"
import { V2Crm } from "./v2Crm.js"
import { endpoints } from "./v2Endpoints.js"
import { V2Notes } from "./v2Notes.js"
import { V2Queue } from "./v2Queue.js"
import { badId, isAnswer, itemId, noItem, pageOf, readBody, refuseFields, tooDeep } from "./v2Requests.js"
import { V2Rows } from "./v2Rows.js"
import { readSearchBody, searchPage } from "./v2Search.js"
import type { V2Switches } from "./V2Switches.js"
import { V2Writes } from "./v2Writes.js"

/** 1 January 2026: what is set up does not move with the world. */
const settledAt = 1_767_225_600_000

export class V2 {
  private readonly kept = new Kept(12)
  private readonly rows: V2Rows
  private readonly settings = settings(settledAt)
  private readonly analytics: V2Analytics
  private readonly crm: V2Crm
  private readonly queue: V2Queue
  private readonly notes: V2Notes
  private readonly writes: V2Writes

  constructor(
    private readonly world: AlloWorld,
    private readonly switches: V2Switches,
    seed: number,
    private readonly rates: { readonly read: number; readonly write: number }
  ) {
    this.rows = new V2Rows(world, switches.results === "documented", seed)
    this.analytics = new V2Analytics(world, this.rows, switches, seed)
    this.crm = new V2Crm(world, seed)
    this.queue = new V2Queue(world, seed)
    this.notes = new V2Notes(world, this.rows, seed)
    this.writes = new V2Writes(world, seed)
  }

  handle(endpoint: string, parts: ReadonlyArray<string>, key: Key, ask: Ask): Answer {
    const [first = "", second = ""] = parts
    switch (endpoint) {
      case "GET me":
        return this.me(key)
      case "GET users":
        return this.users(ask)
      case "GET users/{id}":
        return this.user(first, ask)
      case "GET webhooks":
        return answer(200, { data: this.settings.webhooks.map(({ row }) => row) })
      case "GET webhooks/event_types":
        return answer(200, { data: this.settings.eventTypes })
      case "GET webhooks/{id}":
        return this.webhook(first, ask)
      case "GET summary_templates":
        return answer(200, { data: this.settings.templates.map(({ row }) => row) })
      case "GET summary_templates/{id}":
        return this.template(first, ask)
      case "GET tags":
        return answer(200, { data: this.world.tags.map((_) => ({ id: _.id, name: _.name, color: _.color })) })
      case "GET numbers":
        return this.numbers()
      case "GET conversations":
        return this.conversations(ask)
      case "POST conversations/items/search":
        return this.search(ask)
      case "POST conversations/items/batch":
        return this.batch(ask)
      case "GET conversations/items/{id}":
        return this.item(first, ask)
      case "GET conversations/items/{id}/recording":
        return this.recording(first, ask)
      case "POST analytics/overview":
        return this.analytics.overview(ask)
      case "POST analytics/outbound":
        return this.analytics.outbound(ask)
      case "GET crm/people/{id}":
      case "GET crm/companies/{id}":
      case "GET crm/deals/{id}":
      case "POST crm/people/search":
      case "POST crm/companies/search":
      case "POST crm/deals/search":
        return this.crm.handle(endpoint, first, ask)
      case "GET dialing-queues/current":
        return this.queue.current(ask)
      case "GET partner/accounts/{id}":
        return this.partnerAccount(first, ask)
      case "GET conversations/{number}/notes":
        return this.notes.notes(first, ask)
      case "GET conversations/notes/{id}":
        return this.notes.note(first, ask)
      case "GET crm/people/{id}/notes":
        return this.notes.ofPerson(first, ask)
      case "GET threads":
        return this.notes.threads(ask)
      case "GET threads/{id}":
        return this.notes.thread(first, ask)
      case "POST conversations/items/{id}/tags":
        return this.writes.addTags(first, ask)
      case "PATCH conversations/items/{id}/summary":
        return this.writes.updateSummary(first, ask)
      default:
        return this.writes.removeTag(first, second, ask)
    }
  }

  private me(key: Key): Answer {
    return answer(200, {
      data: {
        api_key_id: key.id,
        scopes: [...key.scopes],
        endpoints: endpoints.flatMap((_) =>
          _.scope !== null && key.scopes.includes(_.scope)
            ? [{ method: _.method, path: _.path, description: _.description, scope: _.scope }]
            : []
        ),
        team: { id: "team-xyz789", name: "Acme Sales" },
        rate_limits: { read_per_second: this.rates.read, write_per_second: this.rates.write }
      }
    })
  }

  private users(ask: Ask): Answer {
    const role = readWord("role", ask.query.get("role"), ["ADMIN", "MANAGER", "MEMBER"])
    const status = readWord("status", ask.query.get("status"), ["ACTIVE", "BLOCKED"])
    const refused = refuseFields(ask.requestId, [role, status])
    if (refused !== null) return refused
    const wanted = status.value ?? "ACTIVE"
    return answer(200, {
      data: this.world.agents
        .filter((_) => _.status === wanted && (role.value === null || _.role === role.value))
        .map(userRow)
    })
  }

  /** Blocked members are found, too. */
  private user(id: string, ask: Ask): Answer {
    const agent = this.world.agents.find((_) => _.id === id)
    return agent === undefined
      ? refusal("MEMBER_NOT_FOUND", ask.requestId, { status: 404, message: "No member has this id.", param: "id" })
      : answer(200, { data: userRow(agent) })
  }

  /** The secret is told only here. */
  private webhook(id: string, ask: Ask): Answer {
    const found = this.settings.webhooks.find((_) => _.id === id)
    return found === undefined
      ? refusal("ENDPOINT_NOT_FOUND", ask.requestId, { status: 404, message: "No endpoint has this id." })
      : answer(200, { data: { ...found.row, signing_secret: found.secret } })
  }

  private template(id: string, ask: Ask): Answer {
    const found = this.settings.templates.find((_) => _.id === id)
    return found === undefined
      ? refusal("SUMMARY_TEMPLATE_NOT_FOUND", ask.requestId, { status: 404, message: "No template has this id." })
      : answer(200, { data: found.row })
  }

  private partnerAccount(id: string, ask: Ask): Answer {
    const found = this.settings.partnerAccounts.find((_) => _.id === id)
    return found === undefined
      ? refusal("PARTNER_ACCOUNT_NOT_FOUND", ask.requestId, { message: "This key made no such account.", param: "id" })
      : answer(200, { data: found.row })
  }

  private numbers(): Answer {
    const row = (line: Line): Json => ({
      number: line.number,
      name: line.name,
      country: line.country,
      type: line.type,
      capabilities: [...line.capabilities],
      users: line.agents.map((agent) => this.rows.agent(agent))
    })
    // In an answer of the real API the first row had no number.
    const placeholder: Line = { number: null, name: null, country: null, type: "NUMBER", capabilities: [], agents: [] }
    return answer(200, { data: [placeholder, ...lines].map(row) })
  }

  private conversations(ask: Ask): Answer {
    const { query } = ask
    const line = readNumber("allo_number", query.get("allo_number"))
    const since = readInstant("last_activity_since", query.get("last_activity_since"))
    const unread = readBoolean("unread", query.get("unread"))
    const page = readPage(query.get("page"))
    const size = readSize(query.get("size"))
    const extend = readExtend(query.get("extend"))
    const refused = refuseFields(ask.requestId, [line, since, unread, page, size, extend])
    if (refused !== null) return refused
    if (line.value === null && this.switches.conversationsNeedLine) {
      return refusal("MISSING_ALLO_NUMBER", ask.requestId, {
        message: "Say which line's conversations are wanted.",
        param: "allo_number",
        suggestion: "GET /v2/api/numbers lists the lines."
      })
    }
    const lineIndex = line.value === null ? null : lines.findIndex((_) => _.number === line.value)
    if (lineIndex === -1) {
      return refusal("PHONE_NUMBER_NOT_FOUND", ask.requestId, {
        message: `${line.value} is not a line of this team.`,
        param: "allo_number",
        suggestion: "GET /v2/api/numbers lists the lines."
      })
    }
    const deep = tooDeep(page.value, ask)
    if (deep !== null) return deep
    const { world } = this
    const { conversations } = world
    const all = conversations.ofLine(lineIndex)
    const activity = (pair: number) => conversations.activityOf(pair)
    let entries = all
    if (since.value > Number.NEGATIVE_INFINITY) {
      // The list begins with the newest, so the conversations after the instant come first.
      let low = 0
      let high = all.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (activity(all[middle] ?? 0) > since.value) low = middle + 1
        else high = middle
      }
      entries = all.subarray(0, low)
    }
    if (unread.value !== null) {
      entries = entries.filter((pair) => world.isUnread(conversations.newestOf(pair)) === unread.value)
    }
    const found = cut({
      entries,
      newestFirst: false,
      rankOf: (pair) => -activity(pair),
      page: page.value - 1,
      size: size.value,
      quirks: ask.quirks
    })
    const newest = found.indices.map((pair) => conversations.newestOf(pair))
    const data = found.indices.map((pair): Json => ({
      contact_number: world.people.numberOf(pair >>> 2),
      contacts: this.rows.contacts(pair >>> 2, true),
      last_activity: instant(activity(pair)),
      last_item: this.rows.item(conversations.newestOf(pair), ask, extend.value)
    }))
    return pageOf(data, newest, found, size.value)
  }

  private search(ask: Ask): Answer {
    const body = readBody(ask, true)
    if (isAnswer(body)) return body
    const fields = readSearchBody(body, this.switches, ask)
    if (isAnswer(fields)) return fields
    const deep = tooDeep(fields.page.value, ask)
    if (deep !== null) return deep
    const found = searchPage(this.world, this.kept, body, fields, ask)
    const data = this.rows.items(found.indices, ask, fields.extend.value)
    return pageOf(data, found.indices, found, fields.size.value)
  }

  private batch(ask: Ask): Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    const ids = readTexts("ids", body["ids"])
    const absent = body["ids"] === undefined || body["ids"] === null
    const refused = refuseFields(
      ask.requestId,
      absent ? [wrong([], "ids", "INVALID_VALUE", "A list of ids is needed.")] : [ids]
    )
    if (refused !== null) return refused
    if (ids.value.length > 100) {
      return refusal("BATCH_TOO_LARGE", ask.requestId, {
        message: `${ids.value.length} ids; 100 is the most.`,
        param: "ids"
      })
    }
    const odd = ids.value.find((id) => !itemId.test(id))
    if (odd !== undefined) return badId(odd, "ids", ask)
    const found = [...new Set(ids.value.map((id) => this.world.find(id)))]
      .filter((index) => index >= 0)
      .toSorted((one, other) => this.world.startOf(other) - this.world.startOf(one) || other - one)
    return answer(200, { data: this.rows.items(found, ask, false) }, { shown: { source: "allo", indices: found } })
  }

  private item(id: string, ask: Ask): Answer {
    if (!itemId.test(id)) return badId(id, "id", ask)
    const extend = readExtend(ask.query.get("extend"))
    const refused = refuseFields(ask.requestId, [extend])
    if (refused !== null) return refused
    const index = this.world.find(id)
    if (index < 0) return noItem(id, ask)
    return answer(200, { data: this.rows.item(index, ask, extend.value) }, {
      shown: { source: "allo", indices: [index] }
    })
  }

  /** A link that works for an hour. A call without a recording is answered as an unknown one. */
  private recording(id: string, ask: Ask): Answer {
    if (!itemId.test(id)) return badId(id, "id", ask)
    const index = this.world.find(id)
    const url = index < 0 ? null : this.rows.recording(index, ask)
    return url === null
      ? noItem(id, ask)
      : answer(200, { data: { url, expires_at: instant(ask.now + 3_600_000) } })
  }
}

const userRow = (_: AlloWorld["agents"][number]): Json => ({
  id: _.id,
  name: _.name,
  email: _.email,
  role: _.role,
  status: _.status,
  image_url: _.hasImage ? `https://storage.withallo.com/avatars/${_.id}.jpg` : null
})
