/** The lines, agents and tags of the team, and the parties who call them. */
import { below, capitalHex, hash, hex, permute, pick, type Place, unpermute } from "./random.js"
import tables from "./tables/people.json" with { type: "json" }

/** Forty hexadecimal digits; the first eight encode the index. */
export const longId = (seed: number, kind: number, index: number): string => {
  let id = capitalHex(permute(seed ^ kind, index))
  for (let word = 0; word < 4; word++) id += capitalHex(hash({ seed, stream: 1000 + kind * 8 + word }, index))
  return id
}

/** The index in a `longId`, or -1. The caller has to compare the id of that index with the given id. */
export const indexOfLongId = (seed: number, kind: number, digits: string): number =>
  /^[0-9A-F]{40}$/.test(digits) ? unpermute(seed ^ kind, Number.parseInt(digits.slice(0, 8), 16)) : -1

export interface Agent {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: "ADMIN" | "MANAGER" | "MEMBER"
  readonly status: "ACTIVE" | "BLOCKED"
  readonly hasImage: boolean
}

export const makeAgents = (seed: number): ReadonlyArray<Agent> =>
  tables.agents.map((name, index) => ({
    id: index === 0 ? "usr-abc123" : `usr-${longId(seed, 3, index)}`,
    name,
    email: `agent${index + 1}@example.com`,
    role: index === 0 ? "ADMIN" : index < 3 ? "MANAGER" : "MEMBER",
    status: index >= 10 ? "BLOCKED" : "ACTIVE",
    hasImage: index % 3 === 0
  }))

export interface Line {
  /** Null for a sender name, which can only send. */
  readonly number: string | null
  readonly name: string | null
  readonly country: string | null
  readonly type: string
  readonly capabilities: ReadonlyArray<string>
  readonly agents: ReadonlyArray<number>
}

/** The lines people call, in the order items refer to them; the last has no number. */
export const lines: ReadonlyArray<Line> = tables.lines

/** The percentage of parties that belong to each line with a number. */
const { lineShares } = tables

/** The line that only sends. */
export const senderLine = 7

export interface Tag {
  readonly id: string
  readonly name: string
  readonly color: string
}

export const makeTags = (seed: number): ReadonlyArray<Tag> =>
  tables.tags.map((name, index) => ({
    id: index === 0 ? "tag-abc123" : `tag-${longId(seed, 4, index)}`,
    name,
    color: `#${hex(hash({ seed, stream: 40 }, index)).slice(0, 6).toUpperCase()}`
  }))

export interface Deal {
  readonly id: string
  readonly name: string
  readonly status: "OPEN" | "WON" | "LOST"
}

export interface Contact {
  readonly id: string
  readonly firstName: string
  readonly lastName: string
  readonly jobTitle: string | null
  readonly company: { readonly id: string; readonly name: string } | null
  readonly deals: ReadonlyArray<Deal>
}

const numberSpace = 10_000_000
const stride = 7_368_787
/** `stride` times this is 1 modulo `numberSpace`. */
const inverse = (() => {
  let [old, rest, oldFactor, factor] = [stride, numberSpace, 1, 0]
  while (rest !== 0) {
    const quotient = Math.floor(old / rest)
    ;[old, rest] = [rest, old - quotient * rest]
    ;[oldFactor, factor] = [factor, oldFactor - quotient * factor]
  }
  return ((oldFactor % numberSpace) + numberSpace) % numberSpace
})()

/** The parties outside the team; party 0 stands for callers who hide their number. */
export class People {
  constructor(private readonly seed: number) {}

  private place(stream: number): Place {
    return { seed: this.seed, stream }
  }

  /** The usual line of a party (slot 0), its second line (slot 1), or the sender name that writes to it (slot 2). */
  lineOf(party: number, slot: number): number {
    if (slot === 2) return senderLine
    if (party === 1 && slot === 0) return 0
    const drawn = below(this.place(2), party, 100)
    let home = 0
    let reached = lineShares[0] ?? 100
    while (drawn >= reached && home < lineShares.length - 1) {
      home++
      reached += lineShares[home] ?? 0
    }
    return slot === 0 ? home : (home + 1) % lineShares.length
  }

  languageOf(party: number): number {
    const options = tables.lineLanguages[this.lineOf(party, 0)] ?? []
    return pick(options, hash(this.place(1), party), 0)
  }

  /** The number of a party; no other party has it. */
  numberOf(party: number): string {
    if (party === 0) return "anonymous"
    const prefixes = tables.linePrefixes[this.lineOf(party, 0)] ?? []
    const prefix = pick(prefixes, hash(this.place(8), party), "+336")
    const suffix = String((party * stride + (this.seed & 0xffff)) % numberSpace).padStart(7, "0")
    return prefix === "+336" || prefix === "+337" ? `${prefix}0${suffix}` : prefix + suffix
  }

  /** The party with this number, or -1. */
  partyOf(number: string, parties: number): number {
    if (number === "anonymous") return 0
    const shifted = Number(number.slice(-7)) - (this.seed & 0xffff)
    const party = (((shifted + numberSpace) % numberSpace) * inverse) % numberSpace
    return Number.isInteger(party) && party > 0 && party < parties && this.numberOf(party) === number ? party : -1
  }

  /** How many contacts have the number of this party: 0 for an unknown caller, up to 3. */
  contactCount(party: number): number {
    if (party === 0) return 0
    if (party === 1) return 1
    const drawn = below(this.place(3), party, 100)
    return drawn < 22 ? 0 : drawn < 91 ? 1 : drawn < 98 ? 2 : 3
  }

  contactId(party: number, position: number): string {
    return party === 1 ? "cnt-abc123" : `cnt-${longId(this.seed, 2, party * 4 + position)}`
  }

  /** The party and position behind a contact's id, written with `-` or `_`. */
  contactAt(id: string, parties: number): { readonly party: number; readonly position: number } | null {
    if (id === "cnt-abc123" || id === "cnt_abc123") return { party: 1, position: 0 }
    const index = indexOfLongId(this.seed, 2, id.slice(4))
    const party = Math.floor(index / 4)
    const position = index % 4
    if (index < 0 || party >= parties || position >= this.contactCount(party)) return null
    return this.contactId(party, position) === `cnt-${id.slice(4)}` && /^cnt[-_]/.test(id) ? { party, position } : null
  }

  contact(party: number, position: number): Contact {
    const index = party * 4 + position
    const language = this.languageOf(party)
    const drawn = hash(this.place(4), index)
    const company = hash(this.place(5), index) % 100
    const companyIndex = hash(this.place(5), index) % 640
    const dealCount = [0, 0, 0, 1, 1, 2][hash(this.place(6), index) % 6] ?? 0
    return {
      id: this.contactId(party, position),
      firstName: pick(tables.firstNames[language] ?? [], drawn, "Sarah"),
      lastName: pick(tables.lastNames[language] ?? [], drawn >>> 8, "Johnson"),
      jobTitle: company < 60
        ? pick(tables.jobTitles, hash(this.place(7), index), "CEO")
        : null,
      company: company < 60 ?
        {
          id: companyIndex === 0 ? "com-xyz789" : `com-${longId(this.seed, 5, companyIndex)}`,
          name: `${pick(tables.companyHeads, companyIndex, "Acme")} ${
            pick(tables.companyTails, companyIndex >>> 3, "Corp")
          }`
        } :
        null,
      deals: Array.from({ length: company < 60 ? dealCount : 0 }, (_, deal) => ({
        id: `dea-${longId(this.seed, 6, index * 2 + deal)}`,
        name: pick(tables.deals, drawn >>> (3 + deal), "Pilot"),
        status: pick(["OPEN", "WON", "LOST", "OPEN"] as const, drawn >>> (5 + deal), "OPEN")
      }))
    }
  }
}
