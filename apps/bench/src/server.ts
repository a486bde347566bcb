/** Both APIs over one world, as cheap as a server can be; a process of its own, so that it disturbs no figure. */
import { createServer } from "node:http"
import { type Form, indexOf, organization, render } from "./records.js"
import { day, firstAt, total, type World } from "./world.js"

const line = "+33155550142"
const people = 100

const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place)

interface Cut {
  readonly low: number
  readonly high: number
  readonly page: number
  readonly size: number
}

/** One page of the rows from `low` up to `high`, with its totals. */
const page = (world: World, form: Form, name: string, { high, low, page, size }: Cut): Buffer => {
  const count = Math.max(0, high - low)
  const first = low + (page - 1) * size
  const rows = render(world, form, range(first, Math.min(first + size, high)))
  const pagination = { page, size, total_count: count, has_more: first + size < high }
  return Buffer.concat([
    Buffer.from(`{"${name}":[`),
    rows,
    Buffer.from(`],"pagination":${JSON.stringify(pagination)}}`)
  ])
}

interface Search {
  readonly page?: number
  readonly size?: number
  readonly type?: string
  readonly direction?: string
  readonly date?: { readonly from: string; readonly to: string }
  readonly extend?: string
}

/** The last day of a range belongs to it. */
const search = (world: World, { date, direction, extend, page: number = 1, size = 20, type }: Search): Buffer => {
  const low = date === undefined ? 0 : firstAt(world, Date.parse(date.from))
  const high = date === undefined ? total(world) : firstAt(world, Date.parse(date.to) + day)
  // All are calls, and the size of a day never makes anybody ask for one direction.
  if (type === "SMS" || direction !== undefined) return page(world, "item", "data", { low, high: low, page: 1, size })
  const form = extend === "transcript" ? "itemWithTranscript" : "item"
  return page(world, form, "data", { low, high, page: number, size })
}

/** The newest first; each is the last item of somebody, and none has moved since the day before the last. */
const conversations = (world: World, query: URLSearchParams): Buffer => {
  const [number, size] = [Number(query.get("page") ?? "1"), Number(query.get("size") ?? "20")]
  const since = query.get("last_activity_since")
  const low = Math.max(0, world.rows - people, since === null ? 0 : firstAt(world, Date.parse(since)))
  const all = range(low, world.rows).toReversed()
  const shown = all.slice((number - 1) * size, number * size)
  const data = shown.map((index): unknown => {
    const item = JSON.parse(render({ ...world, changed: 0 }, "item", [index]).toString())
    return { contact_number: item.contact_number, contacts: item.contacts, last_activity: item.date, last_item: item }
  })
  const pagination = { page: number, size, total_count: all.length, has_more: number * size < all.length }
  return Buffer.from(JSON.stringify({ data, pagination }))
}

const calls = (world: World, query: URLSearchParams): Buffer => {
  const [from, to] = [query.get("from"), query.get("to")]
  return page(world, "call", "calls", {
    low: from === null ? 0 : firstAt(world, Date.parse(from)),
    high: to === null ? total(world) : firstAt(world, Date.parse(to) + 1),
    page: Number(query.get("page") ?? "1"),
    size: Number(query.get("limit") ?? "20")
  })
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const me = json({
  data: { api_key_id: "key-1", scopes: ["CONVERSATIONS_READ"], team: { id: "team-1", name: "A team" } }
})
const numbers = json({ data: [{ number: line, name: "Main", country: "FR", type: "NUMBER", users: [] }] })
const organizations = json({
  organizations: [organization],
  pagination: { page: 1, limit: 100, total_count: 1, has_more: false }
})

const answer = (world: World, url: URL, body: string): Buffer | null => {
  const path = url.pathname
  if (path === "/v2/api/conversations/items/search") return search(world, JSON.parse(body))
  if (path === "/v2/api/conversations/items/batch") {
    const asked: { readonly ids: ReadonlyArray<string> } = JSON.parse(body)
    return Buffer.concat([Buffer.from("{\"data\":["), render(world, "item", asked.ids.map(indexOf)), Buffer.from("]}")])
  }
  if (path === "/v2/api/conversations") return conversations(world, url.searchParams)
  if (path === "/v2/api/me") return me
  if (path === "/v2/api/numbers") return numbers
  if (path === "/api/organization") return organizations
  if (path === "/api/calls") return calls(world, url.searchParams)
  if (path.startsWith("/api/calls/")) return render(world, "callWithDetails", [indexOf(path)])
  return null
}

// Told so much that nobody waits: a pace goes by what answers say.
const unlimited = { "x-ratelimit-limit": "1000000", "x-ratelimit-remaining": "1000000" }

const serve = (world: World): void => {
  const server = createServer((request, response) => {
    let body = ""
    request.on("data", (part) => {
      body += String(part)
    })
    request.on("end", () => {
      const found = answer(world, new URL(request.url ?? "/", "http://127.0.0.1"), body)
      const bytes = found ?? json({ error: { code: "ENDPOINT_NOT_FOUND" } })
      response.writeHead(found === null ? 404 : 200, {
        "content-type": "application/json",
        "content-length": bytes.length,
        ...unlimited
      })
      response.end(bytes)
    })
  })
  server.keepAliveTimeout = 60_000
  server.listen(0, "127.0.0.1", () => {
    const address = server.address()
    process.send?.(`http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`)
  })
  process.on("disconnect", () => process.exit(0))
}

const [, , given = "{}"] = process.argv
serve(JSON.parse(given))
