/** What is known of which time: windows laid over each other. */
import * as DateTime from "effect/DateTime"
import type { Rows } from "../../Views.js"
import * as Words from "../../Words.js"
import type { Coverage } from "./model.js"

type Window = Rows["coverage"]
type Read = typeof Coverage.Type
type Stretch = Read["rows"][number]["stretches"][number]

const most = { rows: 40, stretches: 400, troubles: 100 }

const hour = 60 * 60 * 1000

/** Allo's days are its own, in a zone it does not tell: the zones of the world reach from UTC-12 to UTC+14. */
const margins = ({ source, stream }: { readonly source: string; readonly stream: string }) =>
  source === "allo" && satisfies(stream, "items") ? { from: 12 * hour, to: 14 * hour } : { from: 0, to: 0 }

export const read = (windows: ReadonlyArray<Window>, shown: (text: string) => string): Read => {
  const asked = windows.filter(({ state }) => state !== "gap")
  const inState = (state: string) => windows.filter((window) => window.state === state)
  const rows = streamsOf(asked).map(({ name, of, scope, source, stream }) => {
    const margin = margins({ source, stream })
    const stretches = laid(asked.filter((window) => window.scope === scope && satisfies(window.stream, stream)), of)
    return {
      scope: shown(scope),
      organizationName: name === null ? null : shown(name),
      stream: shown(stream),
      fromAt: iso(Math.min(...of.map(({ from_at }) => from_at.epochMillis))),
      toAt: iso(Math.max(...of.map(({ to_at }) => to_at.epochMillis))),
      // A stretch ends where the state does.
      certifiedTo: stretches[0]?.state === "certified" ? moved(stretches[0].toAt, -margin.to) : null,
      quarantined: total(of.map(({ quarantined }) => quarantined ?? 0)),
      stretches,
      begin: iso(Math.min(...of.map(({ from_at }) => from_at.epochMillis)) + margin.from)
    }
  })
  const troubles = rows.flatMap(({ organizationName, scope, stream, stretches }) =>
    stretches.filter(({ state }) => state === "uncertified" || state === "gap").map((stretch) => ({
      scope,
      organizationName,
      stream,
      ...stretch
    }))
  )
  const worry = (row: (typeof rows)[number]) =>
    row.stretches.filter(({ state }) => state !== "certified" && state !== "open").length
  const gaps = inState("gap")
  // What asks for more than another stream of its scope may have been read for less time: it proves nothing less.
  const plain = rows.filter((row) =>
    !rows.some(({ scope, stream }) => scope === row.scope && stream !== row.stream && satisfies(row.stream, stream))
  )
  const provenFrom = plain.map(({ begin }) => begin).toSorted().at(-1) ?? null
  const [provenTo = null] = plain.map(({ certifiedTo }) => certifiedTo ?? "").toSorted()
  const proven = provenFrom !== null && provenTo !== null && provenFrom < provenTo
  return {
    windows: asked.length,
    certified: inState("certified").length,
    open: inState("open").length,
    uncertified: troubles.filter(({ state }) => state === "uncertified").length,
    gaps: gaps.length,
    gapSeconds: Math.round(total(gaps.map(({ from_at, to_at }) => to_at.epochMillis - from_at.epochMillis)) / 1000),
    quarantined: total(asked.map(({ quarantined }) => quarantined ?? 0)),
    provenFrom: proven ? provenFrom : null,
    provenTo: proven ? provenTo : null,
    streams: rows.length,
    // Sorting is stable: those without trouble stay in the order of their names.
    rows: rows.toSorted((one, other) => worry(other) - worry(one)).slice(0, most.rows)
      .map(({ begin: _begin, ...row }) => ({ ...row, stretches: row.stretches.slice(-most.stretches) })),
    troubles: troubles.toSorted((one, other) => one.fromAt < other.fromAt ? -1 : 1).slice(-most.troubles)
  }
}

/**
 * Whether all of a day was read: neither the day on which reading begins nor the one on which it ended. Without a window
 * nobody knows when it began.
 */
export const wholeDays = (
  windows: ReadonlyArray<Window>,
  readAt: string | null,
  zone: string
): (day: string) => boolean => {
  const begins = windows
    .filter((window) => window.state !== "gap" && (satisfies(window.stream, "items") || window.stream === "calls"))
    .map((window) => window.from_at.epochMillis + margins(window).from)
  const before = begins.length === 0 ? "" : Words.localDay(iso(Math.min(...begins) - 1), zone)
  const after = readAt === null ? null : Words.localDay(readAt, zone)
  return (day) => day > before && (after === null || day < after)
}

const total = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0)

const iso = (millis: number): string => DateTime.formatIso(DateTime.unsafeMake(millis))

const moved = (at: string, millis: number): string => iso(DateTime.unsafeMake(at).epochMillis + millis)

/** What came with more fills gaps of what asks for less. */
const satisfies = (richer: string, asked: string): boolean => richer === asked || richer.startsWith(`${asked}+`)

const streamsOf = (windows: ReadonlyArray<Window>) => {
  const found = new Map<
    string,
    { source: string; scope: string; name: string | null; stream: string; of: Array<Window> }
  >()
  for (const window of windows) {
    const key = JSON.stringify([window.scope, window.stream])
    const one = found.get(key)
    if (one === undefined) {
      found.set(key, {
        source: window.source,
        scope: window.scope,
        name: window.organization_name,
        stream: window.stream,
        of: [window]
      })
    } else one.of.push(window)
  }
  return [...found.values()]
}

/** The window read last has the first say on every piece of time; a piece that none speaks for is a gap. */
const laid = (windows: ReadonlyArray<Window>, own: ReadonlyArray<Window>): ReadonlyArray<Stretch> => {
  const [first, last] = own.reduce(
    ([from, to], window) => [Math.min(from, window.from_at.epochMillis), Math.max(to, window.to_at.epochMillis)],
    [Infinity, -Infinity]
  )
  const clipped = windows.map(({ from_at, read_at, state, to_at }) => ({
    from: Math.max(first, from_at.epochMillis),
    to: Math.min(last, to_at.epochMillis),
    read: read_at?.epochMillis ?? 0,
    state
  })).filter(({ from, to }) => from < to)
  const edges = [...new Set([first, last, ...clipped.flatMap(({ from, to }) => [from, to])])].toSorted((a, b) => a - b)
  const place = new Map(edges.map((edge, index) => [edge, index]))
  const states: Array<string> = edges.slice(1).map(() => "gap")
  // The next piece nobody has spoken for, so that a thousand windows do not ask a million times.
  const next = edges.map((_, index) => index)
  const free = (from: number): number => {
    let index = from
    while (next[index] !== index) index = next[index] = next[next[index] ?? index] ?? index
    return index
  }
  for (const window of clipped.toSorted((one, other) => other.read - one.read)) {
    const end = place.get(window.to) ?? 0
    for (let index = free(place.get(window.from) ?? 0); index < end; index = free(index)) {
      states[index] = window.state
      next[index] = index + 1
    }
  }
  const stretches: Array<Stretch> = []
  for (const [index, state] of states.entries()) {
    const [fromAt, toAt] = [iso(edges[index] ?? first), iso(edges[index + 1] ?? last)]
    const before = stretches.at(-1)
    if (before?.state === state) stretches[stretches.length - 1] = { ...before, toAt }
    else stretches.push({ fromAt, toAt, state })
  }
  return stretches
}
