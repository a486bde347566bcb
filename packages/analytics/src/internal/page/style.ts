/** How the page looks: one scale of sizes, one accent, the reader's colour scheme, and paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fcfbf8; --ink: #1c2024; --muted: #59606a; --line: #dedad2; --faint: #efece5; --quiet: #8b8880;
  --accent: #0b6b62; --wash: #e8f0ee;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #eceae6; --muted: #a4a9b0; --line: #333940; --faint: #20252a; --quiet: #7a8089;
    --accent: #56c3b3; --wash: #182826;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
h1, h2, h3 {
  font-family: Charter, "Bitstream Charter", "Iowan Old Style", "Sitka Text", Cambria, "Liberation Serif", Georgia, serif;
  font-weight: 600; line-height: 1.2; margin: 0; text-wrap: balance; overflow-wrap: anywhere;
}
h1 { font-size: clamp(1.9rem, 1.3rem + 2.6vw, 2.75rem); letter-spacing: -.01em; }
h2 { font-size: clamp(1.5rem, 1.2rem + 1.2vw, 2rem); }
h3 { font-size: 1.3rem; }
p { margin: 0; }
a { color: var(--accent); text-underline-offset: .2em; text-decoration-thickness: 1px; }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; }
bdi { overflow-wrap: anywhere; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: -100vw; top: 0; padding: .6rem 1rem; background: var(--paper); z-index: 1; }
.skip:focus { left: 0; }
.page { max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
.topic { color: var(--accent); font-size: .8125rem; font-weight: 600; letter-spacing: .04em; text-transform: uppercase; }
.facts, .about, figcaption, .note { color: var(--muted); font-size: .875rem; line-height: 1.5; }
header .topic { margin-bottom: .5rem; }
header .facts { margin-top: .9rem; max-width: 38rem; }
nav { margin-top: 2rem; font-size: .875rem; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav > ol > li { margin-top: .5rem; }
nav li li { display: inline-block; margin-right: 1rem; }
nav a { color: var(--muted); text-decoration: none; display: inline-block; padding: .15rem 0; }
nav > ol > li > a { color: var(--ink); font-weight: 600; }
nav a:hover { color: var(--accent); text-decoration: underline; }
main:focus { outline: none; }
.notices { margin: 2.25rem 0 0; border-top: 1px solid var(--line); }
.notices h2 { font-size: 1.3rem; margin-top: 1.25rem; }
.notices ul { list-style: none; margin: .75rem 0 0; padding: 0; font-size: .9375rem; }
.notices li { padding: .6rem .9rem; margin-top: .4rem; background: var(--faint); border-radius: 4px; overflow-wrap: anywhere; }
.notices li.attention { background: var(--wash); box-shadow: inset 3px 0 0 var(--accent); }
.source { margin-top: 4rem; border-top: 2px solid var(--ink); padding-top: 1.25rem; }
.source > .facts { margin-top: .35rem; }
.key { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.75rem 1.5rem; margin: 1.75rem 0 0; }
@media (min-width: 36rem) { .key { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
.key div { display: flex; flex-direction: column; }
.key dt { font-size: .875rem; font-weight: 600; }
.key dd { margin: 0; }
.key .figure {
  font-size: 1.625rem; line-height: 1.25; letter-spacing: -.01em; font-variant-numeric: tabular-nums; margin-top: .1rem;
}
.key .about { font-size: .8125rem; line-height: 1.4; margin-top: .25rem; }
.topicbox { margin-top: 3.25rem; break-inside: avoid; }
.topicbox h3 { margin-top: .3rem; }
.lead { margin-top: .5rem; }
figure { margin: 1.25rem 0 0; }
figcaption { margin-top: .9rem; max-width: 40rem; }
.chart { display: block; width: 100%; height: auto; font-size: 13px; font-family: inherit; overflow: visible; }
.chart text { white-space: pre; unicode-bidi: isolate; pointer-events: none; }
.chart.narrow { max-width: 30rem; }
.chart.wide { display: none; }
@media (min-width: 44rem) { .chart.wide { display: block; } .chart.narrow { display: none; } }
.legend { display: flex; flex-wrap: wrap; gap: .4rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: .875rem; color: var(--muted); }
.legend li::before { content: ""; display: inline-block; width: 1.5rem; height: .7rem; margin-right: .5rem; }
.legend .certified::before { background: var(--accent); }
.legend .open::before { background: var(--accent); opacity: .35; }
.legend .uncertified::before { border: 1.5px solid var(--ink); }
.legend .gap::before { border-bottom: 2px dotted var(--ink); height: .35rem; vertical-align: .3rem; }
.legend .counted::before { background: var(--accent); }
.legend .other::before { background: var(--quiet); }
details { margin-top: .9rem; font-size: .875rem; }
summary { cursor: pointer; color: var(--muted); width: fit-content; padding: .2rem 0; }
summary:hover { color: var(--accent); }
.scroll { overflow: auto; max-height: 26rem; margin-top: .5rem; }
.scroll + .scroll { margin-top: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-size: .8125rem; line-height: 1.4; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .4rem; }
th, td { padding: .35rem .75rem .35rem 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
thead th { color: var(--muted); vertical-align: bottom; position: sticky; top: 0; background: var(--paper); }
th:last-child, td:last-child { padding-right: 0; }
th.words, td.words { text-align: left; white-space: normal; font-weight: 400; min-width: 7rem; }
thead th.words { font-weight: 600; }
.definitions { margin-top: 4rem; border-top: 2px solid var(--ink); padding-top: 1.25rem; }
.definitions ul { margin: .5rem 0 0; padding-left: 1.1rem; color: var(--muted); }
.definitions li { margin-top: .35rem; overflow-wrap: anywhere; }
.definitions summary { color: var(--ink); }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 1rem; }
@media (min-width: 75rem) {
  .page { max-width: 66rem; display: grid; grid-template-columns: 13rem 46rem; column-gap: 4rem; padding-top: 4rem; }
  header, main, footer { grid-column: 2; }
  nav { grid-column: 1; grid-row: 1 / span 3; margin-top: 0; }
  nav > ol { position: sticky; top: 4rem; max-height: calc(100vh - 5rem); overflow-y: auto; }
  nav > ol > li { margin-top: 1.1rem; }
  nav > ol > li:first-child { margin-top: 0; }
  nav li li { display: block; margin: 0; }
}
@media print {
  @page { margin: 14mm; }
  :root { --paper: #fff; --faint: #f0eeea; }
  body { font-size: 10pt; }
  .page { display: block; max-width: none; padding: 0; }
  nav, .skip { display: none; }
  /* What is folded on a screen is read on paper. */
  details::details-content { content-visibility: visible; display: block; block-size: auto; overflow: visible; }
  summary { list-style: none; break-after: avoid; }
  summary::-webkit-details-marker { display: none; }
  .chart.wide { display: block; }
  .chart.narrow { display: none; }
  .chart { max-width: 17cm; }
  .source, .definitions, footer { margin-top: 2rem; }
  .key { gap: 1rem 1.25rem; }
  /* Sections run on from page to page; only what cannot be read in two halves stays in one. */
  .topicbox { margin-top: 1.75rem; break-inside: auto; }
  h1, h2, h3, figure, tr, .key div, .notices li, .definitions li { break-inside: avoid; }
  h2, h3, .topic, .lead, caption { break-after: avoid; }
  p, li { orphans: 3; widows: 3; }
  .scroll { overflow: visible; max-height: none; }
  table { font-size: 6.5pt; }
  thead { display: table-header-group; }
  thead th { position: static; white-space: normal; }
  th, td { padding: .2rem .4rem .2rem 0; white-space: normal; }
  th.words, td.words { min-width: 0; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
