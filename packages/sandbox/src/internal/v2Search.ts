/** The search of Allo's second interface: what a body asks for, and the items that match. */
import type { AlloWorld } from "./AlloWorld.js"
import { results } from "./AlloWorld.js"
import { type Answer, type Ask, isObject } from "./Answer.js"
import type { Kept } from "./Kept.js"
import { type Cut, cut } from "./page.js"
import * as Read from "./parameters.js"
import { lines } from "./people.js"
import { day } from "./time.js"
import { matcher, searchTerms } from "./transcript.js"
import { refuseFields } from "./v2Requests.js"
import type { V2Switches } from "./V2Switches.js"

type Body = { readonly [key: string]: unknown }

export interface Range {
  readonly from: number
  /** Not included. */
  readonly to: number
}

export const readRange = (date: unknown, switches: V2Switches, field = "date"): Read.Read<Range> => {
  const open = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }
  if (date === undefined || date === null) return Read.good(open)
  const from = isObject(date) ? Read.dayOf(date["from"]) : Number.NaN
  const to = isObject(date) ? Read.dayOf(date["to"]) : Number.NaN
  const wrong = (code: string, message: string) => Read.wrong(open, field, code, message)
  if (Number.isNaN(from) || Number.isNaN(to)) {
    return wrong("INVALID_DATE_RANGE", `${field}.from and ${field}.to are both needed, as YYYY-MM-DD.`)
  }
  if (from > to) return wrong("INVALID_DATE_RANGE", `${field}.from is after ${field}.to.`)
  if ((to - from) / day + 1 > switches.searchMaximumDays) {
    return wrong("DATE_RANGE_TOO_WIDE", `At most ${switches.searchMaximumDays} days at a time.`)
  }
  const shift = switches.searchDayOffset * 60_000
  return Read.good({ from: from - shift, to: to - shift + (switches.searchEndIsInclusive ? day : 0) })
}

const readSearch = (value: unknown): Read.Read<ReadonlyArray<string> | null> => {
  if (value === undefined || value === null) return Read.good(null)
  const terms = typeof value === "string" ? searchTerms(value) : []
  return terms.length > 0
    ? Read.good(terms)
    : Read.wrong(null, "search", "INVALID_SEARCH_QUERY", "There is no letter and no digit to search for.")
}

/** The fields in the order in which a refusal names them. */
const readFields = (body: Body, switches: V2Switches) => ({
  line: Read.readNumber("allo_number", body["allo_number"]),
  contact: body["contact_number"] === "anonymous"
    ? Read.good("anonymous")
    : Read.readNumber("contact_number", body["contact_number"]),
  direction: Read.readWord("direction", body["direction"], ["INBOUND", "OUTBOUND"]),
  type: Read.readWord("type", body["type"], ["CALL", "SMS", "ALL"]),
  result: Read.readWord("result", body["result"], ["ANSWERED", "VOICEMAIL", "TRANSFERRED"]),
  unread: Read.readBoolean("unread", body["unread"]),
  unresponded: Read.readBoolean("unresponded", body["unresponded"]),
  extend: Read.readExtend(body["extend"]),
  page: Read.readPage(body["page"]),
  size: Read.readSize(body["size"]),
  user: Read.readText("user_id", body["user_id"]),
  tags: Read.readTexts("tags", body["tags"]),
  range: readRange(body["date"], switches),
  search: readSearch(body["search"])
})

export type Fields = ReturnType<typeof readFields>

/** The fields of a search, or the refusal of those that are wrong. */
export const readSearchBody = (body: Body, switches: V2Switches, ask: Ask): Fields | Answer => {
  const fields = readFields(body, switches)
  return refuseFields(ask.requestId, Object.values(fields)) ?? fields
}

type Test = (index: number) => boolean

const testsOf = (world: AlloWorld, fields: Fields, now: number): Array<Test> => {
  const tests: Array<Test> = []
  const when = <A>(field: Read.Read<A | null>, test: (value: A) => Test): void => {
    if (field.value !== null) tests.push(test(field.value))
  }
  when(fields.line, (number) => {
    const wanted = lines.findIndex((_) => _.number === number)
    return (index) => world.lineOf(index) === wanted
  })
  when(fields.contact, (number) => {
    const party = world.people.partyOf(number, world.parties)
    return (index) => world.partyOf(index) === party
  })
  when(fields.direction, (direction) => (index) => world.isOutbound(index) === (direction === "OUTBOUND"))
  if (fields.type.value !== "ALL") when(fields.type, (type) => (index) => world.isCall(index) === (type === "CALL"))
  when(fields.result, (result) => (index) => world.isCall(index) && results[world.resultOf(index)] === result)
  when(fields.user, (id) => {
    const wanted = world.agents.findIndex((_) => _.id === id)
    return (index) => wanted >= 0 && world.agentOf(index) === wanted
  })
  when(fields.unread, (unread) => (index) => world.isUnread(index) === unread)
  when(fields.unresponded, (unresponded) => (index) => world.isUnresponded(index) === unresponded)
  const tags = fields.tags.value
  if (tags.length > 0) tests.push((index) => tags.every((tag) => world.tagsOf(index, now)?.includes(tag) === true))
  return tests
}

/** The page of items that a search finds. */
export const searchPage = (world: AlloWorld, kept: Kept, body: Body, fields: Fields, ask: Ask): Cut => {
  const { contact, direction, line, page, range, result, search, size, tags, type, unread, unresponded, user } = fields
  // The real API ignores a sort that it does not know, as it ignores unknown fields.
  const sort = typeof body["sort"] === "string" ? body["sort"].toUpperCase() : "DATE_DESC"
  const low = world.timeline.from(range.value.from)
  const high = world.timeline.from(range.value.to)
  const within = world.timeline.slice(low, high)
  const tests = testsOf(world, fields, ask.now)
  const score = search.value === null ? null : matcher(world, search.value, ask.now)
  if (score !== null) tests.push((index) => score(index) > 0)
  const relevance = sort === "RELEVANCE" && score !== null
  const timed = tags.value.length > 0 || score !== null
  const filters = [line, contact, direction, type, result, user, unread, unresponded, tags, search]
  const entries = tests.length === 0 ? within : kept.get(
    JSON.stringify([filters, low, high, relevance]),
    `${world.version} ${timed ? Math.floor(ask.now / 1000) : ""}`,
    () => {
      const matched = within.filter((index) => tests.every((test) => test(index)))
      // Pages are read from the end, so the best match comes last.
      return relevance && score !== null
        ? matched.toSorted((one, other) =>
          score(one) - score(other) || world.startOf(one) - world.startOf(other) || one - other
        )
        : matched
    }
  )
  return cut({
    entries,
    newestFirst: sort !== "DATE_ASC",
    rankOf: (index) => world.startOf(index),
    page: page.value - 1,
    size: size.value,
    quirks: relevance ? { ...ask.quirks, ties: null } : ask.quirks
  })
}
