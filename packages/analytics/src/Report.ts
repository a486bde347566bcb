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
import { check, checking } from "./internal/rows.js"

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
 * Asks the views, so that a million calls are never read one by one. Zone and rules are those of the `Analytics` it is
 * given. Without `withNumbers` the report holds no phone number, no name of a contact and no summary.
 *
 * @since 0.1.0
 * @category constructors
 */
export const gather = (
  options?: { readonly withNumbers?: boolean | undefined }
): Effect.Effect<Report, AnalyticsError, Analytics> => gathering(options?.withNumbers ?? false)

const gathering = Effect.fn("Report.gather")(function*(withNumbers: boolean) {
  const { sql } = yield* Analytics
  const ask = <Row>({ row, text }: queries.Query<Row>) =>
    Stream.runCollect(sql(`${queries.oneZone}\n${text}`)).pipe(
      Effect.map((found) => Chunk.toReadonlyArray(found).map(queries.camel)),
      Effect.flatMap(checking(row))
    )
  const shown = (text: string) => withNumbers ? text : mask(text)

  const [settings = queries.noSettings] = yield* ask(queries.settings)
  const totals = yield* ask(queries.totals)
  const messages = yield* ask(queries.messages)
  const buckets = yield* ask(queries.buckets)
  const days = yield* ask(queries.days)
  const labels = yield* ask(queries.labels)
  const hours = yield* ask(queries.hours)
  const agents = yield* ask(queries.agents)
  const answers = yield* ask(queries.answers)
  const outcomes = yield* ask(queries.outcomes)
  const followups = yield* ask(queries.followups(withNumbers))
  const repeats = yield* ask(queries.repeats(withNumbers))
  const windows = yield* Stream.runCollect((yield* Analytics).view("coverage"))
  const now = DateTime.unsafeMake(yield* Clock.currentTimeMillis)

  const found = [...new Set([...totals, ...messages, ...windows].map(({ source }) => source))].toSorted()
  const sources = found.map((source): Source => {
    const of = <Row extends { readonly source: string }>(rows: Iterable<Row>): ReadonlyArray<Row> =>
      Array.from(rows).filter((row) => row.source === source)
    const [total = queries.noTotals] = of(totals).filter(({ direction }) => direction === null)
    const answered = of(answers)
    const [incoming, known, taken] = [sum(answered, "incoming"), sum(answered, "known"), sum(answered, "answered")]
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
    const isWhole = coverage.wholeDays(of(windows), readAt, settings.zone)
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
      agents: {
        agents: of(agents)[0]?.agents ?? 0,
        rows: of(agents).map((row) => ({ ...row, name: row.name === null ? null : shown(row.name) }))
      },
      answers: {
        incoming,
        known,
        answered: taken,
        answerRate: ratio(taken, known),
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
      coverage: coverage.read(of(windows), shown)
    }
  })
  const { zone, ...rules } = settings
  const report = { version: 1 as const, generatedAt: DateTime.formatIso(now), withNumbers, zone, rules, sources }
  // Rows hold more than the report shows; what its model does not name is left out.
  return yield* check(model.Report)({ ...report, notices: notices(report) })
})

/** A kind is an intent or a tag; in the order they came in. */
const kindsOf = <Row extends { readonly kind: string }>(rows: ReadonlyArray<Row>) =>
  rows.filter((row, index) => rows.findIndex(({ kind }) => kind === row.kind) === index)
    .map((first) => ({ first, rows: rows.filter(({ kind }) => kind === first.kind) }))

const ratio = (part: number, whole: number): number | null => whole === 0 ? null : part / whole

const sum = <Field extends string>(
  rows: ReadonlyArray<{ readonly [field in Field]: number }>,
  field: Field
): number => rows.reduce((total, row) => total + row[field], 0)
