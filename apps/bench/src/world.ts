/** The account that the servers of the bench serve: so many calls, spread evenly over two years, the same in every run. */

export const kinds = ["items", "transcripts", "calls"] as const
/** Items of Allo, the same with transcripts, or calls of Allomia with details. */
export type Kind = (typeof kinds)[number]
export const isKind = (word: string | undefined): word is Kind => kinds.some((kind) => kind === word)

export interface World {
  readonly kind: Kind
  readonly rows: number
  /** The instant after the last row, in milliseconds. */
  readonly end: number
  /** So many rows of the last days before `end` have other tags than before. */
  readonly changed: number
  /** So many more rows follow within a day after `end`. */
  readonly fresh: number
}

export const day = 24 * 60 * 60 * 1000
const days = 720
/** Changed rows are younger than this, which is within the look-back of a run. */
const recent = 5

/** A world that ends when yesterday began, so that there is a day for fresh rows. */
export const world = (kind: Kind, rows: number): World => ({
  kind,
  rows,
  end: Math.floor(Date.now() / day) * day - day,
  changed: 0,
  fresh: 0
})

/** The same world some time later: half of so many changes are rows with other tags, as far as that many are recent. */
export const later = (world: World, changes: number): World => {
  const changed = Math.min(Math.floor(changes / 2), Math.floor(world.rows / days * recent))
  return { ...world, changed, fresh: changes - changed }
}

export const begin = ({ end }: World): number => end - days * day

export const total = ({ fresh, rows }: World): number => rows + fresh

const steps = (world: World) => ({
  held: Math.floor(days * day / world.rows),
  fresh: Math.floor(day / Math.max(1, world.fresh))
})

/** When a row begins. Rows are numbered from 0, the oldest first. */
export const timeOf = (world: World, index: number): number =>
  index < world.rows
    ? begin(world) + index * steps(world).held
    : world.end + (index - world.rows) * steps(world).fresh

/** The number of the first row at or after an instant. */
export const firstAt = (world: World, time: number): number => {
  const step = steps(world)
  return time <= world.end
    ? Math.min(world.rows, Math.max(0, Math.ceil((time - begin(world)) / step.held)))
    : Math.min(total(world), world.rows + Math.ceil((time - world.end) / step.fresh))
}

export const isChanged = ({ changed, rows }: World, index: number): boolean => index >= rows - changed && index < rows
