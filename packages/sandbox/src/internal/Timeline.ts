/** The records a reader can see, in the order of their time, as a list a page can be cut from. */
import { grown } from "./grown.js"

const wider = (length: number) => new Uint32Array(length)

export class Timeline {
  private entries: Uint32Array
  private length = 0
  /** Told apart by every change, so that a kept answer knows whether it still holds. */
  version = 0

  constructor(private readonly timeOf: (index: number) => number, capacity: number) {
    this.entries = new Uint32Array(capacity)
  }

  get size(): number {
    return this.length
  }

  /** For records that come in order of time, as the history does. */
  append(index: number): void {
    this.entries = grown(this.entries, this.length, wider)
    this.entries[this.length++] = index
  }

  /** The first position whose time is not before `time`. */
  from(time: number): number {
    let low = 0
    let high = this.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timeOf(this.entries[middle] ?? 0) < time) low = middle + 1
      else high = middle
    }
    return low
  }

  insert(index: number): void {
    this.entries = grown(this.entries, this.length, wider)
    const position = this.from(this.timeOf(index) + 1)
    this.entries.copyWithin(position + 1, position, this.length)
    this.entries[position] = index
    this.length++
    this.version++
  }

  /** Moves the record that was appended last to its place. */
  settle(index: number): void {
    this.length--
    this.insert(index)
  }

  remove(index: number): void {
    let position = this.from(this.timeOf(index))
    while (position < this.length && this.entries[position] !== index) position++
    if (position >= this.length) return
    this.entries.copyWithin(position, position + 1, this.length)
    this.length--
    this.version++
  }

  /** Oldest first; a view, good until the next change. */
  slice(low: number, high: number): Uint32Array {
    return this.entries.subarray(Math.max(0, low), Math.min(high, this.length))
  }

  all(): Uint32Array {
    return this.slice(0, this.length)
  }
}
