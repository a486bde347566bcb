/** The views that answer questions of a call centre, computed again: in plain TypeScript, from the words of their definitions. */
import {
  answers,
  type Call,
  contextOf,
  digits,
  durations,
  firstOf,
  type Generated,
  grouped,
  isAnswered,
  isIncoming,
  latest,
  many,
  quantile,
  ratio,
  reachable
} from "./independent.js"

type Rows = ReadonlyArray<Record<string, unknown>>

const iso = (instant: number): string => new Date(instant).toISOString()
const day = 86_400_000
const added = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0)
const least = (values: ReadonlyArray<number>): number => values.reduce((one, other) => Math.min(one, other))
const greatest = (values: ReadonlyArray<number>): number => values.reduce((one, other) => Math.max(one, other))
const byTime = (one: Call, other: Call): number => one.started - other.started || (one.call_id < other.call_id ? -1 : 1)
const agentOf = (call: Call) => [call.agent_id, call.agent_id === null ? call.agent_name : null]
/** A day of the calendar as a number, and back. */
const numberOf = (text: string): number => Date.parse(`${text}T00:00:00Z`) / day
const dayOf = (number: number): string => iso(number * day).slice(0, 10)
/** The Monday of its week: the first day of 1970 was a Thursday. */
const mondayOf = (number: number): number => number - ((number + 3) % 7)

interface Labelled extends Call {
  readonly kind: string
  readonly label: string
}

const labelsOf = (calls: ReadonlyArray<Call>): ReadonlyArray<Labelled> =>
  calls.flatMap((call): ReadonlyArray<Labelled> => {
    if (call.source === "allomia") {
      const intent = call.primary_intent?.trim() === "" ? null : call.primary_intent
      return call.details === null ? [] : [{ ...call, kind: "intent", label: intent ?? "(unlabelled)" }]
    }
    const tags = [...new Set(call.tags.filter((tag) => tag.trim() !== ""))]
    return (tags.length === 0 ? ["(unlabelled)"] : tags).map((label) => ({ ...call, kind: "tag", label }))
  })

export const questions = (
  generated: Generated,
  zone: string | null,
  missed: Rows
): { readonly [view: string]: Rows } => {
  const { calls, messages, utterances, windows } = generated
  const { clockOf, grain, isOpen, localOf, whose, zoneOf } = contextOf(generated, zone)
  const labelled = labelsOf(calls)
  const outbound = calls.filter((call) => call.direction === "outbound")

  const lengths = (by: string, key: (call: Call) => ReadonlyArray<unknown>): Rows =>
    grouped(calls, (call) => [...whose(call), call.outcome, ...key(call)]).map((group) => {
      const call = firstOf(group)
      const seconds = group.flatMap(({ duration_seconds }) => duration_seconds ?? []).filter((one) => one > 0)
        .toSorted((one, other) => one - other)
      return {
        ...grain(call),
        by,
        outcome: call.outcome,
        is_talk: isAnswered(call),
        direction: by === "direction" ? call.direction : null,
        agent_id: by === "agent" ? call.agent_id : null,
        agent_name: by === "agent" ? latest(group, (one) => one.agent_name) : null,
        calls: group.length,
        calls_timed: seconds.length,
        calls_zero: many(group, (one) => one.duration_seconds === 0),
        calls_unknown: many(group, (one) => one.duration_seconds === null),
        total_seconds: added(seconds),
        mean_seconds: ratio(added(seconds), seconds.length),
        p50_seconds: quantile(seconds, 0.5),
        p90_seconds: quantile(seconds, 0.9)
      }
    })

  const cameOf = (call: Call) =>
    call.business_outcome === null || call.business_outcome.trim() === "" ? "(none)" : call.business_outcome
  const converts = (outcome: string) => outcome.trim().toLowerCase() === "appointment_confirmed"

  const readings = new Map<string, number>()
  const read = (source: string, at: number) => readings.set(source, Math.max(at, readings.get(source) ?? at))
  for (const call of calls) read(call.source, call.exported)
  for (const message of messages) read(message.source, message.exported)
  for (const window of windows) read(window.source, window.read)
  /** The periods of an organisation, as numbers of days. */
  const periodOf = (call: Call) => {
    const clock = clockOf(zoneOf(call))
    const ends = numberOf(clock(readings.get(call.source) ?? 0).day)
    const before = ends - 60
    // The instant at which that day begins, quarter by quarter.
    let begins = before * day - 2 * day
    while (numberOf(clock(begins).day) < before) begins += 900_000
    const froms = windows
      .filter(({ scope, source }) => source === call.source && (scope === "-" || scope === call.organization_id))
      .map(({ from }) => from + (call.source === "allo" ? day / 2 : 0))
    return { ends, begins: ends - 30, before, isWhole: froms.length === 0 ? null : least(froms) <= begins }
  }
  const periods = new Map(
    grouped(calls, whose).map((group) => [JSON.stringify(whose(firstOf(group))), periodOf(firstOf(group))])
  )
  const periodFor = (call: Call) => periods.get(JSON.stringify(whose(call))) ?? periodOf(call)
  const dayNumber = (call: Call) => numberOf(localOf(call).day)
  const place = (call: Call): "now" | "before" | null => {
    const { before, begins, ends } = periodFor(call)
    const at = dayNumber(call)
    return at >= ends || at < before ? null : at >= begins ? "now" : "before"
  }
  /** Calls of an organisation whose labels of a kind are known. */
  const known = new Map(
    grouped(calls, whose).map((group) => [
      JSON.stringify(whose(firstOf(group))),
      group.filter((call) => call.source === "allo" || call.details !== null)
    ])
  )
  const knownFor = (call: Call) => known.get(JSON.stringify(whose(call))) ?? []

  const isRefused = (status: string | null) =>
    ["failed", "refused", "rejected", "undeliver"].some((word) =>
      status?.trim().toLowerCase().startsWith(word) === true
    )
  // The one team of Allo has all messages.
  const team = { source: "allo", organization_id: "team" }
  const sentOn = (instant: number) => clockOf(zoneOf(team))(instant).day
  /** Goes through what was written with one number, as it came: at one instant what was sent comes first. */
  const asks = grouped(
    messages.filter((message) =>
      reachable(message.contact_number) && (message.direction === "inbound" || !isRefused(message.status))
    ),
    (message) => [digits(message.contact_number)]
  ).flatMap((thread) => {
    const asked: Array<{ readonly on: string; readonly at: number; seconds: number | null }> = []
    let isWaiting = false
    const order = (direction: string) => direction === "inbound" ? 1 : 0
    for (
      const message of thread.toSorted((one, other) =>
        one.sent - other.sent || order(one.direction) - order(other.direction)
      )
    ) {
      const last = asked.at(-1)
      if (message.direction === "outbound") {
        if (isWaiting && last !== undefined) last.seconds = (message.sent - last.at) / 1000
        isWaiting = false
      } else if (!isWaiting) {
        asked.push({ on: sentOn(message.sent), at: message.sent, seconds: null })
        isWaiting = true
      }
    }
    return asked
  })

  return {
    agents_daily: grouped(
      calls.filter(({ agent_id, agent_name }) => agent_id !== null || agent_name !== null),
      (call) => [...whose(call), localOf(call).day, ...agentOf(call)]
    ).map((group) => {
      const made = group.filter((call) => call.direction === "outbound")
      return {
        ...grain(firstOf(group)),
        day: localOf(firstOf(group)).day,
        agent_id: firstOf(group).agent_id,
        agent_name: latest(group, (call) => call.agent_name),
        ...durations(group),
        outgoing: made.length,
        reached: many(made, isAnswered),
        ...answers(group),
        first_at: iso(least(group.map(({ started }) => started))),
        last_at: iso(greatest(group.map(({ started }) => started)))
      }
    }),
    messages_daily: grouped(messages, ({ sent }) => [sentOn(sent)]).map((group) => {
      const on = sentOn(firstOf(group).sent)
      const sent = group.filter(({ direction }) => direction === "outbound")
      const refused = many(sent, ({ status }) => isRefused(status))
      const asked = asks.filter((question) => question.on === on)
      const waits = asked.flatMap(({ seconds }) => seconds ?? []).toSorted((one, other) => one - other)
      return {
        ...grain(team),
        day: on,
        inbound: group.length - sent.length,
        outbound: sent.length,
        refused,
        refused_share: ratio(refused, sent.length),
        asked: asked.length,
        replied: waits.length,
        replied_share: ratio(waits.length, asked.length),
        p50_seconds_to_reply: quantile(waits, 0.5),
        p90_seconds_to_reply: quantile(waits, 0.9)
      }
    }),
    transcript_stats: grouped(utterances, ({ call_id }) => [call_id]).flatMap((lines) => {
      const call = calls.find(({ call_id }) => call_id === firstOf(lines).call_id)
      if (call === undefined) return []
      const sideOf = (speaker: string | null) =>
        speaker === "external" ? "theirs" : speaker === "user" || speaker === "agent" ? "ours" : "others"
      const timed = lines.flatMap(({ end_seconds: ends, seq, speaker, start_seconds: begins }) =>
        begins === null || ends === null || ends < begins ? [] : [{ begins, ends, seq, side: sideOf(speaker) }]
      ).toSorted((one, other) => one.begins - other.begins || one.seq - other.seq)
      const said = (side: string) =>
        timed.length === 0
          ? null
          : added(timed.filter((line) => line.side === side).map(({ begins, ends }) => ends - begins))
      const monologues: Array<{ side: string; begins: number; ends: number }> = []
      for (const line of timed) {
        const last = monologues.at(-1)
        if (last !== undefined && last.side === line.side) last.ends = Math.max(last.ends, line.ends)
        else monologues.push({ ...line })
      }
      const longest = monologues.filter(({ side }) =>
        side !== "others"
      ).toSorted((one, other) => other.ends - other.begins - (one.ends - one.begins) || one.begins - other.begins)[0]
      // Quarters of a second that no line covers.
      const first = timed[0]?.begins ?? 0
      const last = timed.length === 0 ? 0 : greatest(timed.map(({ ends }) =>
        ends
      ))
      const silent = Array.from({ length: Math.round((last - first) * 4) }, (_, index) => first + index / 4)
        .filter((at) => !timed.some(({ begins, ends }) => begins <= at && at < ends)).length / 4
      const [ours, theirs] = [said("ours"), said("theirs")]
      return [{
        ...grain(call),
        call_id: call.call_id,
        started_at: iso(call.started),
        agent_id: call.agent_id,
        agent_name: call.agent_name,
        lines: lines.length,
        lines_timed: timed.length,
        our_seconds: ours,
        their_seconds: theirs,
        talk_ratio: ratio(ours ?? 0, (ours ?? 0) + (theirs ?? 0)),
        longest_monologue_seconds: longest === undefined ? null : longest.ends - longest.begins,
        longest_monologue_by: longest?.side ?? null,
        silence_seconds: timed.length === 0 ? null : silent,
        silence_share: ratio(silent, last - first)
      }]
    }),
    period_change: grouped(calls, whose).flatMap((group) => {
      const { begins, ends, isWhole } = periodFor(firstOf(group))
      const figures = (which: string): Record<string, number | null> => {
        const inside = group.filter((call) => place(call) === which)
        return {
          ...durations(inside),
          ...answers(inside),
          outgoing: many(inside, (call) => call.direction === "outbound")
        }
      }
      const [now, before] = [figures("now"), figures("before")]
      return [
        "calls",
        "incoming",
        "outgoing",
        "answered",
        "answer_rate",
        "talk_seconds",
        "mean_seconds",
        "p50_seconds",
        "p90_seconds"
      ].map((metric) => {
        const [value, earlier] = [now[metric] ?? null, before[metric] ?? null]
        const change = value === null || earlier === null ? null : value - earlier
        return {
          ...grain(firstOf(group)),
          metric,
          begins: dayOf(begins),
          ends: dayOf(ends),
          value,
          value_before: earlier,
          change,
          growth: change === null || earlier === null ? null : ratio(change, earlier),
          before_is_whole: isWhole
        }
      })
    }),
    duration_by_outcome: [
      ...lengths("outcome", () => []),
      ...lengths("direction", (call) => [call.direction]),
      ...lengths("agent", agentOf)
    ],
    intent_outcome: grouped(labelled.filter(({ kind }) => kind === "intent"), (call) => [...whose(call), call.label])
      .flatMap((about) => {
        const said = about.filter((call) => cameOf(call) !== "(none)")
        const conversions = many(said, (call) => converts(cameOf(call)))
        return grouped(about, (call) => [cameOf(call)]).map((group) => ({
          ...grain(firstOf(group)),
          label: firstOf(group).label,
          business_outcome: cameOf(firstOf(group)),
          is_conversion: converts(cameOf(firstOf(group))),
          calls: group.length,
          share: group.length / about.length,
          label_calls: about.length,
          label_known: said.length,
          label_conversions: conversions,
          conversion_rate: ratio(conversions, said.length)
        }))
      }),
    intent_weekly: grouped(labelled, (call) => [...whose(call), call.label]).flatMap((group) => {
      const one = firstOf(group)
      const all = calls.filter((call) => JSON.stringify(whose(call)) === JSON.stringify(whose(one))).map(dayNumber)
      const [first, last] = [least(all), greatest(all)]
      const week = (call: Call) => mondayOf(dayNumber(call))
      const weeks = new Map(
        grouped(group, (call) => [week(call)]).map((inside) => [week(firstOf(inside)), inside.length])
      )
      const totals = new Map(
        grouped(knownFor(one), (call) => [week(call)]).map((inside) => [week(firstOf(inside)), inside.length])
      )
      return Array.from({ length: (mondayOf(last) - mondayOf(first)) / 7 + 1 }, (_, index) => {
        const monday = mondayOf(first) + 7 * index
        const count = weeks.get(monday) ?? 0
        const before = index === 0 ? null : weeks.get(monday - 7) ?? 0
        const total = totals.get(monday) ?? 0
        return {
          ...grain(one),
          kind: one.kind,
          label: one.label,
          week: dayOf(monday),
          days: Array.from({ length: 7 }, (_, at) => monday + at).filter((at) => at >= first && at <= last).length,
          calls: count,
          calls_before: before,
          change: before === null ? null : count - before,
          week_calls: total,
          share: ratio(count, total)
        }
      })
    }),
    intent_movers: grouped(labelled.filter((call) => place(call) !== null), (call) => [...whose(call), call.label])
      .map((group) => {
        const one = firstOf(group)
        const { begins, ends, isWhole } = periodFor(one)
        const [count, before] = [
          many(group, (call) => place(call) === "now"),
          many(group, (call) => place(call) === "before")
        ]
        const all = knownFor(one)
        return {
          ...grain(one),
          kind: one.kind,
          label: one.label,
          begins: dayOf(begins),
          ends: dayOf(ends),
          calls: count,
          calls_before: before,
          change: count - before,
          growth: ratio(count - before, before),
          share: ratio(count, many(all, (call) => place(call) === "now")),
          share_before: ratio(before, many(all, (call) => place(call) === "before")),
          before_is_whole: isWhole
        }
      }),
    repeat_by_intent: grouped(
      labelled.filter((call) => call.label !== "(unlabelled)" && isIncoming(call) && reachable(call.contact_number)),
      (call) => [...whose(call), call.label]
    ).flatMap((about) => {
      const callers = grouped(about, (call) => [digits(call.contact_number)]).map((group) => {
        const starts = group.map(({ started }) => started).toSorted((one, other) => one - other)
        const repeats = many(
          starts.slice(1).map((start, index) => start - (starts[index] ?? start)),
          (gap) => gap <= 7 * day
        )
        return { group, repeats, first: least(starts), last: greatest(starts) }
      })
      return callers.filter(({ group }) => group.length > 1).map(({ first, group, last, repeats }) => ({
        ...grain(firstOf(group)),
        kind: firstOf(group).kind,
        label: firstOf(group).label,
        contact_number: latest(group, (call) => call.contact_number),
        contact_name: latest(group, (call) => call.contact_name),
        calls: group.length,
        answered: many(group, isAnswered),
        repeats,
        first_at: iso(first),
        last_at: iso(last),
        label_callers: callers.length,
        label_repeating: many(callers, (caller) => caller.repeats > 0)
      }))
    }),
    outbound: (() => {
      const attempts = new Map<string, number>()
      const numberedOf = (call: Call) => JSON.stringify([...whose(call), digits(call.contact_number)])
      // One attempt after the other, as they were made.
      const made = outbound.toSorted(byTime).map((call) => {
        if (!reachable(call.contact_number)) return { call, attempt: null }
        const attempt = (attempts.get(numberedOf(call)) ?? 0) + 1
        attempts.set(numberedOf(call), isAnswered(call) ? 0 : attempt)
        return { call, attempt }
      })
      const names = new Map(
        grouped(outbound, (call) => [...whose(call), ...agentOf(call)]).map((group) => [
          JSON.stringify([...whose(firstOf(group)), ...agentOf(firstOf(group))]),
          latest(group, (call) => call.agent_name)
        ])
      )
      return grouped(made, ({ call }) => [...whose(call), ...agentOf(call), localOf(call).hour]).map((group) => {
        const { call } = firstOf(group)
        const reached = group.filter(({ call }) => isAnswered(call))
        const numbered = reached.flatMap(({ attempt }) => attempt ?? [])
        const known = many(group, ({ call }) => call.outcome !== "unknown")
        return {
          ...grain(call),
          agent_id: call.agent_id,
          agent_name: names.get(JSON.stringify([...whose(call), ...agentOf(call)])) ?? null,
          hour: localOf(call).hour,
          tried: group.length,
          known,
          reached: reached.length,
          connect_rate: ratio(reached.length, known),
          reached_numbered: numbered.length,
          reached_at_once: many(numbered, (attempt) => attempt === 1),
          attempts: added(numbered),
          attempts_to_reach: ratio(added(numbered), numbered.length),
          talk_seconds: added(reached.map(({ call }) => call.duration_seconds ?? 0))
        }
      })
    })(),
    business_hours: grouped(calls.filter(isIncoming), (call) => [...whose(call), isOpen(call)]).map((group) => {
      const one = firstOf(group)
      const callers = missed.filter((row) =>
        row["source"] === one.source && row["organization_id"] === one.organization_id &&
        row["is_open"] === isOpen(one) &&
        row["state"] !== "unreachable"
      )
      const states = (state: string) => many(callers, (row) => row["state"] === state)
      const waits = callers.filter((row) => row["state"] === "reached").map((row) => Number(row["seconds_to_followup"]))
        .toSorted((one, other) => one - other)
      return {
        ...grain(one),
        is_open: isOpen(one),
        ...answers(group),
        missed_callers: callers.length,
        reached: states("reached"),
        reached_in_time: many(callers, (row) => row["state"] === "reached" && row["in_time"] === true),
        called_again: states("called_again"),
        tried: states("tried"),
        waiting: states("waiting"),
        lost: states("lost"),
        recovered_share: ratio(states("reached") + states("called_again"), callers.length),
        p50_seconds_to_reach: quantile(waits, 0.5)
      }
    }),
    concurrency: grouped(calls.filter((call) => (call.duration_seconds ?? 0) > 0), whose).flatMap((group) => {
      // Each call looks around itself: who runs at its start, and at the beginning of each hour that it reaches.
      const ran = group.map((call) => {
        const { day: on, hour } = localOf(call)
        const ends = call.started + (call.duration_seconds ?? 0) * 1000
        // The wall clock at its start tells where its hours begin.
        const clock = clockOf(zoneOf(call))(call.started)
        const shift = (numberOf(on) * 24 * 60 + hour * 60 + clock.minute) * 60_000 -
          Math.floor(call.started / 900_000) * 900_000
        return { begins: call.started, ends, shift }
      }).toSorted((one, other) => one.begins - other.begins)
      const longest = greatest(ran.map(({ begins, ends }) => ends - begins))
      const runningAt = (instant: number): number => {
        let [low, high] = [0, ran.length]
        while (low < high) {
          const middle = (low + high) >> 1
          if ((ran[middle]?.begins ?? 0) <= instant) low = middle + 1
          else high = middle
        }
        let count = 0
        for (let index = low - 1; index >= 0; index--) {
          const call = ran[index]
          if (call === undefined || call.begins < instant - longest) break
          if (call.ends > instant) count += 1
        }
        return count
      }
      const moments = ran.flatMap(({ begins, ends, shift }) => {
        const marks: Array<{ at: number; hour: number; starts: boolean }> = [
          { at: begins, hour: Math.floor((begins + shift) / 3_600_000), starts: true }
        ]
        for (let hour = Math.floor((begins + shift) / 3_600_000) + 1; hour * 3_600_000 - shift < ends; hour++) {
          marks.push({ at: hour * 3_600_000 - shift, hour, starts: false })
        }
        return marks
      })
      return grouped(moments, ({ hour }) => [hour]).map((inside) => {
        const { hour } = firstOf(inside)
        // Calls that begin at the beginning of an hour come after those that run into it.
        const levels = inside.map(({ at }) => ({ at, running: runningAt(at) }))
        const peak = greatest(levels.map(({ running }) => running))
        return {
          ...grain(firstOf(group)),
          day: iso(hour * 3_600_000).slice(0, 10),
          hour: ((hour % 24) + 24) % 24,
          calls: many(inside, ({ starts }) => starts),
          peak,
          peak_at: iso(least(levels.filter(({ running }) => running === peak).map(({ at }) => at)))
        }
      })
    })
  }
}
