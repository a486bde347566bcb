/**
 * Random numbers that depend on a seed, a stream and an index only, so that any item can be computed alone.
 * All arithmetic is on integers, so that every machine gives the same bits.
 */

/** Each kind of decision draws from a stream of its own. */
export type Place = { readonly seed: number; readonly stream: number }

const finish = (value: number): number => {
  let mixed = value
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** 32 bits for (seed, stream, index). */
export const hash = (place: Place, index: number): number =>
  finish(finish(place.seed ^ Math.imul(place.stream + 1, 0x9e3779b1)) ^ Math.imul(index + 1, 0x27d4eb2f))

/** A whole number from 0 to `bound - 1`. */
export const below = (place: Place, index: number, bound: number): number =>
  Math.floor((hash(place, index) / 0x100000000) * bound)

/** One of the options, or `fallback` where there are none. */
export const pick = <A>(options: ReadonlyArray<A>, drawn: number, fallback: A): A =>
  options[drawn % Math.max(1, options.length)] ?? fallback

const round = (seed: number, turn: number, half: number): number =>
  finish(Math.imul(half + 1, 0x9e3779b1) ^ seed ^ Math.imul(turn + 1, 0x85ebca77)) & 0xffff

/** A one-to-one shuffle of the 32-bit numbers: ids look random, and `unpermute` finds their index again. */
export const permute = (seed: number, value: number): number => {
  let left = (value >>> 16) & 0xffff
  let right = value & 0xffff
  for (let turn = 0; turn < 4; turn++) {
    const next = left ^ round(seed, turn, right)
    left = right
    right = next
  }
  return ((left << 16) | right) >>> 0
}

/** Undoes `permute`. */
export const unpermute = (seed: number, value: number): number => {
  let left = (value >>> 16) & 0xffff
  let right = value & 0xffff
  for (let turn = 3; turn >= 0; turn--) {
    const before = right ^ round(seed, turn, left)
    right = left
    left = before
  }
  return ((left << 16) | right) >>> 0
}

const pairs: ReadonlyArray<string> = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))
const capitals: ReadonlyArray<string> = pairs.map((pair) => pair.toUpperCase())

const digits = (table: ReadonlyArray<string>, value: number): string =>
  `${table[value >>> 24]}${table[(value >>> 16) & 255]}${table[(value >>> 8) & 255]}${table[value & 255]}`

/** Eight hexadecimal digits. */
export const hex = (value: number): string => digits(pairs, value)

/** The same in capitals. */
export const capitalHex = (value: number): string => digits(capitals, value)

/** A seed of any size, folded to 32 bits. */
export const foldSeed = (seed: number): number => finish((seed >>> 0) ^ finish(Math.floor(seed / 0x100000000) >>> 0))
