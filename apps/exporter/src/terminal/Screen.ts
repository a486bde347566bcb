/** Stderr as one place: lines that stay, and below them lines that are drawn again and again. */
import { cut, escaped, width } from "@trunkline/analytics/Text"
import { scrub } from "./secrets.js"

export interface Stream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly write: (text: string) => unknown
}

export interface Screen {
  /** Whether lines can be drawn again. */
  readonly interactive: boolean
  readonly columns: () => number
  /** Lines that stay. Nothing tears the live ones: they are taken away and drawn again below. */
  readonly say: (text: string, level?: "INFO" | "ERROR") => void
  /** What stands below from now on; nothing clears it. */
  readonly live: (lines: ReadonlyArray<string>) => void
}

export const make = (
  stream: Stream,
  variables: Readonly<Record<string, string | undefined>>
): Screen => {
  const interactive = stream.isTTY === true && variables["TERM"] !== "dumb"
  const columns = () => Math.max(20, stream.columns ?? 80)
  let shown: ReadonlyArray<string> = []

  /** A narrower window has wrapped what was drawn into it. */
  const taken = () => {
    const space = columns()
    return shown.reduce((sum, line) => sum + Math.max(1, Math.ceil(width(line) / space)), 0)
  }
  const clear = () => (shown.length === 0 ? "" : `\r\u001b[${taken()}A\u001b[0J`)
  const drawn = () => shown.map((line) => `${line}\n`).join("")

  return {
    interactive,
    columns,
    say: (text) => {
      // Lines of text are told apart here; what else controls a terminal is shown as what it is.
      const lines = scrub(text).split("\n").map((line) => `${escaped(line)}\n`).join("")
      stream.write(`${clear()}${lines}${drawn()}`)
    },
    live: (lines) => {
      if (!interactive) return
      const before = clear()
      // One column is left free: a full line makes some terminals begin another.
      shown = lines.map((line) => cut(escaped(scrub(line)), columns() - 1))
      const text = `${before}${drawn()}`
      if (text !== "") stream.write(text)
    }
  }
}

/** The same for machines: whatever is said stands in a line of JSON, as log lines do. */
export const json = (screen: Screen): Screen => ({
  ...screen,
  say: (message, level = "INFO") =>
    screen.say(JSON.stringify({ time: new Date().toISOString(), level, message: scrub(message) }))
})

/** Several that share a screen, each under its name: their live lines stand together, and every line begins with the name. */
export const parts = (screen: Screen): (name: string) => Screen => {
  const shown = new Map<string, ReadonlyArray<string>>()
  return (name) => {
    const named = (text: string) => text.split("\n").map((line) => `${name}: ${line}`).join("\n")
    return {
      ...screen,
      say: (text, level) => screen.say(named(text), level),
      live: (lines) => {
        if (lines.length === 0) shown.delete(name)
        else shown.set(name, lines.map(named))
        screen.live([...shown.values()].flat())
      }
    }
  }
}
