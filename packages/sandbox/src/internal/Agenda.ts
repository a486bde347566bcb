/** What somebody means to do later, in the order of its time. */

/** Worlds of any size stay quick and small: what finds no room is never done. */
const room = 4096

export class Agenda<Plan> {
  private readonly entries: Array<{ readonly at: number; readonly plan: Plan }> = []

  add(at: number, plan: Plan): void {
    if (this.entries.length >= room) return
    let low = 0
    let high = this.entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.entries[middle]?.at ?? 0) <= at) low = middle + 1
      else high = middle
    }
    this.entries.splice(low, 0, { at, plan })
  }

  /** Takes the first plan whose time has come. */
  next(now: number): Plan | undefined {
    const first = this.entries[0]
    return first !== undefined && first.at <= now ? this.entries.shift()?.plan : undefined
  }
}
