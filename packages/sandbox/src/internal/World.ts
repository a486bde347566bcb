/** What both worlds share: a history drawn from a seed, arrivals and deletions over time, and columns of numbers. */
import { float64, grown, uint16 } from "./columns.js"
import { pauseOf, trafficAt } from "./distribution.js"
import { below, hash, type Place } from "./random.js"
import { day, hour, minute, never, second } from "./time.js"
import type { Timeline } from "./Timeline.js"

/** How the world changes while a client reads it; `null` where it stands still and everything late has arrived. */
export interface Movement {
  readonly arrivalsPerMinute: number
  readonly deletionsPerHour: number
}

export interface WorldOptions {
  readonly seed: number
  readonly size: number
  /** Where the history ends and the movement begins. */
  readonly epoch: number
  readonly days: number
  readonly movement: Movement | null
}

/** The constants in which the two worlds differ. */
export interface Shape {
  /** The share of the arrivals and deletions of `movement`: 3 means a third. */
  readonly slowness: number
  /** Every record of the history has ended this many hours before the epoch. */
  readonly quietHours: number
  /** The history begins this many hours after its first day does. */
  readonly leadHours: number
  /** The local time that decides how much traffic an hour has, in milliseconds ahead of UTC. */
  readonly zone: number
  /** One record in this many has the time of the record before it, so an order by time alone is not total. */
  readonly sharedTimes: number
  readonly streams: {
    readonly offset: number
    readonly sharedTime: number
    readonly arrivalPause: number
    readonly deletionPause: number
    readonly deletion: number
  }
}

export abstract class World<Item extends { readonly duration: number }> {
  /** How many records there ever were; an index below it is a record, visible or deleted. */
  count = 0
  /** Changes with every change that a reader could see. */
  version = 0

  private starts: Float64Array
  protected durations: Uint16Array
  private bits: Uint16Array
  private readonly born = new Map<number, number>()
  private readonly died = new Map<number, number>()
  protected readonly ownSummaries = new Map<number, string>()
  private nextArrival = never
  private nextDeletion = never
  private arrivals = 0
  private deletions = 0

  constructor(protected readonly options: WorldOptions, private readonly shape: Shape) {
    const capacity = options.size + 1024
    this.starts = float64(capacity)
    this.durations = uint16(capacity)
    this.bits = uint16(capacity)
  }

  abstract idOf(index: number): string
  /** The index of the visible record with this id, or -1. */
  abstract find(id: string): number
  protected abstract timelineOf(index: number): Timeline | undefined
  /** Writes the next record of the history. */
  protected abstract writePast(index: number, time: number): void
  /** A record that arrives at this moment by itself. */
  protected abstract arriveAt(at: number): void
  /** A random one of the newest records, or undefined where there are none. */
  protected abstract victim(drawn: number): number | undefined
  /** Writes the columns that only this kind of record has; returns the flags. */
  protected abstract writeItem(index: number, item: Item, start: number): number
  protected forget(_index: number): void {}

  protected hash(stream: number, index: number): number {
    return hash(this.place(stream), index)
  }

  protected place(stream: number): Place {
    return { seed: this.options.seed, stream }
  }

  /** Fills the time before the epoch: each hour gets records in proportion to its traffic. */
  protected begin(): void {
    const { days, epoch, size } = this.options
    const { leadHours, quietHours, sharedTimes, streams, zone } = this.shape
    const start = epoch - days * day + leadHours * hour
    const hours = days * 24 - leadHours - quietHours
    const weight = (index: number) => trafficAt(start + index * hour + zone)
    let total = 0
    for (let index = 0; index < hours; index++) total += weight(index)
    let passed = 0
    let made = 0
    let before = 0
    for (let hourIndex = 0; hourIndex < hours; hourIndex++) {
      passed += weight(hourIndex)
      const until = hourIndex === hours - 1 ? size : Math.floor((size * passed) / total)
      const offsets = uint16(until - made)
      for (let item = 0; item < offsets.length; item++) {
        offsets[item] = below(this.place(streams.offset), made + item, 3600)
      }
      offsets.sort()
      for (const offset of offsets) {
        const index = this.count
        const shares = index > 0 && below(this.place(streams.sharedTime), index, sharedTimes) === 0
        if (!shares) before = Math.floor((start + hourIndex * hour) / second) * second + offset * second
        this.writePast(index, before)
      }
      made = until
    }
    this.nextArrival = epoch + this.arrivalPause()
    this.nextDeletion = epoch + this.deletionPause()
  }

  private pause(stream: number, turn: number, unit: number, perUnit: number): number {
    return perUnit <= 0 ? never : Math.max(1, pauseOf(this.hash(stream, turn), unit / perUnit))
  }

  private arrivalPause(): number {
    const rate = (this.options.movement?.arrivalsPerMinute ?? 0) / this.shape.slowness
    return this.pause(this.shape.streams.arrivalPause, this.arrivals, minute, rate)
  }

  private deletionPause(): number {
    const rate = (this.options.movement?.deletionsPerHour ?? 0) / this.shape.slowness
    return this.pause(this.shape.streams.deletionPause, this.deletions, hour, rate)
  }

  /** Performs the arrivals and deletions until `now`, in the order of their time. */
  advance(now: number): void {
    while (this.nextArrival <= now || this.nextDeletion <= now) {
      if (this.nextArrival <= this.nextDeletion) {
        this.arriveAt(this.nextArrival)
        this.arrivals++
        this.nextArrival += this.arrivalPause()
      } else {
        const victim = this.victim(this.hash(this.shape.streams.deletion, this.deletions))
        if (victim !== undefined) this.remove(victim, this.nextDeletion)
        this.deletions++
        this.nextDeletion += this.deletionPause()
      }
    }
  }

  protected write(item: Item, start: number): number {
    const index = this.count++
    this.starts = grown(this.starts, index, float64)
    this.durations = grown(this.durations, index, uint16)
    this.bits = grown(this.bits, index, uint16)
    this.starts[index] = start
    this.durations[index] = item.duration
    this.bits[index] = this.writeItem(index, item, start)
    this.timelineOf(index)?.append(index)
    return index
  }

  arrive(item: Item, start: number, at: number): number {
    const index = this.write(item, Math.floor(start / second) * second)
    this.timelineOf(index)?.settle(index)
    this.born.set(index, at)
    this.version++
    return index
  }

  remove(index: number, at: number): boolean {
    if (!this.isVisible(index)) return false
    this.died.set(index, at)
    this.timelineOf(index)?.remove(index)
    this.forget(index)
    this.version++
    return true
  }

  isVisible(index: number): boolean {
    return index >= 0 && index < this.count && !this.died.has(index)
  }

  /** The moment of its arrival; undefined for the history. */
  protected bornAt(index: number): number | undefined {
    return this.born.get(index)
  }

  /** The span in which a reader could see the record. */
  lifeOf(index: number): { readonly from: number; readonly to: number } {
    return { from: this.born.get(index) ?? -never, to: this.died.get(index) ?? never }
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

  protected bitsOf(index: number): number {
    return this.bits[index] ?? 0
  }

  setSummary(index: number, summary: string): void {
    this.ownSummaries.set(index, summary)
    this.version++
  }
}
