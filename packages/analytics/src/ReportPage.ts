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
import * as periods from "./internal/report/periods.js"
import type { Report, Source } from "./Report.js"
import * as Text from "./Text.js"
import { views } from "./Views.js"
import * as Words from "./Words.js"

/**
 * The text of an HTML document. What stands in names and labels is text in it, whatever it holds.
 *
 * @since 0.1.0
 * @category rendering
 */
export const render = (report: Report): string => {
  const [from] = report.sources.map(({ totals }) => totals.firstAt).filter((at) => at !== null).toSorted()
  const to = report.sources.map(({ totals }) => totals.lastAt).filter((at) => at !== null).toSorted().at(-1)
  const date = (iso: string) => Words.instant(iso, report.zone).split(",")[0] ?? ""
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
<p class="facts">Made on ${Words.instant(report.generatedAt, report.zone)}. Days and hours are of ${report.zone}. ${
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
  /** The source it is about: two sources may have the same finding. */
  readonly of: string
  readonly topic: string
  readonly finding: findings.Sentence
  readonly lead?: Part
  readonly chart?: Html
  readonly caption?: Part
  readonly after?: Part
}): Section => ({
  id: options.id,
  topic: options.topic,
  body: html`<section class="topicbox" id="${options.id}" aria-labelledby="${options.of}-title ${options.id}-finding">
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
    html`<div class="scroll" role="group" aria-label="${options.caption}" tabindex="0">
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

const title = (sentence: findings.Sentence): string =>
  sentence.map((piece) => typeof piece === "string" ? piece : Text.named(piece.name)).join("")

const durationHead = [
  "calls",
  "talked",
  "voicemail",
  "other outcome",
  "of 0 s",
  "unknown duration",
  "talk time",
  "mean",
  "p50",
  "p90",
  "p99"
]
type Durations = Omit<Source["durations"]["directions"][number], "direction">
const durationCells = (row: Durations): ReadonlyArray<Part> => [
  Words.count(row.calls),
  Words.count(row.callsTalked),
  Words.count(row.callsVoicemail),
  Words.count(row.callsOther),
  Words.count(row.callsZero),
  Words.count(row.callsUnknown),
  ...[row.talkSeconds, row.meanSeconds, row.p50Seconds, row.p90Seconds, row.p99Seconds].map(Words.duration)
]

const chapter = (source: Source, report: Report, id: string) => {
  const shown = Words.source(source.source)
  const sections = [
    ...(source.totals.calls === 0 ? [] : [
      durations(source, id),
      talk(source, id),
      ...source.labels.flatMap((labels, index) => about(labels, id, index)),
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
        : html`<p class="facts">${Words.many(source.totals.calls, "call")}${
          source.totals.calls === 1 ? " on " : " from "
        }${Words.instant(source.totals.firstAt, report.zone)}${
          source.totals.calls === 1 ? "" : ` to ${Words.instant(source.totals.lastAt, report.zone)}`
        }, last read on ${Words.instant(source.totals.readAt, report.zone)}.</p>
${key(source, report)}`
    }
${sections.map(({ body }) => body)}
</section>
`
  }
}

const key = (source: Source, report: Report): Html => {
  const { answers, followup, totals } = source
  const others = totals.calls - totals.incoming - totals.outgoing
  const figures: ReadonlyArray<readonly [string, string, string]> = [
    [
      "Calls",
      Words.count(totals.calls),
      `${Words.count(totals.incoming)} incoming, ${Words.count(totals.outgoing)} outgoing` +
      (others <= 0 ? "" : `, ${Words.count(others)} of other directions`) +
      (totals.messages === 0 ? "" : `; ${Words.many(totals.messages, "message")} besides`)
    ],
    [
      "Talk time",
      Words.duration(totals.talkSeconds),
      `of ${Words.many(totals.callsTalked, "answered or transferred call")}` +
      (totals.voicemailSeconds === 0 ? "" : `; ${Words.duration(totals.voicemailSeconds)} of voicemail besides`)
    ],
    ["Median of talk", Words.duration(totals.p50Seconds), "over the same calls"],
    [
      "Incoming answered",
      Words.percent(answers.answerRate),
      answers.known === 0
        ? "no incoming call with a known outcome"
        : `of ${Words.many(answers.known, "incoming call")}${
          answers.known < answers.incoming ? " with a known outcome" : ""
        }`
    ],
    [
      "Missed callers reached",
      Words.percent(followup.reachedInTimeShare),
      followup.callers === 0
        ? "no missed caller with a number"
        : `of ${Words.many(followup.callers, "missed caller")}, within ${Words.decimal(report.rules.followupHours)} h`
    ],
    [
      "Callers who called again",
      Words.percent(source.repeats.callers === 0 ? null : source.repeats.soon / source.repeats.callers),
      `of ${Words.many(source.repeats.callers, "caller")} with a number, within ${Words.days(report.rules.repeatDays)}`
    ]
  ]
  return html`<dl class="key">${
    figures.map(([term, figure, about]) =>
      html`<div><dt>${term}</dt><dd class="figure">${figure}</dd><dd class="about">${about}</dd></div>
`
    )
  }</dl>`
}

const durations = (source: Source, id: string): Section => {
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

/** The sentence of a definition that begins so, word for word. */
const definition = (view: keyof typeof views, start: string): string =>
  views[view].definition.find((sentence) => sentence.startsWith(start))?.replace(/(?<=[a-z]\.) [A-Z].*$/, "") ?? ""

const talk = (source: Source, id: string): Section => {
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
        chart: html`${charts.talk(title(finding), grain, rows)}${
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

const legend = (...entries: ReadonlyArray<readonly [kind: string, text: string]>): Html =>
  html`<ul class="legend">${entries.map(([kind, text]) => html`<li class="${kind}">${text}</li>`)}</ul>`

const dated = (period: { readonly from: string; readonly whole: boolean }): string =>
  `${Words.day(period.from)}${period.whole ? "" : periods.part}`

const { mostBars } = findings

const about = (labels: Source["labels"][number], source: string, index: number): ReadonlyArray<Section> => {
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
  const more = labels.labels > mostBars - 1
    ? ` The ${mostBars - 1} most frequent of ${Words.many(labels.labels, kind)}.`
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
            quiet: row.unlabelled
          }))
        )
      }),
      caption: named.length === 0
        ? findings.withoutLabels(labels)
        : `Share of ${findings.labelsOver(labels)}, and calls, of any direction and outcome. ${which}${pending}${more}`,
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
          figures: [Words.duration(row.p50Seconds)]
        }))
      ),
      caption:
        `The bar ends at the median duration, the line at the 90th percentile, over answered and transferred calls with a ` +
        `duration above 0. The ${kind}s shown above, the longest first.${
          timed.some(({ callsTalked }) => callsTalked < findings.solidCalls) &&
            timed.some(({ callsTalked }) => callsTalked >= findings.solidCalls)
            ? ` One with fewer than ${findings.solidCalls} such calls is not named in the title.`
            : ""
        }`
    })])
  ]
}

const hours = (source: Source, report: Report, id: string): Section => {
  const finding = findings.hours(source)
  const most = Math.max(0, ...source.hours.map(({ incomingPerHour }) => incomingPerHour ?? 0))
  const all = Array.from({ length: 24 }, (_, hour) => hour)
  return section({
    id: `${id}-hours`,
    of: id,
    topic: "When calls come",
    finding,
    ...(source.totals.incoming < 2 ? {} : { chart: charts.week(title(finding), source.hours) }),
    caption: most === 0 ? `Incoming is what is ${Words.listed(report.rules.incoming, "or")}.` : (
      `Incoming calls an hour by weekday and hour of ${report.zone}${
        source.totals.incoming < 2 ? "" : `: the stronger the colour the more, ${Words.decimal(most)} at most`
      }. Each hour is divided by how often it came from the first to the last day with calls, so that days of 23 and 25 ` +
      "hours compare."
    ),
    after: most === 0 ? nothing : data(
      "incoming calls an hour",
      table({
        caption: "Incoming calls an hour",
        head: ["hour", ...[1, 2, 3, 4, 5, 6, 7].map((weekday) => Words.weekday(weekday).slice(0, 3))],
        rows: all.map((hour) => [
          Words.hour(hour),
          ...source.hours.filter((cell) => cell.hour === hour).map(({ incomingPerHour }) =>
            Words.decimal(incomingPerHour)
          )
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
    of: id,
    topic: "Calls by agent",
    finding,
    ...(people.length === 0 || shown.length < 2 ? {} : {
      chart: charts.bars(
        title(finding),
        shown.map((row) => ({
          label: row.name ?? "(nobody named)",
          value: row.calls,
          figures: [Words.count(row.calls), Words.duration(row.talkSeconds)],
          quiet: row.name === null
        }))
      )
    }),
    caption: people.length === 0
      ? "No call holds the id or the name of an agent."
      : prose(
        `${
          shown.length < 2
            ? ""
            : "Calls of any direction and outcome, and the talk time of the answered and transferred ones. "
        }${definition("calls_by_agent", "A call counts for")}${
          source.agents.agents > mostBars - 1
            ? ` The ${mostBars - 1} with most calls, of ${Words.many(source.agents.agents, "agent")}.`
            : ""
        }`
      ),
    after: data(
      "agents",
      table({
        caption: "Calls by agent",
        head: ["agent", "incoming", "answered", "answer rate", "outgoing", ...durationHead],
        rows: source.agents.rows.map((row) => [
          row.name === null ? "(nobody named)" : name(row.name),
          Words.count(row.incoming),
          Words.count(row.answered),
          Words.percent(row.answerRate),
          Words.count(row.outgoing),
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
  const parts = rows.some(({ whole }) => !whole)
  return section({
    id: `${id}-answers`,
    of: id,
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
              figures: [Words.percent(row.calls / incoming), Words.count(row.calls)],
              quiet: !row.answered
            }))
          )
        }${legend(["counted", "counts as answered"], ["other", "does not"])}`
      }${
        changing
          ? html`<p class="note lead">The answer rate ${grain === "day" ? "day by day" : `${grain} by ${grain}`}:</p>${
            charts.rate("The answer rate over time", grain, rows)
          }`
          : nothing
      }`
    }),
    caption: incoming === 0
      ? `Incoming is what is ${Words.listed(report.rules.incoming, "or")}.`
      : known === 0
      ? "None of the incoming calls has an outcome that is known."
      : [
        `Shares are of all incoming calls. The answer rate is ${Words.count(answered)} answered of ${
          Words.count(known)
        } with a known outcome: any but answered ones count against it, blocked and failed ones too, and unknown ones ` +
        "are on neither side.",
        `Incoming is ${Words.listed(report.rules.incoming, "or")}; answered is ${
          Words.listed(report.rules.answered, "or")
        }.`,
        ...(changing && parts ? [`A hollow dot is a part of a ${grain}. ${periods.partMeaning(grain)}`] : [])
      ].join(" "),
    ...(incoming === 0 ? {} : {
      after: data(
        "answers",
        table({
          caption: "Incoming calls by outcome",
          head: ["outcome", "calls", "share of incoming", "counts as answered"],
          rows: outcomes.slice(0, 50).map((row) => [
            name(row.outcome),
            Words.count(row.calls),
            Words.percent(row.calls / incoming),
            row.answered ? "yes" : "no"
          ])
        }),
        table({
          caption: grain === "day" ? "Answer rate by day" : `Answer rate by ${grain}`,
          head: [grain === "day" ? "day" : `${grain} from`, "known outcome", "answered", "rate"],
          rows: rows.map((row) => [
            dated(row),
            Words.count(row.known),
            Words.count(row.answered),
            Words.percent(row.rate)
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
    of: id,
    topic: "Who was missed",
    finding,
    ...(callers === 0 ? {} : {
      lead: p50Seconds === null
        ? `${Words.many(callers, "caller")} ${callers === 1 ? "was" : "were"} missed, in ${Words.many(misses, "call")}.`
        : `From the first miss until you reached them: median ${Words.span(p50Seconds)}, 90th percentile ${
          Words.span(p90Seconds)
        }.`,
      chart: html`${
        charts.bars(
          title(finding),
          states.map((row) => ({
            label: row.name,
            value: row.callers,
            figures: [Words.percent(row.callers / callers), Words.count(row.callers)],
            quiet: !row.good
          }))
        )
      }${legend(["counted", "reached in time, or answered when they called again"], ["other", "neither"])}`
    }),
    caption: callers === 0
      ? prose(definition("missed_followup", "A miss is"))
      : prose(
        `Shares are of ${Words.many(callers, "missed caller")}, from ${
          Words.many(misses - unreachable, "missed call")
        }. ${definition("missed_followup", "Misses from one number")} ${
          definition("missed_followup", "A caller is reached")
        }${
          unreachable === 0 ?
            "" :
            ` ${Words.many(unreachable, "miss", "misses")} without a number to call back ${
              unreachable === 1 ? "is" : "are"
            } in no share.`
        }`
      ),
    ...(callers === 0 ? {} : {
      after: html`${
        open === null ? nothing : table({
          caption: "Neither reached nor answered, the latest first",
          head: ["number", "name", "misses", "attempts", "first miss", "last miss", "state"],
          rows: open.map((row) => [
            name(row.contactNumber ?? ""),
            row.contactName === null ? Words.none : name(row.contactName),
            Words.count(row.misses),
            Words.count(row.tries),
            Words.instant(row.missedAt, report.zone),
            Words.instant(row.lastMissedAt, report.zone),
            row.state
          ])
        })
      }${
        data(
          "follow-up",
          table({
            caption: "Missed callers",
            head: ["what became of it", "missed callers", "share"],
            rows: states.map((row) => [row.name, Words.count(row.callers), Words.percent(row.callers / callers)])
          }),
          table({
            caption: "How fast you reached them",
            head: ["reached within", "missed callers", "share"],
            rows: within.map((row) => [
              Words.duration(row.hours * 3600),
              Words.count(row.callers),
              Words.percent(row.callers / callers)
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
    of: id,
    topic: "Who calls again",
    finding,
    ...(again === 0 ? {} : {
      lead: `${Words.count(again)} of ${Words.many(callers, "caller")} called twice or more, ${
        Words.count(soon)
      } of them within ${Words.days(report.rules.repeatDays)} of a call before.`,
      chart: charts.bars(
        title(finding),
        rows.map((row) => ({ label: row.label, value: row.callers, figures: [Words.many(row.callers, "caller")] }))
      )
    }),
    caption: prose(
      `${again === 0 ? "" : "Callers by how often they called in all that was read. "}${
        definition("repeat_callers", "A caller is")
      } ${definition("repeat_callers", "Counted are").replace("; answered as in `answer_rate`", "")}`
    ),
    ...(again === 0 ? {} : {
      after: html`${
        top === null ? nothing : table({
          caption: "Who called most",
          head: ["number", "name", "calls", "answered", "repeats", "last call"],
          rows: top.map((row) => [
            name(row.contactNumber),
            row.contactName === null ? Words.none : name(row.contactName),
            Words.count(row.calls),
            Words.count(row.answered),
            Words.count(row.repeats),
            Words.instant(row.lastAt, report.zone)
          ])
        })
      }${
        data(
          "callers",
          table({
            caption: `Callers who called twice or more, with ${Words.many(calls, "call")}`,
            head: ["incoming calls", "callers", "share of callers"],
            rows: rows.map((row) => [row.label, Words.count(row.callers), Words.percent(row.callers / callers)])
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
    of: id,
    topic: "What was read",
    finding,
    ...(windows === 0 ? {} : {
      lead: `${Words.many(windows, "window")}: ${Words.count(certified)} certified, ${Words.count(open)} open. ${
        Words.many(gaps, "gap")
      }, ${Words.many(uncertified, "stretch", "stretches")} without proof, ${
        Words.many(quarantined, "row")
      } in quarantine. Last read on ${Words.instant(source.totals.readAt, report.zone)}.`,
      chart: html`${
        charts.timeline(title(finding), shown.map((row) => ({ ...row, label: `${row.scope}, ${row.stream}` })))
      }
<ul class="legend"><li class="certified">certified</li><li class="open">open</li><li class="uncertified">without proof</li><li class="gap">gap</li></ul>`
    }),
    caption: windows === 0
      ? "trunkline export writes a certificate for every window of time it reads. Without them nobody can tell whether calls are missing."
      : prose(
        `${definition("coverage", "`certified`")}${
          streams > shown.length ? ` Those with most troubles, of ${Words.count(streams)}.` : ""
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
            Words.instant(row.fromAt, report.zone),
            Words.instant(row.toAt, report.zone),
            Words.instant(row.certifiedTo, report.zone),
            Words.count(of(row, "gap")),
            Words.count(of(row, "uncertified")),
            Words.count(row.quarantined)
          ])
        }),
        table({
          caption: "Missing or without proof",
          head: ["scope", "stream", "from", "to", "what"],
          rows: troubles.map((row) => [
            name(row.scope),
            name(row.stream),
            Words.instant(row.fromAt, report.zone),
            Words.instant(row.toAt, report.zone),
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
<li>Talk: answered, transferred, with a duration above 0</li>
<li>Reached in time: within ${Words.decimal(report.rules.followupHours)} hours of the first miss</li>
<li>Called again: within ${Words.days(report.rules.repeatDays)} of a call before</li>
</ul>
${
    Object.values(views).map(({ definition, grain, name }) =>
      html`<details><summary><code>${name}</code>: ${prose(grain)}</summary><ul>${
        definition.map((sentence) => html`<li>${prose(sentence)}</li>`)
      }</ul></details>
`
    )
  }
</section>
`
