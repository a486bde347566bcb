/**
 * A report as one page that needs nothing else: no script, no network, no other file.
 *
 * It draws with a library that takes a moment to load, so it stands in no other entry of this package.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { agents, answers, followup, hours, repeats } from "./internal/page/callSections.js"
import { coverage } from "./internal/page/coverageSection.js"
import { about, durations, organizations, talk } from "./internal/page/durationSections.js"
import { Html, html, nothing, prose } from "./internal/page/html.js"
import { style } from "./internal/page/style.js"
import * as findings from "./internal/report/findings.js"
import type { Report, Source } from "./Report.js"
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
  const selected = findings.selection(report)
  const date = (iso: string) => Words.instant(iso, report.zone).split(",")[0] ?? ""
  const title = from === undefined || to === undefined
    ? selected === null ? "No calls yet" : "No calls found"
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
${
    selected === null
      ? nothing
      : html`<p class="facts">Shown are calls ${selected}; of other calls only whether they reached somebody who was missed.</p>
`
  }<p class="facts">Made on ${Words.instant(report.generatedAt, report.zone)}. Days and hours are of ${report.zone}. ${
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

const chapter = (source: Source, report: Report, id: string) => {
  const shown = Words.source(source.source)
  const sections = [
    ...(source.totals.calls === 0 ? [] : [
      durations(source, id),
      talk(source, id),
      ...source.labels.flatMap((labels, index) => about(labels, id, index)),
      hours(source, report, id),
      ...(source.organizations.rows.length < 2 ? [] : [organizations(source, report, id)]),
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

const definitions = (report: Report): Html => {
  const selected = findings.selection(report)
  return html`<section class="definitions" id="definitions" aria-labelledby="definitions-title">
<h2 id="definitions-title">Definitions</h2>
<p class="lead facts">Other systems use the same words for other things. These are the words of the views, which stand in <code>trunkline.sql</code> as well. A view counts each organisation by itself; the figures above are over all organisations of their source, unless they name one.</p>
<ul class="facts">
<li>Zone: ${report.zone}</li>
<li>Incoming: ${report.rules.incoming.join(", ")}</li>
<li>Answered: ${report.rules.answered.join(", ")}</li>
${
    report.rules.uncounted.length === 0 ?
      "" :
      html`<li>Left out of the answer rate: ${report.rules.uncounted.join(", ")}</li>
`
  }<li>Missed: ${report.rules.missed.join(", ")}</li>
<li>Talk: answered, transferred, with a duration above 0</li>
<li>Reached in time: within ${Words.decimal(report.rules.followupHours)} hours of the first miss</li>
<li>Called again: within ${Words.days(report.rules.repeatDays)} of a call before</li>
<li>Rows that the vendor no longer returns: ${report.rules.gone ? "counted" : "left out"}</li>
<li>Calls: ${selected === null ? "all of the dataset" : `those ${selected}`}</li>
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
}
