/** How new each group of a unit is, as the ledger knows it: the number of the answer that it was last read from, as SQL. */
import * as Sql from "./sql.js"

/** The newest of them, under which those that are equal do not stand. */
const newestNumber = "*"

/** How new a group is. One that has no number came later than this row, and is as new as the newest. */
export const numberOf = (group: string): string =>
  `coalesce(
    CAST(json_extract_string(known.numbers, ${Sql.text(`$."${group}"`)}) AS BIGINT),
    list_max(CAST(json_extract_string(known.numbers, '$.*') AS BIGINT[])), 0
  )`

/** Whether a reading of this number is asked for a group, and is not older than what stands there. */
export const takesIn = (fresh: string, known: string): string => `(${fresh} > 0 AND ${fresh} >= ${known})`

export interface Numbered {
  readonly name: string
  /** The column of `fresh` with its number. */
  readonly fresh: string
  /** The column of `versions` with the number that is known of it. */
  readonly known: string
}

/**
 * Numbers are known as JSON, which takes time to read and to write. All rows of an answer have the same, so that is done once for
 * each combination.
 */
export const versions = (groups: ReadonlyArray<Numbered>): string => {
  const columns = [...new Set(groups.map(({ fresh }) => fresh))]
  const each = groups.map(({ fresh, known }) => `greatest(${fresh}, ${known})`)
  const most = `greatest(${each.join(", ")})`
  // What is null in a patch is taken away.
  const newest = [
    `${Sql.text(newestNumber)}, ${most}`,
    ...groups.map(({ name }, place) => `${Sql.text(name)}, nullif(${each[place]}, ${most})`)
  ]
  const distinct = `SELECT DISTINCT numbers, ${columns.join(", ")} FROM fresh LEFT JOIN known USING ("$unit")`
  return `SELECT *, CAST(json_merge_patch(CAST(coalesce(numbers, '{}') AS JSON), json_object(${newest.join(", ")}))
      AS VARCHAR) AS "$numbers"
    FROM (SELECT *, ${groups.map(({ known, name }) => `${numberOf(name)} AS ${known}`).join(", ")}
      FROM (${distinct}) AS known)`
}
