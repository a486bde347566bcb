/** Where in a text of TOML a key stands. The parser tells it: it reads the first lines alone, as many as it takes. */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import { parse } from "smol-toml"

type Path = ReadonlyArray<PropertyKey>

const has = (value: unknown, path: Path): boolean => {
  const [first, ...rest] = path
  return first === undefined || (Predicate.hasProperty(value, first) && has(value[first], rest))
}

/** The line of a key, from 1 on, or that of the nearest table around it; null for what no line names. */
export const lineOf = (text: string, path: Path): number | null => {
  if (path.length === 0) return null
  const lines = text.split("\n")
  // A value over several lines cannot be read before its last line.
  const read = (count: number) => Either.getOrNull(Either.try(() => parse(lines.slice(0, count).join("\n"))))
  /** The least number of lines, from this one on, that can be read. */
  const readable = (count: number): { readonly count: number; readonly has: boolean } => {
    for (let more = count; more < lines.length; more++) {
      const found = read(more)
      if (found !== null) return { count: more, has: has(found, path) }
    }
    return { count: lines.length, has: has(read(lines.length), path) }
  }
  if (!readable(lines.length).has) return lineOf(text, path.slice(0, -1))
  let without = 0
  let within = lines.length
  while (within - without > 1) {
    const middle = Math.floor((without + within) / 2)
    const found = readable(middle)
    if (!found.has) without = Math.min(found.count, within - 1)
    else within = middle
  }
  return firstOf(lines, within, read)
}

const blank = (line: string | undefined): boolean => /^\s*(#.*)?$/.test(line ?? "")

/** A statement that ends in the line `last` begins behind the nearest line up to which the text can be read. */
const firstOf = (lines: ReadonlyArray<string>, last: number, read: (count: number) => unknown): number => {
  let before = last - 1
  while (before > 0 && read(before) === null) before--
  let first = before + 1
  while (first < lines.length && blank(lines[first - 1])) first++
  return first
}
