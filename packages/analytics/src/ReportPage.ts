/**
 * A report as one page that needs nothing else: no script, no network, no other file.
 *
 * It draws with a library that takes a moment to load, so it stands in no other entry of this package.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import * as charts from "./internal/page/charts.js"
import { Html, html, name, nothing, type Part, prose, sentence } from "./internal/page/html.js"
import { style } from "./internal/page/style.js"
import * as findings from "./internal/report/findings.js"
import { meaning } from "./internal/report/model.js"
import * as periods from "./internal/report/periods.js"
import * as words from "./internal/report/words.js"
import type { Report, Source } from "./Report.js"
import { views } from "./Views.js"

/**
 * The text of an HTML document. What stands in names and labels is text in it, whatever it holds.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (report: Report): string => {
  const [from] = report.sources.map(({ totals }) => totals.firstAt).filter((at) => at !== null).toSorted()
  const to = report.sources.map(({ totals }) => totals.lastAt).filter((at) => at !== null).toSorted().at(-1)
  const date = (iso: string) => words.instant(iso, report.zone).split(",")[0] ?? ""
  const title = from === undefined || to === undefined
    ? "No calls yet"
    : date(from) === date(to)
    ? `Calls of ${date(from)}`
    : `Calls from ${date(from)} to ${date(to)}`
  const chapters = report.sources.map((source, index) => chapter(source, report, `s${index + 1}`))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${new Html(
    hash
  )}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title} · Trunkline</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<div class="page">
<header>
<p class="topic">Trunkline report</p>
<h1>${title}</h1>
<p class="facts">Made on ${words.instant(report.generatedAt, report.zone)}. Days and hours are of ${report.zone}. ${
    report.withNumbers
      ? html`<strong>It holds phone numbers and names of contacts: share it with care.</strong>`
      : "It holds no phone numbers, no names of contacts and no summaries."
  }</p>
</header>
${
    chapters.length === 0 ?
      nothing :
      html`<nav aria-label="Contents"><ol>${
        chapters.map(({ id, sections, title }) =>
          html`<li><a href="#${id}">${title}</a><ol>${
            sections.map((section) => html`<li><a href="#${section.id}">${section.topic}</a></li>`)
          }</ol></li>`
        )
      }<li><a href="#definitions">Definitions</a></li></ol></nav>`
  }
<main id="main" tabindex="-1">
${
    report.notices.length === 0 ? nothing : html`<section class="notices" aria-labelledby="notices">
<h2 id="notices">What to know first</h2>
<ul>${report.notices.map(({ kind, message }) => html`<li class="${kind}">${message}</li>`)}</ul>
</section>`
  }
${chapters.map(({ body }) => body)}
${definitions(report)}
</main>
<footer class="facts"><p>Made by Trunkline from the views of the dataset. It loads nothing and sends nothing.</p></footer>
</div>
</body>
</html>
`.text
}

const hash = `sha256-${createHash("sha256").update(style).digest("base64")}`

interface Section {
  readonly id: string
  readonly topic: string
  readonly body: Html
}

/** A topic, what was found, the chart, how it was counted, and its figures as a table. */
const section = (options: {
  readonly id: string
  readonly topic: string
  readonly finding: words.Sentence
  readonly lead?: Part
  readonly chart?: Html
  readonly caption?: Part
  readonly after?: Part
}): Section => ({
  id: options.id,
  topic: options.topic,
  body: html`<section class="topicbox" id="${options.id}" aria-labelledby="${options.id}-finding">
<p class="topic">${options.topic}</p>
<h3 id="${options.id}-finding">${sentence(options.finding)}</h3>
${options.lead === undefined ? nothing : html`<p class="lead facts">${options.lead}</p>`}
${
    options.chart === undefined
      ? options.caption === undefined ? nothing : html`<p class="lead facts">${options.caption}</p>`
      : html`<figure>${options.chart}${
        options.caption === undefined ? nothing : html`<figcaption>${options.caption}</figcaption>`
      }</figure>`
  }
${options.after ?? nothing}
</section>
`
})

/** The first column holds words, and heads its row. */
const table = (options: {
  readonly caption: string
  readonly head: ReadonlyArray<string>
  readonly rows: ReadonlyArray<ReadonlyArray<Part>>
}): Html =>
  options.rows.length === 0 ?
    nothing :
    html`<div class="scroll" role="region" aria-label="${options.caption}" tabindex="0">
<table><caption>${options.caption}</caption>
<thead><tr>${
      options.head.map((text, column) =>
        column === 0 ? html`<th scope="col" class="words">${text}</th>` : html`<th scope="col">${text}</th>`
      )
    }</tr></thead>
<tbody>${
      options.rows.map((row) =>
        html`<tr>${
          row.map((cell, column) =>
            column === 0 ? html`<th scope="row" class="words">${cell}</th>` : html`<td>${cell}</td>`
          )
        }</tr>
`
      )
    }</tbody></table></div>`

const data = (what: string, ...tables: ReadonlyArray<Html>): Html =>
  html`<details><summary>Figures: ${what}</summary>${tables}</details>`

const title = (sentence: words.Sentence): string =>
  sentence.map((piece) => typeof piece === "string" ? piece : words.named(piece.name)).join("")

const durationHead = ["calls", "of 0 s", "unknown", "talk", "mean", "p50", "p90", "p99"]
type Durations = Omit<Source["durations"]["directions"][number], "direction">
const durationCells = (row: Durations): ReadonlyArray<Part> => [
  words.count(row.calls),
  words.count(row.callsZero),
  words.count(row.callsUnknown),
  ...[row.talkSeconds, row.meanSeconds, row.p50Seconds, row.p90Seconds, row.p99Seconds].map(words.duration)
]

const chapter = (source: Source, report: Report, id: string) => {
  const shown = words.source(source.source)
  const sections = [
    ...(source.totals.calls === 0 ? [] : [
      durations(source, id),
      talk(source, id),
      ...source.labels.flatMap((labels, index) => about(labels, `${id}-${index}`)),
      hours(source, report, id),
      agents(source, id),
      answers(source, report, id),
      followup(source, report, id),
      repeats(source, report, id)
    ]),
    coverage(source, report, id)
  ]
  return {
    id,
    title: shown,
    sections,
    body: html`<section class="source" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${shown}</h2>
${
      source.totals.calls === 0
        ? html`<p class="facts">No call of this source is in the dataset.</p>`
        : html`<p class="facts">${words.many(source.totals.calls, "call")}${
          source.totals.calls === 1 ? " on " : " from "
        }${words.instant(source.totals.firstAt, report.zone)}${
          source.totals.calls === 1 ? "" : ` to ${words.instant(source.totals.lastAt, report.zone)}`
        }, last read on ${words.instant(source.totals.readAt, report.zone)}.</p>
${key(source, report)}`
    }
${sections.map(({ body }) => body)}
</section>
`
  }
}

const key = (source: Source, report: Report): Html => {
  const { answers, followup, totals } = source
  const figures: ReadonlyArray<readonly [string, string, string]> = [
    [
      "Calls",
      words.count(totals.calls),
      `${words.count(totals.incoming)} incoming, ${words.count(totals.outgoing)} outgoing` +
      (totals.messages === 0 ? "" : `; ${words.many(totals.messages, "message")} besides`)
    ],
    ["Talk time", words.duration(totals.talkSeconds), brief(meaning("call_duration_daily", "talk_seconds"))],
    ["Median call", words.duration(totals.p50Seconds), meaning("call_duration_daily", "p50_seconds")],
    [
      "Answered",
      words.percent(answers.answerRate),
      answers.known === 0
        ? "no incoming call with a known outcome"
        : `of ${words.many(answers.known, "incoming call")} with a known outcome`
    ],
    [
      "Got back to",
      words.percent(followup.inTimeShare),
      followup.inTimeShare === null
        ? "no missed caller to get back to yet"
        : `of missed callers, within ${words.decimal(report.rules.followupHours)} h`
    ],
    [
      "Called again",
      words.percent(source.repeats.callers === 0 ? null : source.repeats.soon / source.repeats.callers),
      `of callers, within ${words.many(report.rules.repeatDays, "day")}`
    ]
  ]
  return html`<dl class="key">${
    figures.map(([term, figure, about]) =>
      html`<div><dt>${term}</dt><dd class="figure">${figure}</dd><dd class="about">${about}</dd></div>
`
    )
  }</dl>`
}

const brief = (meaning: string): string => meaning.split(";")[0] ?? meaning

const durations = (source: Source, id: string): Section => {
  const finding = findings.durations(source)
  const { buckets, directions } = source.durations
  const { callsUnknown, callsZero, p50Seconds, p90Seconds, p99Seconds } = source.totals
  // Of ten calls one is the tenth, and of fewer there is none.
  const timed = source.totals.calls - callsZero - callsUnknown
  const quantiles = [
    { name: "p50", seconds: p50Seconds, least: 2, tail: "" },
    { name: "p90", seconds: p90Seconds, least: 10, tail: `One in ten lasts over ${words.duration(p90Seconds)}` },
    { name: "p99", seconds: p99Seconds, least: 100, tail: `one in a hundred over ${words.duration(p99Seconds)}` }
  ].filter(({ least }) => timed >= least)
  const tails = quantiles.map(({ tail }) => tail).filter((tail) => tail !== "")
  return section({
    id: `${id}-durations`,
    topic: "How long calls last",
    finding,
    ...(p50Seconds === null ? {} : {
      ...(tails.length === 0 ? {} : { lead: `${tails.join(", ")}.` }),
      chart: charts.histogram(title(finding), buckets, quantiles)
    }),
    caption: prose(
      [
        ...(p50Seconds === null ? [] : ["Share of calls in each bucket of durations, in percent."]),
        "Over calls with a duration above 0" +
        (callsZero + callsUnknown === 0
          ? "."
          : `; ${words.many(callsZero, "call")} of 0 seconds and ${
            words.count(callsUnknown)
          } of unknown duration are ` +
            "counted apart."),
        definition("call_duration_daily", "A duration is")
      ].join(" ")
    ),
    after: data(
      "durations",
      table({
        caption: "Calls by duration",
        head: ["duration", "calls", "share"],
        rows: buckets.map((row) => [
          words.bucket(row.fromSeconds, row.toSeconds),
          words.count(row.calls),
          words.percent(row.share)
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

/** The sentence of a definition that begins so, word for word. */
const definition = (view: keyof typeof views, start: string): string =>
  views[view].definition.find((sentence) => sentence.startsWith(start))?.replace(/(?<=[a-z]\.) [A-Z].*$/, "") ?? ""

const talk = (source: Source, id: string): Section => {
  const finding = findings.days(source)
  const { grain, rows } = periods.talk(source, 100)
  return section({
    id: `${id}-talk`,
    topic: "Talk time per day",
    finding,
    ...(source.totals.talkSeconds === 0 || rows.length < 2
      ? {}
      : { chart: charts.talk(title(finding), grain, rows) }),
    caption: prose(
      `${
        grain === "day" ? "Talk time of each day." : `Talk time a day, averaged over each ${grain}.`
      } The day is the one on which a call started, in the zone${
        rows.length < 2 ? "" : "; days without calls count as 0"
      }.`
    ),
    after: data(
      "talk time",
      table({
        caption: grain === "day" ? "Talk time by day" : `Talk time a day, by ${grain}`,
        head: [grain === "day" ? "day" : `${grain} from`, "talk time a day", "calls a day"],
        rows: rows.map((row) => [words.day(row.from), words.duration(row.talkSeconds), words.decimal(row.calls)])
      })
    )
  })
}

const { mostBars } = findings

const about = (labels: Source["labels"][number], id: string): ReadonlyArray<Section> => {
  const finding = findings.labels(labels)
  const longest = findings.labelDurations(labels)
  const named = labels.rows.filter(({ unlabelled }) => !unlabelled)
  const kind = labels.kind === "intent" ? "intent" : "tag"
  const shown = findings.top(labels.rows, ({ unlabelled }) => unlabelled)
  const timed = named.slice(0, mostBars).filter(({ p50Seconds }) => p50Seconds !== null)
  const which = kind === "intent"
    ? "Shown are intents: what a language model heard the caller want, at most one per call."
    : "Shown are tags: what was put on the call, any number per call, so that shares may add up to more than 100 %."
  const pending = labels.detailsPending === 0
    ? ""
    : ` ${words.many(labels.detailsPending, "call")} whose details were not read yet ${
      labels.detailsPending === 1 ? "is" : "are"
    } in no share.`
  const more = labels.labels > mostBars - 1
    ? ` The most frequent of ${words.many(labels.labels, kind)}.`
    : ""
  const figures = data(
    `${kind}s`,
    table({
      caption: `Calls by ${kind}`,
      head: [kind, "share", ...durationHead, "positive", "neutral", "negative", "other", "no sentiment"],
      rows: labels.rows.map((row) => [
        name(row.label),
        words.percent(row.share),
        ...durationCells(row),
        ...[
          row.sentiment.positive,
          row.sentiment.neutral,
          row.sentiment.negative,
          row.sentiment.other,
          row.sentiment.unknown
        ].map(words.count)
      ])
    })
  )
  return [
    section({
      id: `${id}-labels`,
      topic: `What calls are about: ${kind}s`,
      finding,
      ...(named.length === 0 ? {} : {
        chart: charts.bars(
          title(finding),
          shown.map((row) => ({
            label: row.label,
            value: row.calls,
            figures: [words.percent(row.share), words.count(row.calls)],
            quiet: row.unlabelled
          }))
        )
      }),
      caption: named.length === 0
        ? findings.withoutLabels(labels)
        : `Share of calls, and calls. ${which}${pending}${more}`,
      ...(named.length === 0 ? {} : { after: figures })
    }),
    ...(timed.length === 0 ? [] : [section({
      id: `${id}-lengths`,
      topic: `How long ${kind}s take`,
      finding: longest,
      chart: charts.bars(
        title(longest),
        timed.toSorted((one, other) => (other.p50Seconds ?? 0) - (one.p50Seconds ?? 0)).map((row) => ({
          label: row.label,
          value: row.p50Seconds ?? 0,
          until: row.p90Seconds ?? undefined,
          figures: [words.duration(row.p50Seconds)]
        }))
      ),
      caption:
        `The bar ends at the median duration, the line at the 90th percentile. Over calls with a duration above 0. ` +
        `The most frequent ${kind}s, the longest first; the figures stand above.`
    })])
  ]
}

const hours = (source: Source, report: Report, id: string): Section => {
  const finding = findings.hours(source)
  const most = Math.max(0, ...source.hours.map(({ callsPerHour }) => callsPerHour ?? 0))
  const all = Array.from({ length: 24 }, (_, hour) => hour)
  return section({
    id: `${id}-hours`,
    topic: "When calls come",
    finding,
    ...(source.totals.calls < 2 ? {} : { chart: charts.week(title(finding), source.hours) }),
    caption: `Calls an hour by weekday and hour of ${report.zone}: the stronger the colour the more, ${
      words.decimal(most)
    } at most. Each hour is divided by how often it came, so that days of 23 and 25 hours compare.`,
    after: data(
      "calls an hour",
      table({
        caption: "Calls an hour",
        head: ["hour", ...[1, 2, 3, 4, 5, 6, 7].map((weekday) => words.weekday(weekday).slice(0, 3))],
        rows: all.map((hour) => [
          words.hour(hour),
          ...source.hours.filter((cell) => cell.hour === hour).map(({ callsPerHour }) => words.decimal(callsPerHour))
        ])
      })
    )
  })
}

const agents = (source: Source, id: string): Section => {
  const finding = findings.agents(source)
  const people = source.agents.rows.filter(({ name }) => name !== null)
  const shown = findings.top(source.agents.rows, ({ name }) => name === null)
  return section({
    id: `${id}-agents`,
    topic: "Who talks",
    finding,
    ...(people.length === 0 || shown.length < 2 ? {} : {
      chart: charts.bars(
        title(finding),
        shown.map((row) => ({
          label: row.name ?? "(nobody named)",
          value: row.calls,
          figures: [words.count(row.calls), words.duration(row.talkSeconds)],
          quiet: row.name === null
        }))
      )
    }),
    caption: people.length === 0
      ? "The vendor names who took a call only where somebody did."
      : prose(
        `${shown.length < 2 ? "" : "Calls, and talk time. "}${definition("calls_by_agent", "A call counts for")}${
          source.agents.agents > mostBars - 1 ? ` Those with most calls, of ${words.count(source.agents.agents)}.` : ""
        }`
      ),
    after: data(
      "agents",
      table({
        caption: "Calls by agent",
        head: ["agent", "incoming", "answered", "answer rate", "outgoing", ...durationHead],
        rows: source.agents.rows.map((row) => [
          row.name === null ? "(nobody named)" : name(row.name),
          words.count(row.incoming),
          words.count(row.answered),
          words.percent(row.answerRate),
          words.count(row.outgoing),
          ...durationCells(row)
        ])
      })
    )
  })
}

const answers = (source: Source, report: Report, id: string): Section => {
  const finding = findings.answers(source)
  const { answered, incoming, known, outcomes } = source.answers
  const { grain, rows } = periods.answers(source, 60)
  const changing = rows.filter(({ rate }) => rate !== null).length > 2
  const shown = outcomes.slice(0, mostBars)
  return section({
    id: `${id}-answers`,
    topic: "Who is answered",
    finding,
    ...(known === 0 || (shown.length < 2 && !changing) ? {} : {
      chart: html`${
        shown.length < 2 ? nothing : html`${
          charts.bars(
            title(finding),
            shown.map((row) => ({
              label: row.outcome,
              value: row.calls,
              figures: [words.percent(row.calls / incoming), words.count(row.calls)],
              quiet: !row.answered
            }))
          )
        }<ul class="legend"><li class="counted">counts as answered</li><li class="other">does not</li></ul>`
      }${
        changing
          ? html`<p class="note lead">The answer rate ${grain === "day" ? "day by day" : `${grain} by ${grain}`}:</p>${
            charts.rate("The answer rate over time", grain, rows)
          }`
          : nothing
      }`
    }),
    caption: incoming === 0
      ? `Incoming is what is ${report.rules.incoming.join(" or ")}.`
      : known === 0
      ? "None of the incoming calls has an outcome that is known."
      : `${words.count(answered)} answered of ${words.count(known)} incoming calls with a known outcome. Incoming is ${
        report.rules.incoming.join(" or ")
      }; answered is ${report.rules.answered.join(" or ")}; an unknown outcome is on neither side.`,
    ...(incoming === 0 ? {} : {
      after: data(
        "answers",
        table({
          caption: "Incoming calls by outcome",
          head: ["outcome", "calls", "share", "answered"],
          rows: outcomes.slice(0, 50).map((row) => [
            name(row.outcome),
            words.count(row.calls),
            words.percent(row.calls / incoming),
            row.answered ? "yes" : "no"
          ])
        }),
        table({
          caption: grain === "day" ? "Answer rate by day" : `Answer rate by ${grain}`,
          head: [grain === "day" ? "day" : `${grain} from`, "known", "answered", "rate"],
          rows: rows.map((row) => [
            words.day(row.from),
            words.count(row.known),
            words.count(row.answered),
            words.percent(row.rate)
          ])
        })
      )
    })
  })
}

const followup = (source: Source, report: Report, id: string): Section => {
  const finding = findings.followup(source, report)
  const { callers, misses, open, p50Seconds, p90Seconds, unreachable, within } = source.followup
  const states = periods.followup(source, report)
  return section({
    id: `${id}-followup`,
    topic: "Who was missed",
    finding,
    ...(callers === 0 ? {} : {
      lead: p50Seconds === null
        ? `${words.many(callers, "caller")} ${callers === 1 ? "was" : "were"} missed, in ${words.many(misses, "call")}.`
        : `Half of those you got back to heard from you within ${words.span(p50Seconds)}, nine of ten within ${
          words.span(p90Seconds)
        }.`,
      chart: html`${
        charts.bars(
          title(finding),
          states.map((row) => ({
            label: row.name,
            value: row.callers,
            figures: [words.percent(row.callers / callers), words.count(row.callers)],
            quiet: !row.good
          }))
        )
      }`
    }),
    caption: callers === 0
      ? prose(definition("missed_followup", "A miss is"))
      : prose(
        `Missed callers, repeated misses in a row being one. ${
          definition("missed_followup", "The follow-up is")
        } The ` +
          `title leaves out those still waiting.${
            unreachable === 0 ?
              "" :
              ` ${words.many(unreachable, "miss", "misses")} without a number to call back ${
                unreachable === 1 ? "is" : "are"
              } in no share.`
          }`
      ),
    ...(callers === 0 ? {} : {
      after: html`${
        open === null ? nothing : table({
          caption: "Not called back, the latest first",
          head: ["number", "name", "misses", "first", "last", "state"],
          rows: open.map((row) => [
            name(row.contactNumber ?? ""),
            row.contactName === null ? words.none : name(row.contactName),
            words.count(row.misses),
            words.instant(row.missedAt, report.zone),
            words.instant(row.lastMissedAt, report.zone),
            row.state
          ])
        })
      }${
        data(
          "follow-up",
          table({
            caption: "Missed callers",
            head: ["what became of it", "callers", "share"],
            rows: states.map((row) => [row.name, words.count(row.callers), words.percent(row.callers / callers)])
          }),
          table({
            caption: "How fast you got back",
            head: ["within", "callers", "share"],
            rows: within.map((row) => [
              words.duration(row.hours * 3600),
              words.count(row.callers),
              words.percent(row.callers / callers)
            ])
          })
        )
      }`
    })
  })
}

const repeats = (source: Source, report: Report, id: string): Section => {
  const finding = findings.repeats(source, report)
  const { again, calls, callers, soon, spread, top } = source.repeats
  const rows = spread.map((row) => ({
    ...row,
    label: row.to === null ?
      `${row.from} calls or more` :
      row.to === row.from ?
      `${row.from} calls` :
      `${row.from} to ${row.to} calls`
  }))
  return section({
    id: `${id}-repeats`,
    topic: "Who calls again",
    finding,
    ...(again === 0 ? {} : {
      lead: `${words.count(again)} of ${words.many(callers, "caller")} called twice or more, ${
        words.count(soon)
      } of them within ${words.many(report.rules.repeatDays, "day")} of a call before.`,
      chart: charts.bars(
        title(finding),
        rows.map((row) => ({ label: row.label, value: row.callers, figures: [words.many(row.callers, "caller")] }))
      )
    }),
    caption: prose(
      `${again === 0 ? "" : "Callers by how often they called. "}${definition("repeat_callers", "A caller is")} ${
        definition("repeat_callers", "Counted are").replace("; answered as in `answer_rate`", "")
      }`
    ),
    ...(again === 0 ? {} : {
      after: html`${
        top === null ? nothing : table({
          caption: "Who called most",
          head: ["number", "name", "calls", "answered", "repeats", "last call"],
          rows: top.map((row) => [
            name(row.contactNumber),
            row.contactName === null ? words.none : name(row.contactName),
            words.count(row.calls),
            words.count(row.answered),
            words.count(row.repeats),
            words.instant(row.lastAt, report.zone)
          ])
        })
      }${
        data(
          "callers",
          table({
            caption: `Callers who called twice or more, with ${words.many(calls, "call")}`,
            head: ["calls", "callers", "share of all callers"],
            rows: rows.map((row) => [row.label, words.count(row.callers), words.percent(row.callers / callers)])
          })
        )
      }`
    })
  })
}

const coverage = (source: Source, report: Report, id: string): Section => {
  const finding = findings.coverage(source, report)
  const { certified, gaps, open, quarantined, rows, streams, troubles, uncertified, windows } = source.coverage
  const shown = rows.slice(0, mostBars)
  const of = (part: (typeof rows)[number], state: string) => part.stretches.filter((one) => one.state === state).length
  return section({
    id: `${id}-coverage`,
    topic: "What was read",
    finding,
    ...(windows === 0 ? {} : {
      lead: `${words.many(windows, "window")}: ${words.count(certified)} certified, ${words.count(open)} open. ${
        words.many(gaps, "gap")
      }, ${words.many(uncertified, "stretch", "stretches")} without proof, ${
        words.many(quarantined, "row")
      } in quarantine. Last read on ${words.instant(source.totals.readAt, report.zone)}.`,
      chart: html`${
        charts.timeline(title(finding), shown.map((row) => ({ ...row, label: `${row.scope}, ${row.stream}` })))
      }
<ul class="legend"><li class="certified">certified</li><li class="open">open</li><li class="uncertified">without proof</li><li class="gap">gap</li></ul>`
    }),
    caption: windows === 0
      ? "trunkline export writes a certificate for every window of time it reads. Without them nobody can tell whether calls are missing."
      : prose(
        `${definition("coverage", "`certified`")}${
          streams > shown.length ? ` Those with most troubles, of ${words.count(streams)}.` : ""
        }`
      ),
    ...(windows === 0 ? {} : {
      after: data(
        "coverage",
        table({
          caption: "By scope and stream",
          head: ["scope", "stream", "from", "to", "certified to", "gaps", "without proof", "quarantined"],
          rows: rows.map((row) => [
            name(row.scope),
            name(row.stream),
            words.instant(row.fromAt, report.zone),
            words.instant(row.toAt, report.zone),
            words.instant(row.certifiedTo, report.zone),
            words.count(of(row, "gap")),
            words.count(of(row, "uncertified")),
            words.count(row.quarantined)
          ])
        }),
        table({
          caption: "Missing or without proof",
          head: ["scope", "stream", "from", "to", "what"],
          rows: troubles.map((row) => [
            name(row.scope),
            name(row.stream),
            words.instant(row.fromAt, report.zone),
            words.instant(row.toAt, report.zone),
            row.state
          ])
        })
      )
    })
  })
}

const definitions = (report: Report): Html =>
  html`<section class="definitions" id="definitions" aria-labelledby="definitions-title">
<h2 id="definitions-title">Definitions</h2>
<p class="lead facts">Other systems use the same words for other things. These are the words of the views, which stand in <code>trunkline.sql</code> as well.</p>
<ul class="facts">
<li>Zone: ${report.zone}</li>
<li>Incoming: ${report.rules.incoming.join(", ")}</li>
<li>Answered: ${report.rules.answered.join(", ")}</li>
<li>Missed: ${report.rules.missed.join(", ")}</li>
<li>In time: within ${words.decimal(report.rules.followupHours)} hours</li>
<li>A repeat: within ${words.decimal(report.rules.repeatDays)} days</li>
</ul>
${
    Object.values(views).map(({ definition, grain, name }) =>
      html`<details><summary><code>${name}</code>: ${grain}</summary><ul>${
        definition.map((sentence) => html`<li>${prose(sentence)}</li>`)
      }</ul></details>
`
    )
  }
</section>
`
