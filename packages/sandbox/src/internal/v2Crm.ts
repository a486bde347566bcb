/** The CRM of Allo's second interface: people, companies and deals, found by filters and by id. Times have no zone. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, isObject, type Json, zoneless } from "./Answer.js"
import { cut } from "./page.js"
import * as Read from "./parameters.js"
import type { Contact, Deal } from "./people.js"
import { hash } from "./random.js"
import { v2 as refusal } from "./refusal.js"
import { day } from "./time.js"
import { isAnswer, pageOf, readBody, refuseFields, tooDeep } from "./v2Requests.js"

type Row = { readonly [field: string]: Json }

interface Person {
  readonly party: number
  readonly contact: Contact
}

interface Company {
  readonly id: string
  readonly name: string
  readonly people: Array<Person>
}

interface Found {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly activityAt: number | null
  /** The texts that each filter looks into. */
  readonly texts: { readonly [filter: string]: ReadonlyArray<string> }
  readonly row: () => Row
}

interface Lists {
  readonly parties: number
  readonly people: ReadonlyArray<Found>
  readonly companies: ReadonlyArray<Found>
  readonly deals: ReadonlyArray<Found>
}

const sorts = ["DATE_DESC", "DATE_ASC", "NAME_ASC", "NAME_DESC", "CREATED_DESC", "CREATED_ASC"] as const
/** These filters want the whole text, the others a part of it. */
const exact = new Set(["phone_number", "deal_status", "stage"])
const industries = ["Technology", "Health", "Retail", null] as const

/** 1 January 2026: nothing of the CRM was made later. */
const settledAt = 1_767_225_600_000

export class V2Crm {
  private lists: Lists | null = null

  constructor(private readonly world: AlloWorld, private readonly seed: number) {}

  handle(endpoint: string, id: string, ask: Ask): Answer {
    const { companies, deals, people } = this.listsNow()
    switch (endpoint) {
      case "GET crm/people/{id}":
        return this.one(people, id, ask, "PERSON_NOT_FOUND")
      case "GET crm/companies/{id}":
        return this.one(companies, id, ask)
      case "GET crm/deals/{id}":
        return this.one(deals, id, ask)
      case "POST crm/people/search":
        return this.search(people, [
          "name",
          "last_name",
          "job_title",
          "website",
          "company",
          "phone_number",
          "email",
          "deal_status"
        ], ask)
      case "POST crm/companies/search":
        return this.search(companies, ["name", "website", "industry"], ask)
      default:
        return this.search(deals, ["stage"], ask)
    }
  }

  /** Of unknown companies and deals no document tells the code. */
  private one(list: ReadonlyArray<Found>, id: string, ask: Ask, unknown = "ENDPOINT_NOT_FOUND"): Answer {
    const found = list.find((_) => _.id === id)
    return found === undefined
      ? refusal(unknown, ask.requestId, { status: 404, message: "Nothing has this id.", param: "id" })
      : answer(200, { data: found.row() })
  }

  private search(list: ReadonlyArray<Found>, known: ReadonlyArray<string>, ask: Ask): Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    const filters = isObject(body["filters"]) ? body["filters"] : {}
    const texts = known.map((name) => Read.readText(`filters.${name}`, filters[name]))
    const search = Read.readText("search", body["search"])
    const sort = Read.readWord("sort", body["sort"], sorts)
    const page = Read.readPage(body["page"])
    const size = Read.readSize(body["size"])
    const shape = isObject(body["filters"]) || body["filters"] === undefined || body["filters"] === null
      ? Read.good(null)
      : Read.wrong(null, "filters", "INVALID_VALUE", "Must be an object.")
    const refused = refuseFields(ask.requestId, [shape, ...texts, search, sort, page, size])
    // The CRM says 422 where the other endpoints say 400.
    if (refused !== null) return { ...refused, status: 422 }
    const deep = tooDeep(page.value, ask)
    if (deep !== null) return deep

    const wanted = known.flatMap((name, position) => {
      const text = texts[position]?.value ?? null
      return text === null ? [] : [{ name, text: text.toLowerCase() }]
    })
    const words = search.value?.toLowerCase() ?? null
    const matches = ({ texts }: Found) =>
      wanted.every(({ name, text }) =>
        (texts[name] ?? []).some((own) =>
          exact.has(name) ? own.toLowerCase() === text : own.toLowerCase().includes(text)
        )
      ) && (words === null || Object.values(texts).flat().some((own) => own.toLowerCase().includes(words)))
    const matched = list.filter(matches).toSorted(orders[sort.value ?? "DATE_DESC"])
    const found = cut({
      entries: matched.map((_, position) => position),
      newestFirst: false,
      rankOf: (position) => position,
      page: page.value - 1,
      size: size.value,
      quirks: { ...ask.quirks, ties: null }
    })
    return pageOf(found.indices.flatMap((position) => matched[position]?.row() ?? []), [], found, size.value)
  }

  /** Parties arrive while the world moves; the lists are made anew when there are more. */
  private listsNow(): Lists {
    const kept = this.lists
    if (kept !== null && kept.parties === this.world.parties) return kept
    const { world } = this
    const all: Array<Person> = []
    for (let party = 1; party < world.parties; party++) {
      for (let position = 0; position < world.people.contactCount(party); position++) {
        all.push({ party, contact: world.people.contact(party, position) })
      }
    }
    const companies = new Map<string, Company>()
    for (const person of all) {
      const { company } = person.contact
      if (company === null) continue
      const known = companies.get(company.id)
      if (known === undefined) companies.set(company.id, { ...company, people: [person] })
      else known.people.push(person)
    }
    const lists = {
      parties: world.parties,
      people: all.map((_) => this.person(_)),
      companies: [...companies.values()].map((_) => this.company(_)),
      deals: all.flatMap((person) => person.contact.deals.map((deal) => this.deal(deal, person)))
    }
    this.lists = lists
    return lists
  }

  private createdAt(id: string): number {
    return settledAt - (30 + hash({ seed: this.seed, stream: 111 }, hashOf(id)) % 600) * day
  }

  private activityOf(people: ReadonlyArray<Person>): number | null {
    const { conversations } = this.world
    const newest = people.flatMap(({ party }) =>
      [0, 1, 2].map((slot) => conversations.newestOf(party * 4 + slot)).filter((index) => index >= 0)
    )
    return newest.length === 0 ? null : Math.max(...newest.map((index) => this.world.startOf(index)))
  }

  private interactionsOf(people: ReadonlyArray<Person>): number {
    const parties = new Set(people.map(({ party }) => party))
    return [...parties].reduce(
      (all, party) =>
        all + [0, 1, 2].reduce((sum, slot) => sum + this.world.conversations.itemsOf(party * 4 + slot).length, 0),
      0
    )
  }

  private times(id: string, people: ReadonlyArray<Person>): Row {
    const created = this.createdAt(id)
    const activity = this.activityOf(people)
    return {
      last_activity_at: activity === null ? null : zoneless(activity),
      created_at: zoneless(created),
      updated_at: zoneless(Math.max(created, activity ?? created))
    }
  }

  private person(person: Person): Found {
    const { contact, party } = person
    const id = contact.id.replace(/^cnt/, "per")
    const number = this.world.people.numberOf(party)
    const email = `${contact.firstName.toLowerCase()}@example.com`
    return {
      id,
      name: contact.firstName,
      createdAt: this.createdAt(id),
      activityAt: this.activityOf([person]),
      texts: {
        name: [contact.firstName],
        last_name: [contact.lastName],
        job_title: contact.jobTitle === null ? [] : [contact.jobTitle],
        company: contact.company === null ? [] : [contact.company.name],
        phone_number: [number],
        email: [email],
        deal_status: contact.deals.map((deal) => stageOf(deal))
      },
      row: () => ({
        id,
        name: contact.firstName,
        last_name: contact.lastName,
        job_title: contact.jobTitle,
        website: null,
        address: null,
        numbers: [number],
        emails: [email],
        company: contact.company === null ? null : { id: contact.company.id, name: contact.company.name },
        interactions: this.interactionsOf([person]),
        ...this.times(id, [person])
      })
    }
  }

  private company({ id, name, people }: Company): Found {
    const industry = industries[hash({ seed: this.seed, stream: 112 }, hashOf(id)) % 4] ?? null
    const website = `https://${name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.example.com`
    return {
      id,
      name,
      createdAt: this.createdAt(id),
      activityAt: this.activityOf(people),
      texts: { name: [name], website: [website], industry: industry === null ? [] : [industry] },
      row: () => ({
        id,
        name,
        website,
        industry,
        person_count: people.length,
        interactions: this.interactionsOf(people),
        ...this.times(id, people)
      })
    }
  }

  private deal(deal: Deal, person: Person): Found {
    const { company } = person.contact
    const drawn = hash({ seed: this.seed, stream: 113 }, hashOf(deal.id))
    const created = this.createdAt(deal.id)
    const closed = deal.status === "OPEN" ? null : created + (10 + drawn % 20) * day
    return {
      id: deal.id,
      name: deal.name,
      createdAt: created,
      activityAt: closed,
      texts: { stage: [stageOf(deal)], name: [deal.name], company: company === null ? [] : [company.name] },
      row: () => ({
        id: deal.id,
        name: deal.name,
        status: stageOf(deal),
        amount: drawn % 5 === 0 ? null : 500 * (1 + drawn % 200),
        currency: drawn % 5 === 0 ? null : "USD",
        closed_at: closed === null ? null : zoneless(closed),
        company: company === null ? null : { id: company.id, name: company.name },
        created_at: zoneless(created),
        updated_at: zoneless(closed ?? created)
      })
    }
  }
}

/** The status of a deal is free text in the CRM. */
const stageOf = (deal: Deal): string => deal.status === "OPEN" ? "negotiation" : deal.status.toLowerCase()

/** A number for an id, so that what is drawn for it stays the same. */
const hashOf = (id: string): number => {
  let sum = 0
  for (let position = 0; position < id.length; position++) sum = (sum * 31 + id.charCodeAt(position)) >>> 0
  return sum
}

type Order = (one: Found, other: Found) => number

const byText = (one: string, other: string): number => one < other ? -1 : one > other ? 1 : 0
const byName: Order = (one, other) => byText(one.name, other.name) || byText(one.id, other.id)
const byDate: Order = (one, other) => (one.activityAt ?? 0) - (other.activityAt ?? 0) || byText(one.id, other.id)
const byCreation: Order = (one, other) => one.createdAt - other.createdAt || byText(one.id, other.id)
const backwards = (order: Order): Order => (one, other) => order(other, one)

const orders: { readonly [sort in (typeof sorts)[number]]: Order } = {
  DATE_DESC: backwards(byDate),
  DATE_ASC: byDate,
  NAME_ASC: byName,
  NAME_DESC: backwards(byName),
  CREATED_DESC: backwards(byCreation),
  CREATED_ASC: byCreation
}
