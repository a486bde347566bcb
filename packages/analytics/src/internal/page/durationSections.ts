/** The sections on how long calls last: in all, by day, and by what they were about. */
import type { Report, Source } from "../../Report.js"
import * as Words from "../../Words.js"
import * as findings from "../report/findings.js"
import * as periods from "../report/periods.js"
import * as charts from "./charts.js"
import { html, name, nothing, prose } from "./html.js"
import {
  data,
  dated,
  definition,
  durationCells,
  durationHead,
  legend,
  type Section,
  section,
  table,
  title
} from "./section.js"
import * as timeCharts from "./timeCharts.js"

export const durations = (source: Source, id: string): Section => {
  const finding = findings.durations(source)
  const { buckets, directions } = source.durations
  const { p50Seconds } = source.totals
  const quantiles = findings.quantiles(source)
  return section({
    id: `${id}-durations`,
    of: id,
    topic: "How long calls last",
    finding,
    ...(p50Seconds === null ? {} : {
      chart: charts.histogram(
        title(finding),
        buckets.map(({ fromSeconds, talked, talkedShare, toSeconds }) => ({
          fromSeconds,
          toSeconds,
          calls: talked,
          share: talkedShare
        })),
        quantiles
      )
    }),
    caption: prose(
      [
        ...(p50Seconds === null ? [] : ["Share of calls in each bucket of durations, in percent."]),
        ...(quantiles.length === 0 ? [] : [
          `Dotted: the ${
            Words.listed(
              quantiles.map(({ name }) => name === "p50" ? "median (p50)" : `${name.slice(1)}th percentile (${name})`)
            )
          }.`
        ]),
        findings.durationsOver(source),
        definition("call_duration_daily", "A duration is")
      ].join(" ")
    ),
    after: data(
      "durations",
      table({
        caption: "Calls by duration",
        head: ["duration", "talked", "share", "calls of any outcome", "share"],
        rows: buckets.map((row) => [
          Words.bucket(row.fromSeconds, row.toSeconds),
          Words.count(row.talked),
          Words.percent(row.talkedShare),
          Words.count(row.calls),
          Words.percent(row.share)
        ])
      }),
      table({
        caption: "Durations by direction",
        head: ["direction", ...durationHead],
        rows: [
          ...directions.slice(0, 20).map((row) => [name(row.direction), ...durationCells(row)]),
          ["all", ...durationCells(source.totals)]
        ]
      })
    )
  })
}

export const talk = (source: Source, id: string): Section => {
  const finding = findings.days(source)
  const { grain, rows } = periods.talk(source, 100)
  const parts = rows.some(({ whole }) => !whole)
  return section({
    id: `${id}-talk`,
    of: id,
    topic: "Talk time per day",
    finding,
    ...(source.totals.talkSeconds === 0 || rows.length < 2
      ? {}
      : {
        chart: html`${timeCharts.talk(title(finding), grain, rows)}${
          parts ? legend(["counted", `a whole ${grain}`], ["other", "a part of one"]) : nothing
        }`
      }),
    caption: prose(
      [
        grain === "day" ? "Talk time of each day." : `Talk time a day, averaged over each ${grain}.`,
        "It is of answered and transferred calls, on the day on which they started in the zone.",
        ...(rows.length < 2 ? [] : [
          "Means are over all days from the first to the last one with calls; days without count as 0."
        ]),
        ...(parts && rows.length > 1 ? [periods.partMeaning(grain)] : [])
      ].join(" ")
    ),
    after: data(
      "talk time",
      table({
        caption: grain === "day" ? "Talk time by day" : `Talk time a day, by ${grain}`,
        head: [grain === "day" ? "day" : `${grain} from`, "talk time a day", "calls a day, of any outcome"],
        rows: rows.map((row) => [dated(row), Words.duration(row.talkSeconds), Words.decimal(row.calls)])
      })
    )
  })
}

export const about = (labels: Source["labels"][number], source: string, index: number): ReadonlyArray<Section> => {
  const id = `${source}-${index}`
  const finding = findings.labels(labels)
  const longest = findings.labelDurations(labels)
  const named = labels.rows.filter(({ unlabelled }) => !unlabelled)
  const kind = labels.kind === "intent" ? "intent" : "tag"
  const shown = findings.top(labels.rows, ({ unlabelled }) => unlabelled)
  const timed = findings.timedLabels(labels)
  const which = kind === "intent"
    ? "Shown are intents: what a language model heard the caller want, at most one per call."
    : "Shown are tags: what was put on the call, any number per call, so that shares may add up to more than 100 %."
  const pending = labels.detailsPending === 0
    ? ""
    : ` ${Words.many(labels.detailsPending, "call")} whose details were not read yet ${
      labels.detailsPending === 1 ? "is" : "are"
    } in no share.`
  const more = labels.labels > findings.mostBars - 1
    ? ` The ${findings.mostBars - 1} most frequent of ${Words.many(labels.labels, kind)}.`
    : ""
  const figures = data(
    `${kind}s`,
    table({
      caption: `Calls by ${kind}`,
      head: [kind, "share", ...durationHead, "positive", "neutral", "negative", "other", "no sentiment"],
      rows: labels.rows.map((row) => [
        name(row.label),
        Words.percent(row.share),
        ...durationCells(row),
        ...[
          row.sentiment.positive,
          row.sentiment.neutral,
          row.sentiment.negative,
          row.sentiment.other,
          row.sentiment.unknown
        ].map(Words.count)
      ])
    })
  )
  return [
    section({
      id: `${id}-labels`,
      of: source,
      topic: `What calls are about: ${kind}s`,
      finding,
      ...(named.length === 0 ? {} : {
        chart: charts.bars(
          title(finding),
          shown.map((row) => ({
            label: row.label,
            value: row.calls,
            figures: [Words.percent(row.share), Words.count(row.calls)],
            says: [`${Words.percent(row.share)} of ${findings.labelsOver(labels)}`, Words.many(row.calls, "call")],
            quiet: row.unlabelled
          })),
          labels.calls
        )
      }),
      caption: named.length === 0
        ? findings.withoutLabels(labels)
        : `Share of ${
          findings.labelsOver(labels)
        }, and calls, of any direction and outcome; a full track is all of them. ${which}${pending}${more}`,
      ...(named.length === 0 ? {} : { after: figures })
    }),
    ...(timed.length === 0 ? [] : [section({
      id: `${id}-lengths`,
      of: source,
      topic: `How long ${kind}s take`,
      finding: longest,
      chart: charts.bars(
        title(longest),
        timed.map((row) => ({
          label: row.label,
          value: row.p50Seconds ?? 0,
          until: row.p90Seconds ?? undefined,
          figures: [Words.duration(row.p50Seconds)],
          says: [
            `median ${Words.duration(row.p50Seconds)}`,
            `90th percentile ${Words.duration(row.p90Seconds)}`,
            Words.many(row.callsTalked, "call")
          ]
        }))
      ),
      caption:
        `The bar ends at the median duration, the line at the 90th percentile, over answered and transferred calls with a ` +
        `duration above 0. A full track is ${
          Words.duration(Math.max(...timed.map(({ p50Seconds, p90Seconds }) =>
            Math.max(p50Seconds ?? 0, p90Seconds ?? 0)
          )))
        }. The ${kind}s shown above, the longest first.${
          timed.some(({ callsTalked }) => callsTalked < findings.solidCalls) &&
            timed.some(({ callsTalked }) => callsTalked >= findings.solidCalls)
            ? ` One with fewer than ${findings.solidCalls} such calls is not named in the title.`
            : ""
        }`
    })])
  ]
}

/** A table, since an operator of many looks each of them up. */
export const organizations = (source: Source, report: Report, id: string): Section => {
  const { organizations, rows } = source.organizations
  return section({
    id: `${id}-organizations`,
    of: id,
    topic: "Calls by organisation",
    finding: findings.organizations(source),
    caption: prose(
      `An organisation is the team or organisation that the vendor files a call under. Missed is ${
        Words.listed(report.rules.missed, "or")
      }; talk time and its median are of answered and transferred calls.${
        organizations > rows.length ? ` The ${rows.length} with most calls, of ${Words.count(organizations)}.` : ""
      }`
    ),
    after: table({
      caption: "Calls by organisation",
      head: [
        "organisation",
        "calls",
        "incoming",
        "answered",
        "answer rate",
        "missed",
        "outgoing",
        "talk time",
        "median",
        "p90"
      ],
      rows: rows.map((row) => [
        name(findings.organization(row)),
        Words.count(row.calls),
        Words.count(row.incoming),
        Words.count(row.answered),
        Words.percent(row.answerRate),
        Words.count(row.missed),
        Words.count(row.outgoing),
        Words.duration(row.talkSeconds),
        Words.duration(row.p50Seconds),
        Words.duration(row.p90Seconds)
      ])
    })
  })
}
