/** Calls and messages of Allo: the range in windows of whole days, each read oldest first and proved by itself. */
import type { AlloError, ConversationItem } from "@trunkline/allo"
import type { SearchQuery } from "@trunkline/allo/Conversations"
import { type Calls, FromAllo, unreadable } from "@trunkline/calls"
import { type Certificate, type DatasetError, Interval } from "@trunkline/dataset"
import type { Page } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type AlloScope, byIds, chunksOf, page as asked } from "./AlloScope.js"
import * as Budget from "./Budget.js"
import * as Clocks from "./Clocks.js"
import * as Days from "./Days.js"
import * as Ending from "./Ending.js"
import { FilterIgnored } from "./FilterIgnored.js"
import * as Harvest from "./Harvest.js"
import * as Outage from "./Outage.js"
import * as Pass from "./Pass.js"
import * as Pending from "./Pending.js"
import { type Ended, isApiError, isFinal, type Planning, type Run } from "./Run.js"
import { together } from "./together.js"
import * as Walk from "./Walk.js"

export interface Options {
  readonly since: DateTime.Utc
  readonly until: DateTime.Utc
  readonly lookback: Duration.Duration
  readonly full: boolean
  readonly transcripts: boolean
  readonly concurrency: number
}

/** The richer stream satisfies the poorer one, not the reverse. */
export const stream = (transcripts: boolean): string => transcripts ? "items+transcript" : "items"

const pageSize = 100
/** A window is small enough to be read again without regret, and no page of it is deep. */
const mostRows = 50 * pageSize

/** Rows of a window that gather before they land: what is read is large, and several windows are read at once. */
const landed = 1000

type Part = Pick<SearchQuery, "type" | "direction" | "alloNumber">

export interface Window {
  readonly days: Days.Days
  readonly settled: boolean
  /** Together they are the window. */
  readonly parts: ReadonlyArray<Part>
  /** As counted before it is read. */
  readonly total: number | null
  /** Where the count was all there is to read. */
  readonly pass: Pass.Pass | null
}

const lane = "allo search"

/** Learned once, from a day that has rows. Only a row that came proves anything: totals may be wrong. */
export const learnEnd = (run: Planning, scope: AlloScope): Effect.Effect<
  Days.End,
  AlloError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const name = "last day"
    const known = yield* run.ledger.fact(scope.source, scope.scope, name)
    if (Option.contains(known, "included")) return "included"
    if (Option.contains(known, "excluded")) return "excluded"
    const search = (query: SearchQuery) =>
      Effect.zipRight(
        run.progress.expect(lane, { requests: 1, rows: 0 }),
        asked(run, scope, lane, scope.services.conversations.search({ ...query, size: 1 }))
      )
    const [first] = (yield* search({})).rows
    if (first === undefined) return "excluded"
    // Its own day has at least this row, and is called by one of three names.
    const near = Days.whole({
      from: DateTime.subtract(first.date, { days: 1 }),
      to: DateTime.add(first.date, { days: 1 })
    })
    for (const { from } of Days.split(near, Days.count(near))) {
      const date = { from: DateTime.formatIsoDateUtc(from), to: DateTime.formatIsoDateUtc(from) }
      // Where the end is excluded, this is a range without a day, which some APIs refuse.
      const rows = yield* search({ date }).pipe(
        Effect.map((page) => page.rows),
        Effect.catchTag("Invalid", () => Effect.succeed([]))
      )
      if (rows.some((row) => !Days.outside({ from, to: DateTime.add(from, { days: 1 }) }, row.date))) {
        yield* run.remember(scope, name, "included")
        return "included"
      }
    }
    yield* run.remember(scope, name, "excluded")
    return "excluded"
  })

/** What has to be read, in windows with their counts. */
export const plan = (run: Planning, scope: AlloScope, options: Options): Effect.Effect<
  { readonly windows: ReadonlyArray<Window>; readonly end: Days.End },
  AlloError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const range = Days.around({ from: options.since, to: options.until })
    const stretches = Interval.normalise(
      (yield* run.ledger.plan({
        source: scope.source,
        scope: scope.scope,
        stream: stream(options.transcripts),
        since: range.from,
        until: range.to,
        now: scope.latest,
        lookback: Days.back(Clocks.back(scope, options.lookback)),
        full: options.full
      })).map(Days.whole)
    )
    if (stretches.length === 0) return { windows: [], end: "excluded" }
    const end = yield* learnEnd(run, scope)
    const unsettled = Days.unsettled(scope.now, end)

    const count = (budget: Budget.Budget, days: Days.Days, part: Part) =>
      Effect.zipRight(
        run.progress.expect(lane, { requests: 1, rows: 0 }),
        asked(
          run,
          { budget },
          lane,
          scope.services.conversations.search({ ...part, date: Days.asked(days, end), size: 1 })
        )
      )
    const counts = (budget: Budget.Budget, days: Days.Days, parts: ReadonlyArray<Part>) =>
      Effect.zipRight(
        budget.explain(lane, parts.length),
        Effect.forEach(parts, (part) => Effect.map(count(budget, days, part), ({ total }) => ({ part, total })))
      )

    /** A day that is too large, by type, direction and line, wherever these add up to the whole. */
    const cut = (
      budget: Budget.Budget,
      days: Days.Days,
      whole: { readonly part: Part; readonly total: number | null },
      ways: ReadonlyArray<(part: Part) => ReadonlyArray<Part>>
    ): Effect.Effect<ReadonlyArray<Part>, AlloError | Ended> =>
      Effect.gen(function*() {
        const [way, ...others] = ways
        if (whole.total === null || whole.total <= mostRows || way === undefined) return [whole.part]
        const pieces = yield* counts(budget, days, way(whole.part))
        const sum = pieces.reduce((sum, { total }) => sum + (total ?? Number.NaN), 0)
        if (sum !== whole.total) return yield* cut(budget, days, whole, others)
        return (yield* Effect.forEach(pieces, (piece) => cut(budget, days, piece, others))).flat()
      })
    const ways = [
      (part: Part) => (["CALL", "SMS"] as const).map((type) => ({ ...part, type })),
      (part: Part) => (["INBOUND", "OUTBOUND"] as const).map((direction) => ({ ...part, direction })),
      (part: Part) => (scope.lines ?? []).map(({ number }) => ({ ...part, alloNumber: number }))
    ]

    const halves = (days: Days.Days) => {
      const past = Interval.intersect([days], [{ from: days.from, to: unsettled }])
      return { past, rest: Interval.subtract([days], past) }
    }
    /** Where counting failed or came to nothing. Reading tries once more, and then fails by itself. */
    const uncounted = (days: Days.Days): ReadonlyArray<Window> => {
      const { past, rest } = halves(days)
      return [
        ...past.map((days) => ({ days, settled: true, parts: [{}], total: null, pass: null })),
        ...rest.map((days) => ({ days, settled: false, parts: [{}], total: null, pass: null }))
      ]
    }
    const windows =
      (budget: Budget.Budget) => (days: Days.Days): Effect.Effect<ReadonlyArray<Window>, AlloError | Ended> => {
        const { past, rest } = halves(days)
        const each = counted(windows(budget))
        return Effect.gen(function*() {
          const page = yield* count(budget, days, {}).pipe(
            Effect.catchIf(
              (error) => error._tag === "Invalid" && error.code === "DATE_RANGE_TOO_WIDE" && Days.count(days) > 1,
              () => Effect.succeed(null)
            )
          )
          if (page === null) return yield* each(Days.split(days, 2))
          yield* budget.explain(lane, 1)
          yield* budget.explain(lane, 1)
          const { total } = page
          // Nothing at all, in one answer: that is known of every day of it.
          if (total === 0 && page.rows.length + page.rejected.length === 0) {
            const recorder = Pass.recorder()
            recorder.page(page, { keys: [], refused: [] })
            const empty = { parts: [], total, pass: recorder.pass() }
            return [
              ...past.map((days) => ({ days, settled: true, ...empty })),
              ...rest.map((days) => ({ days, settled: false, ...empty }))
            ]
          }
          if (past.length > 0 && rest.length > 0) return yield* each([...past, ...rest])
          if (total !== null && total > mostRows && Days.count(days) > 1) {
            return yield* each(Days.split(days, Math.ceil(total / (mostRows * 0.9))))
          }
          const parts = yield* cut(budget, days, { part: {}, total }, ways)
          yield* run.progress.expect(lane, { requests: pagesOf(total), rows: total ?? 0 })
          return [{ days, settled: past.length > 0, parts, total, pass: null }]
        }).pipe(
          Effect.catchIf(
            (error) => isApiError(error) && !isFinal(error),
            () => Effect.succeed(uncounted(days))
          )
        )
      }
    const counted =
      <E>(count: (days: Days.Days) => Effect.Effect<ReadonlyArray<Window>, E>) => (pieces: ReadonlyArray<Days.Days>) =>
        Effect.map(Effect.forEach(pieces, count, { concurrency: options.concurrency }), (found) => found.flat())
    // Counts have a budget of their own: where cutting comes to no end, the stretch is read as it is.
    const stretch = (days: Days.Days) =>
      Effect.catchTag(Effect.suspend(() => windows(Budget.make())(days)), "NoProgress", () =>
        Effect.succeed(uncounted(days)))

    return { windows: yield* counted(stretch)(stretches), end }
  })

const pagesOf = (total: number | null): number => Math.max(1, Math.ceil((total ?? 0) / pageSize))

/** Reads what is missing of the range, and what of it is recent. */
export const read = (run: Run, scope: AlloScope, options: Options): Effect.Effect<
  void,
  AlloError | Ended | FilterIgnored | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    yield* run.progress.phase("allo", "counting")
    const { end, windows } = yield* plan(run, scope, options)
    yield* run.progress.phase("allo", "reading calls and messages")
    const outage = Outage.make(run, scope)
    yield* together(windows, (window) => outage.guard(readWindow(run, scope, { ...options, end }, window)), options)
    yield* outage.report
  })

interface Asking extends Options {
  readonly end: Days.End
}

/** Whether it was read to its end; if not, what is known of it is kept, and the problem told. */
const readWindow = (run: Run, scope: AlloScope, options: Asking, window: Window): Effect.Effect<
  boolean,
  AlloError | Ended | FilterIgnored | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const { services } = scope
    const { days, settled } = window
    const name = Days.text(days)
    const harvest = Harvest.make()
    const waiting = new Map<string, { readonly endedAt: DateTime.Utc; readonly dueAt: DateTime.Utc }>()
    const done = new Set<string>()
    const seen = new Set<string>()
    let deepest = 0
    let expected = pagesOf(window.total)

    const land = (proof: Certificate.Proof | null) =>
      Effect.suspend(() => {
        const pending = [...waiting].map(([id, when]) => ({ id, ...when }))
        const settled = [...done]
        waiting.clear()
        done.clear()
        return run.land({
          window: { ...scope, stream: stream(options.transcripts), from: days.from, to: days.to },
          proof,
          ...harvest.take(),
          pending,
          postponed: pending,
          settled
        })
      })

    const keep = (page: Page.Page<ConversationItem>) =>
      Effect.gen(function*() {
        if (page.rows.some(({ date }) => Days.outside(days, date))) {
          return yield* new FilterIgnored({ asked: name, requestId: page.requestId })
        }
        const answer = yield* run.dataset.answer
        const reading = {
          readAt: yield* run.now,
          organizationId: scope.organizationId,
          transcripts: options.transcripts
        }
        const keys: Array<string> = []
        const refused = page.rejected.map((rejected) => unreadable(rejected))
        for (const item of page.rows) {
          const mapped = FromAllo.item(item, reading)
          if (Either.isLeft(mapped)) {
            refused.push(mapped.left)
            continue
          }
          keys.push(item.id)
          seen.add(item.id)
          if (mapped.right._tag === "Message") {
            harvest.add(item.id, answer, mapped.right.message)
            continue
          }
          const { call, utterances } = mapped.right
          harvest.add(item.id, answer, call)
          if (utterances !== null) harvest.lines(item.id, answer, utterances)
          const due = dueOf(call.row, scope.now)
          if (due === null) done.add(item.id)
          else waiting.set(item.id, due)
        }
        for (const row of refused) harvest.refuse(row)
        if (harvest.size() >= landed) yield* land(null)
        return { keys, refused: refused.map(({ raw }) => raw) }
      })

    const list = (
      part: Part
    ): Walk.List<ConversationItem, AlloError | Ended | FilterIgnored | DatasetError.WriteError> => {
      const question = { ...part, date: Days.asked(days, options.end) }
      const explain = Budget.pagesOf(scope.budget, lane, {
        first: 1,
        planned: window.parts.length > 1 ? null : window.total
      })
      return {
        first: 1,
        page: (page) =>
          Effect.gen(function*() {
            deepest = page
            expected -= 1
            if (expected < 0) yield* run.progress.expect(lane, { requests: 1, rows: 0 })
            return yield* asked(
              run,
              scope,
              lane,
              services.conversations.search({
                ...question,
                page,
                size: pageSize,
                extend: options.transcripts ? "transcript" : undefined
              })
            ).pipe(Effect.tap(explain))
          }),
        keep,
        stillThere: (keys) =>
          Effect.map(
            Effect.forEach(chunksOf(keys), (ids) => byIds(run, scope, ids)),
            (batches) => batches.reduce((sum, { rows }) => sum + rows.length, 0)
          ),
        total: Effect.map(run.ask(services.conversations.search({ ...question, size: 1 })), ({ total }) => total)
      }
    }

    const ending = { run, scope, name, land }
    const reading = Effect.gen(function*() {
      const outcomes: ReadonlyArray<Walk.Outcome> = window.pass === null
        ? yield* Effect.forEach(window.parts, (part) => settled ? Walk.settled(list(part)) : Walk.open(list(part)))
        : [{ verdict: settled ? "certified" : "open", passes: [window.pass], doubt: null }]
      const doubt = outcomes.find((outcome) => outcome.doubt !== null)?.doubt ??
        (settled && window.parts.length > 1 ? yield* checkSum(outcomes) : null)
      return yield* Ending.finish(ending, outcomes, { settled, doubt })
    })

    /** The parts of a day make up the whole, also after they were read. */
    const checkSum = (outcomes: ReadonlyArray<Walk.Outcome>) =>
      Effect.gen(function*() {
        const sum = outcomes.reduce((sum, { passes }) => sum + (Pass.total(passes.slice(-1)) ?? Number.NaN), 0)
        const whole = yield* list({}).total
        return whole === sum ? null : `its parts make ${sum} rows, and the API says ${whole ?? "nothing"} for the whole`
      })

    return yield* reading.pipe(
      Effect.catchAll((error) =>
        Effect.gen(function*() {
          if (!isApiError(error) || isFinal(error)) return yield* Ending.leave(ending, error)
          // Too deep, or too wide, which nobody heard if the refusal was cut on its way when this was counted.
          const narrower = error._tag === "Invalid" && (deepest > 1 || error.code === "DATE_RANGE_TOO_WIDE")
          if (narrower && Days.count(days) > 1) {
            yield* land(null)
            const halves = yield* Effect.forEach(
              Days.split(days, 2),
              (half) => readWindow(run, scope, options, { ...window, days: half, parts: [{}], total: null, pass: null })
            )
            return halves.every((read) => read)
          }
          return yield* Ending.fail(ending, error, { keys: seen.size, pages: deepest })
        })
      )
    )
  })

/** A conversation that took place and has no summary yet will get one, for as long as it is young. */
export const dueOf = (call: Calls.Row, now: DateTime.Utc) => {
  if (call.summary !== null || !["answered", "transferred", "voicemail"].includes(call.outcome)) {
    return null
  }
  const endedAt = call.ended_at ?? call.started_at
  const dueAt = Pending.next(endedAt, now)
  return dueAt === null ? null : { endedAt, dueAt }
}
