/** Every call and message of the Allo team, in columns of numbers; whatever else an item holds is made when it is read. */
import { answeredAt, lengthOf, pauseOf, trafficAt } from "./distribution.js"
import { grown } from "./grown.js"
import { indexOfLongId, lines, longId, makeAgents, makeTags, People } from "./people.js"
import { languages, topics } from "./phrases.js"
import { below, hash, pick, type Place } from "./random.js"
import { Timeline } from "./Timeline.js"

/** How the world changes while it is read; `null` where it stands still and everything late has come. */
export interface Movement {
  readonly arrivalsPerMinute: number
  readonly deletionsPerHour: number
}

export const results = ["ANSWERED", "VOICEMAIL", "TRANSFERRED", "CLOSED", "FAILED", "BLOCKED"] as const
export const messageTypes = ["SMS", "MMS", "WHATSAPP"] as const
export const statuses = ["DELIVERED", "SENT", "PENDING", "FAILED"] as const

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** The office's clock is an hour ahead of UTC, all year: zone databases differ between machines. */
const office = hour

/** One item as a person would describe it, for arrivals made by hand. */
export interface Drawn {
  readonly party: number
  readonly slot: number
  readonly call: boolean
  readonly outbound: boolean
  readonly result: number
  readonly duration: number
  readonly topic: number
  readonly sender: boolean
}

const float64 = (length: number) => new Float64Array(length)
const int32 = (length: number) => new Int32Array(length)
const uint32 = (length: number) => new Uint32Array(length)
const uint16 = (length: number) => new Uint16Array(length)

const never = Number.POSITIVE_INFINITY

export class AlloWorld {
  readonly people: People
  readonly agents
  readonly tags
  readonly timeline: Timeline
  /** How many items there ever were; an index below it is an item, visible or not. */
  count = 0
  /** How many parties there are; each has a conversation per line it speaks to, three at most. */
  parties: number
  /** Moves with every change a reader could see. */
  version = 0

  private dates: Float64Array
  private pairs: Uint32Array
  private previous: Int32Array
  private bits: Uint16Array
  private durations: Uint16Array
  private newest: Int32Array
  private lastOutbound: Float64Array
  private readonly born = new Map<number, number>()
  private readonly died = new Map<number, number>()
  private readonly ownTags = new Map<number, ReadonlyArray<string>>()
  private readonly ownSummaries = new Map<number, string>()
  private readonly byLine = new Map<number, { readonly version: number; readonly pairs: Uint32Array }>()
  private nextArrival: number
  private nextDeletion: number
  private arrivals = 0
  private deletions = 0
  private readonly missed: Array<
    { readonly at: number; readonly party: number; readonly slot: number; readonly topic: number }
  > = []

  constructor(
    private readonly options: {
      readonly seed: number
      readonly size: number
      readonly epoch: number
      readonly days: number
      readonly movement: Movement | null
    }
  ) {
    const { epoch, movement, seed, size } = options
    this.people = new People(seed)
    this.agents = makeAgents(seed)
    this.tags = makeTags(seed)
    this.parties = Math.max(12, Math.floor(size / 7))
    const capacity = size + 1024
    this.dates = float64(capacity)
    this.pairs = uint32(capacity)
    this.previous = int32(capacity)
    this.bits = uint16(capacity)
    this.durations = uint16(capacity)
    this.newest = int32(this.parties * 4 + 512).fill(-1)
    this.lastOutbound = float64(this.parties * 4 + 512)
    this.timeline = new Timeline((index) => this.dates[index] ?? 0, capacity)
    this.fill()
    this.nextArrival = movement === null ? never : epoch + this.arrivalPause(0)
    this.nextDeletion = movement === null ? never : epoch + this.deletionPause(0)
  }

  private place(stream: number): Place {
    return { seed: this.options.seed, stream }
  }

  /** The time before the reader came: as many items in each hour as that hour's traffic deserves. */
  private fill(): void {
    const { days, epoch, size } = this.options
    const start = epoch - days * day
    // The longest call lasts three hours, so that everything here has ended when the reader comes.
    const hours = days * 24 - 3
    const weight = (index: number) => trafficAt(start + index * hour + office)
    let total = 0
    for (let index = 0; index < hours; index++) total += weight(index)
    let passed = 0
    let made = 0
    for (let hourIndex = 0; hourIndex < hours; hourIndex++) {
      passed += weight(hourIndex)
      const until = hourIndex === hours - 1 ? size : Math.floor((size * passed) / total)
      const offsets = uint16(until - made)
      for (let item = 0; item < offsets.length; item++) {
        offsets[item] = below(this.place(20), made + item, 3600)
      }
      offsets.sort()
      for (const offset of offsets) {
        const index = this.count
        const own = Math.floor((start + hourIndex * hour) / second) * second + offset * second
        // One in thirty shares its second with the one before: an order by time alone is not an order.
        const date = index > 0 && below(this.place(29), index, 30) === 0 ? this.dateOf(index - 1) : own
        this.write(this.draw(index, date), date)
      }
      made = until
    }
  }

  /** Who calls whom, about what, and how it ends. */
  private draw(index: number, date: number): Drawn {
    const drawn = hash(this.place(21), index)
    const due = this.missed[0]
    if (due !== undefined && due.at <= date) {
      this.missed.shift()
      return this.conclude(index, date, {
        party: due.party,
        slot: due.slot,
        topic: due.topic,
        outbound: true,
        call: drawn % 5 !== 0
      })
    }
    if (index === 0) {
      return { party: 1, slot: 0, call: true, outbound: false, result: 0, duration: 123, topic: 0, sender: false }
    }
    const again = index > 50 && drawn % 100 < 30
    const recent = (this.pairs[Math.max(0, index - 1 - (drawn >>> 8) % 40)] ?? 4) >>> 2
    const share = (drawn >>> 7) / 0x2000000
    const party = again ? recent : drawn % 101 === 100 ? 0 : 1 + Math.floor(share * share * (this.parties - 1))
    const topic = this.topicOf(hash(this.place(22), index))
    const slot = (drawn >>> 4) % 11 === 10 ? 1 : 0
    const kind = hash(this.place(23), index) % 100
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

  private conclude(
    index: number,
    date: number,
    start: {
      readonly party: number
      readonly slot: number
      readonly topic: number
      readonly outbound: boolean
      readonly call: boolean
    }
  ): Drawn {
    const luck = hash(this.place(24), index) % 100
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
    const length = lengthOf(hash(this.place(25), index), topics[start.topic]?.median ?? 60)
    const sender = !start.call && start.outbound && start.slot === 0 && (hash(this.place(26), index) % 12) === 0
    if (start.call && !start.outbound && !talked && result !== 5 && start.party !== 0 && luck % 10 < 6) {
      const pause = pauseOf(hash(this.place(27), index), 90) * minute
      // Kept in the order of their moment, so that the first due stands first; few wait at a time.
      const entry = {
        at: date + 5 * minute + Math.min(pause, 2 * day),
        party: start.party,
        slot: start.slot,
        topic: start.topic
      }
      let position = this.missed.length
      while (position > 0 && (this.missed[position - 1]?.at ?? 0) > entry.at) position--
      if (this.missed.length < 512) this.missed.splice(position, 0, entry)
    }
    return {
      ...start,
      result,
      duration: Math.min(10_800, talked ? Math.max(3, length) : result === 1 ? 8 + (length % 50) : 0),
      sender
    }
  }

  private write(item: Drawn, date: number): number {
    const index = this.count++
    if (item.party >= this.parties) this.parties = item.party + 1
    const pair = item.party * 4 + (item.sender ? 2 : item.slot)
    this.dates = grown(this.dates, index, float64)
    this.pairs = grown(this.pairs, index, uint32)
    this.previous = grown(this.previous, index, int32)
    this.bits = grown(this.bits, index, uint16)
    this.durations = grown(this.durations, index, uint16)
    if (pair >= this.newest.length) {
      const length = this.newest.length
      this.newest = grown(this.newest, pair, int32)
      this.newest.fill(-1, length)
      this.lastOutbound = grown(this.lastOutbound, pair, float64)
    }
    const drawn = hash(this.place(28), index)
    this.dates[index] = date
    this.pairs[index] = pair
    this.durations[index] = item.call ? item.duration : 0
    this.bits[index] = (item.call ? 1 : 0) | (item.outbound ? 2 : 0) | (item.result << 2) | (item.topic << 5) |
      (([0, 0, 0, 0, 1, 2][drawn % 6] ?? 0) << 9) |
      ((drawn % 40 === 39 ? 3 : drawn % 9 === 8 ? 1 : 0) << 11)
    this.link(index, pair, date)
    this.timeline.append(index)
    return index
  }

  /** Items of one conversation hang together from the newest back. */
  private link(index: number, pair: number, date: number): void {
    let later = -1
    let earlier = this.newest[pair] ?? -1
    while (earlier >= 0 && (this.dates[earlier] ?? 0) > date) {
      later = earlier
      earlier = this.previous[earlier] ?? -1
    }
    this.previous[index] = earlier
    if (later < 0) this.newest[pair] = index
    else this.previous[later] = index
    if (this.isOutbound(index)) this.lastOutbound[pair] = Math.max(this.lastOutbound[pair] || -never, date)
  }

  private arrivalPause(turn: number): number {
    const perMinute = this.options.movement?.arrivalsPerMinute ?? 0
    return perMinute <= 0 ? never : Math.max(1, pauseOf(hash(this.place(30), turn), minute / perMinute))
  }

  private deletionPause(turn: number): number {
    const perHour = this.options.movement?.deletionsPerHour ?? 0
    return perHour <= 0 ? never : Math.max(1, pauseOf(hash(this.place(31), turn), hour / perHour))
  }

  /** Lets everything happen that happens before `now`, in its order. */
  advance(now: number): void {
    while (this.nextArrival <= now || this.nextDeletion <= now) {
      if (this.nextArrival <= this.nextDeletion) {
        const at = this.nextArrival
        this.arriveAt(at)
        this.nextArrival = at + this.arrivalPause(++this.arrivals)
      } else {
        const at = this.nextDeletion
        const drawn = hash(this.place(32), this.deletions)
        // People delete what is fresh: one of the last few hundred.
        const reach = Math.min(this.timeline.size, 400)
        const victim = this.timeline.slice(this.timeline.size - reach, this.timeline.size)[drawn % Math.max(1, reach)]
        if (victim !== undefined) this.remove(victim, at)
        this.nextDeletion = at + this.deletionPause(++this.deletions)
      }
    }
  }

  /** An item shows up some time after it ended: most within a minute, a few hours late, none after a day. */
  private arriveAt(at: number): void {
    const index = this.count
    const drawn = hash(this.place(33), index)
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

  arrive(item: Drawn, date: number, at: number): number {
    const index = this.write(item, Math.floor(date / second) * second)
    // It was appended as the newest; its true place may be further back.
    this.timeline.settle(index)
    this.born.set(index, at)
    this.version++
    return index
  }

  remove(index: number, at: number): boolean {
    if (!this.isVisible(index)) return false
    this.died.set(index, at)
    this.timeline.remove(index)
    const pair = this.pairOf(index)
    let later = -1
    let current = this.newest[pair] ?? -1
    while (current >= 0 && current !== index) {
      later = current
      current = this.previous[current] ?? -1
    }
    const earlier = this.previous[index] ?? -1
    if (later < 0) this.newest[pair] = earlier
    else this.previous[later] = earlier
    let outbound = -never
    for (let walk = this.newest[pair] ?? -1; walk >= 0; walk = this.previous[walk] ?? -1) {
      if (this.isOutbound(walk)) outbound = Math.max(outbound, this.dateOf(walk))
    }
    this.lastOutbound[pair] = outbound
    this.version++
    return true
  }

  isVisible(index: number): boolean {
    return index >= 0 && index < this.count && !this.died.has(index)
  }

  /** From when to when a reader could see it. */
  lifeOf(index: number): { readonly from: number; readonly to: number } {
    return { from: this.born.get(index) ?? -never, to: this.died.get(index) ?? never }
  }

  dateOf(index: number): number {
    return this.dates[index] ?? 0
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

  private bitsOf(index: number): number {
    return this.bits[index] ?? 0
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

  durationOf(index: number): number {
    return this.durations[index] ?? 0
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

  /** The agent who took or made it, as an index into `agents`, or -1 for nobody. */
  agentOf(index: number): number {
    const drawn = hash(this.place(41), index)
    if (!this.isOutbound(index) && this.isCall(index) && this.resultOf(index) >= 3 && drawn % 2 === 0) return -1
    const options = lines[this.lineOf(index)]?.agents ?? []
    return options.length === 0
      ? -1
      : pick(options, drawn % 10 < 7 ? hash(this.place(42), this.pairOf(index)) : drawn >>> 4, -1)
  }

  private endOf(index: number): number {
    return this.dateOf(index) + this.durationOf(index) * second
  }

  private since(index: number): number {
    return Math.max(this.endOf(index), this.born.get(index) ?? -never)
  }

  private talked(index: number): boolean {
    return this.isCall(index) && this.resultOf(index) <= 2
  }

  /** When the summary is there; most come within minutes, some after days, a few never. */
  summaryAt(index: number): number {
    if (!this.talked(index)) return never
    const drawn = hash(this.place(43), index)
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
    const drawn = hash(this.place(44), index)
    if (drawn % 100 < 3) return never
    if (this.options.movement === null) return -never
    return this.since(index) +
      (drawn % 100 < 8 ? 5 * minute + (drawn >>> 8) % (3 * hour) : 10 * second + (drawn >>> 8) % (60 * second))
  }

  /** Which script of its topic the call follows. */
  variantOf(index: number): number {
    return hash(this.place(45), index) % 4
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
    const drawn = hash(this.place(46), index)
    const text = pick(options, this.variantOf(index), "")
    // Somebody corrects a summary in fifty, days later.
    return drawn % 50 === 49 && now >= at + hour + (drawn >>> 8) % (3 * day) ? `${text} (✎)` : text
  }

  ownSummaryOf(index: number): string | undefined {
    return this.ownSummaries.get(index)
  }

  setSummary(index: number, summary: string): void {
    this.ownSummaries.set(index, summary)
    this.version++
  }

  /** Messages have no tags at all; a call has none, or some. */
  tagsOf(index: number, now: number): ReadonlyArray<string> | null {
    if (!this.isCall(index)) return null
    const own = this.ownTags.get(index)
    if (own !== undefined) return own
    const drawn = hash(this.place(47), index)
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
    this.ownTags.set(index, tags)
    this.version++
  }

  contentOf(index: number): string {
    return pick(languages[this.languageOf(index)]?.messages ?? [], hash(this.place(48), index), "OK")
  }

  isUnread(index: number): boolean {
    return !this.isOutbound(index) && hash(this.place(49), index) % 100 < (this.talked(index) ? 3 : 22)
  }

  /** Nobody on the team has called or written since. */
  isUnresponded(index: number): boolean {
    return !this.isOutbound(index) && !(this.isCall(index) && this.talked(index) && this.resultOf(index) !== 1) &&
      this.dateOf(index) >= (this.lastOutbound[this.pairOf(index)] || -never)
  }

  hasRecording(index: number): boolean {
    return this.talked(index) && this.durationOf(index) > 0 && hash(this.place(50), index) % 10 !== 9
  }

  /** The newest visible item of a conversation, or -1. */
  newestOf(pair: number): number {
    return this.newest[pair] ?? -1
  }

  /** The items of one conversation, newest first. */
  itemsOf(pair: number): ReadonlyArray<number> {
    const items: Array<number> = []
    for (let index = this.newestOf(pair); index >= 0; index = this.previous[index] ?? -1) items.push(index)
    return items
  }

  /** Conversations of a line (of every line when null), the latest activity first. */
  conversationsOf(line: number | null): Uint32Array {
    const key = line ?? -1
    const kept = this.byLine.get(key)
    if (kept !== undefined && kept.version === this.timeline.version) return kept.pairs
    const found: Array<number> = []
    const activity = (pair: number) => this.dateOf(this.newestOf(pair))
    for (let party = 0; party < this.parties; party++) {
      let front = -1
      for (let pair = party * 4; pair < party * 4 + 4; pair++) {
        if (this.newestOf(pair) < 0 || (line !== null && this.lineOfPair(pair) !== line)) continue
        if (front < 0 || activity(pair) > activity(front)) front = pair
      }
      if (front >= 0) found.push(front)
    }
    found.sort((one, other) => activity(other) - activity(one) || one - other)
    const pairs = Uint32Array.from(found)
    this.byLine.set(key, { version: this.timeline.version, pairs })
    return pairs
  }
}
