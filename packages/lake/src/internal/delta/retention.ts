/** How long a table keeps what its old versions need, and how often it is written down whole. */
import type * as Actions from "./actions.js"

const units: ReadonlyMap<string, number> = new Map(
  Object.entries({ millisecond: 1, second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 })
)

/** An interval such as `interval 1 week 2 days`, in milliseconds; undefined for what is none. */
export const millisOf = (interval: string): number | undefined => {
  const words = interval.trim().toLowerCase().replace(/^interval\s+/, "").split(/\s+/)
  if (words.length % 2 !== 0) return undefined
  let millis = 0
  for (let at = 0; at < words.length; at += 2) {
    const unit = units.get((words[at + 1] ?? "").replace(/s$/, ""))
    if (!/^\d{1,12}$/.test(words[at] ?? "") || unit === undefined) return undefined
    millis += Number(words[at]) * unit
  }
  return millis
}

export const week = 604_800_000

/** How long the log remembers a file that was removed. A wish that cannot be read is kept for ever. */
export const ofRemoved = ({ configuration }: Actions.Metadata): number => {
  const said = configuration?.["delta.deletedFileRetentionDuration"]
  return said === undefined || said === null ? week : millisOf(said) ?? Number.POSITIVE_INFINITY
}

/**
 * Versions from one checkpoint to the next. A checkpoint is as large as the table, and its commits come as often as its accounts are
 * many: 10 of up to 400 accounts, 20 of up to 1600, 40 of up to 6400. Each is a multiple of the one before, so that a table that
 * grows is not long without one.
 */
export const checkpointInterval = (metadata: Actions.Metadata | undefined, accounts: number): number => {
  const said = metadata?.configuration?.["delta.checkpointInterval"] ?? ""
  if (/^[1-9]\d{0,8}$/.test(said)) return Number(said)
  let interval = 10
  for (let most = 400; accounts > most; most *= 4) interval *= 2
  return interval
}
