/** Who is in the world: the team's lines, agents and tags, and everybody who calls them. */
import { below, capitalHex, hash, hex, permute, pick, type Place, unpermute } from "./random.js"

/** Streams of chance, so that no two decisions share one. */
export const streams = {
  partyLanguage: 1,
  partyLine: 2,
  partyContacts: 3,
  contactName: 4,
  contactCompany: 5,
  contactDeals: 6,
  contactTitle: 7,
  partyPrefix: 8,
  id: 9
} as const

/** Forty hexadecimal digits, the first eight of which lead back to the index. */
export const longId = (seed: number, kind: number, index: number): string => {
  let id = capitalHex(permute(seed ^ kind, index))
  for (let word = 0; word < 4; word++) id += capitalHex(hash({ seed, stream: 1000 + kind * 8 + word }, index))
  return id
}

/** The index a `longId` was made of, or -1. The caller makes the id again and compares. */
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

const agentNames: ReadonlyArray<string> = [
  "Alex Kim",
  "Marie Dubois",
  "Siobhán O'Neill",
  "Yusuf Haddad",
  "Léa \"Lou\" Martin",
  "高橋 健",
  "Carmen Ruiz",
  "Jordan Lee",
  "Amina Benali",
  "Tom Becker",
  "Noor van Dijk",
  "Paul D'Angelo"
]

export const makeAgents = (seed: number): ReadonlyArray<Agent> =>
  agentNames.map((name, index) => ({
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
  readonly type: "NUMBER" | "SENDER_ID"
  readonly capabilities: ReadonlyArray<"VOICE" | "SMS" | "MMS">
  readonly agents: ReadonlyArray<number>
}

/** The lines people call, in the order items refer to them; the last two have no number. */
export const lines: ReadonlyArray<Line> = [
  {
    number: "+14155550100",
    name: "Sales US",
    country: "US",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS", "MMS"],
    agents: [0, 7, 9]
  },
  {
    number: "+33155550142",
    name: "Support FR",
    country: "FR",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS"],
    agents: [1, 4, 8]
  },
  {
    number: "+33755550167",
    name: "Ventes \"mobile\" 📱",
    country: "FR",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS"],
    agents: [4, 10]
  },
  {
    number: "+442055550119",
    name: "London desk",
    country: "GB",
    type: "NUMBER",
    capabilities: ["VOICE"],
    agents: [2, 9, 11]
  },
  {
    number: "+81355550123",
    name: "東京オフィス",
    country: "JP",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS"],
    agents: [5]
  },
  {
    number: "+212555550188",
    name: "الدار البيضاء",
    country: "MA",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS"],
    agents: [3, 8]
  },
  {
    number: "+34915555021",
    name: null,
    country: "ES",
    type: "NUMBER",
    capabilities: ["VOICE", "SMS"],
    agents: [6]
  },
  { number: null, name: "Acme Corp", country: "FR", type: "SENDER_ID", capabilities: ["SMS"], agents: [] }
]

/** How many of a hundred parties belong to each line with a number. */
export const lineShares: ReadonlyArray<number> = [24, 26, 12, 12, 8, 8, 10]

/** The line that only sends. */
export const senderLine = 7

export interface Tag {
  readonly id: string
  readonly name: string
  readonly color: string
}

const tagNames: ReadonlyArray<string> = [
  "qualified",
  "follow_up",
  "interested",
  "not_interested",
  "follow_up_later",
  "to_call_back",
  "meeting_booked",
  "billing",
  "support",
  "vip",
  "rappel 📞"
]

export const makeTags = (seed: number): ReadonlyArray<Tag> =>
  tagNames.map((name, index) => ({
    id: index === 0 ? "tag-abc123" : `tag-${longId(seed, 4, index)}`,
    name,
    color: `#${hex(hash({ seed, stream: 40 }, index)).slice(0, 6).toUpperCase()}`
  }))

const firstNames: ReadonlyArray<ReadonlyArray<string>> = [
  ["Sarah", "Michael", "Priya", "Conor", "Emily", "DeShawn", "Grace", "Oliver"],
  ["Camille", "Jean-Luc", "Zoé", "François", "Anaïs", "Théo", "Jeanne \"Jeannot\"", "Noël"],
  ["فاطمة", "محمد", "ليلى", "يوسف", "سلمى", "عمر"],
  ["花子", "健太", "美咲", "翔", "さくら", "大輔"],
  ["María", "José", "Lucía", "Íñigo", "Begoña", "Álvaro"]
]

const lastNames: ReadonlyArray<ReadonlyArray<string>> = [
  ["Johnson", "O'Brien", "Patel", "Smith-Jones", "D'Angelo", "Nguyen", "McDonald", "Okafor"],
  ["Dupré", "Lefèvre", "Garçon", "Martin", "L'Hôte", "Bœuf", "Petit"],
  ["الزهراء", "العلوي", "بن علي", "حداد"],
  ["佐藤", "鈴木", "髙橋", "渡邉"],
  ["García", "Núñez", "Muñoz", "de la Cruz", "Ibáñez"]
]

const companyHeads: ReadonlyArray<string> = [
  "Acme",
  "Globex",
  "Société Générale du Thé",
  "Café ☕ Central",
  "Smith & Sons",
  "株式会社 さくら",
  "شركة النخيل",
  "Panadería \"La Espiga\"",
  "Initech",
  "O'Hara"
]

const companyTails: ReadonlyArray<string> = ["Corp", "SARL", "Ltd", "Group", "GmbH", "Partners", "SL", "Inc."]

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

/** Languages spoken on a line, by its number, as indices into `languages`. */
const spoken: ReadonlyArray<ReadonlyArray<number>> = [
  [0, 0, 0, 0, 0, 4],
  [1, 1, 1, 1, 2],
  [1, 1, 1, 0],
  [0, 0, 0, 0, 1],
  [3, 3, 3, 0],
  [2, 2, 1],
  [4, 4, 4, 0],
  [1]
]

const dialling: ReadonlyArray<ReadonlyArray<string>> = [
  ["+1212", "+1415", "+1646", "+1303"],
  ["+336", "+337", "+3361"],
  ["+336", "+337"],
  ["+447", "+4479"],
  ["+8190", "+8180"],
  ["+2126", "+2127"],
  ["+346", "+3461"],
  ["+336"]
]

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

/** Everybody outside the team; party 0 withholds the number. */
export class People {
  private readonly language: Place
  private readonly line: Place
  private readonly contacts: Place
  private readonly name: Place
  private readonly company: Place
  private readonly deals: Place
  private readonly title: Place
  private readonly prefix: Place

  constructor(private readonly seed: number) {
    const place = (stream: number): Place => ({ seed, stream })
    this.language = place(streams.partyLanguage)
    this.line = place(streams.partyLine)
    this.contacts = place(streams.partyContacts)
    this.name = place(streams.contactName)
    this.company = place(streams.contactCompany)
    this.deals = place(streams.contactDeals)
    this.title = place(streams.contactTitle)
    this.prefix = place(streams.partyPrefix)
  }

  /** The line a party calls first (slot 0) or now and then (slot 1), or that only writes to it (slot 2). */
  lineOf(party: number, slot: number): number {
    if (slot === 2) return senderLine
    if (party === 1 && slot === 0) return 0
    const drawn = below(this.line, party, 100)
    let home = 0
    let reached = lineShares[0] ?? 100
    while (drawn >= reached && home < lineShares.length - 1) {
      home++
      reached += lineShares[home] ?? 0
    }
    return slot === 0 ? home : (home + 1) % lineShares.length
  }

  languageOf(party: number): number {
    const options = spoken[this.lineOf(party, 0)] ?? []
    return pick(options, hash(this.language, party), 0)
  }

  /** What the party's telephone shows; one party, one number. */
  numberOf(party: number): string {
    if (party === 0) return "anonymous"
    const prefixes = dialling[this.lineOf(party, 0)] ?? []
    const prefix = pick(prefixes, hash(this.prefix, party), "+336")
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

  /** How many entries of the address book share the number: none for strangers, several for a switchboard. */
  contactCount(party: number): number {
    if (party === 0) return 0
    if (party === 1) return 1
    const drawn = below(this.contacts, party, 100)
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
    const drawn = hash(this.name, index)
    const company = hash(this.company, index) % 100
    const companyIndex = hash(this.company, index) % 640
    const dealCount = [0, 0, 0, 1, 1, 2][hash(this.deals, index) % 6] ?? 0
    return {
      id: this.contactId(party, position),
      firstName: pick(firstNames[language] ?? [], drawn, "Sarah"),
      lastName: pick(lastNames[language] ?? [], drawn >>> 8, "Johnson"),
      jobTitle: company < 60
        ? pick(["CEO", "Directrice", "Office manager", "営業部長"], hash(this.title, index), "CEO")
        : null,
      company: company < 60 ?
        {
          id: companyIndex === 0 ? "com-xyz789" : `com-${longId(this.seed, 5, companyIndex)}`,
          name: `${pick(companyHeads, companyIndex, "Acme")} ${pick(companyTails, companyIndex >>> 3, "Corp")}`
        } :
        null,
      deals: Array.from({ length: company < 60 ? dealCount : 0 }, (_, deal) => ({
        id: `dea-${longId(this.seed, 6, index * 2 + deal)}`,
        name: pick(["Enterprise Plan", "Pilot", "Renouvellement 2026", "契約更新"], drawn >>> (3 + deal), "Pilot"),
        status: pick(["OPEN", "WON", "LOST", "OPEN"] as const, drawn >>> (5 + deal), "OPEN")
      }))
    }
  }
}
