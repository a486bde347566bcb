/** Every call and message of the Allo team; what the columns do not hold is computed when an item is read. */
import { Agenda } from "./Agenda.js"
import { grown, uint32 } from "./columns.js"
import { Conversations } from "./Conversations.js"
import { answeredAt, isOpen, lengthOf, pauseOf, whenOpen } from "./distribution.js"
import { indexOfLongId, lines, longId, makeAgents, makeTags, People } from "./people.js"
import { pick } from "./random.js"
import phrases from "./tables/phrases.json" with { type: "json" }
import { day, hour, minute, never, second } from "./time.js"
import { Timeline } from "./Timeline.js"
import { World, type WorldOptions } from "./World.js"

export const results = ["ANSWERED", "VOICEMAIL", "TRANSFERRED", "CLOSED", "FAILED", "BLOCKED"] as const
const messageTypes = ["SMS", "MMS", "WHATSAPP"] as const
const statuses = ["DELIVERED", "SENT", "PENDING", "FAILED"] as const

const { languages, topics } = phrases

/** The office's clock is an hour ahead of UTC, all year: zone databases differ between machines. */
const office = hour

/** One item before it is written into the columns. */
interface Drawn {
  readonly party: number
  readonly slot: number
  readonly call: boolean
  readonly outbound: boolean
  readonly result: number
  readonly duration: number
  readonly topic: number
  readonly sender: boolean
}

type Start = Pick<Drawn, "party" | "slot" | "topic" | "outbound" | "call">

/** Hears of each arrival, and of new tags before a call has them. */
export interface Listener {
  readonly arrived: (index: number, at: number) => void
  readonly tagging: (index: number, tags: ReadonlyArray<string>) => void
}

export class AlloWorld extends World<Drawn> {
  listener: Listener | null = null
  readonly people: People
  readonly agents
  readonly tags
  readonly timeline: Timeline
  readonly conversations: Conversations
  /** How many parties there are; each has a conversation per line it speaks to, three at most. */
  parties: number

  private pairs: Uint32Array
  private readonly ownTags = new Map<number, ReadonlyArray<string>>()
  /** Whom the team means to call: callers it did not answer, and those it did not reach. */
  private readonly agenda = new Agenda<Pick<Drawn, "party" | "slot" | "topic">>()

  constructor(options: WorldOptions) {
    super(options, {
      slowness: 1,
      // The longest call lasts three hours.
      quietHours: 3,
      leadHours: 0,
      zone: office,
      sharedTimes: 30,
      streams: { offset: 20, sharedTime: 29, arrivalPause: 30, deletionPause: 31, deletion: 32 }
    })
    const { seed, size } = options
    this.people = new People(seed)
    this.agents = makeAgents(seed)
    this.tags = makeTags(seed)
    this.parties = Math.max(12, Math.floor(size / 7))
    this.pairs = uint32(size + 1024)
    this.timeline = new Timeline((index) => this.startOf(index), size + 1024)
    this.conversations = new Conversations(this, this.parties, size + 1024)
    this.begin()
  }

  protected timelineOf(): Timeline {
    return this.timeline
  }

  protected writePast(index: number, date: number): void {
    this.write(this.draw(index, date), date)
  }

  /** Decides who calls whom, about what, and how it ends. */
  private draw(index: number, date: number): Drawn {
    const drawn = this.hash(21, index)
    const due = this.agenda.next(date)
    if (due !== undefined) return this.conclude(index, date, { ...due, outbound: true, call: drawn % 5 !== 0 })
    if (index === 0) {
      return { party: 1, slot: 0, call: true, outbound: false, result: 0, duration: 123, topic: 0, sender: false }
    }
    const again = index > 50 && drawn % 100 < 30
    const recent = (this.pairs[Math.max(0, index - 1 - (drawn >>> 8) % 40)] ?? 4) >>> 2
    const share = (drawn >>> 7) / 0x2000000
    const party = again ? recent : drawn % 101 === 100 ? 0 : 1 + Math.floor(share * share * (this.parties - 1))
    // Most people call about the same thing again and again.
    const topic = this.topicOf((drawn >>> 5) % 10 < 7 ? this.hash(34, party) : this.hash(22, index))
    const slot = (drawn >>> 4) % 11 === 10 ? 1 : 0
    const kind = this.hash(23, index) % 100
    return this.conclude(index, date, {
      party,
      slot,
      topic,
      outbound: party !== 0 && kind % 100 < 42,
      call: party === 0 || kind % 10 < 7
    })
  }

  private topicOf(drawn: number): number {
    let left = drawn % 100
    for (let topic = 0; topic < topics.length; topic++) {
      left -= topics[topic]?.share ?? 0
      if (left < 0) return topic
    }
    return 0
  }

  private conclude(index: number, date: number, start: Start): Drawn {
    const luck = this.hash(24, index) % 100
    const odds = answeredAt(date + office)
    const result = start.outbound
      ? luck < 56 ? 0 : luck < 67 ? 1 : luck < 97 ? 3 : 4
      : luck < odds
      ? (luck % 20 === 7 ? 2 : 0)
      : luck % 50 === 49
      ? 5
      : luck % 3 === 0
      ? 1
      : 3
    const talked = result === 0 || result === 2
    const length = lengthOf(this.hash(25, index), topics[start.topic]?.median ?? 60)
    const sender = !start.call && start.outbound && start.slot === 0 && (this.hash(26, index) % 12) === 0
    if (start.call && start.party !== 0) this.plan(index, date, { ...start, result })
    return {
      ...start,
      result,
      duration: Math.min(10_800, talked ? Math.max(3, length) : result === 1 ? 8 + (length % 50) : 0),
      sender
    }
  }

  /** Most of those who were missed are called back, at night on the next morning; who is not reached is tried again. */
  private plan(index: number, date: number, call: Start & { readonly result: number }): void {
    const { outbound, party, result, slot, topic } = call
    const drawn = this.hash(27, index)
    const missed = !outbound && (result === 1 || result === 3) && drawn % 10 < 6
    if (!missed && !(outbound && result === 3 && drawn % 10 < 5)) return
    const local = date + office
    const pause = missed
      ? isOpen(local) ? 5 * minute + pauseOf(drawn, 90) * minute : 0
      : 2 * hour + pauseOf(drawn, 120) * minute
    this.agenda.add(whenOpen(local + pause, this.hash(35, index)) - office, { party, slot, topic })
  }

  protected writeItem(index: number, item: Drawn, date: number): number {
    if (item.party >= this.parties) this.parties = item.party + 1
    const pair = item.party * 4 + (item.sender ? 2 : item.slot)
    this.pairs = grown(this.pairs, index, uint32)
    this.pairs[index] = pair
    if (!item.call) this.durations[index] = 0
    this.conversations.add(index, pair, date, item.outbound)
    const drawn = this.hash(28, index)
    return (item.call ? 1 : 0) | (item.outbound ? 2 : 0) | (item.result << 2) | (item.topic << 5) |
      (([0, 0, 0, 0, 1, 2][drawn % 6] ?? 0) << 9) |
      // What the team received has been delivered; what it sent may fail.
      ((!item.outbound ? 0 : drawn % 16 === 15 ? 3 : drawn % 9 === 8 ? 1 : 0) << 11)
  }

  /** The team deletes recent items: one of the newest 400. */
  protected victim(drawn: number): number | undefined {
    return this.timeline.oneOfNewest(400, drawn)
  }

  override arrive(item: Drawn, start: number, at: number): number {
    const index = super.arrive(item, start, at)
    this.listener?.arrived(index, at)
    return index
  }

  protected override forget(index: number): void {
    this.conversations.remove(index, this.pairOf(index))
  }

  /** An item arrives some time after it ended: most within a minute, a few hours late, none after a day. */
  protected arriveAt(at: number): void {
    const index = this.count
    const drawn = this.hash(33, index)
    const item = drawn % 6 === 0
      ? this.conclude(index, at, {
        party: this.parties,
        slot: 0,
        topic: this.topicOf(drawn >>> 3),
        outbound: false,
        call: true
      })
      : this.draw(index, at)
    const lag = drawn % 50 === 49 ? (1 + (drawn >>> 9) % 18) * hour : (4 + (drawn >>> 5) % 45) * second
    this.arrive(item, at - lag - item.duration * second, at)
  }

  pairOf(index: number): number {
    return this.pairs[index] ?? 0
  }

  partyOf(index: number): number {
    return this.pairOf(index) >>> 2
  }

  /** The line an item is on, as an index into `lines`. */
  lineOf(index: number): number {
    return this.lineOfPair(this.pairOf(index))
  }

  lineOfPair(pair: number): number {
    return this.people.lineOf(pair >>> 2, pair & 3)
  }

  isCall(index: number): boolean {
    return (this.bitsOf(index) & 1) !== 0
  }

  isOutbound(index: number): boolean {
    return (this.bitsOf(index) & 2) !== 0
  }

  /** An index into `results`. */
  resultOf(index: number): number {
    return (this.bitsOf(index) >>> 2) & 7
  }

  topicIndexOf(index: number): number {
    return (this.bitsOf(index) >>> 5) & 7
  }

  messageTypeOf(index: number): (typeof messageTypes)[number] {
    return messageTypes[(this.bitsOf(index) >>> 9) & 3] ?? "SMS"
  }

  statusOf(index: number): (typeof statuses)[number] {
    return statuses[(this.bitsOf(index) >>> 11) & 3] ?? "DELIVERED"
  }

  idOf(index: number): string {
    if (index === 0) return "cll-abc123"
    return `${this.isCall(index) ? "cll" : "msg"}-${longId(this.options.seed, 1, index)}`
  }

  /** The visible item with this id, or -1. */
  find(id: string): number {
    const index = id === "cll-abc123" ? 0 : indexOfLongId(this.options.seed, 1, id.slice(4))
    return index >= 0 && this.isVisible(index) && this.idOf(index).slice(4) === id.slice(4) &&
        this.idOf(index).slice(0, 3) === id.slice(0, 3)
      ? index
      : -1
  }

  /** The agent who took or made the call, as an index into `agents`; -1 where no agent did. */
  agentOf(index: number): number {
    const drawn = this.hash(41, index)
    if (!this.isOutbound(index) && this.isCall(index) && this.resultOf(index) >= 3 && drawn % 2 === 0) return -1
    const options = lines[this.lineOf(index)]?.agents ?? []
    return options.length === 0
      ? -1
      : pick(options, drawn % 10 < 7 ? this.hash(42, this.pairOf(index)) : drawn >>> 4, -1)
  }

  private since(index: number): number {
    return Math.max(this.endOf(index), this.bornAt(index) ?? -never)
  }

  private talked(index: number): boolean {
    return this.isCall(index) && this.resultOf(index) <= 2
  }

  /** When the summary appears: mostly within minutes, sometimes after days, in a few cases never. */
  summaryAt(index: number): number {
    if (!this.talked(index)) return never
    const drawn = this.hash(43, index)
    const kind = drawn % 100
    if (kind < 2) return never
    if (this.options.movement === null) return -never
    const delay = kind < 3
      ? day + (drawn >>> 8) % (2 * day)
      : kind < 9
      ? 10 * minute + (drawn >>> 8) % (2 * hour)
      : 15 * second + (drawn >>> 8) % (105 * second)
    return this.since(index) + delay
  }

  transcriptAt(index: number): number {
    if (!this.talked(index)) return never
    const drawn = this.hash(44, index)
    if (drawn % 100 < 3) return never
    if (this.options.movement === null) return -never
    return this.since(index) +
      (drawn % 100 < 8 ? 5 * minute + (drawn >>> 8) % (3 * hour) : 10 * second + (drawn >>> 8) % (60 * second))
  }

  /** Which script of its topic the call follows. */
  variantOf(index: number): number {
    return this.hash(45, index) % 4
  }

  private scriptOf(index: number) {
    return languages[this.languageOf(index)]?.scripts[this.topicIndexOf(index)]
  }

  languageOf(index: number): number {
    return this.people.languageOf(this.partyOf(index))
  }

  summaryOf(index: number, now: number): string | null {
    const own = this.ownSummaries.get(index)
    if (own !== undefined) return own
    const at = this.summaryAt(index)
    if (now < at) return null
    const options = this.scriptOf(index)?.summaries ?? []
    const drawn = this.hash(46, index)
    const text = pick(options, this.variantOf(index), "")
    // One summary in fifty is corrected days later.
    return drawn % 50 === 49 && now >= at + hour + (drawn >>> 8) % (3 * day) ? `${text} (✎)` : text
  }

  /** Null for messages, which have no tags; a call has any number of tags. */
  tagsOf(index: number, now: number): ReadonlyArray<string> | null {
    if (!this.isCall(index)) return null
    const own = this.ownTags.get(index)
    if (own !== undefined) return own
    const drawn = this.hash(47, index)
    if (!this.talked(index)) return drawn % 2 === 0 ? null : []
    const tags: Array<string> = []
    if (drawn % 100 < 46) tags.push(topics[this.topicIndexOf(index)]?.tag ?? "qualified")
    if ((drawn >>> 8) % 100 < 7) tags.push("vip")
    const later = (drawn >>> 16) % 100
    const moved = this.options.movement === null || now >= this.endOf(index) + hour + (drawn >>> 10) % (2 * day)
    if (later < 3 && moved) tags.push("rappel 📞")
    if (later === 99 && moved) tags.shift()
    return tags.length === 0 && drawn % 3 === 0 ? null : tags
  }

  setTags(index: number, tags: ReadonlyArray<string>): void {
    this.listener?.tagging(index, tags)
    this.ownTags.set(index, tags)
    this.version++
  }

  contentOf(index: number): string {
    return pick(languages[this.languageOf(index)]?.messages ?? [], this.hash(48, index), "OK")
  }

  isUnread(index: number): boolean {
    return !this.isOutbound(index) && this.hash(49, index) % 100 < (this.talked(index) ? 3 : 22)
  }

  /** Whether the team has neither called nor written since this item. */
  isUnresponded(index: number): boolean {
    return !this.isOutbound(index) && !(this.isCall(index) && this.talked(index) && this.resultOf(index) !== 1) &&
      this.startOf(index) >= this.conversations.lastOutboundOf(this.pairOf(index))
  }

  hasRecording(index: number): boolean {
    return this.talked(index) && this.durationOf(index) > 0 && this.hash(50, index) % 10 !== 9
  }
}
