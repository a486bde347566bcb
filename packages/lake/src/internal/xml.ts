/** The little XML that an S3 server answers, read strictly: elements and text, no document types and no entities of its own. */
import * as Option from "effect/Option"

export interface Element {
  readonly name: string
  /** The text directly inside. */
  readonly text: string
  readonly children: ReadonlyArray<Element>
}

interface Open {
  readonly name: string
  text: string
  readonly children: Array<Element>
}

/** No answer of S3 is nested deeper. */
const deepest = 16

const skipped = /<\?xml[^<>]*\?>|<!--(?:(?!--)[^])*-->/y
const opening = /<([A-Za-z_][\w.-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>/y
const closing = /<\/([A-Za-z_][\w.-]*)\s*>/y
const characters = /[^<]+/y

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: "\"", apos: "'" }

/** Text with its entities decoded; undefined where one is unknown. */
const decoded = (text: string): string | undefined => {
  let unknown = false
  const plain = text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const digits = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name)
    const code = digits === null
      ? Number.NaN
      : digits[1] === undefined
      ? Number(digits[2])
      : Number.parseInt(digits[1], 16)
    const character = digits === null ? named[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
    if (character === undefined || !whole.endsWith(";")) unknown = true
    return character ?? ""
  })
  return unknown ? undefined : plain
}

/** The root of a document that is whole and well formed. */
export const parse = (document: string): Option.Option<Element> => {
  let at = document.startsWith("\uFEFF") ? 1 : 0
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(document)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  const top: Open = { name: "", text: "", children: [] }
  const stack: Array<Open> = [top]
  while (at < document.length) {
    const current = stack[stack.length - 1]
    if (current === undefined) return Option.none()
    if (next(skipped) !== null) continue
    const begins = next(opening)
    if (begins !== null) {
      const element: Open = { name: begins[1] ?? "", text: "", children: [] }
      current.children.push(element)
      if (begins[3] !== "/") stack.push(element)
      if (stack.length > deepest) return Option.none()
      continue
    }
    const ends = next(closing)
    if (ends !== null) {
      if (stack.length === 1 || ends[1] !== current.name) return Option.none()
      stack.pop()
      continue
    }
    const text = next(characters)
    const plain = text === null ? undefined : decoded(text[0])
    if (plain === undefined) return Option.none()
    current.text += plain
  }
  const [root, ...more] = top.children
  return stack.length === 1 && root !== undefined && more.length === 0 && top.text.trim() === ""
    ? Option.some(root)
    : Option.none()
}

/** The children of this name. */
export const all = (element: Element, name: string): ReadonlyArray<Element> =>
  element.children.filter((child) => child.name === name)

/** The text of the only child of this name; none if there are more or fewer. */
export const textOf = (element: Element, name: string): string | undefined => {
  const found = all(element, name)
  return found.length === 1 ? found[0]?.text : undefined
}

/** Text that stands in a document as it is. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
