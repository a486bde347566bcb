/** What the schedule asks for now: pure, so that a table of cases tests it. */
import * as DateTime from "effect/DateTime"
import type { Account } from "../Account.js"
import * as Schedule from "../Schedule.js"
import type { Key, Row } from "./nights.js"

export interface Plan {
  /** Accounts that the fleet does not know yet: their first night is due at once. */
  readonly add: ReadonlyArray<Account>
  /** Accounts that are in the configuration no longer. */
  readonly remove: ReadonlyArray<string>
  readonly move: ReadonlyArray<{ readonly account: string; readonly schedule: string; readonly due: DateTime.Utc }>
  /** What is due, oldest first. */
  readonly send: ReadonlyArray<Key & { readonly key: Account["key"] }>
}

const keyOf = ({ account, attempt, due }: Row): Key => ({ account, attempt, due: DateTime.unsafeMake(due) })

export const plan = (
  { accounts, now, rows }: {
    readonly accounts: ReadonlyArray<Account>
    readonly rows: ReadonlyArray<Row>
    readonly now: DateTime.Utc
  }
): Plan => {
  const known = new Map(rows.map((row) => [row.account, row]))
  const wanted = new Map(accounts.map((account) => [account.name, account]))
  const reached = (at: Date | null): boolean => at === null || at.getTime() <= now.epochMillis
  const here = rows.flatMap((row) => {
    const account = wanted.get(row.account)
    return account === undefined ? [] : [{ row, account }]
  })
  return {
    add: accounts.filter(({ name }) => !known.has(name)),
    remove: rows.filter(({ account, worker }) => worker === null && !wanted.has(account)).map(({ account }) => account),
    move: here.flatMap(({ account, row }) => {
      const schedule = Schedule.written(account.schedule)
      if (schedule === row.schedule || row.sent_at !== null) return []
      // A night that is due already stays due.
      const due = reached(row.due) ? DateTime.unsafeMake(row.due) : Schedule.next(account.schedule, now)
      return [{ account: row.account, schedule, due }]
    }),
    send: here
      .filter(({ row }) => row.sent_at === null && reached(row.due) && reached(row.retry_at))
      .toSorted((left, right) => left.row.due.getTime() - right.row.due.getTime())
      .map(({ account, row }) => ({ ...keyOf(row), key: account.key }))
  }
}
