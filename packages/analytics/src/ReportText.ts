/**
 * A report for the terminal.
 *
 * @since 0.1.0
 */
import * as findings from "./internal/report/findings.js"
import * as periods from "./internal/report/periods.js"
import { type Row, table } from "./internal/report/terminal.js"
import type { Report, Source } from "./Report.js"
import * as Text from "./Text.js"
import * as Words from "./Words.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** Columns of the terminal: 80 when left out. Forty are enough. */
  readonly width?: number | undefined
  /** Whether escape codes may be used: not when left out. */
  readonly color?: boolean | undefined
}

/**
 * Tables with small bars. No line is wider than asked, whatever stands in names, and nothing in a name reaches the
 * terminal as a command.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (report: Report, options?: Options): string => {
  const width = Math.max(40, Math.floor(options?.width ?? 80))
  const style = styles(options?.color ?? false)
  const text = (sentence: string, indent = "") =>
    Text.wrapped(Text.visible(sentence), width - Text.width(indent)).map((line) => `${indent}${line}`)
  const section = (topic: string, finding: findings.Sentence, ...rows: ReadonlyArray<ReadonlyArray<string>>) => [
    "",
    ...text(topic).map(style.quiet),
    ...text(plain(finding)).map(style.strong),
    ...rows.flat()
  ]
  const rows = (head: ReadonlyArray<string>, lines: ReadonlyArray<Row>) =>
    lines.length === 0 ? [] : table({ head, rows: lines, width, ...style })
  const say = (sentence: string) => text(sentence, "  ").map(style.quiet)

  const ofSource = (source: Source): ReadonlyArray<string> => [
    "",
    "",
    heading(Text.visible(Words.source(source.source)), width, style),
    ...(source.totals.calls === 0 ? [] : [
      ...rows(["", ""], [
        fact("Calls", Words.count(source.totals.calls)),
        fact("  incoming", Words.count(source.totals.incoming)),
        fact("  outgoing", Words.count(source.totals.outgoing)),
        ...(others(source) === 0 ? [] : [fact("  of other directions", Words.count(others(source)))]),
        ...(source.totals.messages === 0 ? [] : [fact("Messages", Words.count(source.totals.messages))]),
        fact("Talk time", Words.duration(source.totals.talkSeconds)),
        fact("Voicemail", Words.duration(source.totals.voicemailSeconds)),
        fact("Median of talk", Words.duration(source.totals.p50Seconds)),
        fact("Incoming answered", Words.percent(source.answers.answerRate)),
        fact("First call", Words.instant(source.totals.firstAt, report.zone)),
        fact("Last call", Words.instant(source.totals.lastAt, report.zone)),
        fact("Last read", Words.instant(source.totals.readAt, report.zone))
      ]).slice(1),
      ...section(
        "How long calls last",
        findings.durations(source),
        source.totals.p50Seconds === null ? [] : rows(
          ["", "calls", "share"],
          compared(source.durations.buckets, ({ talked }) => talked).map(([bucket, bar]) => ({
            name: Words.bucket(bucket.fromSeconds, bucket.toSeconds),
            bar,
            figures: [Words.count(bucket.talked), Words.percent(bucket.talkedShare)]
          }))
        ),
        say(
          [
            ...(source.totals.meanSeconds === null ? [] : [
              `${
                [
                  ...findings.quantiles(source).map(({ name, seconds }) => `${name} ${Words.duration(seconds)}`),
                  `mean ${Words.duration(source.totals.meanSeconds)}`
                ].join(" · ")
              }.`
            ]),
            findings.durationsOver(source)
          ].join(" ")
        )
      ),
      ...talk(source),
      ...source.labels.flatMap((labels) =>
        section(
          labels.kind === "intent" ? "What calls are about: intents" : "What calls are about: tags",
          findings.labels(labels),
          labels.labels === 0 ? say(findings.withoutLabels(labels)) : rows(
            [labels.kind, "calls", "share", "median", "p90"],
            compared(findings.top(labels.rows, ({ unlabelled }) => unlabelled), ({ calls }) => calls).map((
              [row, bar]
            ) => ({
              name: row.label,
              bar,
              figures: [
                Words.count(row.calls),
                Words.percent(row.share),
                Words.duration(row.p50Seconds),
                Words.duration(row.p90Seconds)
              ]
            }))
          ),
          labels.labels === 0 ? [] : say(
            [
              `Share of ${findings.labelsOver(labels)}; median and p90 of the answered and transferred ones.`,
              ...(labels.labels > findings.mostBars - 1
                ? [`The ${findings.mostBars - 1} most frequent of ${Words.many(labels.labels, labels.kind)}.`]
                : []),
              ...(labels.detailsPending > 0
                ? [`${Words.many(labels.detailsPending, "call")} without details yet, in no share.`]
                : []),
              ...(labels.sharesAddUp ? [] : ["A call may have several tags, so shares may add up to more than 100 %."])
            ].join(" ")
          )
        )
      ),
      ...section("When calls come", findings.hours(source), clock(source)),
      ...(source.organizations.rows.length < 2 ? [] : section(
        "Calls by organisation",
        findings.organizations(source),
        rows(
          ["organisation", "calls", "talk", "median", "answer rate"],
          compared(source.organizations.rows.slice(0, 40), ({ calls }) => calls).map(([row, bar]) => ({
            name: findings.organization(row),
            bar,
            figures: [
              Words.count(row.calls),
              Words.duration(row.talkSeconds),
              Words.duration(row.p50Seconds),
              Words.percent(row.answerRate)
            ]
          }))
        ),
        source.organizations.organizations > 40
          ? say(`The 40 with most calls, of ${Words.count(source.organizations.organizations)}.`)
          : []
      )),
      ...section(
        "Calls by agent",
        findings.agents(source),
        rows(
          ["agent", "calls", "talk", "median", "answer rate"],
          compared(findings.top(source.agents.rows, ({ name }) => name === null), ({ calls }) => calls).map((
            [row, bar]
          ) => ({
            name: row.name ?? "(nobody named)",
            bar,
            figures: [
              Words.count(row.calls),
              Words.duration(row.talkSeconds),
              Words.duration(row.p50Seconds),
              Words.percent(row.answerRate)
            ]
          }))
        ),
        say(
          "Calls of any direction and outcome. Talk and its median are of answered and transferred calls, the answer rate " +
            "of incoming ones that name the agent." +
            (source.agents.agents > findings.mostBars - 1
              ? ` The ${findings.mostBars - 1} with most calls, of ${Words.many(source.agents.agents, "agent")}.`
              : "")
        )
      ),
      ...section(
        "Who is answered",
        findings.answers(source, report),
        rows(
          ["incoming calls", "calls", "share"],
          compared(source.answers.outcomes, ({ calls }) => calls).map(([row, bar]) => ({
            name: row.answered ? `${row.outcome} ✓` : row.outcome,
            bar,
            figures: [Words.count(row.calls), Words.percent(row.calls / source.answers.incoming)]
          }))
        ),
        source.answers.incoming === 0 ? [] : say(
          `Share of incoming calls. ✓ counts as answered: ${Words.count(source.answers.answered)} of ${
            Words.count(source.answers.counted)
          } with a known outcome${findings.leftOut(report)}${
            source.answers.known === source.answers.incoming ? "" : "; unknown is on neither side"
          }.`
        )
      ),
      ...section("Who was missed", findings.followup(source, report), missed(source)),
      ...section(
        "Who calls again",
        findings.repeats(source, report),
        source.repeats.again === 0 ? [] : rows(
          ["incoming calls", "callers"],
          compared(source.repeats.spread, ({ callers }) => callers).map(([row, bar]) => ({
            name: row.to === null
              ? `${row.from} or more`
              : row.to === row.from
              ? `${row.from}`
              : `${row.from} to ${row.to}`,
            bar,
            figures: [Words.count(row.callers)]
          }))
        ),
        source.repeats.again === 0 ? [] : say(
          `${Words.count(source.repeats.again)} of ${
            Words.many(source.repeats.callers, "caller")
          } with a number called twice or more, whatever became of the calls.`
        ),
        rows(
          ["most calls", "calls", "answered", "last"],
          compared(source.repeats.top ?? [], ({ calls }) => calls).map(([row, bar]) => ({
            name: caller(row),
            bar,
            figures: [Words.count(row.calls), Words.count(row.answered), Words.instant(row.lastAt, report.zone)]
          }))
        )
      )
    ]),
    ...section("What was read", findings.coverage(source, report), covered(source))
  ]

  const talk = (source: Source): ReadonlyArray<string> => {
    const { grain, rows: found } = periods.talk(source, 14)
    return section(
      grain === "day" ? "Talk time per day" : `Talk time per day, averaged over each ${grain}`,
      findings.days(source),
      ...(source.totals.talkSeconds === 0 || found.length < 2 ? [] : [
        rows(
          [grain === "day" ? "day" : `${grain} from`, "talk a day", "calls a day"],
          compared(found, ({ talkSeconds }) => talkSeconds).map(([row, bar]) => ({
            name: `${Words.day(row.from)}${row.whole ? "" : periods.part}`,
            bar,
            figures: [Words.duration(row.talkSeconds), Words.decimal(row.calls)]
          }))
        ),
        say(
          `Talk of answered and transferred calls; calls of any outcome. Means are over all days from the first to the ` +
            `last one with calls.${found.every(({ whole }) => whole) ? "" : ` ${periods.partMeaning(grain)}`}`
        )
      ])
    )
  }

  const shades = [" ", "░", "▒", "▓", "█"]
  const clock = (source: Source): ReadonlyArray<string> => {
    const most = Math.max(0, ...source.hours.map(({ incomingPerHour }) => incomingPerHour ?? 0))
    if (most === 0) return []
    const wide = width >= 64 ? 2 : 1
    const shade = (value: number | null) =>
      shades[value === null || value === 0 || most === 0 ? 0 : Math.max(1, Math.ceil(value / most * 4))] ?? ""
    return [
      style.quiet(
        `       ${Array.from({ length: 8 }, (_, part) => String(part * 3).padEnd(3 * wide)).join("").trimEnd()}`
      ),
      ...Array.from({ length: 7 }, (_, index) => {
        const cells = source.hours.filter(({ weekday }) => weekday === index + 1)
        const drawn = cells.map(({ incomingPerHour }) => shade(incomingPerHour).repeat(wide)).join("")
        return `  ${Words.weekday(index + 1).slice(0, 3)}  ${style.accent(drawn)}`.trimEnd()
      }),
      ...say(`The darker, the more incoming calls an hour: ${Words.decimal(most)} at most. Hours of ${report.zone}.`)
    ]
  }

  const missed = (source: Source): ReadonlyArray<string> => {
    const { callers, open, unreachable } = source.followup
    if (callers === 0) return []
    return [
      ...rows(
        ["missed callers", "callers", "share"],
        compared(periods.followup(source, report), (row) => row.callers).map(([row, bar]) => ({
          name: row.name,
          bar,
          figures: [Words.count(row.callers), Words.percent(row.callers / callers)]
        }))
      ),
      ...say(
        [
          ...(source.followup.p50Seconds === null ? [] : [
            `From the first miss until you reached them: median ${Words.span(source.followup.p50Seconds)}, p90 ${
              Words.span(source.followup.p90Seconds)
            }.`
          ]),
          "Reached: a call that was answered or transferred, or a message that was not refused.",
          ...(unreachable === 0 ? [] : [`${Words.many(unreachable, "miss", "misses")} without a number, in no share.`])
        ].join(" ")
      ),
      ...rows(
        ["not reached", "state", "missed", "last"],
        (open ?? []).map((row) => ({
          name: caller(row),
          bar: null,
          figures: [row.state, `${Words.count(row.misses)}×`, Words.instant(row.lastMissedAt, report.zone)]
        }))
      )
    ]
  }

  const covered = (source: Source): ReadonlyArray<string> => {
    const { rows: streams, streams: all, troubles } = source.coverage
    return [
      ...rows(
        ["scope, stream", "certified to", "unproven"],
        streams.slice(0, 12).map((row) => ({
          name: `${findings.scope(row)}, ${row.stream}`,
          bar: null,
          figures: [
            Words.instant(row.certifiedTo, report.zone),
            Words.count(row.stretches.filter(({ state }) => state === "gap" || state === "uncertified").length)
          ]
        }))
      ),
      ...(all > 12 ? say(`Those with most troubles, of ${Words.count(all)}.`) : []),
      ...rows(
        ["missing or unproven", "from", "to"],
        troubles.slice(-8).map((row) => ({
          name: `${row.state}, ${findings.scope(row)}, ${row.stream}`,
          bar: null,
          figures: [Words.instant(row.fromAt, report.zone), Words.instant(row.toAt, report.zone)]
        }))
      )
    ]
  }

  const selected = findings.selection(report)
  return [
    ...text(`Trunkline report of ${Words.instant(report.generatedAt, report.zone)}`).map(style.strong),
    ...text(
      `Zone ${report.zone} · incoming: ${report.rules.incoming.join(" + ")} · answered: ${
        report.rules.answered.join(" + ")
      } · missed: ${report.rules.missed.join(" + ")} · reached in time: within ${
        Words.decimal(report.rules.followupHours)
      } h · called again: within ${Words.days(report.rules.repeatDays)}${
        report.rules.gone ? " · with rows that the vendor no longer returns" : ""
      }`
    ).map(style.quiet),
    ...(selected === null ? [] : text(`Calls ${selected}`)),
    ...(report.notices.length === 0 ? [] : [""]),
    ...report.notices.flatMap(({ kind, message }) =>
      text(message, "  ").map((line, index) =>
        index === 0 ? `${kind === "attention" ? "!" : "·"}${line.slice(1)}` : line
      )
    ),
    ...report.sources.flatMap(ofSource),
    ""
  ].map((line) => line.trimEnd()).join("\n")
}

const plain = (sentence: findings.Sentence): string =>
  sentence.map((piece) => typeof piece === "string" ? piece : Text.named(piece.name)).join("")

/** Neither incoming nor outgoing: calls from a web page, and of directions nobody knows. */
const others = ({ totals }: Source): number => Math.max(0, totals.calls - totals.incoming - totals.outgoing)

const fact = (name: string, figure: string): Row => ({ name, bar: null, figures: [figure] })

const caller = (row: { readonly contactName: string | null; readonly contactNumber: string | null }): string =>
  [row.contactNumber, row.contactName].filter((text) => text !== null).join(" ")

/** Each with its share of the greatest. */
const compared = <A>(rows: ReadonlyArray<A>, value: (row: A) => number): ReadonlyArray<readonly [A, number]> => {
  const most = Math.max(0, ...rows.map(value))
  return rows.map((row) => [row, most === 0 ? 0 : value(row) / most])
}

const heading = (title: string, width: number, style: ReturnType<typeof styles>): string => {
  const [name = ""] = Text.wrapped(title, width - 4)
  return `${style.strong(name)} ${style.quiet("─".repeat(Math.max(0, width - Text.width(name) - 1)))}`
}

const styles = (color: boolean) => {
  const wrap = (code: string) => (text: string) => color && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text
  return { strong: wrap("1"), quiet: wrap("2"), accent: wrap("36") }
}
