/** One list that moves under the reader, without anything around it: walks by the ten thousand. */
import type { Page } from "@trunkline/http"
import { Effect } from "effect"
import * as Walk from "../src/reading/Walk.js"
import { type Dice, dice } from "./simulatedApi.js"

interface Row {
  readonly key: string
  readonly at: number
}

interface Moving {
  readonly deletions: number
  readonly arrivals: number
  readonly ties: boolean
  readonly lies: number
  readonly silent: boolean
}

const listOf = (random: Dice, moving: Moving) => {
  const size = 2 + random.below(6)
  let made = 0
  let rows: Array<Row> = []
  const make = (at: number) => rows.push({ key: `row ${made++}`, at })
  for (let count = random.below(40); count > 0; count--) make(random.below(30))
  const all = new Set(rows.map(({ key }) => key))
  const removed = new Set<string>()
  const step = () => {
    while (random.chance(moving.deletions)) {
      const row = rows[random.below(rows.length)]
      if (row === undefined) break
      removed.add(row.key)
      rows = rows.filter((other) => other !== row)
    }
    while (random.chance(moving.arrivals)) make(random.chance(0.7) ? 30 : random.below(31))
  }
  const total = () =>
    moving.silent || random.chance(moving.lies / 2)
      ? null
      : random.chance(moving.lies / 2)
      ? Math.max(0, rows.length + 1 - 2 * random.below(2))
      : rows.length
  const list: Walk.List<Row, never> = {
    first: 1,
    page: (number) =>
      Effect.sync((): Page.Page<Row> => {
        step()
        const tied = new Map(rows.map((row) => [row, moving.ties ? random.next() : made]))
        const sorted = rows.toSorted((left, right) =>
          left.at - right.at || (tied.get(left) ?? 0) - (tied.get(right) ?? 0) || left.key.localeCompare(right.key)
        )
        // One lie to an answer, as a rule.
        const hollow = random.chance(moving.lies / 4)
        const endless = random.chance(moving.lies / 4)
        const found = hollow ? [] : sorted.slice((number - 1) * size, number * size)
        const pages = Math.ceil(sorted.length / size)
        return {
          rows: found,
          rejected: [],
          page: number,
          size,
          total: hollow || endless ? rows.length : total(),
          totalPages: pages,
          more: found.length > 0 && (endless || number < pages),
          requestId: null,
          answeredAt: null
        }
      }),
    keep: (page) => Effect.succeed({ keys: page.rows.map(({ key }) => key), refused: [] }),
    stillThere: (keys) =>
      Effect.sync(() => {
        step()
        return keys.filter((key) => rows.some((row) => row.key === key)).length
      }),
    total: Effect.sync(() => {
      step()
      return rows.length
    })
  }
  return { list, missing: (kept: ReadonlySet<string>) => [...all].filter((key) => !removed.has(key) && !kept.has(key)) }
}

const keptOf = (outcome: Walk.Outcome): ReadonlySet<string> => new Set(outcome.passes.flatMap(({ keys }) => [...keys]))

const share = (random: Dice, most: number) => random.chance(0.6) ? random.next() * most : 0

/** A list of the settled past, where rows are deleted and change places, and totals lie: what its certificate is worth. */
export const settled = (seed: number) => {
  const random = dice(seed)
  const still = random.chance(0.2)
  const { list, missing } = listOf(
    random,
    still ? { deletions: 0, arrivals: 0, ties: false, lies: 0, silent: false } : {
      deletions: share(random, 0.4),
      arrivals: 0,
      ties: random.chance(0.5),
      lies: share(random, 0.3),
      silent: random.chance(0.05)
    }
  )
  const outcome = Effect.runSync(Walk.settled(list))
  return {
    still,
    certified: outcome.verdict === "certified",
    passes: outcome.passes.length,
    missing: missing(keptOf(outcome)).length
  }
}

/** A list that grows as well: what was there all the while and is not kept. */
export const open = (seed: number) => {
  const random = dice(seed)
  const { list, missing } = listOf(random, {
    deletions: share(random, 0.05),
    arrivals: share(random, 0.5),
    ties: false,
    lies: share(random, 0.1),
    silent: false
  })
  const outcome = Effect.runSync(Walk.open(list))
  // Who says that something is missing has lost nothing silently.
  return { missing: outcome.doubt === null ? missing(keptOf(outcome)).length : 0, doubted: outcome.doubt !== null }
}
