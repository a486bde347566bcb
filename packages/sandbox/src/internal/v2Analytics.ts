/** The figures of Allo's second interface: what the team did, and what came of the calls that it made. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, instant, isObject, type Json } from "./Answer.js"
import { cut } from "./page.js"
import * as Read from "./parameters.js"
import { lines } from "./people.js"
import { hash } from "./random.js"
import { day } from "./time.js"
import { isAnswer, pagination, readBody, refuseFields, tooDeep } from "./v2Requests.js"
import type { V2Rows } from "./v2Rows.js"
import { type Range, readRange } from "./v2Search.js"
import type { V2Switches } from "./V2Switches.js"

type Body = { readonly [key: string]: unknown }
type Indices = ReadonlyArray<number>

/** The range that was asked for, and whose calls count. */
interface Asked {
  readonly body: Body
  readonly range: Range
  readonly compared: Range | null
  readonly counts: (index: number) => boolean
}

const weekdays = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"] as const
const stages = ["DIAL", "CONNECTED", "CONVERSATION", "CONVERSION"] as const

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)
const share = (part: number, all: number): number => all === 0 ? 0 : Math.round((part / all) * 1000) / 1000
const count = (calls: number): number => calls
const mean = (total: number, count: number): number => count === 0 ? 0 : Math.round(total / count)

const nothing: Range = { from: 0, to: 0 }

const daysOf = (range: unknown): Json =>
  isObject(range) ? { from: String(range["from"]), to: String(range["to"]) } : null

const metric = (value: number, previous: number | null): Json => ({
  value,
  previous,
  change: previous === null || previous === 0 ? null : Math.round(((value - previous) / previous) * 100) / 100
})

/** The first day of the day, week or month of an instant. */
const periodOf = (millis: number, granularity: string): string => {
  const start = Math.floor(millis / day) * day
  const weekday = (new Date(start).getUTCDay() + 6) % 7
  const text = new Date(granularity === "WEEK" ? start - weekday * day : start).toISOString().slice(0, 10)
  return granularity === "MONTH" ? `${text.slice(0, 7)}-01` : text
}

const groups = <K extends string>(indices: Indices, keyOf: (index: number) => K): ReadonlyMap<K, Indices> => {
  const found = new Map<K, Array<number>>()
  for (const index of indices) {
    const key = keyOf(index)
    const group = found.get(key)
    if (group === undefined) found.set(key, [index])
    else group.push(index)
  }
  return found
}

export class V2Analytics {
  constructor(
    private readonly world: AlloWorld,
    private readonly rows: V2Rows,
    private readonly switches: V2Switches,
    private readonly seed: number
  ) {}

  overview(ask: Ask): Answer {
    const asked = this.read(ask)
    if (isAnswer(asked)) return asked
    const now = this.calls(asked.range, asked)
    const before = asked.compared === null ? null : this.calls(asked.compared, asked)
    const figures = (indices: Indices, earlier: Indices | null) => {
      const each = (count: (indices: Indices) => number) =>
        metric(count(indices), earlier === null ? null : count(earlier))
      return {
        total: each((_) => _.length),
        rest: {
          talk_time_seconds: each((_) => sum(_.map((index) => this.talkOf(index)))),
          calls_over_1_min: each((_) => _.filter((index) => this.talkOf(index) > 60).length),
          answer_rate: each((_) => share(_.filter((index) => this.isConnected(index)).length, _.length))
        }
      }
    }
    const { rest, total } = figures(now, before)
    const breakdown = this.world.agents.flatMap((_, agent): ReadonlyArray<Json> => {
      const isOwn = (index: number) => this.world.agentOf(index) === agent
      const own = now.filter(isOwn)
      if (own.length === 0) return []
      const { rest, total } = figures(own, before?.filter(isOwn) ?? null)
      return [{ user: this.rows.agent(agent), calls: total, ...rest }]
    })
    return answer(200, {
      data: {
        date: daysOf(asked.body["date"]),
        compare_date: daysOf(asked.body["compare_date"]),
        summary: { total_calls: total, ...rest },
        breakdown,
        last_updated: instant(ask.now)
      }
    })
  }

  outbound(ask: Ask): Answer {
    const asked = this.read(ask)
    if (isAnswer(asked)) return asked
    const { body } = asked
    const tags = Read.readTexts("tags", body["tags"])
    const granularity = Read.readWord("granularity", body["granularity"], ["DAY", "WEEK", "MONTH"])
    const stage = Read.readWord("stage", body["stage"], stages)
    const isListed = body["extend"] === "items"
    const extend = isListed || body["extend"] === undefined || body["extend"] === null
      ? Read.good(null)
      : Read.wrong(null, "extend", "UNSUPPORTED_EXTEND_VALUE", "Only 'items' is known here.")
    const page = Read.readPage(body["page"])
    const size = Read.readSize(body["size"])
    const lacking = isListed && stage.value === null && stage.error === null
      ? Read.wrong(null, "stage", "INVALID_VALUE", "Items need a stage.")
      : Read.good(null)
    const grain = granularity.error === null
      ? granularity
      : Read.wrong(null, "granularity", "INVALID_GRANULARITY", "Must be one of DAY, WEEK, MONTH.")
    const refused = refuseFields(ask.requestId, [tags, grain, stage, extend, lacking, page, size]) ??
      tooDeep(page.value, ask)
    if (refused !== null) return refused

    const { world } = this
    const isOutbound = (index: number) => world.isOutbound(index)
    const dials = this.calls(asked.range, asked).filter(isOutbound)
    const before = asked.compared === null ? null : this.calls(asked.compared, asked).filter(isOutbound)
    const isAt = (wanted: number) => (index: number) => this.stageOf(index, tags.value, ask) >= wanted
    const connected = dials.filter(isAt(1))
    const talks = dials.filter(isAt(2))
    const conversions = dials.filter(isAt(3))
    const funnel = (stage: number, reached: Indices) => ({
      count: metric(reached.length, before?.filter(isAt(stage)).length ?? null),
      rate: dials.length === 0 ? null : share(reached.length, dials.length)
    })
    const series = (indices: Indices, value: (count: number, key: string) => number): ReadonlyArray<Json> =>
      [...groups(indices, (index) => periodOf(world.startOf(index), grain.value ?? "DAY"))]
        .map(([date, group]) => ({ date, value: value(group.length, date) }))
    const connectedOn = groups(connected, (index) => periodOf(world.startOf(index), grain.value ?? "DAY"))
    const hourOf = (index: number) => {
      const start = new Date(world.startOf(index))
      return `${weekdays[start.getUTCDay()] ?? "SUNDAY"} ${start.getUTCHours()}`
    }
    const connectedAt = groups(connected, hourOf)
    const heat = (indices: Indices, value: (count: number, key: string) => number): ReadonlyArray<Json> =>
      [...groups(indices, hourOf)].map(([key, group]) => {
        const [weekday, hour] = key.split(" ")
        return { day: weekday, hour: Number(hour), value: value(group.length, key) }
      })
    const ringing = (indices: Indices) => mean(sum(indices.map((_) => this.ringingOf(_))), indices.length)
    const talking = (indices: Indices) => sum(indices.map((_) => this.talkOf(_)))
    const earlier = before?.filter(isAt(1)) ?? null
    const data = {
      date: daysOf(body["date"]),
      compare_date: daysOf(body["compare_date"]),
      funnel: {
        dials: funnel(0, dials),
        connected: funnel(1, connected),
        conversations: funnel(2, talks),
        conversions: funnel(3, conversions)
      },
      time_series: {
        dials: series(dials, count),
        connected: series(connected, count),
        connection_rate: series(dials, (all, date) => share(connectedOn.get(date)?.length ?? 0, all)),
        conversions: series(conversions, count)
      },
      heatmap: {
        dials: heat(dials, count),
        connected: heat(connected, count),
        connection_rate: heat(dials, (all, key) => Math.round(100 * share(connectedAt.get(key)?.length ?? 0, all)))
      },
      leaderboard: [...groups(connected, (index) => String(world.agentOf(index)))]
        .filter(([agent]) => agent !== "-1")
        .map(([agent, own]) => ({ user: this.rows.agent(Number(agent)), connected: own.length }))
        .toSorted((one, other) => other.connected - one.connected),
      time_spent: {
        avg_ringing_time_seconds: metric(ringing(dials), before === null ? null : ringing(before)),
        avg_conversation_time_seconds: metric(
          mean(talking(connected), connected.length),
          earlier === null ? null : mean(talking(earlier), earlier.length)
        ),
        total_conversation_time_seconds: metric(talking(connected), earlier === null ? null : talking(earlier))
      },
      last_updated: instant(ask.now)
    }
    if (!isListed) return answer(200, { data })
    const found = cut({
      entries: dials.filter(isAt(stages.indexOf(stage.value ?? "DIAL"))),
      newestFirst: true,
      rankOf: (index) => world.startOf(index),
      page: page.value - 1,
      size: size.value,
      quirks: ask.quirks
    })
    const rows = found.indices.map((index) => this.item(index, tags.value, ask))
    return answer(200, { data: { ...data, items: { data: rows, pagination: pagination(found, size.value) } } }, {
      shown: { source: "allo", indices: found.indices }
    })
  }

  /** What both reports ask by. */
  private read(ask: Ask): Asked | Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    const given = body["date"] !== undefined && body["date"] !== null
    const range = given
      ? readRange(body["date"], this.switches)
      : Read.wrong(nothing, "date", "INVALID_DATE_RANGE", "date.from and date.to are both needed, as YYYY-MM-DD.")
    const compared = readRange(body["compare_date"], this.switches, "compare_date")
    const users = Read.readTexts("user_ids", body["user_ids"])
    const numbers = Read.readTexts("allo_numbers", body["allo_numbers"])
    const both = users.value.length > 0 && numbers.value.length > 0
      ? Read.wrong(null, "user_ids", "INVALID_VALUE", "Cannot be combined with allo_numbers.")
      : Read.good(null)
    const bad = numbers.value.map((number) => Read.readNumber("allo_numbers", number))
    const refused = refuseFields(ask.requestId, [range, compared, users, numbers, both, ...bad])
    if (refused !== null) return refused
    const { world } = this
    return {
      body,
      range: range.value,
      compared: daysOf(body["compare_date"]) === null ? null : compared.value,
      counts: (index) =>
        world.isCall(index) &&
        (users.value.length === 0 || users.value.includes(world.agents[world.agentOf(index)]?.id ?? "")) &&
        (numbers.value.length === 0 || numbers.value.includes(lines[world.lineOf(index)]?.number ?? ""))
    }
  }

  private calls(range: Range, { counts }: Asked): Indices {
    const { timeline } = this.world
    return Array.from(timeline.slice(timeline.from(range.from), timeline.from(range.to))).filter(counts)
  }

  /** Answered or transferred: somebody spoke with somebody. */
  private isConnected(index: number): boolean {
    const result = this.world.resultOf(index)
    return result === 0 || result === 2
  }

  private talkOf(index: number): number {
    return this.isConnected(index) ? this.world.durationOf(index) : 0
  }

  private ringingOf(index: number): number {
    return 4 + hash({ seed: this.seed, stream: 110 }, index) % 26
  }

  /** The furthest stage that a call reached, as an index into `stages`. */
  private stageOf(index: number, tags: ReadonlyArray<string>, ask: Ask): number {
    if (!this.isConnected(index)) return 0
    if (this.talkOf(index) <= 60) return 1
    return (this.world.tagsOf(index, ask.now) ?? []).some((tag) => tags.includes(tag)) ? 3 : 2
  }

  private item(index: number, tags: ReadonlyArray<string>, ask: Ask): Json {
    const { world } = this
    const line = lines[world.lineOf(index)]
    return {
      id: world.idOf(index),
      user: this.rows.agent(world.agentOf(index)),
      allo_number: line?.number ?? null,
      allo_number_label: line?.name ?? null,
      contact_number: world.people.numberOf(world.partyOf(index)),
      stage: stages[this.stageOf(index, tags, ask)] ?? "DIAL",
      voicemail: world.resultOf(index) === 1,
      duration: world.durationOf(index),
      date: instant(world.startOf(index))
    }
  }
}
