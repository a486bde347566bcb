/** The visible records in the order of their time; pages are cut from it. */
import { grown, uint32 } from "./columns.js"

export class Timeline {
  private entries: Uint32Array
  private length = 0
  /** Every change counts it up, so that a kept list can tell whether it is still right. */
  version = 0

  constructor(private readonly timeOf: (index: number) => number, capacity: number) {
    this.entries = uint32(capacity)
  }

  /** Adds a record that is not older than the others. */
  append(index: number): void {
    this.entries = grown(this.entries, this.length, uint32)
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

  /** Moves the record that was appended last to its place. */
  settle(index: number): void {
    this.length--
    const position = this.from(this.timeOf(index) + 1)
    this.entries.copyWithin(position + 1, position, this.length)
    this.entries[position] = index
    this.length++
    this.version++
  }

  remove(index: number): void {
    let position = this.from(this.timeOf(index))
    while (position < this.length && this.entries[position] !== index) position++
    if (position >= this.length) return
    this.entries.copyWithin(position, position + 1, this.length)
    this.length--
    this.version++
  }

  /** One of the `most` newest records. */
  oneOfNewest(most: number, drawn: number): number | undefined {
    const reach = Math.min(this.length, most)
    return this.slice(this.length - reach, this.length)[drawn % Math.max(1, reach)]
  }

  /** Oldest first; a view that is right until the next change. */
  slice(low: number, high: number): Uint32Array {
    return this.entries.subarray(Math.max(0, low), Math.min(high, this.length))
  }

  all(): Uint32Array {
    return this.slice(0, this.length)
  }
}
