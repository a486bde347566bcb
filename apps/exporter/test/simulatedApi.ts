/**
 * Both APIs without a socket, over a world of a few dozen rows that moves between any two answers, and lies where a world
 * is told to. Pages are small, days lie in any zone, and everything follows from one seed.
 */
import { AlloClient, type AlloError } from "@trunkline/allo"
import { AllomiaClient, type AllomiaError } from "@trunkline/allomia"
import { ApiError } from "@trunkline/http"
import { DateTime, Effect, Either } from "effect"

export interface Dice {
  readonly next: () => number
  readonly chance: (share: number) => boolean
  /** A whole number from 0, below this one. */
  readonly below: (end: number) => number
}

export const dice = (seed: number): Dice => {
  let state = (seed * 0x9E3779B1 + 0x7F4A7C15) >>> 0
  const next = () => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
  return { next, chance: (share) => next() < share, below: (end) => Math.floor(next() * end) }
}

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** The assumption: nothing becomes visible later than this after it ended. */
const latest = day
/** No call lasts longer. */
export const longestCall = 4 * hour

export interface Row {
  readonly id: string
  readonly at: number
  readonly seconds: number
  readonly call: boolean
  readonly outbound: boolean
  readonly line: string
  readonly contact: string
  /** From when on it is visible, and until when. */
  readonly born: number
  died: number
  version: number
}

/** How a world behaves; every share is of one answer. */
export interface Character {
  readonly zone: number
  readonly toIsIncluded: boolean
  readonly stamp: "callStartedAt" | "createdAt"
  readonly pageSize: number
  readonly widest: number
  readonly deepest: number
  readonly ties: boolean
  readonly deletions: number
  readonly arrivals: number
  readonly edits: number
  /** A wrong total, none, an empty page, a short one, a row twice, no end: one of these. */
  readonly lies: number
  readonly failures: number
  /** A pause of up to some hours in the middle of a run. */
  readonly pauses: number
  /** Some answers have no total for the whole life of the world. */
  readonly silent: boolean
}

/** A world grows to so many rows. */
const most = 90

export const lines = ["+14155550100", "+14155550101"] as const
export const organization = "org-1"

const lies = ["drift", "null", "missing", "hollow", "short", "repeat", "endless", "clamp"] as const
type Lie = (typeof lies)[number]

interface Pages {
  readonly rows: ReadonlyArray<Row>
  readonly page: number
  readonly size: number
  readonly total: number | null | undefined
  readonly pages: number | null | undefined
  readonly more: boolean
}

type Answer =
  | { readonly body: unknown }
  | { readonly status: number; readonly code?: string; readonly field?: string }
  | "unreachable"

interface Asked {
  readonly method: string
  readonly path: string
  readonly query: ReadonlyMap<string, string>
  readonly body: Readonly<Record<string, unknown>>
}

export class World {
  now: number
  readonly rows: Array<Row> = []
  readonly served = new Map<string, Set<number>>()
  /** Pairs of a line and a contact that lost a row: their last activity may have gone back. */
  readonly shrunk = new Set<string>()
  answers = 0
  moving = true
  onAnswer: () => void = () => undefined

  constructor(
    readonly random: Dice,
    readonly character: Character,
    options: { readonly startsAt: number; readonly days: number; readonly rows: number }
  ) {
    this.now = options.startsAt
    for (let made = 0; made < options.rows; made++) this.grow(options.startsAt - random.next() * options.days * day)
    this.rows.sort((left, right) => left.at - right.at)
  }

  private readonly history = 12

  /** One row of the past, with its friends in the same second, at the edges of days more often than not. */
  private grow(around: number): void {
    const { random } = this
    const edge = Math.round(around / day) * day - this.character.zone * hour
    const at = random.chance(0.3)
      ? edge + (random.below(5) - 2) * second
      : random.chance(0.3)
      ? edge - random.below(20 * 60) * second
      : around
    this.write(Math.floor(at / second) * second)
    if (random.chance(0.3)) this.write(Math.floor(at / second) * second)
  }

  private lengthOf(call: boolean): number {
    const { random } = this
    return !call ? 0 : random.chance(0.25) ? random.below(longestCall / second) : random.below(600)
  }

  private write(at: number): void {
    const { random } = this
    const call = random.chance(0.7)
    const seconds = this.lengthOf(call)
    const end = at + seconds * second
    const lag = random.chance(0.3) ? random.next() * latest : random.chance(0.1) ? latest : random.below(60) * second
    // What has not ended yet, or shows up later, is there when its time has come.
    this.rows.push(this.made({ at, seconds, call, born: Math.floor(end + lag) }))
  }

  private made(row: Pick<Row, "at" | "seconds" | "call" | "born">): Row {
    const { random } = this
    const index = this.rows.length
    return {
      ...row,
      id: `${row.call ? "cll" : "msg"}-${index}`,
      outbound: random.chance(0.4),
      line: lines[random.below(lines.length)] ?? lines[0],
      contact: `+1415555${String(2000 + random.below(this.history)).padStart(4, "0")}`,
      died: Number.POSITIVE_INFINITY,
      version: 0
    }
  }

  isVisible(row: Row, at = this.now): boolean {
    return row.born <= at && row.died > at
  }

  visible(): ReadonlyArray<Row> {
    return this.rows.filter((row) => this.isVisible(row))
  }

  /** What happens between two answers. */
  step(): void {
    const { character, random } = this
    this.answers += 1
    if (this.moving) {
      this.now += random.chance(character.pauses) ? random.below(6 * hour) : 10 + random.below(2 * second)
      while (this.rows.length < most && random.chance(character.arrivals)) this.arrive()
      while (random.chance(character.deletions)) this.remove()
      if (random.chance(character.edits)) {
        const row = this.rows[random.below(this.rows.length)]
        if (row !== undefined) row.version += 1
      }
    } else this.now += 10
    this.onAnswer()
  }

  private arrive(): void {
    const { random } = this
    const call = random.chance(0.7)
    const seconds = this.lengthOf(call)
    const lag = random.chance(0.3) ? random.next() * latest : random.below(60) * second
    const at = Math.ceil((this.now - lag) / second) * second - seconds * second
    this.rows.push(this.made({ at, seconds, call, born: this.now }))
  }

  private remove(): void {
    const rows = this.visible()
    const row = rows[this.random.below(rows.length)]
    if (row === undefined) return
    row.died = this.now
    this.shrunk.add(`${row.line} ${row.contact}`)
  }

  private serve(row: Row): void {
    const versions = this.served.get(row.id) ?? new Set()
    this.served.set(row.id, versions)
    versions.add(row.version)
  }

  private cut(list: ReadonlyArray<Row>, keyOf: (row: Row) => number, page: number, asked: number): Pages {
    const { character, random } = this
    const lie: Lie | null = random.chance(character.lies) ? lies[random.below(lies.length)] ?? null : null
    const size = Math.min(asked, character.pageSize)
    const tied = new Map(list.map((row) => [row, character.ties ? random.next() : 0]))
    const sorted = list.toSorted((left, right) =>
      keyOf(left) - keyOf(right) || (tied.get(left) ?? 0) - (tied.get(right) ?? 0)
    )
    const count = sorted.length
    const pages = Math.ceil(count / size)
    const at = lie === "clamp" ? Math.min(page, Math.max(1, pages)) : page
    let rows = sorted.slice((at - 1) * size, at * size)
    if (lie === "hollow") rows = []
    if (lie === "short") rows = rows.filter(() => random.chance(0.6))
    const [first] = rows
    if (lie === "repeat" && first !== undefined) rows = [...rows, first]
    for (const row of rows) this.serve(row)
    const told = (value: number) =>
      character.silent || lie === "missing"
        ? undefined
        : lie === "null"
        ? null
        : lie === "drift"
        ? Math.max(0, value + (random.below(2) === 0 ? -1 : 1) * (1 + random.below(2)))
        : value
    return { rows, page: at, size, total: told(count), pages: told(pages), more: lie === "endless" || at < pages }
  }

  answer(asked: Asked): Answer {
    this.step()
    if (this.random.chance(this.character.failures)) return "unreachable"
    switch (`${asked.method} ${asked.path}`) {
      case "GET /v2/api/me":
        return { body: { data: { api_key_id: "key", scopes: [], team: { id: "team-1", name: "Team" } } } }
      case "GET /v2/api/numbers":
        return { body: { data: lines.map((number) => ({ number, name: number })) } }
      case "POST /v2/api/conversations/items/search":
        return this.search(asked.body)
      case "POST /v2/api/conversations/items/batch":
        return this.batch(asked.body)
      case "GET /v2/api/conversations":
        return this.conversations(asked.query)
      case "GET /calls":
        return this.calls(asked.query)
      default:
        return asked.path.startsWith("/calls/") ? this.call(asked.path.slice("/calls/".length)) : { status: 404 }
    }
  }

  private search(body: Asked["body"]): Answer {
    const { character } = this
    const date = body["date"]
    const page = typeof body["page"] === "number" ? body["page"] : 1
    const size = typeof body["size"] === "number" ? body["size"] : 20
    let [from, to] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
    if (typeof date === "object" && date !== null && "from" in date && "to" in date) {
      from = Date.parse(`${String(date.from)}T00:00:00Z`) - character.zone * hour
      to = Date.parse(`${String(date.to)}T00:00:00Z`) - character.zone * hour + (character.toIsIncluded ? day : 0)
      if ((to - from) / day > character.widest) return { status: 400, code: "DATE_RANGE_TOO_WIDE" }
    }
    if (page > character.deepest) return { status: 400, code: "INVALID_REQUEST", field: "page" }
    const found = this.visible().filter((row) =>
      row.at >= from && row.at < to &&
      (body["type"] === undefined || (body["type"] === "CALL") === row.call) &&
      (body["direction"] === undefined || (body["direction"] === "OUTBOUND") === row.outbound) &&
      (body["allo_number"] === undefined || body["allo_number"] === row.line)
    )
    return this.paged("data", "pagination", this.cut(found, ({ at }) => at, page, size), (row) => this.item(row))
  }

  private batch(body: Asked["body"]): Answer {
    const ids = new Set(Array.isArray(body["ids"]) ? body["ids"] : [])
    const rows = this.visible().filter(({ id }) => ids.has(id))
    for (const row of rows) this.serve(row)
    return { body: { data: rows.map((row) => this.item(row)) } }
  }

  private paged(name: string, place: string, pages: Pages, row: (row: Row) => unknown): Answer {
    return {
      body: {
        [name]: pages.rows.map(row),
        [place]: {
          page: pages.page,
          size: pages.size,
          ...pages.total === undefined ? {} : { total_count: pages.total },
          ...pages.pages === undefined ? {} : { total_pages: pages.pages },
          has_more: pages.more
        }
      }
    }
  }

  private item(row: Row): unknown {
    return {
      id: row.id,
      type: row.call ? "CALL" : "SMS",
      direction: row.outbound ? "OUTBOUND" : "INBOUND",
      allo_number: row.line,
      contact_number: row.contact,
      contacts: [],
      date: new Date(row.at).toISOString(),
      duration: row.call ? row.seconds : null,
      result: row.call ? "ANSWERED" : null,
      summary: row.call ? `version ${row.version}` : null,
      tags: [],
      content: row.call ? null : `version ${row.version}`
    }
  }

  /** The newest row of every contact of a line. */
  conversationsOf(line: string): ReadonlyArray<Row> {
    const newest = new Map<string, Row>()
    for (const row of this.visible()) {
      const known = newest.get(row.contact)
      if (row.line === line && (known === undefined || known.at < row.at)) newest.set(row.contact, row)
    }
    return [...newest.values()]
  }

  private conversations(query: Asked["query"]): Answer {
    const since = Date.parse(query.get("last_activity_since") ?? "1970-01-01T00:00:00Z")
    const found = this.conversationsOf(query.get("allo_number") ?? "").filter(({ at }) => at > since)
    const pages = this.cut(found, ({ at }) => -at, Number(query.get("page")), Number(query.get("size")))
    return this.paged("data", "pagination", pages, (row) => ({
      contact_number: row.contact,
      contacts: [],
      last_activity: new Date(row.at).toISOString(),
      last_item: this.item(row)
    }))
  }

  stampOf(row: Row): number {
    return this.character.stamp === "createdAt" ? Math.floor(row.born / second) * second : row.at
  }

  private calls(query: Asked["query"]): Answer {
    const at = (name: string, other: number) => {
      const text = query.get(name)
      return text === undefined ? other : Date.parse(text)
    }
    const [from, to] = [at("from", Number.NEGATIVE_INFINITY), at("to", Number.POSITIVE_INFINITY)]
    const found = this.visible().filter((row) => {
      const stamp = this.stampOf(row)
      return row.call && stamp >= from && stamp <= to
    })
    const page = Number(query.get("page") ?? "1")
    if (page > this.character.deepest) return { status: 400, field: "page" }
    const pages = this.cut(found, (row) => row.at, page, Number(query.get("limit") ?? "20"))
    return this.paged("calls", "pagination", pages, (row) => this.callOf(row))
  }

  private call(id: string): Answer {
    const row = this.visible().find((row) => row.id === id)
    if (row === undefined) return { status: 404 }
    this.serve(row)
    return { body: { ...this.callOf(row), callSummary: `version ${row.version}`, userPrimaryIntent: "book" } }
  }

  private callOf(row: Row) {
    return {
      id: row.id,
      organizationId: organization,
      callType: row.outbound ? "Outbound" : "Inbound",
      agentName: `version ${row.version}`,
      phoneNumber: row.line,
      callStartedAt: new Date(row.at).toISOString(),
      callEndedAt: new Date(row.at + row.seconds * second).toISOString(),
      callDurationSeconds: String(row.seconds),
      userPhoneNumber: row.contact,
      createdAt: new Date(Math.floor(row.born / second) * second).toISOString()
    }
  }
}

interface Request {
  readonly method: string
  readonly url: string
  readonly urlParams: Iterable<readonly [string, string]>
  readonly body: { readonly _tag: string }
}

const decoder = new TextDecoder()

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null

const bodyOf = ({ body }: Request): Asked["body"] => {
  if (body._tag !== "Uint8Array" || !("body" in body) || !(body.body instanceof Uint8Array)) return {}
  const value: unknown = JSON.parse(decoder.decode(body.body))
  return isRecord(value) ? value : {}
}

interface Call<A> {
  readonly operation: string
  readonly request: Request
  readonly read: (
    body: unknown,
    head: {
      readonly requestId: string | null
      readonly answeredAt: DateTime.Utc | null
      readonly header: (name: string) => string | undefined
    }
  ) => Either.Either<A, ReadonlyArray<string>>
}

/** Where the vendor's own packages would send a request: what they ask for and how they read answers is real. */
const caller =
  (world: World) => <A>({ operation, read, request }: Call<A>): Effect.Effect<A, AlloError & AllomiaError> =>
    Effect.zipRight(
      // Others go on while this one travels.
      Effect.yieldNow(),
      Effect.suspend((): Effect.Effect<A, AlloError & AllomiaError> => {
        const answer = world.answer({
          method: request.method,
          path: decodeURIComponent(request.url),
          query: new Map(request.urlParams),
          body: bodyOf(request)
        })
        const requestId = `request-${world.answers}`
        if (answer === "unreachable") return new ApiError.Unreachable({ operation, reason: "connection", requestId })
        if ("status" in answer) {
          return answer.status === 404
            ? new ApiError.NotFound({ operation, status: 404, requestId })
            : new ApiError.Invalid({
              operation,
              status: answer.status,
              code: answer.code,
              requestId,
              fieldErrors: answer.field === undefined ? [] : [{ field: answer.field }]
            })
        }
        return Either.match(
          read(answer.body, {
            requestId,
            // As a header tells it: no finer than a second.
            answeredAt: DateTime.unsafeMake(Math.floor(world.now / second) * second),
            header: () => undefined
          }),
          {
            onLeft: (paths) => new ApiError.Undecodable({ operation, reason: "shape", paths, requestId }),
            onRight: Effect.succeed
          }
        )
      })
    )

export const alloClient = (world: World) =>
  AlloClient.of({
    call: caller(world),
    readsPerSecond: Effect.succeed(20),
    writesPerSecond: Effect.succeed(5)
  })

export const allomiaClient = (world: World) =>
  AllomiaClient.of({ call: caller(world), requestsPerSecond: Effect.succeed(10) })
