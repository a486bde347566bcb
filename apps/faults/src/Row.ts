/** A row of the table: one kind of fault, how often it is tried, and how a case of it is made and judged. */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { type Dice, dice } from "../../../packages/export/test/fixtures/dice.js"

export const kinds = ["lost", "doubled", "invented", "leaked", "hung", "misreported"] as const

/** What a case may find wrong: a row is missing, stands twice or was never served; a secret shows; a run has no end, or ends with another word. */
export type Kind = (typeof kinds)[number]

export interface Wrong {
  readonly kind: Kind
  readonly text: string
}

export interface Case {
  readonly seed: number
  /** From 0, below the row's number of cases. */
  readonly number: number
  /** Follows from both. */
  readonly random: Dice
}

export const caseOf = (seed: number, number: number): Case => ({
  seed,
  number,
  random: dice(seed * 100_003 + number)
})

/** This machine cannot make the fault, for the reason that is told. */
export class Skipped extends Data.TaggedError("Skipped")<{ readonly reason: string }> {}

/** Makes a case and says what is wrong. A failure or a defect is a finding as well. */
export type Check = (one: Case) => Effect.Effect<ReadonlyArray<Wrong>, unknown, Scope>

export const parts = ["one", "ten", "whole", "soak"] as const

/** The parts take about a minute, ten minutes and an hour and a half; the soak takes many hours. */
export type Part = (typeof parts)[number]

export interface Row {
  /** For flags and the state file. */
  readonly name: string
  /** For the table. */
  readonly words: string
  readonly cases: { readonly [part in Part]: number }
  /** A case that takes longer hangs. */
  readonly seconds: number
  /** A case waits for most of its time, so that many may run at once. */
  readonly waits?: boolean
  /** What all cases of a process share. */
  readonly make: Effect.Effect<Check, unknown, Scope>
}

const isPrime = (value: number): boolean => {
  for (let by = 2; by * by <= value; by++) if (value % by === 0) return false
  return value > 1
}

/** A step through all numbers that meets every remainder of every smaller number soon. */
const strideOf = (of: number, many: number): number => {
  if (many >= of) return 1
  let stride = Math.floor(of / many)
  while (!isPrime(stride) || of % stride === 0) stride += 1
  return stride
}

/** The numbers of the cases of a part: spread over those of the whole table, from one that the seed decides. */
export const numbersOf = ({ cases }: Row, part: Part, seed: number): ReadonlyArray<number> => {
  const [of, many] = [part === "soak" ? cases.soak : cases.whole, cases[part]]
  const first = dice(seed).below(Math.max(1, of))
  return Array.from({ length: many }, (_, index) => (first + index * strideOf(of, many)) % of)
}

const signs: ReadonlyArray<readonly [Kind, RegExp]> = [
  ["doubled", /twice|DOUBLED/],
  ["invented", /never served|was not served|MADE/],
  ["lost", /missing|LOST|lost a row|not read again|MISSING/],
  ["hung", /hangs|no end|TimeoutException/]
]

/** The kind of what a simulation or an assertion says in its own words. */
export const wrongOf = (text: string): Wrong => ({
  kind: signs.find(([, sign]) => sign.test(text))?.[0] ?? "misreported",
  text
})
