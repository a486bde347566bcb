/** Figures in words: one way to write each. */
import type { Cell } from "./rows.js"

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 })
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 })
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })

const compact = new Intl.NumberFormat("en", { notation: "compact" })

/** On an axis. Parts of a call are none. */
export const tick = (value: number): string => Number.isInteger(value) ? compact.format(value) : ""

export const nothing = "–"

export const count = (value: Cell | undefined): string => typeof value === "number" ? whole.format(value) : nothing
/** `1 call`, `3,088 calls`. */
export const calls = (value: number): string => `${whole.format(value)} ${value === 1 ? "call" : "calls"}`
export const share = (value: Cell | undefined): string => typeof value === "number" ? percent.format(value) : nothing

/** `1 h 2 min`, `2 min 3 s`, `45 s`. */
export const duration = (value: Cell | undefined): string => {
  if (typeof value !== "number") return nothing
  const seconds = Math.round(value)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`
  const minutes = Math.round(seconds / 60)
  const hours = `${whole.format(Math.floor(minutes / 60))} h`
  return minutes < 6000 && minutes % 60 !== 0 ? `${hours} ${minutes % 60} min` : hours
}

export const day = (value: Cell | undefined): string => value instanceof Date ? dayFormat.format(value) : nothing

/** A wall clock, which is sent as if it were one of UTC. */
export const clock = (value: Cell | undefined): string =>
  value instanceof Date ? value.toISOString().slice(0, 16).replace("T", " ") : nothing

export const weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
