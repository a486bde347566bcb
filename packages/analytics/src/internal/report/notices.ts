/** What a reader should know before trusting or using the figures, and what to do about it. */
import * as DateTime from "effect/DateTime"
import * as Words from "../../Words.js"
import { selection } from "./findings.js"
import type { Report, Source } from "./model.js"

type Notice = Report["notices"][number]
type Figures = Omit<Report, "notices">

export const notices = (report: Figures): ReadonlyArray<Notice> => {
  const selected = selection(report)
  const found = report.sources.flatMap((source) => [...ofSource(report, source)])
  const all = [
    ...(report.sources.some(({ totals }) => totals.calls > 0) ? [] : [
      attention(
        null,
        selected !== null
          ? `No call was found ${selected}. Ask for another range, source or organisation, or export it first.`
          : report.sources.length === 0
          ? "There is nothing in this dataset yet. Run trunkline export to fill it, or trunkline demo to see a made-up one."
          : "There is no call in this dataset yet. Run trunkline export with an earlier --since."
      )
    ]),
    ...found,
    ...(report.zone === "UTC" && report.sources.length > 0
      ? [note(null, "Days and hours are of UTC. Name your time zone to see them as your clocks show them.")]
      : [])
  ]
  return [...all.filter(({ kind }) => kind === "attention"), ...all.filter(({ kind }) => kind === "note")]
}

const attention = (source: string | null, message: string): Notice => ({ kind: "attention", source, message })
const note = (source: string | null, message: string): Notice => ({ kind: "note", source, message })

function* ofSource(report: Figures, source: Source): Generator<Notice> {
  const { coverage, totals } = source
  const name = Words.source(source.source)
  const pending = Math.max(0, ...source.labels.map(({ detailsPending }) => detailsPending))
  const unknown = source.answers.incoming - source.answers.known
  if (coverage.uncertified > 0) {
    yield attention(
      source.source,
      `${Words.many(coverage.uncertified, "stretch", "stretches")} of ${name} failed ${
        coverage.uncertified === 1 ? "its" : "their"
      } proof, so that calls may be missing. Run trunkline export again: it reads what has no proof anew.`
    )
  }
  const gap = coverage.troubles.find(({ state }) => state === "gap")
  if (coverage.gaps > 0) {
    yield attention(
      source.source,
      `${Words.many(coverage.gaps, "gap")} in ${name}, ${Words.span(coverage.gapSeconds)}${
        coverage.gaps === 1 ? ", was" : " together, were"
      } never asked for.` +
        (gap === undefined ?
          "" :
          ` Run trunkline export --since ${brief(gap.fromAt)} --until ${brief(gap.toAt)} to fill ${
            coverage.gaps === 1 ? "it" : "the first"
          }.`)
    )
  }
  if (coverage.quarantined > 0) {
    yield attention(
      source.source,
      `${Words.many(coverage.quarantined, "row")} of ${name} could not be read and ${
        coverage.quarantined === 1 ? "is" : "are"
      } in no figure: ${coverage.quarantined === 1 ? "it is" : "they are"} kept in quarantine, each with the reason.`
    )
  }
  if (coverage.windows === 0 && totals.calls > 0) {
    yield attention(
      source.source,
      `Nothing says which time of ${name} was read, so that nobody can tell whether calls are missing. ` +
        "trunkline export writes certificates that do."
    )
  }
  if (pending > 0) {
    yield attention(
      source.source,
      `${
        pending === totals.calls ?
          `All ${Words.many(pending, "call")}` :
          `${Words.count(pending)} of ${Words.many(totals.calls, "call")}`
      } of ${name} ${pending === 1 ? "lacks its" : "lack their"} details, which hold intent, outcome and sentiment. ` +
        "Run trunkline export again, without --no-details: it reads what is missing."
    )
  }
  if (totals.calls === 0 && coverage.windows > 0 && source.source !== "allo-v1" && selection(report) === null) {
    yield note(source.source, `${name} was read and holds no call in that time.`)
  }
  if (totals.calls > 0 && totals.calls < 30) {
    yield note(
      source.source,
      `${name} has only ${Words.many(totals.calls, "call")}: shares and quantiles of so few say little.`
    )
  }
  if (unknown > 0 && unknown / source.answers.incoming > 0.1 && pending === 0) {
    yield note(
      source.source,
      `Of ${Words.many(source.answers.incoming, "incoming call")} of ${name}, ${Words.count(unknown)} ${
        unknown === 1 ? "has" : "have"
      } an outcome nobody knows; they are on neither side of the answer rate.`
    )
  }
  const age = totals.readAt === null ? 0 : (millis(report.generatedAt) - millis(totals.readAt)) / 1000
  if (age > 48 * 3600) {
    yield note(source.source, `${name} was last read ${Words.span(age)} ago. Run trunkline export for newer calls.`)
  }
}

const millis = (iso: string): number => DateTime.unsafeMake(iso).epochMillis

/** Flags read a bare date as a whole day, so the time stays. */
const brief = (iso: string): string => iso.replace(".000Z", "Z")
