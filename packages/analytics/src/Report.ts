/**
 * Everything the report shows, gathered from the views into one plain value.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Analytics } from "./Analytics.js"
import type { AnalyticsError } from "./AnalyticsError.js"
import * as coverage from "./internal/report/coverage.js"
import { mask } from "./internal/report/mask.js"
import * as model from "./internal/report/model.js"
import { notices } from "./internal/report/notices.js"
import * as queries from "./internal/report/queries.js"
import { resolve } from "./internal/report/selected.js"
import { check, checking } from "./internal/rows.js"
import { assignments, everything, type Selection } from "./internal/selection.js"
import type { Rows } from "./Views.js"
import * as Words from "./Words.js"

/**
 * What `trunkline report --json` prints. Every field is described in docs/analytics.md.
 *
 * @since 0.1.0
 * @category models
 */
export interface Report extends Schema.Schema.Type<typeof model.Report> {}

/**
 * @since 0.1.0
 * @category models
 */
export const Report: Schema.Schema<Report> = model.Report

/**
 * One source of a report; nothing is added up over sources.
 *
 * @since 0.1.0
 * @category models
 */
export type Source = Report["sources"][number]

/**
 * What a report is about: all of a dataset when left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Phone numbers and names of contacts are left out unless this is true. */
  readonly withNumbers?: boolean | undefined
  /** Calls that started at this instant or later. */
  readonly since?: DateTime.Utc | undefined
  /** Calls that started before this instant. */
  readonly until?: DateTime.Utc | undefined
  readonly sources?: ReadonlyArray<string> | undefined
  /** Accounts of a configuration. */
  readonly accounts?: ReadonlyArray<string> | undefined
  /** Ids or names, in any case; one that the dataset does not have is refused. */
  readonly organizations?: ReadonlyArray<string> | undefined
}

/**
 * Asks the views, so that a million calls are never read one by one. Zone and rules are those of the `Analytics` it is
 * given. Without `withNumbers` the report holds no phone number, no name of a contact and no summary.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gather = (options?: Options): Effect.Effect<Report, AnalyticsError, Analytics> => gathering(options ?? {})

/** Of fewer calls nothing is large enough to be worth opening a database again, which takes a third of a second. */
const many = 100_000

const gathering = Effect.fn("Report.gather")(function*({ withNumbers = false, ...asked }: Options) {
  const { release, sql, view } = yield* Analytics
  const within = (narrowed: Selection) => <Row>({ row, text }: queries.Query<Row>) =>
    Stream.runCollect(sql(`${queries.oneZone}\n${assignments(narrowed)}\n${text}`)).pipe(
      Effect.map((found) => Chunk.toReadonlyArray(found).map(queries.camel)),
      Effect.flatMap(checking(row))
    )
  const shown = (text: string) => withNumbers ? text : mask(text)

  const known = yield* within(everything)(queries.organizations)
  const { organizations, selection } = yield* resolve(asked, known)
  const ask = within(selection)
  const [settings = queries.noSettings] = yield* ask(queries.settings)
  const totals = yield* ask(queries.totals)
  const isLarge = sum(totals.filter(({ direction }) => direction === null), "calls") > many
  /** For what needs much memory: nothing of the queries before is left in it. */
  const alone = <A, E>(asked: Effect.Effect<A, E>) => isLarge ? Effect.zipRight(release, asked) : asked
  const messages = yield* ask(queries.messages)
  const buckets = yield* ask(queries.buckets)
  const days = yield* ask(queries.days)
  const labels = yield* alone(ask(queries.labels))
  const hours = yield* ask(queries.hours)
  const agents = yield* ask(queries.agents)
  const agentOrganizations = yield* ask(queries.agentOrganizations)
  const organizationCalls = yield* ask(queries.organizationCalls)
  const answers = yield* ask(queries.answers)
  const outcomes = yield* ask(queries.outcomes)
  const followups = yield* alone(
    within({ ...selection, since: null, until: null })(queries.followups(withNumbers, selection))
  )
  const repeats = yield* alone(ask(queries.repeats(withNumbers)))
  const windows = Array.from(yield* Stream.runCollect(view("coverage"))).filter(asking(selection))
  const now = DateTime.unsafeMake(yield* Clock.currentTimeMillis)

  const called = (source: string, id: string | null) => {
    const name = known.find((row) => row.source === source && row.organizationId === id && row.name !== null)?.name ??
      null
    return { organizationId: id === null ? null : shown(id), name: name === null ? null : shown(name) }
  }
  const organizationOf = (source: string) => ({ agentId }: Agent): string | null => {
    const id = agentOrganizations.find((row) => row.source === source && row.agentId === agentId)?.organizationId ??
      null
    const { name, organizationId } = called(source, id)
    return name ?? organizationId
  }
  const inRange = wholeWithin(selection, settings.zone)

  const found = [...new Set([...totals, ...messages, ...windows].map(({ source }) => source))].toSorted()
  const sources = found.map((source): Source => {
    const of = <Row extends { readonly source: string }>(rows: Iterable<Row>): ReadonlyArray<Row> =>
      Array.from(rows).filter((row) => row.source === source)
    const [total = queries.noTotals] = of(totals).filter(({ direction }) => direction === null)
    const answered = of(answers)
    const [incoming, known, counted, taken] = [
      sum(answered, "incoming"),
      sum(answered, "known"),
      sum(answered, "counted"),
      sum(answered, "answered")
    ]
    const [repeat = queries.noRepeats] = of(repeats)
    const states = of(followups)
    const callersIn = (state: string) => sum(states.filter((row) => row.state === state), "callers")
    const [all = queries.noFollowup] = states.filter(({ state }) => state === null)
    const reached = callersIn("reached")
    const reachedInTime = sum(states.filter(({ state }) => state === "reached"), "inTime")
    const unreachable = callersIn("unreachable")
    const callers = all.callers - unreachable
    const timed = sum(of(buckets), "calls")
    const talked = sum(of(buckets), "talked")
    const readAt = [
      total.readAt,
      ...of(windows).map(({ read_at }) => read_at === null ? null : DateTime.formatIso(read_at))
    ]
      .filter((at) => at !== null).toSorted().at(-1) ?? null
    const wasRead = coverage.wholeDays(of(windows), readAt, settings.zone)
    const isWhole = (day: string) => wasRead(day) && inRange(day)
    return {
      source,
      totals: { ...total, messages: sum(of(messages), "messages"), readAt },
      durations: {
        directions: of(totals).flatMap((row) =>
          row.direction === null ? [] : [{ ...row, direction: shown(row.direction) }]
        ),
        buckets: of(buckets).map((row) => ({
          ...row,
          share: ratio(row.calls, timed),
          talkedShare: ratio(row.talked, talked)
        }))
      },
      days: of(days).map((row) => ({ ...row, whole: isWhole(row.day) })),
      labels: kindsOf(of(labels)).map(({ first, rows }) => ({
        ...first,
        calls: first.knownCalls,
        unlabelled: sum(rows.filter(({ unlabelled }) => unlabelled), "calls"),
        rows: rows.map((row) => ({ ...row, label: shown(row.label) }))
      })),
      hours: of(hours),
      organizations: {
        organizations: of(organizationCalls)[0]?.organizations ?? 0,
        rows: of(organizationCalls).map((row) => ({ ...row, ...called(source, row.organizationId) }))
      },
      agents: {
        agents: of(agents)[0]?.agents ?? 0,
        rows: of(agents).map((row) => ({
          ...row,
          name: row.name === null ? null : shown(apart(of(agents), row, organizationOf(source)))
        }))
      },
      answers: {
        incoming,
        known,
        counted,
        answered: taken,
        answerRate: ratio(taken, counted),
        outcomes: of(outcomes).map((row) => ({ ...row, outcome: shown(row.outcome) })),
        days: answered.map((row) => ({ ...row, whole: isWhole(row.day) }))
      },
      followup: {
        ...all,
        callers,
        reached,
        reachedInTime,
        reachedLate: reached - reachedInTime,
        tried: callersIn("tried"),
        calledAgain: callersIn("called_again"),
        waiting: callersIn("waiting"),
        lost: callersIn("lost"),
        unreachable,
        reachedShare: ratio(reached, callers),
        reachedInTimeShare: ratio(reachedInTime, callers),
        triedShare: ratio(callersIn("tried"), callers),
        lostShare: ratio(callersIn("lost"), callers),
        open: withNumbers ? all.open ?? [] : null
      },
      repeats: { ...repeat, top: withNumbers ? repeat.top ?? [] : null },
      coverage: coverage.read(of(windows).filter(overlapping(selection)), shown)
    }
  })
  const { zone, ...rules } = settings
  const selected = {
    since: iso(selection.since),
    until: iso(selection.until),
    sources: asked.sources ?? null,
    accounts: asked.accounts ?? null,
    organizations: organizations?.map((row) => ({
      ...row,
      organizationId: shown(row.organizationId),
      name: row.name === null ? null : shown(row.name)
    })) ?? null
  }
  const report = {
    version: 1 as const,
    generatedAt: DateTime.formatIso(now),
    withNumbers,
    zone,
    rules,
    selected,
    sources
  }
  // Rows hold more than the report shows; what its model does not name is left out.
  return yield* check(model.Report)({ ...report, notices: notices(report) })
})

interface Agent {
  readonly agentId: string | null
  readonly name: string | null
}

/** Agents of one name are told apart by their organisations, and by their ids where those are the same or not known. */
const apart = (agents: ReadonlyArray<Agent>, agent: Agent, organization: (agent: Agent) => string | null): string => {
  const name = agent.name ?? ""
  const same = agents.filter((other) => other.name === agent.name)
  if (same.length < 2) return name
  const places = same.map(organization)
  const mark = new Set(places).size === same.length && !places.includes(null) ? organization(agent) : agent.agentId
  return mark === null ? name : `${name} (${mark})`
}

const iso = (at: DateTime.Utc | null): string | null => at === null ? null : DateTime.formatIso(at)

type Window = Rows["coverage"]

/** Windows of the sources and organisations that were asked for. */
const asking = ({ organizations, sources }: Selection) => ({ scope, source }: Window): boolean =>
  (sources?.includes(source) ?? true) && (organizations?.includes(scope) ?? true)

/** Windows that hold some of the range. */
const overlapping = ({ since, until }: Selection) => ({ from_at, to_at }: Window): boolean =>
  (since === null || to_at.epochMillis > since.epochMillis) &&
  (until === null || from_at.epochMillis < until.epochMillis)

/** Whether all of a day lies in the range. */
const wholeWithin = ({ since, until }: Selection, zone: string) => {
  const before = since === null ? "" : Words.localDay(DateTime.formatIso(DateTime.subtract(since, { millis: 1 })), zone)
  const after = until === null ? null : Words.localDay(DateTime.formatIso(until), zone)
  return (day: string): boolean => day > before && (after === null || day < after)
}

/** A kind is an intent or a tag; in the order they came in. */
const kindsOf = <Row extends { readonly kind: string }>(rows: ReadonlyArray<Row>) =>
  rows.filter((row, index) => rows.findIndex(({ kind }) => kind === row.kind) === index)
    .map((first) => ({ first, rows: rows.filter(({ kind }) => kind === first.kind) }))

const ratio = (part: number, whole: number): number | null => whole === 0 ? null : part / whole

const sum = <Field extends string>(
  rows: ReadonlyArray<{ readonly [field in Field]: number }>,
  field: Field
): number => rows.reduce((total, row) => total + row[field], 0)
