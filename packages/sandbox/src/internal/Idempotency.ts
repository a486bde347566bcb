/** Answers to writes with an idempotency key; a repeated write gets the same answer for an hour. */
import type { Answer } from "./Answer.js"

export interface Stored {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body: string
  /** A replay counts as showing these records too. */
  readonly shown: Answer["shown"]
  readonly at: number
}

const lifetime = 3_600_000
/** The largest number of characters kept; above it the oldest answers are dropped. */
const most = 8_000_000

export class Idempotency {
  private readonly stored = new Map<string, Stored>()
  private length = 0

  find(key: string, now: number): Stored | null {
    const found = this.stored.get(key)
    if (found === undefined) return null
    if (now - found.at < lifetime) return found
    this.forget(key)
    return null
  }

  keep(key: string, stored: Stored): void {
    this.forget(key)
    this.stored.set(key, stored)
    this.length += key.length + stored.body.length
    for (const oldest of this.stored.keys()) {
      if (this.length <= most) break
      this.forget(oldest)
    }
  }

  private forget(key: string): void {
    const found = this.stored.get(key)
    if (found === undefined) return
    this.stored.delete(key)
    this.length -= key.length + found.body.length
  }
}
