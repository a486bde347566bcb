/** Writes that are answered once: what succeeded is told again for an hour. */

export interface Stored {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body: string
  readonly at: number
}

const lifetime = 3_600_000
const most = 10_000

export class Idempotency {
  private readonly stored = new Map<string, Stored>()

  find(key: string, now: number): Stored | null {
    const found = this.stored.get(key)
    if (found === undefined) return null
    if (now - found.at < lifetime) return found
    this.stored.delete(key)
    return null
  }

  keep(key: string, stored: Stored): void {
    this.stored.set(key, stored)
    for (const oldest of this.stored.keys()) {
      if (this.stored.size <= most) break
      this.stored.delete(oldest)
    }
  }
}
