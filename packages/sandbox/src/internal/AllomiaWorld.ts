/** The calls that AI agents of clinics took; what the columns do not hold is computed when a call is read. */
import { Agenda } from "./Agenda.js"
import { grown, uint16, uint32 } from "./columns.js"
import { isOpen, lengthOf, pauseOf, whenOpen } from "./distribution.js"
import { hash, hex, permute, pick, unpermute } from "./random.js"
import tables from "./tables/clinics.json" with { type: "json" }
import { day, hour, minute, never, second } from "./time.js"
import { Timeline } from "./Timeline.js"
import { World, type WorldOptions } from "./World.js"

export const callTypes = ["Inbound", "Outbound", "Web"] as const
export const { endedReasons, intents } = tables

/** Written out, since a declaration that imports JSON does not compile everywhere. */
export interface Organization {
  readonly id: string
  readonly name: string
  readonly city: string
  readonly country: string
  readonly timezone: string
  /** Minutes east of Greenwich. */
  readonly offset: number
  readonly phoneNumber: string
  /** How the numbers of its patients begin. */
  readonly patients: string
  readonly createdAt: number
}

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

const emptyClinic = { name: "", city: "", country: "", timezone: "UTC", offset: 0, phoneNumber: "", patients: "" }

/** A text in the form of a UUID; its first eight digits encode the index. */
export const uuid = (seed: number, kind: number, index: number): string => {
  const word = (part: number) => hex(hash({ seed, stream: 2000 + kind * 4 + part }, index))
  const [one, two, three] = [word(0), word(1), word(2)]
  return `${hex(permute(seed ^ kind, index))}-${one.slice(0, 4)}-${one.slice(4)}-${two.slice(0, 4)}-${
    two.slice(4)
  }${three}`
}

/** The position of `prescription_refill`: more and more patients ask for it in the last weeks of the history. */
const growing = 3

/** Who takes the calls of a clinic at night, as a position in the names of the agents. */
const nightDesk = 2

/** One call before it is written into the columns. */
interface Taken {
  readonly organization: number
  readonly type: number
  readonly patient: number
  readonly intent: number
  readonly reason: number
  readonly duration: number
}

type Start = Omit<Taken, "reason" | "duration">

/** The first of these in which a number below 100 falls, by their shares in percent. */
const chosen = <A extends { readonly share: number }>(options: ReadonlyArray<A>, drawn: number): A | undefined => {
  let left = drawn
  return options.find(({ share }) => (left -= share) < 0)
}

export class AllomiaWorld extends World<Taken> {
  readonly organizations: ReadonlyArray<Organization>
  /** One list per organisation. */
  readonly timelines: ReadonlyArray<Timeline>
  private owners: Uint16Array
  private patients: Uint32Array
  /** Calls that somebody means to make: clinics to patients they did not speak to, patients about the same thing again. */
  private readonly agenda = new Agenda<Start>()

  constructor(options: WorldOptions & { readonly organizations: number }) {
    super(options, {
      slowness: 3,
      // The westernmost clinic is three hours behind Montréal, and a call needs three hours to end.
      quietHours: 6,
      // The easternmost is six hours ahead of it, so that its calls come that much earlier.
      leadHours: 6,
      zone: -5 * hour,
      sharedTimes: 12,
      streams: { offset: 62, sharedTime: 59, arrivalPause: 60, deletionPause: 61, deletion: 68 }
    })
    this.organizations = makeOrganizations(options.seed, options.organizations, options.epoch)
    this.owners = uint16(options.size + 1024)
    this.patients = uint32(options.size + 1024)
    this.timelines = this.organizations.map(() => new Timeline((index) => this.startOf(index), 64))
    this.begin()
  }

  protected timelineOf(index: number): Timeline | undefined {
    return this.timelines[this.ownerOf(index)]
  }

  /** A clinic gets the call at the same hour of the day in its own zone, so that its calls stay in their order. */
  protected writePast(index: number, montreal: number): void {
    const local = montreal - 5 * hour
    const call = this.draw(index, montreal, () => local)
    this.write(call, local - this.offsetOf(call.organization))
  }

  protected writeItem(index: number, call: Taken): number {
    this.owners = grown(this.owners, index, uint16)
    this.owners[index] = call.organization
    this.patients = grown(this.patients, index, uint32)
    this.patients[index] = call.patient
    return call.type | (call.intent << 2) | (call.reason << 5)
  }

  protected arriveAt(at: number): void {
    const call = this.draw(this.count, at, (organization) => at + this.offsetOf(organization))
    this.arrive(call, at - (12 + this.hash(67, this.count) % 40) * second - call.duration * second, at)
  }

  protected victim(drawn: number): number | undefined {
    return this.timelines[drawn % this.timelines.length]?.oneOfNewest(200, drawn >>> 8)
  }

  /** How far the clock of a clinic is ahead of UTC, all year. */
  private offsetOf(organization: number): number {
    return (this.organizations[organization]?.offset ?? -300) * minute
  }

  /** Patients call more than once, so there are fewer patients than calls. */
  somePatient(index: number): number {
    return this.hash(73, index) % Math.max(20, Math.floor(this.options.size / 3))
  }

  private draw(index: number, at: number, localOf: (organization: number) => number): Taken {
    const planned = this.agenda.next(at)
    if (planned !== undefined) return this.conclude(index, at, localOf(planned.organization), planned)
    const drawn = this.hash(63, index)
    // The last organisation gets no calls, the first organisations get the most.
    const share = (drawn >>> 8) / 0x1000000
    const organization = Math.floor(share * share * Math.max(1, this.organizations.length - 1))
    const type = drawn % 20 < 16 ? 0 : drawn % 20 < 19 ? 1 : 2
    const wish = this.hash(64, index)
    const grows = at > this.options.epoch - 28 * day && (wish >>> 8) % 100 < 12
    const found = chosen(intents, wish % 100)
    const intent = grows ? growing : found === undefined ? 0 : intents.indexOf(found)
    return this.conclude(index, at, localOf(organization), {
      organization,
      type,
      intent,
      patient: this.somePatient(index)
    })
  }

  /** Decides how the call ends, and who calls whom because of it. */
  private conclude(index: number, at: number, local: number, start: Start): Taken {
    const { intent, type } = start
    const reason = this.endOfCall(index, isOpen(local), start)
    const length = lengthOf(this.hash(66, index), intents[intent]?.median ?? 60)
    const later = this.later(index, local, start, reason)
    if (later !== null) this.agenda.add(at + later.pause, { ...start, type: later.type })
    return {
      ...start,
      reason,
      duration: reason === 3 || reason === 4
        ? 0
        : reason === 2 && type === 0
        ? 8 + length % 50
        : Math.min(5400, Math.max(2, length))
    }
  }

  /** Why it ends, as an index into `endedReasons`: while the clinic is closed more callers hang up or leave a message. */
  private endOfCall(index: number, open: boolean, { intent, type }: Start): number {
    const luck = this.hash(65, index) % 100
    if (type === 1) return luck < 55 ? 0 : luck < 75 ? 2 : luck < 92 ? 3 : 4
    if (luck === 99) return 6
    const missed = type === 2 ? 0 : open ? 7 : 37
    if (luck < missed) return luck < missed / 2 ? 2 : luck % 4 === 0 ? 4 : 3
    const way = this.hash(78, index) % 100
    // Only people can help with some wishes, and there are few of them at night.
    const forwarded = intent === 4 || intent === 6 ? (open ? 60 : 10) : 2
    return way < forwarded ? 5 : way % 10 < 7 ? 0 : 1
  }

  /** The call that this one leads to, and how long after it. */
  private later(index: number, local: number, { intent, type }: Start, reason: number) {
    const drawn = this.hash(76, index)
    const luck = drawn % 100
    const after = (type: number, pause: number) => ({
      type,
      pause: whenOpen(local + pause, this.hash(77, index)) - local
    })
    const unanswered = reason === 3 || reason === 4
    if (type === 1) return unanswered && luck < 55 ? after(1, 2 * hour + pauseOf(drawn, 120) * minute) : null
    if (type === 2) return null
    if (unanswered || reason === 2) {
      return luck < 65 ? after(1, isOpen(local) ? 10 * minute + pauseOf(drawn, 60) * minute : 0) : null
    }
    const outcome = this.cameTo(index, intent, reason)
    const again = outcome === "message_taken" || outcome === "information_given" ? 30 : 4
    return luck < again ? after(0, 3 * hour + pauseOf(drawn, 30) * hour) : null
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
    return this.cameTo(index, (this.bitsOf(index) >>> 2) & 7, this.reasonOf(index))
  }

  private cameTo(index: number, intent: number, reason: number): string | null {
    const ended = endedReasons[reason]
    if (ended === "call-forwarded") return "transferred_to_human"
    if (ended === "voicemail") return "voicemail_left"
    if (ended !== "customer-ended-call" && ended !== "agent-ended-call") return null
    return chosen(intents[intent]?.outcomes ?? [], this.hash(74, index) % 100)?.name ?? null
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
    const drawn = this.hash(72, index)
    const night = !isOpen(this.startOf(index) + this.offsetOf(owner)) && (drawn >>> 8) % 10 < 8
    const position = night ? nightDesk : drawn % tables.agents.length
    const number = owner * tables.agents.length + position
    return {
      id: number === 0 ? "g7b8c9d0-e1f2-3456-abcd-789012345678" : uuid(this.options.seed, 13, number),
      name: pick(tables.agents, position, ""),
      teamId: position === nightDesk ? null : uuid(this.options.seed, 14, owner),
      teamName: position === nightDesk ? null : "Front Desk"
    }
  }

  private patientOf(index: number): number {
    return this.patients[index] ?? 0
  }

  patientNumberOf(index: number): string | null {
    if (this.typeOf(index) === 2) return null
    const prefix = this.organizations[this.ownerOf(index)]?.patients ?? ""
    return prefix + String((this.patientOf(index) * 7_368_787 + 1_234_567) % 10_000_000).padStart(7, "0")
  }

  patientNameOf(index: number): string | null {
    const patient = this.patientOf(index)
    return patient % 5 === 4
      ? null
      : pick(tables.patients, patient, "")
  }
}
