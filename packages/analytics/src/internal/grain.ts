/** Whose calls a row of a view is about. */
import * as cell from "./cell.js"

export const fields = {
  account: cell.maybeText("the account of the configuration; null in a dataset by itself"),
  source: cell.text("`allo` or `allomia`"),
  organization_id: cell.maybeText("the team or organisation; null where the calls name none"),
  organization_name: cell.maybeText("its name in the table `organizations`; null where it is not known")
}

export const columns: ReadonlyArray<string> = Object.keys(fields)

/** In a list of columns, of a table if it is named. */
export const list = (by: ReadonlyArray<string>, of?: string): string =>
  by.map((column) => of === undefined ? column : `${of}.${column}`).join(", ")

/** Rows about the same, also where nothing is known of it. */
export const same = (by: ReadonlyArray<string>, one: string, other: string): string =>
  by.map((column) => `${one}.${column} IS NOT DISTINCT FROM ${other}.${column}`).join(" AND ")
