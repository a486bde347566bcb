/** Conversations: the items of one party on one line, linked from the newest to the oldest. */
import { float64, grown, int32 } from "./columns.js"
import { never } from "./time.js"

export interface Items {
  /** How many parties there are; party `p` has the conversations `p * 4` to `p * 4 + 2`, one per line. */
  readonly parties: number
  startOf(index: number): number
  isOutbound(index: number): boolean
  lineOfPair(pair: number): number
}

export class Conversations {
  private previous: Int32Array
  private newest: Int32Array
  private lastOutbound: Float64Array
  private readonly byLine = new Map<number, { readonly version: number; readonly pairs: Uint32Array }>()
  private version = 0

  constructor(private readonly items: Items, parties: number, capacity: number) {
    this.previous = int32(capacity)
    this.newest = int32(parties * 4 + 512).fill(-1)
    this.lastOutbound = float64(parties * 4 + 512)
  }

  add(index: number, pair: number, date: number, outbound: boolean): void {
    this.previous = grown(this.previous, index, int32)
    const length = this.newest.length
    if (pair >= length) {
      this.newest = grown(this.newest, pair, int32).fill(-1, length)
      this.lastOutbound = grown(this.lastOutbound, pair, float64)
    }
    let later = -1
    let earlier = this.newestOf(pair)
    while (earlier >= 0 && this.items.startOf(earlier) > date) {
      later = earlier
      earlier = this.before(earlier)
    }
    this.previous[index] = earlier
    if (later < 0) this.newest[pair] = index
    else this.previous[later] = index
    if (outbound) this.lastOutbound[pair] = Math.max(this.lastOutboundOf(pair), date)
    this.version++
  }

  remove(index: number, pair: number): void {
    let later = -1
    let current = this.newestOf(pair)
    while (current >= 0 && current !== index) {
      later = current
      current = this.before(current)
    }
    if (later < 0) this.newest[pair] = this.before(index)
    else this.previous[later] = this.before(index)
    const outbound = this.itemsOf(pair).find((item) => this.items.isOutbound(item))
    this.lastOutbound[pair] = outbound === undefined ? -never : this.items.startOf(outbound)
    this.version++
  }

  private before(index: number): number {
    return this.previous[index] ?? -1
  }

  /** The newest visible item of a conversation, or -1. */
  newestOf(pair: number): number {
    return this.newest[pair] ?? -1
  }

  activityOf(pair: number): number {
    return this.items.startOf(this.newestOf(pair))
  }

  /** When the team last called or wrote. */
  lastOutboundOf(pair: number): number {
    return this.lastOutbound[pair] || -never
  }

  /** The items of one conversation, newest first. */
  itemsOf(pair: number): ReadonlyArray<number> {
    const items: Array<number> = []
    for (let index = this.newestOf(pair); index >= 0; index = this.before(index)) items.push(index)
    return items
  }

  /** Conversations of a line (of every line when null), the latest activity first. */
  ofLine(line: number | null): Uint32Array {
    const key = line ?? -1
    const kept = this.byLine.get(key)
    if (kept !== undefined && kept.version === this.version) return kept.pairs
    const found: Array<number> = []
    for (let party = 0; party < this.items.parties; party++) {
      let front = -1
      for (let pair = party * 4; pair < party * 4 + 4; pair++) {
        if (this.newestOf(pair) < 0 || (line !== null && this.items.lineOfPair(pair) !== line)) continue
        if (front < 0 || this.activityOf(pair) > this.activityOf(front)) front = pair
      }
      if (front >= 0) found.push(front)
    }
    found.sort((one, other) => this.activityOf(other) - this.activityOf(one) || one - other)
    const pairs = Uint32Array.from(found)
    this.byLine.set(key, { version: this.version, pairs })
    return pairs
  }
}
