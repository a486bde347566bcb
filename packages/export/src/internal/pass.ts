/** One walk over a list from its first page to its last, and what it proves. */
import { Id } from "@trunkline/calls"
import { Proof } from "@trunkline/dataset"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import type { Listing } from "../Source.js"

/** What was seen in one walk, over every row that was answered. */
export interface Pass extends Proof.Walk {
  /** How many rows were answered, each time they were. */
  readonly shown: number
  readonly repeats: ReadonlyMap<string, number>
  /** Whether a page before the last was short. */
  readonly gap: boolean
}

export const { keys, met, metTwice, moved, refused } = Proof

/** Links expire, so what is signed in them differs in every answer, and is never kept. */
export const withoutSignatures = (raw: string): string => raw.replaceAll(/(https?:\/\/[^"\\\s?]+)\?[^"\\\s]*/g, "$1")

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const Named = Schema.parseJson(Schema.Struct({ id: Schema.NonEmptyString }))
const readNamed = Schema.decodeUnknownOption(Named)

/** A row that is read in one answer and refused in the next is one row. */
export const refusedKey = (raw: Redacted.Redacted): string =>
  Option.match(readNamed(Redacted.value(raw)), {
    onNone: () => sha256(withoutSignatures(Redacted.value(raw))),
    onSome: ({ id }) => Id.key(id)
  })

/** Takes in pages as they come. */
export interface Recorder {
  /** Returns how many keys of the page were new to this walk. */
  readonly page: (page: Listing) => number
  readonly pass: () => Pass
}

export const recorder = (): Recorder => {
  const totals: Array<number | null> = []
  const keys = new Set<string>()
  const refused = new Set<string>()
  const requestIds: Array<string> = []
  const repeats = new Map<string, number>()
  const apart = new Map<string, Set<string>>()
  const repeat = (key: string, times: number) => {
    if (times > (repeats.get(key) ?? 0)) repeats.set(key, times)
  }
  let gap = false
  let short = false
  let shown = 0
  return {
    page: (page) => {
      const before = keys.size + refused.size
      const rows = page.entries.length + page.refused.length
      gap ||= short
      short = rows < page.size
      shown += rows
      totals.push(page.total)
      if (page.requestId !== null) requestIds.push(page.requestId)
      const onPage = new Map<string, number>()
      for (const { apart: name, key } of page.entries) {
        const times = onPage.get(key) ?? 0
        onPage.set(key, times + 1)
        // The next page may show it as often again.
        repeat(key, times)
        if (name !== undefined) {
          const names = (apart.get(key) ?? new Set()).add(name)
          apart.set(key, names)
          repeat(key, names.size - 1)
        }
        keys.add(key)
      }
      for (const { raw } of page.refused) refused.add(refusedKey(raw))
      return keys.size + refused.size - before
    },
    pass: () => ({ totals, keys, refused, shown, repeats, gap, requestIds })
  }
}

/** The one total all of these agree on; null where one gave none, or they differ. */
export const total = (passes: ReadonlyArray<Pass>): number | null => {
  const [first = null, ...others] = passes.flatMap(({ totals }) => totals)
  return others.every((other) => other === first) ? first : null
}

/**
 * Every page gave the same total, only the last was short, and so many different rows were seen. Something that left the
 * list, came into it or changed places in the meantime shows in one of these.
 */
export const even = (pass: Pass): boolean => !pass.gap && total([pass]) === met([pass])

/** Whether no row was met twice, as one is that is pushed onto the next page, and hides another. */
export const held = (pass: Pass): boolean => pass.shown === met([pass])

/**
 * Whether these met as many rows as the list was said to have throughout any one walk: what came or went meanwhile does
 * not count. Where nothing is said, each row has to be there once, and that there is none is believed the second time.
 */
export const full = (passes: ReadonlyArray<Pass>): boolean => {
  const least = passes.flatMap(({ totals }) => {
    const said = totals.filter((value) => value !== null)
    return said.slice(0, 1).map((first) => Math.min(first, said.at(-1) ?? first))
  })
  return least.length === 0
    ? (met(passes) > 0 || passes.length > 1) && passes.slice(-1).every(held)
    : met(passes) >= Math.max(...least) || passes.some((pass) => pass.repeats.size > 0 && shownAll(pass))
}

/** Whether this walk showed more different rows than the list was ever said to have: its total is cut off. */
export const exceedsTotal = (pass: Pass): boolean => {
  const said = pass.totals.filter((value) => value !== null)
  return said.length > 0 && met([pass]) > Math.max(...said)
}

/** Whether none of these ever said how many rows there are. */
export const silent = (passes: ReadonlyArray<Pass>): boolean =>
  passes.every(({ totals }) => totals.every((value) => value === null))

/** Whether something left the list while it was read, which moves what is behind it past the reader. */
export const shrank = ({ totals }: Pass): boolean => {
  const said = totals.filter((value) => value !== null)
  return said.some((value, position) => value < (said[position - 1] ?? value))
}

/** The one total that pages of this walk told; null where none did, or they differ. */
const told = (pass: Pass): number | null => {
  const [first = null, ...others] = pass.totals.filter((value) => value !== null)
  return others.every((other) => other === first) ? first : null
}

/** The one total that each of these told, on its first page at least; null where one did not, or they differ. */
export const toldAlike = (passes: ReadonlyArray<Pass>): number | null => {
  const [first = null, ...others] = passes.map(told)
  return others.every((other) => other === first) ? first : null
}

/**
 * An answer that shows as many rows as it says: a row that it shows twice may count twice, or once. Null where it shows more, or
 * fewer.
 */
export const counting = (pass: Pass, count: number | null): Pass | null => {
  const [once, twice] = [met([pass]), metTwice([pass])]
  if (count === once) return { ...pass, shown: once, totals: [once], repeats: new Map() }
  return count === twice ? { ...pass, shown: twice, totals: [twice] } : null
}

/** Whether as many rows were shown as the list is said to have, where those that it holds twice count twice. */
export const shownAll = (pass: Pass): boolean =>
  !pass.gap && told(pass) === pass.shown && metTwice([pass]) === pass.shown

/** Those that show what is there: rows that earlier walks met may have left the list since. */
export const newest = (passes: ReadonlyArray<Pass>): ReadonlyArray<Pass> => {
  const last = passes.slice(-1)
  return last.some((pass) => even(pass) || shownAll(pass)) ? last : passes
}

/** Whether no page lacks a row, and these met all that the list counts, rows that it counts twice among them. */
const metAll = (passes: ReadonlyArray<Pass>, total: number): boolean =>
  passes.every(({ gap }) => !gap) && Proof.metAll(passes, total)

/** Rows that the list itself holds more than once. */
export const repeated = (passes: ReadonlyArray<Pass>): ReadonlyMap<string, number> => {
  const last = passes.at(-1)
  if (last !== undefined && shownAll(last)) return last.repeats
  const count = toldAlike(passes)
  return count !== null && metAll(passes, count) ? Proof.repeated(passes) : new Map()
}

/** What several walks over one settled list prove, and what would be needed to prove more. */
export type Finding =
  | { readonly _tag: "Proved" }
  /** Rows only changed places: all are there, if these, which the last walk did not meet, still exist. */
  | { readonly _tag: "IfStillThere"; readonly keys: ReadonlyArray<string>; readonly total: number }
  | { readonly _tag: "NotYet" }

/** The count that was made when the reading was planned is one more total of the walks. */
export const finding = (passes: ReadonlyArray<Pass>, planned: number | null = null): Finding => {
  const last = passes.at(-1)
  const before = passes.at(-2)
  if (last === undefined) return { _tag: "NotYet" }
  // A total that moved and came back may hide a row that left behind one that came. The same rows twice hide nothing.
  if (moved(passes) || (planned !== null && passes.some((pass) => (told(pass) ?? planned) !== planned))) {
    return before !== undefined && Proof.same(before, last) && even(before) && even(last)
      ? { _tag: "Proved" }
      : { _tag: "NotYet" }
  }
  if (even(last)) return { _tag: "Proved" }
  const count = toldAlike(passes)
  // What was refused cannot be asked for by itself: the last walk has to have met all of it.
  return count !== null && passes.length > 1 && (met(passes) === count || metAll(passes, count)) &&
      [...refused(passes)].every((key) => last.refused.has(key) || last.keys.has(key))
    ? { _tag: "IfStillThere", keys: [...keys(passes)].filter((key) => !last.keys.has(key)), total: count }
    : { _tag: "NotYet" }
}

/** Why these walks prove nothing, for the person who reads the problem. */
export const doubt = (passes: ReadonlyArray<Pass>): string => {
  const all = passes.flatMap(({ totals }) => totals)
  if (silent(passes)) return "the API gave no total to check against"
  if (moved(passes)) return "the total moved while it was read"
  if (all.includes(null)) return "the API did not always give a total"
  const seen = met(passes)
  const count = total(passes) ?? 0
  if (seen === count) return "its pages do not agree with each other"
  return seen < count
    ? `the API says ${count} rows and showed ${seen} different ones`
    : `the API showed ${seen} different rows and says ${count}`
}
