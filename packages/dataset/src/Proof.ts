/**
 * What proves a window: the walks over its lists. The certificate is computed from them, and a proof that contradicts itself is
 * refused.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import { createHash } from "node:crypto"
import type { Certificate, Verdict, Window } from "./Certificate.js"
import { type Contradiction, ContradictoryProof } from "./DatasetError.js"
import { unitOf } from "./internal/sql.js"

/**
 * One walk over a list, page by page.
 *
 * @since 0.1.0
 * @category models
 */
export interface Walk {
  /** What each page said there is in all; null where it said nothing. */
  readonly totals: ReadonlyArray<number | null>
  /** Of every row that was read, as `key` writes it. */
  readonly keys: ReadonlySet<string>
  /** Rows that could not be kept, each by its key or the hash of its text. */
  readonly refused: ReadonlySet<string>
  /** How many rows were answered, those answered twice counted twice; the different rows where it is left out. */
  readonly shown?: number | undefined
  /** Rows that one answer held more than once, and how often more. Nothing can move inside of one answer. */
  readonly repeats?: ReadonlyMap<string, number> | undefined
  readonly requestIds: ReadonlyArray<string>
  /** It broke off before the last page. */
  readonly unfinished?: boolean | undefined
}

/**
 * A list that a window is made of, and the walks over it, the first one first.
 *
 * Every walk over a `window` reads all pages. A later walk over a `feed` may read its head only, so all walks count together,
 * and rows that left the feed in the meantime are among their keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface List {
  readonly kind: "window" | "feed"
  readonly walks: ReadonlyArray<Walk>
}

/**
 * The verdict on a window, and the lists that together are the window.
 *
 * @since 0.1.0
 * @category models
 */
export interface Proof {
  readonly verdict: Verdict
  readonly lists: ReadonlyArray<List>
}

/**
 * The keys that a certificate counts, in their order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Keys {
  readonly rows: ReadonlyArray<string>
  /** Of rows that could not be kept, and that no walk over the same list showed whole. */
  readonly refused: ReadonlyArray<string>
}

/**
 * The key of a row: the columns of the table's key, in their order. `Dataset.keys` writes it the same way.
 *
 * @since 0.1.0
 * @category constructors
 */
export const key = (...columns: ReadonlyArray<string>): string => unitOf(columns)

/** Most often there is one set, or one that is not empty, which is then not copied. */
const union = (sets: ReadonlyArray<ReadonlySet<string>>): ReadonlySet<string> => {
  const some = sets.filter((set) => set.size > 0)
  const [first = new Set<string>()] = some
  if (some.length < 2) return first
  const all = new Set(first)
  for (const set of some.slice(1)) for (const one of set) all.add(one)
  return all
}

/**
 * @since 0.1.0
 * @category getters
 */
export const keys = (walks: ReadonlyArray<Walk>): ReadonlySet<string> => union(walks.map((walk) => walk.keys))

/**
 * @since 0.1.0
 * @category getters
 */
export const refused = (walks: ReadonlyArray<Walk>): ReadonlySet<string> => union(walks.map((walk) => walk.refused))

/**
 * How many different rows these walks met, kept or refused. A row that one answer shows whole and another does not is one row.
 *
 * @since 0.1.0
 * @category getters
 */
export const met = (walks: ReadonlyArray<Walk>): number => union([keys(walks), refused(walks)]).size

/**
 * Rows that an answer held more than once, and how often more.
 *
 * @since 0.1.0
 * @category getters
 */
export const repeated = (walks: ReadonlyArray<Walk>): ReadonlyMap<string, number> => {
  const most = new Map<string, number>()
  for (const { repeats = [] } of walks) {
    for (const [key, times] of repeats) most.set(key, Math.max(times, most.get(key) ?? 0))
  }
  return most
}

/**
 * How many rows these walks met, where one that an answer held twice counts twice.
 *
 * @since 0.1.0
 * @category getters
 */
export const metTwice = (walks: ReadonlyArray<Walk>): number =>
  [...repeated(walks).values()].reduce((sum, times) => sum + times, met(walks))

/**
 * Whether these met all that is counted, where a list counts some rows twice: each walk showed as many rows as there are, and
 * so many are known, those that one answer held twice among them.
 *
 * @since 0.1.0
 * @category predicates
 */
export const metAll = (walks: ReadonlyArray<Walk>, total: number): boolean =>
  walks.every(({ shown }) => shown === total) && metTwice(walks) === total

/**
 * Whether two totals differ. A page without a total says nothing.
 *
 * @since 0.1.0
 * @category predicates
 */
export const moved = (walks: ReadonlyArray<Walk>): boolean =>
  new Set(walks.flatMap(({ totals }) => totals).filter((total) => total !== null)).size > 1

const equal = (left: ReadonlySet<string>, right: ReadonlySet<string>): boolean => {
  if (left.size !== right.size) return false
  for (const one of left) if (!right.has(one)) return false
  return true
}

/**
 * Whether two walks met the very same rows.
 *
 * @since 0.1.0
 * @category predicates
 */
export const same = (left: Walk, right: Walk): boolean =>
  equal(left.keys, right.keys) && equal(left.refused, right.refused)

const lastTotal = (walks: ReadonlyArray<Walk>): number | null => walks.at(-1)?.totals.at(-1) ?? null

/** The walks over a list whose rows are all there were when the last one ended. */
const decisive = ({ kind, walks }: List): Either.Either<ReadonlyArray<Walk>, Contradiction> => {
  const last = walks.at(-1)
  if (last === undefined || last.totals.length === 0) return Either.left("NothingRead")
  if (walks.some(({ unfinished }) => unfinished === true)) return Either.left("Unfinished")
  const total = lastTotal(walks)
  if (kind === "feed") return total !== null && metTwice(walks) < total ? Either.left("FewerRows") : Either.right(walks)
  const before = walks.at(-2)
  const hasMoved = moved(walks)
  if (hasMoved && (before === undefined || moved([before, last]))) return Either.left("TotalMoved")
  if (hasMoved && before !== undefined && !same(before, last)) return Either.left("PassesDiffer")
  // A list that holds a row twice counts it twice, and shows the same in every walk.
  if (before !== undefined && same(before, last) && last.shown === total && before.shown === total) {
    return Either.right([last])
  }
  // Rows of earlier walks may have left the list since. Where rows only changed places, each walk shows others of them.
  if (hasMoved || met([last]) === total) return counted([last], total)
  return counted(walks, total)
}

const counted = (
  walks: ReadonlyArray<Walk>,
  total: number | null
): Either.Either<ReadonlyArray<Walk>, Contradiction> => {
  const rows = met(walks)
  return total === null || rows === total || metAll(walks, total)
    ? Either.right(walks)
    : Either.left(rows < total ? "FewerRows" : "MoreRows")
}

/** The walks that count, of each list. Only what is certified can contradict itself. */
const judge = ({ lists, verdict }: Proof): Either.Either<ReadonlyArray<ReadonlyArray<Walk>>, Contradiction> =>
  verdict !== "certified"
    ? Either.right([lists.flatMap(({ walks }) => walks)])
    : lists.length === 0
    ? Either.left("NothingRead")
    : Either.flatMap(
      Either.all(lists.map(decisive)),
      (parts) =>
        parts.reduce((sum, walks) => sum + keys(walks).size, 0) === keys(parts.flat()).size
          ? Either.right(parts)
          : Either.left("PartsOverlap")
    )

/**
 * How a proof contradicts itself; null where it does not.
 *
 * @since 0.1.0
 * @category checking
 */
export const contradiction = (proof: Proof): Contradiction | null =>
  Either.match(judge(proof), { onLeft: (found) => found, onRight: () => null })

/** Of all lists together; null where one of them does not say. */
const sum = (totals: ReadonlyArray<number | null>): number | null =>
  totals.length === 0 ? null : totals.reduce((left, right) => left === null || right === null ? null : left + right, 0)

/** The keys of the walks that count, as one certificate counts them. */
const keysOf = (parts: ReadonlyArray<ReadonlyArray<Walk>>): Keys => ({
  rows: [...keys(parts.flat())].toSorted(),
  refused: parts.flatMap((walks) => [...refused(walks)].filter((key) => !walks.some((walk) => walk.keys.has(key))))
    .toSorted()
})

/**
 * What a certificate says of keys. Text that is not well-formed is hashed as its replacement.
 *
 * @since 0.1.0
 * @category getters
 */
export const count = (
  { refused, rows }: Keys
): Pick<Certificate, "distinctKeys" | "quarantined"> & { readonly keysSha256: string } => ({
  distinctKeys: rows.length,
  quarantined: refused.length,
  keysSha256: createHash("sha256").update(rows.join("\n")).digest("hex")
})

/**
 * The certificate of a window, and the keys it is computed from.
 *
 * @since 0.1.0
 * @category checking
 */
export const proved = ({ proof, readAt, runId, window }: {
  readonly window: Window
  readonly proof: Proof
  readonly readAt: DateTime.Utc
  readonly runId: string
}): Either.Either<{ readonly certificate: Certificate; readonly keys: Keys }, ContradictoryProof> =>
  Either.mapBoth(judge(proof), {
    onLeft: (found) => new ContradictoryProof({ source: window.source, stream: window.stream, contradiction: found }),
    onRight: (parts) => {
      const read = keysOf(parts)
      const walks = proof.lists.flatMap((list) => list.walks)
      const finished = proof.lists.map((list) => list.walks.filter(({ unfinished }) => unfinished !== true).length)
      const counted = count(read)
      const certificate: Certificate = {
        ...window,
        verdict: proof.verdict,
        totalFirst: sum(proof.lists.map((list) => list.walks[0]?.totals[0] ?? null)),
        totalLast: sum(proof.lists.map((list) => lastTotal(list.walks))),
        ...counted,
        pages: walks.reduce((sum, { totals }) => sum + totals.length, 0),
        passes: Math.max(0, ...finished),
        keysSha256: finished.every((count) => count === 0) ? null : counted.keysSha256,
        requestIds: walks.flatMap(({ requestIds }) => requestIds),
        readAt,
        runId
      }
      return { certificate, keys: read }
    }
  })

/**
 * The certificate of a window.
 *
 * @since 0.1.0
 * @category checking
 */
export const certificate = (
  options: Parameters<typeof proved>[0]
): Either.Either<Certificate, ContradictoryProof> => Either.map(proved(options), ({ certificate }) => certificate)
