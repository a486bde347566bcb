/** HTML in which whatever is put in is text, unless it is HTML already. */
import * as Text from "../../Text.js"
import type { Sentence } from "../report/findings.js"

export class Html {
  constructor(readonly text: string) {}
}

export type Part = string | number | Html | ReadonlyArray<Part>

const entities: { readonly [character: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "")

const written = (part: Part): string =>
  part instanceof Html
    ? part.text
    : typeof part === "string"
    ? escaped(Text.visible(part))
    : typeof part === "number"
    ? String(part)
    : part.map(written).join("")

export const html = (texts: TemplateStringsArray, ...parts: ReadonlyArray<Part>): Html =>
  new Html(texts.map((text, index) => text + written(parts[index] ?? "")).join(""))

export const nothing = new Html("")

/** A name keeps its direction to itself. Five hundred characters say enough of it. */
export const name = (text: string): Html => html`<bdi>${Text.shortened(Text.named(text), 500)}</bdi>`

export const sentence = (pieces: Sentence): Html =>
  html`${pieces.map((piece) => typeof piece === "string" ? html`${piece}` : name(piece.name))}`

/** What stands in backticks is code. */
export const prose = (text: string): Html =>
  html`${text.split("`").map((piece, index) => index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`)}`
