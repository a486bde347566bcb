/** A section of the page, and what its sections are made of. */
import type { Source } from "../../Report.js"
import * as Text from "../../Text.js"
import { views } from "../../Views.js"
import * as Words from "../../Words.js"
import type * as findings from "../report/findings.js"
import * as periods from "../report/periods.js"
import type { Html } from "./html.js"
import { html, nothing, type Part, sentence } from "./html.js"

export interface Section {
  readonly id: string
  readonly topic: string
  readonly body: Html
}

/** A topic, what was found, the chart, how it was counted, and its figures as a table. */
export const section = (options: {
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
export const table = (options: {
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

export const data = (what: string, ...tables: ReadonlyArray<Html>): Html =>
  html`<details><summary>Figures: ${what}</summary>${tables}</details>`

export const title = (sentence: findings.Sentence): string =>
  sentence.map((piece) => typeof piece === "string" ? piece : Text.named(piece.name)).join("")

/** The sentence of a definition that begins so, word for word. */
export const definition = (view: keyof typeof views, start: string): string =>
  views[view].definition.find((sentence) => sentence.startsWith(start))?.replace(/(?<=[a-z]\.) [A-Z].*$/, "") ?? ""

export const legend = (...entries: ReadonlyArray<readonly [kind: string, text: string]>): Html =>
  html`<ul class="legend">${entries.map(([kind, text]) => html`<li class="${kind}">${text}</li>`)}</ul>`

export const dated = (period: { readonly from: string; readonly whole: boolean }): string =>
  `${Words.day(period.from)}${period.whole ? "" : periods.part}`

export const durationHead = [
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
export const durationCells = (row: Durations): ReadonlyArray<Part> => [
  Words.count(row.calls),
  Words.count(row.callsTalked),
  Words.count(row.callsVoicemail),
  Words.count(row.callsOther),
  Words.count(row.callsZero),
  Words.count(row.callsUnknown),
  ...[row.talkSeconds, row.meanSeconds, row.p50Seconds, row.p90Seconds, row.p99Seconds].map(Words.duration)
]
