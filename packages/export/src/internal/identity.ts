/**
 * Whose rows a key shows. Where the vendor names no account, or another than before, a sample of the rows that are held is asked
 * for: an account that still has them is the same one.
 */
import type { DatasetError } from "@trunkline/dataset"
import type { Readable } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { type ClockSkew, type Ended, OtherAccount } from "../ExportError.js"
import type * as Planning from "../Planning.js"
import type { Failure, Scope, ScopeName } from "../Source.js"
import * as ByIds from "./byIds.js"
import * as Clocks from "./clocks.js"
import * as Counts from "./counts.js"
import * as Published from "./published.js"

/** So many rows are asked for, half of them from the newest days that are held. */
const sampleSize = 100
const newest = { days: 30 }

/** Shares of the sample that decide. Between them nobody can tell. */
const share = { same: 0.5, other: 0.1 }

type Known = Pick<Readable, "scopes" | "heldIds">

type Error = Failure | Ended | ClockSkew | OtherAccount | DatasetError.WriteError

/** A scope may be a part of an account, such as one line of it. */
const accountOf = (scope: string): string => scope.split("/")[0] ?? scope

const sampleOf = (dataset: Known, scope: Scope) =>
  Effect.gen(function*() {
    const list = Published.heldList(scope)
    const recent = [{ from: DateTime.subtract(scope.now, newest), to: DateTime.add(scope.latest, { days: 1 }) }]
    const ids = [
      ...yield* dataset.heldIds(list, recent, sampleSize / 2),
      ...yield* dataset.heldIds(list, null, sampleSize)
    ].flatMap(({ gone, id }) => gone ? [] : [id])
    return [...new Set(ids)].slice(0, sampleSize)
  })

/** How much of the sample the account shows, and whether it shows anything at all. */
const shown = (scope: Scope, sample: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const found = yield* ByIds.count(scope, sample, { concurrency: 1 })
    if (found > 0) return { share: found / sample.length, isEmpty: false }
    const { total } = yield* Counts.whole(scope, yield* scope.list.filter)
    return { share: 0, isEmpty: total === 0 }
  })

/** The names under which what a key opens stands in the ledger. */
export const resolve = (
  dataset: Known,
  source: string,
  names: ReadonlyArray<ScopeName>,
  options: { readonly sameAccount: boolean }
): Effect.Effect<ReadonlyArray<ScopeName>, Error, Planning.Planning> =>
  Effect.gen(function*() {
    const [any] = names
    if (any === undefined || any.as === null) return names
    const known = [...new Set((yield* dataset.scopes(source)).map(accountOf))]
    const account = accountOf(any.scope)
    const isNamed = account !== "-"
    if (known.length === 0 || (isNamed && known.includes(account))) return names
    const before = known.find((one) => one !== "-") ?? "-"
    const renamed = names.flatMap((name) => name.as === null ? [] : [name.as(before)])
    if (options.sameAccount) return renamed
    const scope = yield* Clocks.connect(renamed[0] ?? any)
    const sample = yield* sampleOf(dataset, scope)
    // Nothing is held, so there is nothing to be mistaken about.
    if (sample.length === 0) return isNamed ? names : renamed
    const found = yield* shown(scope, sample)
    if (found.share >= share.same || found.isEmpty) return renamed
    return yield* new OtherAccount({
      known: before,
      found: isNamed ? account : null,
      shown: Math.round(found.share * sample.length),
      asked: sample.length,
      certain: found.share <= share.other
    })
  })
