/**
 * What each line last said to whom. The list is sorted by last activity, so that whatever moves while it is read moves
 * towards its head, past the reader: the head is read again until nothing moved in the meantime. A long call moves its
 * conversation when it ends, and to where it began, so that the head reaches back as far as anything may still appear.
 */
import type { AlloError, Conversation } from "@trunkline/allo"
import { FromAllo, unreadable } from "@trunkline/calls"
import type { DatasetError } from "@trunkline/dataset"
import type { Page } from "@trunkline/http"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Problem from "../Problem.js"
import { type AlloScope, page as asked } from "./AlloScope.js"
import * as Budget from "./Budget.js"
import * as Clocks from "./Clocks.js"
import * as Harvest from "./Harvest.js"
import * as Pass from "./Pass.js"
import { type Ended, isApiError, isFinal, type Planning, type Run } from "./Run.js"
import { settling } from "./settling.js"
import { together } from "./together.js"

export interface Line {
  readonly number: string
  /** For people; null where it has none. */
  readonly label: string | null
}

export interface Options {
  readonly lines: ReadonlyArray<Line>
  /** From when on conversations are asked for that were never read. */
  readonly since: DateTime.Utc
  /** Asks for everything since then once more. */
  readonly full: boolean
  readonly concurrency: number
}

const mostPasses = 5
/** Rows of a line that gather before they land. */
const landed = 1000
const lane = "allo read"

/** A number is personal, and a line has to be told from another all the same. */
const nameOf = ({ label, number }: Line): string => label ?? `the line ending in ${number.slice(-2)}`

/** Whatever appears after an instant is not older than this before it; and clocks and indexes lag a little. */
const overlap = Duration.sum(Duration.millis(settling), Duration.minutes(5))

/** Refused for this line alone; a key that may read no conversations is refused in another word. */
const isOfLine = (error: AlloError): boolean =>
  error._tag === "NotFound" || (error._tag === "Forbidden" && error.code === "ALLO_NUMBER_FORBIDDEN")

interface Walked {
  readonly certain: boolean
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
  readonly passes: ReadonlyArray<Pass.Pass>
}

/** Every line, each from where it was last read to its end. */
export const read = (run: Run, scope: AlloScope, options: Options): Effect.Effect<
  void,
  AlloError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const walked = yield* together(options.lines, (line) => readLine(run, scope, options, line), options)
    const read = walked.flatMap((line) => line === null ? [] : [line])
    if (read.length === 0) return
    const certain = read.length === walked.length && read.every((line) => line.certain)
    const passes = read.flatMap((line) => line.passes)
    const totals = (of: (pass: ReadonlyArray<Pass.Pass>) => number | null | undefined) =>
      read.map((line) => of(line.passes) ?? null).reduce<number | null>(
        (left, right) => left === null || right === null ? null : left + right,
        0
      )
    const verdict = certain ? "certified" : "uncertified"
    yield* run.land({
      window: {
        source: scope.source,
        scope: scope.scope,
        stream: "conversations",
        from: read.map(({ from }) => from).reduce(DateTime.min),
        to: read.map(({ to }) => to).reduce(DateTime.min)
      },
      proof: {
        verdict,
        totalFirst: totals((line) => line[0]?.totals[0]),
        totalLast: totals((line) => line.at(-1)?.totals.at(-1)),
        distinctKeys: read.reduce((sum, line) => sum + Pass.keys(line.passes).size, 0),
        quarantined: Pass.refused(passes).size,
        pages: passes.reduce((sum, pass) => sum + pass.totals.length, 0),
        passes: Math.max(...read.map((line) => line.passes.length)),
        keysSha256: Pass.fingerprint(Pass.keys(passes)),
        requestIds: passes.flatMap(({ requestIds }) => requestIds),
        readAt: yield* run.now,
        runId: run.id
      },
      tables: []
    })
    yield* run.verdict(verdict)
  })

const factOf = ({ number }: Line): string => `frontier ${number}`

/** From when on a line is read: from where that last came to its end. */
export const begin = (
  run: Planning,
  scope: Pick<AlloScope, "source" | "scope" | "now">,
  options: Pick<Options, "full" | "since">,
  line: Line
): Effect.Effect<DateTime.Utc, DatasetError.LedgerError> =>
  options.full
    ? Effect.succeed(options.since)
    : Effect.map(run.ledger.fact(scope.source, scope.scope, factOf(line)), (known) =>
      Option.match(Option.flatMap(known, DateTime.make), {
        onNone: () =>
          options.since,
        // A frontier of the future was written while a clock was wrong, and hides what happens until then.
        onSome: (frontier) => DateTime.min(DateTime.toUtc(frontier), DateTime.subtractDuration(scope.now, overlap))
      }))

/** Null where it could not be read; the others go on. */
const readLine = (run: Run, scope: AlloScope, options: Options, line: Line): Effect.Effect<
  Walked | null,
  AlloError | Ended | DatasetError.WriteError
> =>
  Effect.gen(function*() {
    const { conversations } = scope.services
    const fact = factOf(line)
    const from = yield* begin(run, scope, options, line)
    const harvest = Harvest.make()
    const land = (facts: Readonly<Record<string, string>>) =>
      run.land({
        window: { source: scope.source, scope: scope.scope, stream: "conversations", from, to: scope.now },
        proof: null,
        ...harvest.take(),
        facts
      })

    const keep = (page: Page.Page<Conversation>) =>
      Effect.gen(function*() {
        const answer = yield* run.dataset.answer
        const readAt = yield* run.now
        const refused = page.rejected.map((rejected) => unreadable(rejected, "conversations"))
        const keys: Array<string> = []
        for (const conversation of page.rows) {
          const mapped = FromAllo.conversation(conversation, { readAt, line: line.number })
          if (Either.isLeft(mapped)) refused.push(mapped.left)
          else {
            keys.push(conversation.contactNumber)
            harvest.add(conversation.contactNumber, answer, mapped.right)
          }
        }
        for (const row of refused) harvest.refuse(row)
        if (harvest.size() >= landed) yield* land({})
        return { keys, refused: refused.map(({ raw }) => raw) }
      })

    const begun: Array<DateTime.Utc> = []
    /** From the head to the end, or to what was quiet since a pass before began; and whether nothing moved past it. */
    const walk = (quietSince: DateTime.Utc | null) =>
      Effect.gen(function*() {
        const recorder = Pass.recorder()
        const explain = Budget.pagesOf(scope.budget, lane, { first: 1, planned: null })
        let repeats = 0
        let told = 0
        for (let number = 1;; number++) {
          if (number > told) yield* run.progress.expect(lane, { requests: 1, rows: 0 })
          const page = yield* asked(
            run,
            scope,
            lane,
            conversations.list({ alloNumber: line.number, lastActivitySince: from, page: number, size: 100 })
          )
          yield* explain(page)
          if (number === 1) begun.push((yield* Clocks.read(run, scope, page.answeredAt)).now)
          if (number === 1 && quietSince === null) {
            told = Math.max(1, Math.ceil((page.total ?? 0) / page.size))
            yield* run.progress.expect(lane, { requests: told - 1, rows: page.total ?? 0 })
          }
          const fresh = recorder.page(page, yield* keep(page))
          repeats = fresh === 0 ? repeats + 1 : 0
          const last = page.rows.at(-1)?.lastActivity
          const quiet = quietSince !== null && last !== undefined && DateTime.lessThan(last, quietSince)
          if (!quiet && page.more && repeats < 3) continue
          const pass = recorder.pass()
          // What moves past the reader pushes a row it has read onto the next page.
          const held = pass.totals.length === 1 || (Pass.held(pass) && !Pass.moved([pass]))
          return { pass, held: held && (quiet || Pass.full([pass]) || (pass.shown === 0 && Pass.silent([pass]))) }
        }
      }).pipe(
        // What was read is kept, whatever ended it.
        Effect.tapError(() => land({}))
      )

    const first = yield* walk(null)
    const passes = [first.pass]
    let certain = first.held && first.pass.totals.length === 1 && Pass.full(passes)
    while (!certain && passes.length < mostPasses) {
      // What left the list moved what was behind it past the reader, and only the whole list shows which.
      const whole = passes.slice(-1).some(Pass.shrank) || !Pass.full(passes)
      const began = begun.at(-1)
      const { held, pass } = yield* walk(
        whole || began === undefined ? null : DateTime.subtractDuration(began, overlap)
      )
      passes.push(pass)
      certain = held && Pass.full(passes)
    }
    const to = begun[0] ?? scope.now
    // Only what is certain moves on where the next run begins.
    yield* land(certain ? { [fact]: DateTime.formatIso(DateTime.subtractDuration(to, overlap)) } : {})
    if (!certain) {
      yield* run.problem({
        tag: "Uncertified",
        source: scope.source,
        scope: scope.scope,
        message: `The conversations of ${nameOf(line)} moved while they were read, ${passes.length} times over. ` +
          "What was read is kept, and the next run reads them again",
        requestId: passes.at(-1)?.requestIds.at(-1) ?? null
      })
    }
    return { certain, from, to, passes }
  }).pipe(
    Effect.catchIf(
      (error): error is AlloError => isApiError(error) && (!isFinal(error) || isOfLine(error)),
      (error) =>
        Effect.as(
          run.problem({
            ...Problem.of(error, scope),
            message: `The conversations of ${nameOf(line)} could not be read to their end: ${error.message}`
          }),
          null
        )
    )
  )
