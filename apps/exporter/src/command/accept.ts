/** `trunkline accept`: lists what stands and no run can mend, or accepts it by its number. */
import { Dataset } from "@trunkline/dataset/Dataset"
import type { Standing as Stands } from "@trunkline/dataset/DatasetReader"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Layers from "../Layers.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import * as Standing from "./standing.js"

interface Flags extends Asked.OfDataset {
  readonly number: Option.Option<string>
}

/** As `--json` prints it. */
const shown = ({ acceptedAt, firstAt, kind, name, number, says, scope, source }: Stands) => ({
  number,
  kind,
  source,
  scope,
  name,
  since: Standing.iso(firstAt),
  says,
  accepted: Standing.iso(acceptedAt)
})

const list = (flags: Flags, out: string) =>
  Effect.gen(function*() {
    const standing = (yield* Standing.reading(out, (dataset) => dataset.standing)).map(shown)
    if (flags.json) yield* printJson({ standing, out, exitCode: 0, problems: [] })
    else yield* Standing.print(standing, "Nothing stands")
    return 0 as const
  })

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const out = yield* Asked.out(flags.out)
    if (Option.isNone(flags.number)) return yield* list(flags, out)
    const number = yield* Standing.numberOf(flags.number)
    const unknown = Standing.unknown(number, "trunkline accept")
    // Opening a dataset for writing would make one.
    const known = (yield* Standing.reading(out, (dataset) => dataset.standing)).find((one) => one.number === number)
    if (known === undefined) return yield* unknown
    const at = yield* DateTime.now
    const accepted = yield* Effect.flatMap(Dataset, (dataset) => dataset.accept(number, at)).pipe(
      Effect.provide(Layers.dataset({ out, partition: undefined, vendors: { allo: null, allomia: null } }))
    )
    if (!accepted) return yield* unknown
    const one = shown({ ...known, acceptedAt: known.acceptedAt ?? at })
    if (flags.json) yield* printJson({ ...one, out, exitCode: 0, problems: [] })
    else yield* printLines([`Accepted ${number}: ${one.kind}, ${one.source}, ${one.scope}, ${one.name}: ${one.says}`])
    return 0 as const
  })
