/** Decides which request meets which fault, by the scripts in their order. */
import type { Operation, S3Fault, Script } from "../../S3Fault.js"

interface Waiting {
  readonly script: Script
  matched: number
  left: number
}

export class Plan {
  private waiting: Array<Waiting> = []

  push(script: Script): void {
    this.waiting.push({ script, matched: 0, left: script.times ?? 1 })
  }

  clear(): void {
    this.waiting = []
  }

  next(operation: Operation, key: string): S3Fault | undefined {
    for (const one of this.waiting) {
      const { script } = one
      if (one.left <= 0 || (script.operation ?? operation) !== operation || !key.includes(script.key ?? "")) continue
      const beyond = one.matched++ - (script.skip ?? 0)
      if (beyond < 0 || beyond % (script.every ?? 1) !== 0) continue
      one.left--
      return script.fault
    }
    return undefined
  }
}
