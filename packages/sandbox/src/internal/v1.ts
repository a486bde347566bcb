/** Allo's first interface: pages counted from 0, a flat refusal, times without a zone, and a quota for the day. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, instant, type Json, zoneless } from "./Answer.js"
import { linkTo } from "./files.js"
import { Kept } from "./Kept.js"
import { type Cut, cut, told } from "./page.js"
import { e164, whole } from "./parameters.js"
import { lines } from "./people.js"
import { hash } from "./random.js"
import { v1 as refusal } from "./refusal.js"
import type { Endpoint } from "./routes.js"
import { transcript } from "./transcript.js"

export interface V1Switches {
  /**
   * Where lists put their number of pages: as each document says, always in `metadata`, always in
   * `metadata.pagination`, or with one more `data` around it all.
   */
  readonly total: "documented" | "metadata" | "pagination" | "double"
  readonly zonelessTimes: boolean
}

const endpoint = (name: string, path: string, scope: string): Endpoint => ({ name, method: "GET", path, scope })

export const endpoints: ReadonlyArray<Endpoint> = [
  endpoint("calls", "/v1/api/calls", "CONVERSATIONS_READ"),
  endpoint("contacts", "/v1/api/contacts", "CONTACTS_READ"),
  endpoint("contact", "/v1/api/contact/{id}", "CONTACTS_READ"),
  endpoint("numbers", "/v1/api/numbers", "CONVERSATIONS_READ"),
  endpoint("conversation", "/v1/api/contact/{id}/conversation", "CONVERSATIONS_READ")
]

/** The results in the words of the first interface. */
const resultWords = ["ANSWERED", "VOICEMAIL", "TRANSFERRED_EXTERNAL", "CLOSED", "FAILED", "BLOCKED"] as const

export class V1 {
  private readonly kept = new Kept(6)
  private contactList: { readonly parties: number; readonly entries: Uint32Array } | null = null

  constructor(
    private readonly world: AlloWorld,
    private readonly switches: V1Switches,
    private readonly seed: number
  ) {}

  handle(name: string, part: string, ask: Ask): Answer {
    if (name === "numbers") return this.numbers()
    if (name === "contact") return this.contact(part, ask)
    const page = whole(ask.query.get("page") ?? "0")
    const size = whole(ask.query.get("size") ?? "10")
    if (!(size >= 1 && size <= 100)) return bad("size", "A page holds 1 to 100 rows.")
    if (!(page >= 0)) return bad("page", "Pages are whole numbers, counted from 0.")
    if (page + 1 > ask.quirks.deepest) return bad("page", "This page is out of reach.")
    switch (name) {
      case "calls":
        return this.calls(page, size, ask)
      case "contacts":
        return this.contacts(page, size, ask)
      default:
        return this.conversation(part, page, size, ask)
    }
  }

  private time(millis: number): string {
    return this.switches.zonelessTimes ? zoneless(millis) : instant(millis)
  }

  private list(
    found: Cut,
    results: ReadonlyArray<Json>,
    documented: "metadata" | "pagination",
    ask: Ask,
    shown: ReadonlyArray<number>
  ): Answer {
    const place = this.switches.total === "documented" || this.switches.total === "double"
      ? documented
      : this.switches.total
    const total = ask.quirks.endless ? told(found.page + 2, ask.quirks) : found.told.pages
    const pages = { total_pages: total, current_page: found.page }
    const data: Json = { results, metadata: place === "metadata" ? pages : { pagination: pages } }
    return answer(200, { data: this.switches.total === "double" ? { data } : data }, {
      shown: { source: "allo", indices: shown }
    })
  }

  private callRow(index: number, ask: Ask): Json {
    const { world } = this
    const line = lines[world.lineOf(index)]?.number ?? null
    const contact = world.people.numberOf(world.partyOf(index))
    const outbound = world.isOutbound(index)
    const tags = world.tagsOf(index, ask.now) ?? []
    const id = world.idOf(index)
    return {
      id,
      from_number: outbound ? line : contact,
      to_number: outbound ? contact : line,
      length_in_minutes: Math.round((world.durationOf(index) / 60) * 100) / 100,
      type: outbound ? "OUTBOUND" : "INBOUND",
      result: resultWords[world.resultOf(index)] ?? null,
      summary: world.summaryOf(index, ask.now),
      tag: tags[0] ?? null,
      recording_url: world.hasRecording(index) ? linkTo(ask, this.seed, `recordings/${id}.mp3`) : null,
      start_date: this.time(world.startOf(index)),
      transcript: ask.now >= world.transcriptAt(index)
        ? transcript(world, index).map((_) => ({
          // A machine answers a transferred call first.
          source: _.agent ? (world.resultOf(index) === 2 ? "AGENT" : "USER") : "EXTERNAL",
          text: _.text,
          time: this.time(world.startOf(index) + Math.floor(_.start) * 1000),
          start_seconds: _.start,
          end_seconds: _.end
        }))
        : null,
      // Every other row has the list as well.
      tags: hash({ seed: this.seed, stream: 52 }, index) % 2 === 0 ? [...tags] : undefined
    }
  }

  private calls(page: number, size: number, ask: Ask): Answer {
    const { world } = this
    const number = ask.query.get("allo_number")
    const contact = ask.query.get("contact_number")
    if (number === null) {
      return refusal(400, "MISSING_PARAMETER", [{ message: "A line is needed.", field: "allo_number" }])
    }
    if (!e164.test(number)) {
      return refusal(400, "INVALID_PHONE_FORMAT", [{ message: "Not in E.164 form.", field: "allo_number" }])
    }
    if (contact !== null && contact !== "anonymous" && !e164.test(contact)) {
      return refusal(400, "INVALID_PHONE_FORMAT", [{ message: "Not in E.164 form.", field: "contact_number" }])
    }
    const line = lines.findIndex((_) => _.number === number)
    const party = contact === null ? null : world.people.partyOf(contact, world.parties)
    const entries = this.kept.get(
      JSON.stringify([line, party]),
      String(world.version),
      () =>
        world.timeline.all().filter((index) =>
          world.isCall(index) && world.lineOf(index) === line && (party === null || world.partyOf(index) === party)
        )
    )
    const rankOf = (index: number) => world.startOf(index)
    const found = cut({ entries, newestFirst: true, rankOf, page, size, quirks: ask.quirks })
    return this.list(found, found.indices.map((index) => this.callRow(index, ask)), "metadata", ask, found.indices)
  }

  private conversation(id: string, page: number, size: number, ask: Ask): Answer {
    const { world } = this
    const number = ask.query.get("allo_number")
    if (number !== null && !e164.test(number)) {
      return refusal(400, "INVALID_PHONE_FORMAT", [{ message: "Not in E.164 form.", field: "allo_number" }])
    }
    const contact = world.people.contactAt(id, world.parties)
    if (contact === null) return refusal(400, "CONTACT_NOT_FOUND")
    const items: Array<number> = []
    for (let slot = 0; slot < 3; slot++) {
      const pair = contact.party * 4 + slot
      if (number === null || lines[world.lineOfPair(pair)]?.number === number) {
        items.push(...world.conversations.itemsOf(pair))
      }
    }
    const entries = items.toSorted((one, other) => world.startOf(one) - world.startOf(other) || one - other)
    const rankOf = (index: number) => world.startOf(index)
    const found = cut({ entries, newestFirst: true, rankOf, page, size, quirks: ask.quirks })
    const results = found.indices.map((index): Json =>
      world.isCall(index)
        ? { type: "CALL", call: this.callRow(index, ask), message: null }
        : { type: "TEXT_MESSAGE", call: null, message: this.messageRow(index) }
    )
    return this.list(found, results, "pagination", ask, found.indices)
  }

  /** A message row has no id, so two equal messages of one second give two equal rows. */
  private messageRow(index: number): Json {
    const { world } = this
    const line = lines[world.lineOf(index)]
    const contact = world.people.numberOf(world.partyOf(index))
    const outbound = world.isOutbound(index)
    return {
      from_number: outbound ? line?.number ?? null : contact,
      to_number: outbound ? contact : line?.number ?? null,
      type: outbound ? "OUTBOUND" : "INBOUND",
      content: world.contentOf(index),
      start_date: this.time(world.startOf(index)),
      sender_id: line?.type === "SENDER_ID" ? line.name : undefined
    }
  }

  private contacts(page: number, size: number, ask: Ask): Answer {
    const { world } = this
    if (this.contactList === null || this.contactList.parties !== world.parties) {
      const entries: Array<number> = []
      for (let party = 1; party < world.parties; party++) {
        for (let position = 0; position < world.people.contactCount(party); position++) {
          entries.push(party * 4 + position)
        }
      }
      this.contactList = { parties: world.parties, entries: Uint32Array.from(entries) }
    }
    const { entries } = this.contactList
    const found = cut({ entries, newestFirst: false, rankOf: (entry) => entry, page, size, quirks: ask.quirks })
    return this.list(found, found.indices.map((entry) => this.contactRow(entry)), "pagination", ask, [])
  }

  /** One contact: what was done with it lately, and how engaged it is, where that is asked for. */
  private contact(id: string, ask: Ask): Answer {
    const { world } = this
    const found = world.people.contactAt(id, world.parties)
    if (found === null) return refusal(400, "CONTACT_NOT_FOUND")
    const extend = (ask.query.get("extend") ?? "").split(",").map((word) => word.trim())
    const entry = found.party * 4 + found.position
    const contact = world.people.contact(found.party, found.position)
    const items = [0, 1, 2].flatMap((slot) => [...world.conversations.itemsOf(found.party * 4 + slot)])
      .toSorted((one, other) => world.startOf(other) - world.startOf(one))
    return answer(200, {
      data: {
        id: contact.id,
        name: contact.firstName,
        last_name: this.lastNameOf(entry),
        numbers: [world.people.numberOf(found.party)],
        emails: [`${contact.firstName.toLowerCase()}@example.com`],
        company: contact.company === null ? null : { name: contact.company.name, id: contact.company.id },
        job_title: contact.jobTitle,
        website: null,
        integration_data: {},
        custom_properties: null,
        engagement: extend.includes("engagement") ? this.engagementOf(entry) : null,
        activity: extend.includes("activity")
          ? items.slice(0, 20).map((index) => ({
            type: `${world.isOutbound(index) ? "OUTBOUND" : "INBOUND"}_${world.isCall(index) ? "CALL" : "SMS"}`,
            made_by: null,
            made_at: this.time(world.startOf(index)),
            allo_number: lines[world.lineOf(index)]?.number ?? null,
            content: world.isCall(index) ? world.summaryOf(index, ask.now) : world.contentOf(index)
          }))
          : null,
        conversation_url: `https://app.withallo.com/conversations/${contact.id}`
      }
    })
  }

  private drawn(entry: number): number {
    return hash({ seed: this.seed, stream: 53 }, entry)
  }

  private engagementOf(entry: number): string | null {
    return ["ENGAGED", "COOLING", "COLD", null][this.drawn(entry) % 4] ?? null
  }

  private lastNameOf(entry: number): string | null {
    const { lastName } = this.world.people.contact(Math.floor(entry / 4), entry % 4)
    return this.drawn(entry) % 10 === 9 ? null : lastName
  }

  private contactRow(entry: number): Json {
    const { world } = this
    const party = Math.floor(entry / 4)
    const contact = world.people.contact(party, entry % 4)
    const newest = [0, 1, 2].map((slot) => world.conversations.newestOf(party * 4 + slot)).filter((index) => index >= 0)
    const last = newest.length === 0 ? null : Math.max(...newest.map((index) => world.startOf(index)))
    const drawn = this.drawn(entry)
    return {
      id: contact.id,
      name: contact.firstName,
      last_name: this.lastNameOf(entry),
      company: contact.company === null ? null : { name: contact.company.name, id: contact.company.id },
      job_title: contact.jobTitle,
      website: null,
      status: drawn % 3 === 0 ? null : "active",
      is_archived: drawn % 40 === 39,
      created_at: last === null ? null : this.time(last - (30 + (drawn >>> 8) % 300) * 86_400_000),
      updated_at: last === null ? null : this.time(last),
      numbers: [world.people.numberOf(party)],
      is_whitelisted: drawn % 2 === 0,
      last_activity_date: last === null ? null : this.time(last),
      engagement: this.engagementOf(entry)
    }
  }

  private numbers(): Answer {
    return answer(200, {
      data: lines.map((line) => ({
        number: line.number,
        name: line.name,
        country: line.country,
        is_shared_number: line.agents.length > 1
      }))
    })
  }
}

const bad = (field: string, message: string): Answer => refusal(400, "INVALID_REQUEST", [{ message, field }])
