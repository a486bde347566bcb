/** The calls that AI agents of clinics took; what the columns do not hold is computed when a call is read. */
import { grown, uint16 } from "./columns.js"
import { lengthOf } from "./distribution.js"
import { hash, hex, permute, pick, unpermute } from "./random.js"
import tables from "./tables/clinics.json" with { type: "json" }
import { day, hour, minute, never, second } from "./time.js"
import { Timeline } from "./Timeline.js"
import { World, type WorldOptions } from "./World.js"

export const callTypes = ["Inbound", "Outbound", "Web"] as const
export const { endedReasons, intents } = tables

export type Organization = (typeof tables.clinics)[number] & { readonly id: string; readonly createdAt: number }

const makeOrganizations = (seed: number, count: number, epoch: number): ReadonlyArray<Organization> =>
  Array.from({ length: count }, (_, index) => {
    const turn = Math.floor(index / tables.clinics.length)
    const clinic = pick(tables.clinics, index, emptyClinic)
    return {
      ...clinic,
      id: index === 0 ? "a1b2c3d4-e5f6-7890-abcd-123456789012" : uuid(seed, 11, index),
      name: turn === 0 ? clinic.name : `${clinic.name} ${turn + 1}`,
      createdAt: Math.floor((epoch - (400 - index) * day) / second) * second
    }
  })

const emptyClinic = { name: "", city: "", country: "", timezone: "UTC", offset: 0, phoneNumber: "" }

/** A text in the form of a UUID; its first eight digits encode the index. */
const uuid = (seed: number, kind: number, index: number): string => {
  const word = (part: number) => hex(hash({ seed, stream: 2000 + kind * 4 + part }, index))
  const [one, two, three] = [word(0), word(1), word(2)]
  return `${hex(permute(seed ^ kind, index))}-${one.slice(0, 4)}-${one.slice(4)}-${two.slice(0, 4)}-${
    two.slice(4)
  }${three}`
}

/** One call before it is written into the columns. */
interface Taken {
  readonly organization: number
  readonly type: number
  readonly intent: number
  readonly reason: number
  readonly duration: number
}

export class AllomiaWorld extends World<Taken> {
  readonly organizations: ReadonlyArray<Organization>
  /** One list per organisation. */
  readonly timelines: ReadonlyArray<Timeline>
  private owners: Uint16Array

  constructor(options: WorldOptions & { readonly organizations: number }) {
    super(options, {
      slowness: 3,
      // The westernmost clinic is three hours behind Montréal, and a call needs three hours to end.
      quietHours: 6,
      zone: -5 * hour,
      sharedTimes: 12,
      streams: { offset: 62, sharedTime: 59, arrivalPause: 60, deletionPause: 61, deletion: 68 }
    })
    this.organizations = makeOrganizations(options.seed, options.organizations, options.epoch)
    this.owners = uint16(options.size + 1024)
    this.timelines = this.organizations.map(() => new Timeline((index) => this.startOf(index), 64))
    this.begin()
  }

  protected timelineOf(index: number): Timeline | undefined {
    return this.timelines[this.ownerOf(index)]
  }

  /** A clinic gets the call at the same hour of the day in its own zone, so that its calls stay in their order. */
  protected writePast(index: number, montreal: number): void {
    const call = this.draw(index)
    this.write(call, montreal - 5 * hour - (this.organizations[call.organization]?.offset ?? -300) * minute)
  }

  protected writeItem(index: number, call: Taken): number {
    this.owners = grown(this.owners, index, uint16)
    this.owners[index] = call.organization
    return call.type | (call.intent << 2) | (call.reason << 5)
  }

  protected arriveAt(at: number): void {
    const call = this.draw(this.count)
    this.arrive(call, at - (12 + this.hash(67, this.count) % 40) * second - call.duration * second, at)
  }

  protected victim(drawn: number): number | undefined {
    return this.timelines[drawn % this.timelines.length]?.oneOfNewest(200, drawn >>> 8)
  }

  private draw(index: number): Taken {
    const drawn = this.hash(63, index)
    // The last organisation gets no calls, the first organisations get the most.
    const share = (drawn >>> 8) / 0x1000000
    const organization = Math.floor(share * share * Math.max(1, this.organizations.length - 1))
    const type = drawn % 20 < 16 ? 0 : drawn % 20 < 19 ? 1 : 2
    let left = this.hash(64, index) % 100
    let intent = 0
    while (intent < intents.length - 1 && left >= (intents[intent]?.share ?? 0)) {
      left -= intents[intent]?.share ?? 0
      intent++
    }
    const luck = this.hash(65, index) % 100
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
    const length = lengthOf(this.hash(66, index), intents[intent]?.median ?? 60)
    return { organization, type, intent, reason, duration: talked ? Math.min(5400, Math.max(2, length)) : 0 }
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

  /** When the API creates the record: seconds after the end of the call, for one call in fifty much later. */
  createdOf(index: number): number {
    const born = this.bornAt(index)
    if (born !== undefined) return Math.floor(born / second) * second
    const drawn = this.hash(69, index)
    return this.endOf(index) + (drawn % 50 === 49 ? (60 + (drawn >>> 8) % 5400) * second : (drawn >>> 8) % 60 * second)
  }

  /** An index into `callTypes`. */
  typeOf(index: number): number {
    return this.bitsOf(index) & 3
  }

  intentOf(index: number) {
    return intents[(this.bitsOf(index) >>> 2) & 7]
  }

  /** An index into `endedReasons`. */
  reasonOf(index: number): number {
    return (this.bitsOf(index) >>> 5) & 7
  }

  talked(index: number): boolean {
    const reason = this.reasonOf(index)
    return reason !== 3 && reason !== 4
  }

  /** When the intent, the sentiment and the summary appear. */
  analysedAt(index: number): number {
    if (!this.talked(index)) return never
    if (this.options.movement === null) return -never
    const drawn = this.hash(70, index)
    const delay = drawn % 100 < 4 ? hour + (drawn >>> 8) % (2 * day) : 20 * second + (drawn >>> 8) % (160 * second)
    return this.createdOf(index) + delay
  }

  summaryOf(index: number, now: number): string | null {
    return this.ownSummaries.get(index) ??
      (now >= this.analysedAt(index) ? this.intentOf(index)?.english ?? null : null)
  }

  /** The outcome, in agreement with the ended reason: only a forwarded call has `transferred_to_human`. */
  outcomeOf(index: number): string | null {
    const reason = endedReasons[this.reasonOf(index)]
    if (reason === "call-forwarded") return "transferred_to_human"
    if (reason === "voicemail") return "voicemail_left"
    if (reason === "system-error" || !this.talked(index)) return null
    const drawn = this.hash(74, index)
    const other = drawn % 200 < 100 ? "message_taken" : "information_given"
    const intent = this.intentOf(index)
    return intent === undefined || intent.outcome === "transferred_to_human" || (drawn >>> 8) % 100 < 15
      ? other
      : intent.outcome
  }

  /** What the agent and the caller said; a long call repeats its middle part. */
  transcriptOf(index: number): ReadonlyArray<{ readonly agent: boolean; readonly text: string }> {
    const name = this.agentOf(index).name
    const turn = this.hash(75, index) % 4
    const say = (agent: boolean, options: ReadonlyArray<string>, turn: number) => ({
      agent,
      text: pick(options, turn, "…").replace("{agent}", name)
    })
    if (endedReasons[this.reasonOf(index)] === "voicemail") return [say(true, tables.agentPhrases.voicemails, 0)]
    const script = this.intentOf(index)?.script
    const exchanges = 1 + Math.min(20, Math.floor(this.durationOf(index) / 30))
    return [
      say(true, tables.agentPhrases.greetings, turn),
      say(false, script?.openings ?? [], turn),
      ...Array.from({ length: exchanges }, (_, exchange) => [
        say(true, script?.replies ?? [], turn + exchange),
        say(false, script?.details ?? [], turn + exchange)
      ]).flat(),
      say(true, tables.agentPhrases.closings, turn),
      say(false, tables.agentPhrases.farewells, turn)
    ]
  }

  sentimentOf(index: number): string {
    const drawn = this.hash(71, index) % 100
    const sour = this.intentOf(index)?.name === "billing_question" ? 40 : 12
    return drawn < sour ? "negative" : drawn < 60 ? "neutral" : "positive"
  }

  agentOf(
    index: number
  ): { readonly id: string; readonly name: string; readonly teamId: string | null; readonly teamName: string | null } {
    const owner = this.ownerOf(index)
    const drawn = this.hash(72, index) % 3
    const number = owner * 3 + drawn
    return {
      id: number === 0 ? "g7b8c9d0-e1f2-3456-abcd-789012345678" : uuid(this.options.seed, 13, number),
      name: pick(tables.agents, number, ""),
      teamId: drawn === 2 ? null : uuid(this.options.seed, 14, owner),
      teamName: drawn === 2 ? null : "Front Desk"
    }
  }

  /** The number of the patient; patients call more than once, so there are fewer patients than calls. */
  private patientOf(index: number): number {
    return this.hash(73, index) % Math.max(20, Math.floor(this.options.size / 3))
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
      : pick(tables.patients, patient, "")
  }
}
