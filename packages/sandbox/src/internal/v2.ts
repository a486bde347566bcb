/** Allo's second interface: conversations, items, tags, and the account behind a key. */
import type { AlloWorld } from "./AlloWorld.js"
import { results } from "./AlloWorld.js"
import { type Answer, answer, type Ask, instant, isObject, type Json } from "./Answer.js"
import { Kept } from "./Kept.js"
import type { Key } from "./keys.js"
import { linkTo } from "./links.js"
import { cut, told } from "./page.js"
import {
  dayOf,
  good,
  type Read,
  readBoolean,
  readExtend,
  readInstant,
  readNumber,
  readPage,
  readSize,
  readTexts,
  readWord,
  whole,
  wholeOf,
  wrong
} from "./parameters.js"
import { type Line, lines } from "./people.js"
import { hash } from "./random.js"
import { v2 as refusal } from "./refusal.js"
import { matcher, searchTerms, transcript } from "./transcript.js"

export interface V2Switches {
  /** The list of conversations refuses a request without `allo_number`, as the real one does. */
  readonly conversationsNeedLine: boolean
  /** `date.to` of a search includes its day. */
  readonly searchEndIsInclusive: boolean
  /** The days of a search begin this many minutes before they do in UTC. */
  readonly searchDayOffset: number
  /** A longer search is refused as too wide. */
  readonly searchMaximumDays: number
  /** `documented` keeps `result` to the three words of the document; `observed` uses the others seen in answers too. */
  readonly results: "documented" | "observed"
}

const day = 86_400_000

export const endpoints: ReadonlyArray<{
  readonly method: string
  readonly path: string
  readonly scope: string | null
  readonly description: string
}> = [
  { method: "GET", path: "/v2/api/me", scope: null, description: "What this key may do" },
  { method: "GET", path: "/v2/api/users", scope: "USERS_READ", description: "People of the team" },
  { method: "GET", path: "/v2/api/tags", scope: "TAGS_READ", description: "Tags of the team" },
  { method: "GET", path: "/v2/api/numbers", scope: "PHONE_NUMBERS_READ", description: "Lines of the team" },
  { method: "GET", path: "/v2/api/conversations", scope: "CONVERSATIONS_READ", description: "Conversations of a line" },
  {
    method: "POST",
    path: "/v2/api/conversations/items/search",
    scope: "CONVERSATIONS_READ",
    description: "Find calls and messages"
  },
  {
    method: "POST",
    path: "/v2/api/conversations/items/batch",
    scope: "CONVERSATIONS_READ",
    description: "Several items by id"
  },
  { method: "GET", path: "/v2/api/conversations/items/{id}", scope: "CONVERSATIONS_READ", description: "One item" },
  {
    method: "POST",
    path: "/v2/api/conversations/items/{id}/tags",
    scope: "TAGS_WRITE",
    description: "Put tags on a call"
  },
  {
    method: "DELETE",
    path: "/v2/api/conversations/items/{id}/tags/{tag}",
    scope: "TAGS_WRITE",
    description: "Take a tag off a call"
  }
]

const patterns = endpoints.map((endpoint) => ({
  ...endpoint,
  pattern: new RegExp(`^${endpoint.path.replace(/\{\w+\}/g, "([^/]+)")}$`)
}))

export type Route =
  | {
    readonly _tag: "Found"
    readonly endpoint: string
    readonly scope: string | null
    readonly parts: ReadonlyArray<string>
  }
  | { readonly _tag: "WrongMethod"; readonly allowed: ReadonlyArray<string> }
  | { readonly _tag: "Missing" }

export const route = (method: string, path: string): Route => {
  const allowed: Array<string> = []
  for (const endpoint of patterns) {
    const found = endpoint.pattern.exec(path)
    if (found === null) continue
    // `search` and `batch` look like ids to the pattern of an item.
    if (endpoint.method === "GET" && /\/(?:search|batch)$/.test(path)) continue
    if (endpoint.method === method) {
      return { _tag: "Found", endpoint: `${method} ${endpoint.path}`, scope: endpoint.scope, parts: found.slice(1) }
    }
    allowed.push(endpoint.method)
  }
  return allowed.length === 0 ? { _tag: "Missing" } : { _tag: "WrongMethod", allowed }
}

const itemId = /^(?:cll|msg)[-_].+$/

const suggestions: { readonly [code: string]: string } = {
  INVALID_PHONE_FORMAT: "Write the country code after a plus sign, without spaces.",
  INVALID_PAGE_SIZE: "Ask for 100 rows at most and read on by page.",
  UNSUPPORTED_EXTEND_VALUE: "Use extend=transcript, or leave it out.",
  INVALID_DATE_RANGE: "Give date.from and date.to as YYYY-MM-DD, in this order."
}

/** One bad field is named by its own code, several by the general one. */
const refuseFields = (requestId: string, found: ReadonlyArray<Read<unknown>>): Answer | null => {
  const errors = found.flatMap((_) => (_.error === null ? [] : [_.error]))
  const [first] = errors
  if (first === undefined) return null
  const known = errors.length === 1 && !["INVALID_PAGE", "INVALID_DATE", "INVALID_VALUE"].includes(first.code)
  return known
    ? refusal(first.code, requestId, {
      message: first.message,
      param: first.field,
      ...(suggestions[first.code] === undefined ? {} : { suggestion: suggestions[first.code] ?? "" })
    })
    : refusal("INVALID_REQUEST", requestId, {
      message: "The request does not hold together; see errors.",
      ...(errors.length === 1 ? { param: first.field } : {}),
      errors
    })
}

/** A body of JSON, or the refusal it deserves. */
const readBody = (ask: Ask, empty: boolean): { readonly [key: string]: unknown } | Answer => {
  const type = ask.contentType.split(";")[0]?.trim().toLowerCase() ?? ""
  // curl's own default comes with JSON in the vendor's examples, and is answered.
  if (type !== "" && type !== "application/json" && type !== "application/x-www-form-urlencoded") {
    return refusal("UNSUPPORTED_MEDIA_TYPE", ask.requestId, {
      message: `Cannot read ${type}; send application/json.`,
      param: "Content-Type"
    })
  }
  if (ask.body === "" && empty) return {}
  const value = parse(ask.body)
  return isObject(value)
    ? value
    : refusal("INVALID_REQUEST_BODY", ask.requestId, { message: "The body is not a JSON object." })
}

const parse = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

const isAnswer = (value: object): value is Answer => "status" in value && "shown" in value && "headers" in value

export class V2 {
  private readonly kept = new Kept(12)
  private readonly contactsInItems = new Map<number, ReadonlyArray<Json>>()
  private readonly contactsInLists = new Map<number, ReadonlyArray<Json>>()

  constructor(
    private readonly world: AlloWorld,
    private readonly switches: V2Switches,
    private readonly seed: number,
    private readonly rates: { readonly read: number; readonly write: number }
  ) {}

  handle(found: Extract<Route, { _tag: "Found" }>, key: Key, ask: Ask): Answer {
    const [first = "", second = ""] = found.parts
    switch (found.endpoint) {
      case "GET /v2/api/me":
        return this.me(key)
      case "GET /v2/api/users":
        return this.users(ask)
      case "GET /v2/api/tags":
        return answer(200, { data: this.world.tags.map((_) => ({ id: _.id, name: _.name, color: _.color })) })
      case "GET /v2/api/numbers":
        return this.numbers()
      case "GET /v2/api/conversations":
        return this.conversations(ask)
      case "POST /v2/api/conversations/items/search":
        return this.search(ask)
      case "POST /v2/api/conversations/items/batch":
        return this.batch(ask)
      case "GET /v2/api/conversations/items/{id}":
        return this.item(first, ask)
      case "POST /v2/api/conversations/items/{id}/tags":
        return this.addTags(first, ask)
      default:
        return this.removeTag(first, second, ask)
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
        .map((_) => ({
          id: _.id,
          name: _.name,
          email: _.email,
          role: _.role,
          status: _.status,
          image_url: _.hasImage ? `https://storage.withallo.com/avatars/${_.id}.jpg` : null
        }))
    })
  }

  private numbers(): Answer {
    const row = (line: Line): Json => ({
      number: line.number,
      name: line.name,
      country: line.country,
      type: line.type,
      capabilities: [...line.capabilities],
      users: line.agents.map((agent) => this.agentRow(agent))
    })
    // The first row of a real account was seen to have no number either.
    const placeholder = {
      number: null,
      name: null,
      country: null,
      type: "NUMBER",
      capabilities: [],
      agents: []
    }
    return answer(200, { data: [placeholder, ...lines].map(row) })
  }

  private agentRow(agent: number): Json {
    const found = this.world.agents[agent]
    return found === undefined ? null : { id: found.id, name: found.name, email: found.email }
  }

  /** Who a number belongs to never changes, and most pages show the same people again. */
  private contactRows(party: number, lowerCase: boolean): ReadonlyArray<Json> {
    const known = lowerCase ? this.contactsInLists : this.contactsInItems
    const kept = known.get(party)
    if (kept !== undefined) return kept
    const rows = Array.from({ length: this.world.people.contactCount(party) }, (_, position): Json => {
      const contact = this.world.people.contact(party, position)
      return {
        id: contact.id,
        name: `${contact.firstName} ${contact.lastName}`,
        company: contact.company === null ? null : { id: contact.company.id, name: contact.company.name },
        deals: contact.deals.map((deal) => ({
          id: deal.id,
          name: deal.name,
          status: lowerCase ? deal.status.toLowerCase() : deal.status
        }))
      }
    })
    if (known.size >= 10_000) known.clear()
    known.set(party, rows)
    return rows
  }

  private resultOf(index: number): string | null {
    if (!this.world.isCall(index)) return null
    const result = this.world.resultOf(index)
    if (result <= 2) return results[result] ?? null
    return this.switches.results === "documented" ? null : results[result] ?? null
  }

  private row(index: number, ask: Ask, extended: boolean): Json {
    const world = this.world
    const call = world.isCall(index)
    const party = world.partyOf(index)
    const agent = world.agentOf(index)
    const id = world.idOf(index)
    const line = lines[world.lineOf(index)]
    const row: { [key: string]: Json } = {
      id,
      type: call ? "CALL" : "SMS",
      direction: world.isOutbound(index) ? "OUTBOUND" : "INBOUND"
    }
    // A message sent under a name has no line to show, and then no field for it.
    if (line?.number !== null && line?.number !== undefined) row["allo_number"] = line.number
    row["contact_number"] = world.people.numberOf(party)
    row["contacts"] = this.contactRows(party, false)
    row["user"] = agent < 0 ? null : this.agentRow(agent)
    row["date"] = instant(world.startOf(index))
    row["duration"] = call ? world.durationOf(index) : null
    row["result"] = this.resultOf(index)
    row["recording_url"] = world.hasRecording(index) ? linkTo(ask, this.seed, `recordings/${id}.mp3`) : null
    row["summary"] = call ? world.summaryOf(index, ask.now) : null
    const tags = world.tagsOf(index, ask.now)
    row["tags"] = tags === null ? null : [...tags]
    row["transcript"] = extended && call && ask.now >= world.transcriptAt(index)
      ? transcript(world, index).map((_) => ({
        source: _.agent ? "USER" : "EXTERNAL",
        time: instant(world.startOf(index) + Math.floor(_.start) * 1000),
        text: _.text
      }))
      : null
    row["content"] = call ? null : world.contentOf(index)
    row["status"] = call ? null : world.statusOf(index)
    row["message_type"] = call ? null : world.messageTypeOf(index)
    if (call && hash({ seed: this.seed, stream: 51 }, index) % 12 === 0) {
      // Seen in answers, named by no document; what is not known is the word "null".
      row["extracted_data"] = {
        contact: {
          name: "null",
          emails: ["N/A"],
          address: "NOT AVAILABLE",
          company: "null",
          website: "-",
          job_title: "JOB_TITLE"
        }
      }
      row["data_collected"] = {}
    }
    return row
  }

  private rows(indices: ReadonlyArray<number>, ask: Ask, extended: boolean): ReadonlyArray<Json> {
    return indices.map((index) => this.row(index, ask, extended))
  }

  private paged(
    data: ReadonlyArray<Json>,
    shown: ReadonlyArray<number>,
    found: ReturnType<typeof cut>,
    size: number,
    ask: Ask
  ): Answer {
    const pagination: { [key: string]: Json } = { page: found.page + 1, size }
    const total = told(found.count, ask.quirks)
    const pages = told(found.pages, ask.quirks)
    if (total !== undefined) pagination["total_count"] = total
    if (pages !== undefined) pagination["total_pages"] = pages
    pagination["has_more"] = found.more
    return answer(200, { data, pagination }, { shown: { source: "allo", indices: shown } })
  }

  private tooDeep(page: number, ask: Ask): Answer | null {
    return page > ask.quirks.deepest
      ? refusal("INVALID_REQUEST", ask.requestId, {
        message: `Pages after ${ask.quirks.deepest} are out of reach; narrow the question.`,
        param: "page",
        errors: [{ field: "page", code: "INVALID_PAGE", message: "Too deep." }]
      })
      : null
  }

  private conversations(ask: Ask): Answer {
    const { query } = ask
    const line = readNumber("allo_number", query.get("allo_number"))
    const since = readInstant("last_activity_since", query.get("last_activity_since"))
    const unread = readBoolean("unread", query.get("unread"))
    const page = readPage(query.has("page") ? whole(query.get("page")) : 1)
    const size = readSize(query.has("size") ? whole(query.get("size")) : 20)
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
    const deep = this.tooDeep(page.value, ask)
    if (deep !== null) return deep
    const { world } = this
    const all = world.conversations.ofLine(lineIndex)
    const activity = (pair: number) => world.startOf(world.conversations.newestOf(pair))
    let entries = all
    if (since.value > Number.NEGATIVE_INFINITY) {
      // Newest first, so everything after the instant stands at the front.
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
      entries = entries.filter((pair) => world.isUnread(world.conversations.newestOf(pair)) === unread.value)
    }
    const found = cut({
      entries,
      newestFirst: false,
      rankOf: (pair) => -activity(pair),
      page: page.value - 1,
      size: size.value,
      quirks: ask.quirks
    })
    const newest = found.indices.map((pair) => world.conversations.newestOf(pair))
    const data = found.indices.map((pair): Json => ({
      contact_number: world.people.numberOf(pair >>> 2),
      contacts: this.contactRows(pair >>> 2, true),
      last_activity: instant(activity(pair)),
      last_item: this.row(world.conversations.newestOf(pair), ask, extend.value)
    }))
    return this.paged(data, newest, found, size.value, ask)
  }

  private search(ask: Ask): Answer {
    const body = readBody(ask, true)
    if (isAnswer(body)) return body
    const { world } = this
    const line = readNumber("allo_number", body["allo_number"])
    const contact = body["contact_number"] === "anonymous"
      ? good("anonymous")
      : readNumber("contact_number", body["contact_number"])
    const direction = readWord("direction", body["direction"], ["INBOUND", "OUTBOUND"])
    const type = readWord("type", body["type"], ["CALL", "SMS", "ALL"])
    const result = readWord("result", body["result"], ["ANSWERED", "VOICEMAIL", "TRANSFERRED"])
    const unread = readBoolean("unread", body["unread"])
    const unresponded = readBoolean("unresponded", body["unresponded"])
    const extend = readExtend(body["extend"])
    const page = readPage(body["page"] === undefined || body["page"] === null ? 1 : wholeOf(body["page"]))
    const size = readSize(body["size"] === undefined || body["size"] === null ? 20 : wholeOf(body["size"]))
    const user: Read<string | null> = body["user_id"] === undefined || body["user_id"] === null
      ? good(null)
      : typeof body["user_id"] === "string"
      ? good(body["user_id"])
      : wrong(null, "user_id", "INVALID_VALUE", "Must be text.")
    const tags = readTexts("tags", body["tags"])
    const range = this.readRange(body["date"])
    const search: Read<ReadonlyArray<string> | null> = body["search"] === undefined || body["search"] === null
      ? good(null)
      : typeof body["search"] === "string" && searchTerms(body["search"]).length > 0
      ? good(searchTerms(body["search"]))
      : wrong(null, "search", "INVALID_SEARCH_QUERY", "There is no letter and no digit to search for.")
    const refused = refuseFields(ask.requestId, [
      line,
      contact,
      direction,
      type,
      result,
      unread,
      unresponded,
      extend,
      page,
      size,
      user,
      tags,
      range,
      search
    ])
    if (refused !== null) return refused
    const deep = this.tooDeep(page.value, ask)
    if (deep !== null) return deep
    // A word the sort does not know was seen to be ignored, as unknown fields are.
    const sort = typeof body["sort"] === "string" ? body["sort"].toUpperCase() : "DATE_DESC"

    const low = world.timeline.from(range.value.from)
    const high = world.timeline.from(range.value.to)
    const within = world.timeline.slice(low, high)
    const keep: Array<(index: number) => boolean> = []
    if (line.value !== null) {
      const wanted = lines.findIndex((_) => _.number === line.value)
      keep.push((index) => world.lineOf(index) === wanted)
    }
    if (contact.value !== null) {
      const party = world.people.partyOf(contact.value, world.parties)
      keep.push((index) => world.partyOf(index) === party)
    }
    if (direction.value !== null) keep.push((index) => world.isOutbound(index) === (direction.value === "OUTBOUND"))
    if (type.value !== null && type.value !== "ALL") {
      keep.push((index) => world.isCall(index) === (type.value === "CALL"))
    }
    if (result.value !== null) {
      keep.push((index) => world.isCall(index) && results[world.resultOf(index)] === result.value)
    }
    if (user.value !== null) {
      const wanted = world.agents.findIndex((_) => _.id === user.value)
      keep.push((index) => wanted >= 0 && world.agentOf(index) === wanted)
    }
    if (unread.value !== null) keep.push((index) => world.isUnread(index) === unread.value)
    if (unresponded.value !== null) keep.push((index) => world.isUnresponded(index) === unresponded.value)
    if (tags.value.length > 0) {
      keep.push((index) => {
        const own = world.tagsOf(index, ask.now)
        return own !== null && tags.value.every((tag) => own.includes(tag))
      })
    }
    const score = search.value === null ? null : matcher(world, search.value, ask.now)
    if (score !== null) keep.push((index) => score(index) > 0)
    const relevance = sort === "RELEVANCE" && score !== null
    const timed = tags.value.length > 0 || score !== null
    const entries = keep.length === 0 ? within : this.kept.get(
      JSON.stringify([
        line.value,
        contact.value,
        direction.value,
        type.value,
        result.value,
        user.value,
        unread.value,
        unresponded.value,
        tags.value,
        search.value,
        low,
        high,
        relevance
      ]),
      `${world.version} ${timed ? Math.floor(ask.now / 1000) : ""}`,
      () => {
        const matched = within.filter((index) => keep.every((test) => test(index)))
        // Read from the end, so the best stand last.
        return relevance && score !== null
          ? matched.toSorted((one, other) =>
            score(one) - score(other) || world.startOf(one) - world.startOf(other) || one - other
          )
          : matched
      }
    )
    const found = cut({
      entries,
      newestFirst: sort !== "DATE_ASC",
      rankOf: (index) => world.startOf(index),
      page: page.value - 1,
      size: size.value,
      quirks: relevance ? { ...ask.quirks, ties: null } : ask.quirks
    })
    return this.paged(this.rows(found.indices, ask, extend.value), found.indices, found, size.value, ask)
  }

  private readRange(date: unknown): Read<{ readonly from: number; readonly to: number }> {
    const open = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
    if (date === undefined || date === null) return good(open)
    const from = isObject(date) ? dayOf(date["from"]) : Number.NaN
    const to = isObject(date) ? dayOf(date["to"]) : Number.NaN
    if (Number.isNaN(from) || Number.isNaN(to)) {
      return wrong(open, "date", "INVALID_DATE_RANGE", "date.from and date.to are both needed, as YYYY-MM-DD.")
    }
    if (from > to) return wrong(open, "date", "INVALID_DATE_RANGE", "date.from is after date.to.")
    if ((to - from) / day + 1 > this.switches.searchMaximumDays) {
      return wrong(open, "date", "DATE_RANGE_TOO_WIDE", `At most ${this.switches.searchMaximumDays} days at a time.`)
    }
    const shift = this.switches.searchDayOffset * 60_000
    return good({ from: from - shift, to: to - shift + (this.switches.searchEndIsInclusive ? day : 0) })
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
    if (odd !== undefined) return this.badId(odd, "ids", ask)
    const found = [...new Set(ids.value.map((id) => this.world.find(id)))]
      .filter((index) => index >= 0)
      .toSorted((one, other) => this.world.startOf(other) - this.world.startOf(one) || other - one)
    return answer(200, { data: this.rows(found, ask, false) }, { shown: { source: "allo", indices: found } })
  }

  private badId(id: string, param: string, ask: Ask): Answer {
    return refusal("INVALID_ITEM_ID", ask.requestId, {
      message: `'${id.slice(0, 80)}' is not the id of a call (cll-) or of a message (msg-).`,
      param
    })
  }

  private noItem(id: string, ask: Ask): Answer {
    return refusal("CONVERSATION_ITEM_NOT_FOUND", ask.requestId, {
      message: `There is no call or message '${id.slice(0, 80)}'.`,
      param: "id",
      suggestion: "POST /v2/api/conversations/items/search finds ids."
    })
  }

  private item(id: string, ask: Ask): Answer {
    if (!itemId.test(id)) return this.badId(id, "id", ask)
    const extend = readExtend(ask.query.get("extend"))
    const refused = refuseFields(ask.requestId, [extend])
    if (refused !== null) return refused
    const index = this.world.find(id)
    if (index < 0) return this.noItem(id, ask)
    return answer(200, { data: this.row(index, ask, extend.value) }, { shown: { source: "allo", indices: [index] } })
  }

  private addTags(id: string, ask: Ask): Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    if (!id.startsWith("cll")) return this.badId(id, "id", ask)
    if (!itemId.test(id)) return this.badId(id, "id", ask)
    const tags = readTexts("tags", body["tags"])
    const refused = refuseFields(ask.requestId, [tags])
    if (refused !== null) return refused
    if (tags.value.length === 0 || tags.value.some((tag) => tag.trim() === "")) {
      return refusal("TAGS_REQUIRED", ask.requestId, { message: "Name one tag at least.", param: "tags" })
    }
    const index = this.world.find(id)
    if (index < 0) return this.noItem(id, ask)
    const own = this.world.tagsOf(index, ask.now) ?? []
    const again = tags.value.find((tag) => own.includes(tag))
    if (again !== undefined) {
      return refusal("TAG_ALREADY_EXISTS", ask.requestId, {
        message: `The call has the tag '${again.slice(0, 80)}' already.`,
        param: "tags"
      })
    }
    const next = [...own, ...new Set(tags.value)]
    this.world.setTags(index, next)
    return answer(200, { data: { id: this.world.idOf(index), tags: next } })
  }

  private removeTag(id: string, tag: string, ask: Ask): Answer {
    if (!id.startsWith("cll") || !itemId.test(id)) return this.badId(id, "id", ask)
    const index = this.world.find(id)
    if (index < 0) return this.noItem(id, ask)
    const own = this.world.tagsOf(index, ask.now) ?? []
    if (!own.includes(tag)) {
      return refusal("TAG_NOT_FOUND", ask.requestId, {
        message: `The call does not have the tag '${tag.slice(0, 80)}'.`,
        param: "tag"
      })
    }
    const next = own.filter((_) => _ !== tag)
    this.world.setTags(index, next)
    return answer(200, { data: { id: this.world.idOf(index), tags: next } })
  }
}
