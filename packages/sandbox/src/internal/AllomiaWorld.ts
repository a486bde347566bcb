/** Every call the AI agents of several clinics took, in columns of numbers. */
import type { Movement } from "./AlloWorld.js"
import { lengthOf, pauseOf, trafficAt } from "./distribution.js"
import { grown } from "./grown.js"
import { clinicAgent, clinicScripts } from "./phrases.js"
import { below, hash, hex, permute, pick, type Place, unpermute } from "./random.js"
import { Timeline } from "./Timeline.js"

export const callTypes = ["Inbound", "Outbound", "Web"] as const

export interface Organization {
  readonly id: string
  readonly name: string
  readonly city: string
  readonly country: string
  readonly timezone: string
  readonly offset: number
  readonly phoneNumber: string
  readonly createdAt: number
}

interface Intent {
  readonly name: string
  readonly share: number
  readonly median: number
  readonly outcome: string
  readonly english: string
  readonly french: string
}

export const intents: ReadonlyArray<Intent> = [
  {
    name: "book_appointment",
    share: 34,
    median: 110,
    outcome: "appointment_confirmed",
    english: "Patient booked a visit.",
    french: "Le patient a pris rendez-vous."
  },
  {
    name: "reschedule_appointment",
    share: 16,
    median: 85,
    outcome: "appointment_moved",
    english: "Patient moved a visit.",
    french: "Le patient a déplacé son rendez-vous."
  },
  {
    name: "cancel_appointment",
    share: 8,
    median: 50,
    outcome: "appointment_cancelled",
    english: "Patient cancelled a visit.",
    french: "Le patient a annulé son rendez-vous."
  },
  {
    name: "prescription_refill",
    share: 14,
    median: 130,
    outcome: "message_taken",
    english: "Refill of a prescription requested.",
    french: "Renouvellement d'ordonnance demandé."
  },
  {
    name: "billing_question",
    share: 12,
    median: 210,
    outcome: "transferred_to_human",
    english: "Question about a bill.",
    french: "Question sur une facture."
  },
  {
    name: "opening_hours",
    share: 10,
    median: 35,
    outcome: "information_given",
    english: "Asked for opening hours.",
    french: "Demande des heures d'ouverture."
  },
  {
    name: "test_results",
    share: 6,
    median: 150,
    outcome: "transferred_to_human",
    english: "Asked about test results.",
    french: "Question sur des résultats d'analyse."
  }
]

export const endedReasons = [
  "customer-ended-call",
  "agent-ended-call",
  "voicemail",
  "no-answer",
  "busy",
  "call-forwarded",
  "system-error"
] as const

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const never = Number.POSITIVE_INFINITY

const clinics: ReadonlyArray<readonly [string, string, string, string, number, string]> = [
  ["Clinique Saint-Laurent", "Montréal", "Canada", "America/Montreal", -300, "+15145550110"],
  ["Harbour \"East\" Dental", "Vancouver", "Canada", "America/Vancouver", -480, "+16045550120"],
  ["Cabinet L'Érable 🍁", "Québec", "Canada", "America/Toronto", -300, "+14185550130"],
  ["Desert Sun Family Practice", "Phoenix", "United States", "America/Phoenix", -420, "+16025550140"],
  ["さくら整骨院", "Halifax", "Canada", "America/Halifax", -240, "+19025550150"]
]

const makeOrganizations = (seed: number, count: number, epoch: number): ReadonlyArray<Organization> =>
  Array.from({ length: count }, (_, index) => {
    const clinic = clinics[index % clinics.length] ?? clinics[0]
    const [name, city, country, timezone, offset, phoneNumber] = clinic ??
      ["Clinic", "Montréal", "Canada", "America/Montreal", -300, "+15145550110"]
    const turn = Math.floor(index / clinics.length)
    return {
      id: index === 0 ? "a1b2c3d4-e5f6-7890-abcd-123456789012" : uuid(seed, 11, index),
      name: turn === 0 ? name : `${name} ${turn + 1}`,
      city,
      country,
      timezone,
      offset,
      phoneNumber,
      createdAt: Math.floor((epoch - (400 - index) * day) / second) * second
    }
  })

/** Looks like a UUID; its first eight digits lead back to the index. */
const uuid = (seed: number, kind: number, index: number): string => {
  const word = (part: number) => hex(hash({ seed, stream: 2000 + kind * 4 + part }, index))
  const [one, two, three] = [word(0), word(1), word(2)]
  return `${hex(permute(seed ^ kind, index))}-${one.slice(0, 4)}-${one.slice(4)}-${two.slice(0, 4)}-${
    two.slice(4)
  }${three}`
}

const float64 = (length: number) => new Float64Array(length)
const uint16 = (length: number) => new Uint16Array(length)

/** One call, as arrivals made by hand describe it. */
export interface Taken {
  readonly organization: number
  readonly type: number
  readonly intent: number
  readonly reason: number
  readonly duration: number
}

export class AllomiaWorld {
  readonly organizations: ReadonlyArray<Organization>
  /** One list per organisation. */
  readonly timelines: ReadonlyArray<Timeline>
  count = 0
  version = 0

  private starts: Float64Array
  private durations: Uint16Array
  private bits: Uint16Array
  private owners: Uint16Array
  private readonly born = new Map<number, number>()
  private readonly died = new Map<number, number>()
  private readonly ownSummaries = new Map<number, string>()
  private nextArrival: number
  private nextDeletion: number
  private arrivals = 0
  private deletions = 0

  constructor(
    private readonly options: {
      readonly seed: number
      readonly size: number
      readonly epoch: number
      readonly days: number
      readonly organizations: number
      readonly movement: Movement | null
    }
  ) {
    const { epoch, movement, organizations, seed, size } = options
    this.organizations = makeOrganizations(seed, organizations, epoch)
    const capacity = size + 256
    this.starts = float64(capacity)
    this.durations = uint16(capacity)
    this.bits = uint16(capacity)
    this.owners = uint16(capacity)
    this.timelines = this.organizations.map(() => new Timeline((index) => this.starts[index] ?? 0, 64))
    this.fill()
    this.nextArrival = movement === null ? never : epoch + this.pause(60, 0, minute, movement.arrivalsPerMinute / 3)
    this.nextDeletion = movement === null ? never : epoch + this.pause(61, 0, hour, movement.deletionsPerHour / 3)
  }

  private place(stream: number): Place {
    return { seed: this.options.seed, stream }
  }

  private pause(stream: number, turn: number, unit: number, perUnit: number): number {
    return perUnit <= 0 ? never : Math.max(1, pauseOf(hash(this.place(stream), turn), unit / perUnit))
  }

  private fill(): void {
    const { days, epoch, size } = this.options
    const start = epoch - days * day
    // The westernmost clinic is three hours behind Montréal, and a call needs three to be over and written down.
    const hours = days * 24 - 6
    const weight = (index: number) => trafficAt(start + index * hour - 5 * hour)
    let before = 0
    let total = 0
    for (let index = 0; index < hours; index++) total += weight(index)
    let passed = 0
    let made = 0
    for (let hourIndex = 0; hourIndex < hours; hourIndex++) {
      passed += weight(hourIndex)
      const until = hourIndex === hours - 1 ? size : Math.floor((size * passed) / total)
      const offsets = uint16(until - made)
      for (let call = 0; call < offsets.length; call++) {
        offsets[call] = below(this.place(62), made + call, 3600)
      }
      offsets.sort()
      for (const offset of offsets) {
        const index = this.count
        const own = Math.floor((start + hourIndex * hour) / second) * second + offset * second
        // Some share their second with the one before, often enough for an organisation to have such pairs.
        const montreal = index > 0 && below(this.place(59), index, 12) === 0 ? before : own
        const call = this.draw(index)
        // The same hour of the day, in the clinic's own zone: every organisation's calls stay in their order.
        const shift = -5 * hour - (this.organizations[call.organization]?.offset ?? -300) * minute
        this.write(call, montreal + shift)
        before = montreal
      }
      made = until
    }
  }

  private draw(index: number): Taken {
    const drawn = hash(this.place(63), index)
    // The last organisation has no calls; the first ones have most.
    const share = (drawn >>> 8) / 0x1000000
    const organization = Math.floor(share * share * Math.max(1, this.organizations.length - 1))
    const type = drawn % 20 < 16 ? 0 : drawn % 20 < 19 ? 1 : 2
    let left = hash(this.place(64), index) % 100
    let intent = 0
    while (intent < intents.length - 1 && left >= (intents[intent]?.share ?? 0)) {
      left -= intents[intent]?.share ?? 0
      intent++
    }
    const luck = hash(this.place(65), index) % 100
    const reason = type === 1
      ? luck < 55 ? 0 : luck < 75 ? 2 : luck < 92 ? 3 : 4
      : intent === 4 || intent === 6
      ? (luck < 60 ? 5 : 0)
      : luck < 70
      ? 0
      : luck < 97
      ? 1
      : luck < 99
      ? 5
      : 6
    const talked = reason !== 3 && reason !== 4
    const length = lengthOf(hash(this.place(66), index), intents[intent]?.median ?? 60)
    return { organization, type, intent, reason, duration: talked ? Math.min(5400, Math.max(2, length)) : 0 }
  }

  private write(call: Taken, start: number): number {
    const index = this.count++
    this.starts = grown(this.starts, index, float64)
    this.durations = grown(this.durations, index, uint16)
    this.bits = grown(this.bits, index, uint16)
    this.owners = grown(this.owners, index, uint16)
    this.starts[index] = start
    this.durations[index] = call.duration
    this.bits[index] = call.type | (call.intent << 2) | (call.reason << 5)
    this.owners[index] = call.organization
    this.timelines[call.organization]?.append(index)
    return index
  }

  advance(now: number): void {
    const { movement } = this.options
    while (this.nextArrival <= now || this.nextDeletion <= now) {
      if (this.nextArrival <= this.nextDeletion) {
        const at = this.nextArrival
        const call = this.draw(this.count)
        this.arrive(call, at - (12 + hash(this.place(67), this.count) % 40) * second - call.duration * second, at)
        this.nextArrival = at + this.pause(60, ++this.arrivals, minute, (movement?.arrivalsPerMinute ?? 0) / 3)
      } else {
        const at = this.nextDeletion
        const drawn = hash(this.place(68), this.deletions)
        const timeline = this.timelines[drawn % this.timelines.length]
        const reach = Math.min(timeline?.size ?? 0, 200)
        const victim = timeline?.slice(timeline.size - reach, timeline.size)[(drawn >>> 8) % Math.max(1, reach)]
        if (victim !== undefined) this.remove(victim, at)
        this.nextDeletion = at + this.pause(61, ++this.deletions, hour, (movement?.deletionsPerHour ?? 0) / 3)
      }
    }
  }

  arrive(call: Taken, start: number, at: number): number {
    const index = this.write(call, Math.floor(start / second) * second)
    const timeline = this.timelines[call.organization]
    if (timeline !== undefined) timeline.settle(index)
    this.born.set(index, at)
    this.version++
    return index
  }

  remove(index: number, at: number): boolean {
    if (!this.isVisible(index)) return false
    this.died.set(index, at)
    this.timelines[this.ownerOf(index)]?.remove(index)
    this.version++
    return true
  }

  isVisible(index: number): boolean {
    return index >= 0 && index < this.count && !this.died.has(index)
  }

  lifeOf(index: number): { readonly from: number; readonly to: number } {
    return { from: this.born.get(index) ?? -never, to: this.died.get(index) ?? never }
  }

  idOf(index: number): string {
    return index === 0 ? "f6a7b8c9-d0e1-2345-fabc-678901234567" : uuid(this.options.seed, 12, index)
  }

  /** The visible call with this id, or -1. */
  find(id: string): number {
    const digits = id.slice(0, 8)
    const index = id === this.idOf(0)
      ? 0
      : /^[0-9a-f]{8}$/.test(digits)
      ? unpermute(this.options.seed ^ 12, Number.parseInt(digits, 16))
      : -1
    return this.isVisible(index) && this.idOf(index) === id ? index : -1
  }

  organizationIndex(id: string): number {
    return this.organizations.findIndex((organization) => organization.id === id)
  }

  ownerOf(index: number): number {
    return this.owners[index] ?? 0
  }

  startOf(index: number): number {
    return this.starts[index] ?? 0
  }

  durationOf(index: number): number {
    return this.durations[index] ?? 0
  }

  endOf(index: number): number {
    return this.startOf(index) + this.durationOf(index) * second
  }

  /** The row is written some seconds after the end; one in fifty much later. */
  createdOf(index: number): number {
    const born = this.born.get(index)
    if (born !== undefined) return Math.floor(born / second) * second
    const drawn = hash(this.place(69), index)
    return this.endOf(index) + (drawn % 50 === 49 ? (60 + (drawn >>> 8) % 5400) * second : (drawn >>> 8) % 60 * second)
  }

  /** An index into `callTypes`. */
  typeOf(index: number): number {
    return (this.bits[index] ?? 0) & 3
  }

  private intentNumberOf(index: number): number {
    return ((this.bits[index] ?? 0) >>> 2) & 7
  }

  intentOf(index: number): Intent | undefined {
    return intents[this.intentNumberOf(index)]
  }

  /** An index into `endedReasons`. */
  reasonOf(index: number): number {
    return ((this.bits[index] ?? 0) >>> 5) & 7
  }

  talked(index: number): boolean {
    const reason = this.reasonOf(index)
    return reason !== 3 && reason !== 4
  }

  /** When intent, mood and summary are there. */
  analysedAt(index: number): number {
    if (!this.talked(index)) return never
    if (this.options.movement === null) return -never
    const drawn = hash(this.place(70), index)
    const delay = drawn % 100 < 4 ? hour + (drawn >>> 8) % (2 * day) : 20 * second + (drawn >>> 8) % (160 * second)
    return this.createdOf(index) + delay
  }

  summaryOf(index: number, now: number): string | null {
    return this.ownSummaries.get(index) ??
      (now >= this.analysedAt(index) ? this.intentOf(index)?.english ?? null : null)
  }

  setSummary(index: number, summary: string): void {
    this.ownSummaries.set(index, summary)
    this.version++
  }

  /** What came of it, as far as why it ended leaves open; only a call that was passed on reached a human. */
  outcomeOf(index: number): string | null {
    const reason = endedReasons[this.reasonOf(index)]
    if (reason === "call-forwarded") return "transferred_to_human"
    if (reason === "voicemail") return "voicemail_left"
    if (reason === "system-error" || !this.talked(index)) return null
    const drawn = hash(this.place(74), index)
    const other = drawn % 200 < 100 ? "message_taken" : "information_given"
    const intent = this.intentOf(index)
    return intent === undefined || intent.outcome === "transferred_to_human" || (drawn >>> 8) % 100 < 15
      ? other
      : intent.outcome
  }

  /** Who said what; a longer call goes round its middle again. */
  transcriptOf(index: number): ReadonlyArray<{ readonly agent: boolean; readonly text: string }> {
    const name = this.agentOf(index).name
    const turn = hash(this.place(75), index) % 4
    const say = (agent: boolean, options: ReadonlyArray<string>, turn: number) => ({
      agent,
      text: pick(options, turn, "…").replace("{agent}", name)
    })
    if (endedReasons[this.reasonOf(index)] === "voicemail") return [say(true, clinicAgent.voicemails, 0)]
    const script = clinicScripts[this.intentNumberOf(index)]
    const exchanges = 1 + Math.min(20, Math.floor(this.durationOf(index) / 30))
    return [
      say(true, clinicAgent.greetings, turn),
      say(false, script?.openings ?? [], turn),
      ...Array.from({ length: exchanges }, (_, exchange) => [
        say(true, script?.replies ?? [], turn + exchange),
        say(false, script?.details ?? [], turn + exchange)
      ]).flat(),
      say(true, clinicAgent.closings, turn),
      say(false, clinicAgent.farewells, turn)
    ]
  }

  sentimentOf(index: number): string {
    const drawn = hash(this.place(71), index) % 100
    const sour = this.intentOf(index)?.name === "billing_question" ? 40 : 12
    return drawn < sour ? "negative" : drawn < 60 ? "neutral" : "positive"
  }

  agentOf(
    index: number
  ): { readonly id: string; readonly name: string; readonly teamId: string | null; readonly teamName: string | null } {
    const owner = this.ownerOf(index)
    const drawn = hash(this.place(72), index) % 3
    const number = owner * 3 + drawn
    return {
      id: number === 0 ? "g7b8c9d0-e1f2-3456-abcd-789012345678" : uuid(this.options.seed, 13, number),
      name: pick(["Dr. Smith Assistant", "Réception « Léa »", "Night desk 🌙"], number, "Dr. Smith Assistant"),
      teamId: drawn === 2 ? null : uuid(this.options.seed, 14, owner),
      teamName: drawn === 2 ? null : "Front Desk"
    }
  }

  /** The patient: callers come back, so there are fewer of them than calls. */
  private patientOf(index: number): number {
    return hash(this.place(73), index) % Math.max(20, Math.floor(this.options.size / 3))
  }

  patientNumberOf(index: number): string | null {
    if (this.typeOf(index) === 2) return null
    const patient = this.patientOf(index)
    return `+1514${String((patient * 7_368_787 + 1_234_567) % 10_000_000).padStart(7, "0")}`
  }

  patientNameOf(index: number): string | null {
    const patient = this.patientOf(index)
    return patient % 5 === 4
      ? null
      : pick(
        ["Marie Tremblay", "John O'Connor", "Noël Gagnon", "李 小龙", "Aïcha \"Aya\" Diallo"],
        patient,
        "Marie Tremblay"
      )
  }
}
