/** `trunkline restore`: a dataset out of the state in a lake, into a folder that is new, empty, or was restored before. */
import { count, many, size } from "@trunkline/analytics/Words"
import { Dataset } from "@trunkline/dataset/Dataset"
import * as Elsewhere from "@trunkline/dataset/Elsewhere"
import * as Restore from "@trunkline/dataset/Restore"
import { Stop } from "@trunkline/export/Stop"
import { Lake } from "@trunkline/lake/Lake"
import { OtherLake } from "@trunkline/lake/StateError"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as ExitCode from "../ExitCode.js"
import * as Memory from "../Memory.js"
import { named } from "../Place.js"
import type { Problem } from "../Problem.js"
import { printJson, printLines } from "../terminal/Output.js"
import { writeViews, writeViewsOfAll } from "../writeViews.js"
import * as Accounts from "./accounts.js"
import type * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import * as OfLake from "./lakes.js"
import * as Subject from "./subject.js"

interface Flags extends Subject.OfSubject, Asked.OfKeys {
  readonly from: Option.Option<string>
  readonly all: boolean
}

/** As `trunkline restore --json` prints it. */
interface Document {
  readonly out: string
  readonly from: string
  /** The push that was restored; null of a folder that was restored before. */
  readonly number: number | null
  /** Files of the dataset, and how many of them were fetched now. */
  readonly files: number | null
  readonly bytes: number | null
  readonly fetched: number
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem>
}

interface Wanted {
  readonly account: string | null
  readonly out: string
  readonly all: boolean
  readonly lake: OfLake.Opened
}

const restored = ({ account, all, lake: opened, out }: Wanted) =>
  OfLake.using(opened, (shown) =>
    Effect.gen(function*() {
      const lake = yield* Lake
      yield* Memory.modest
      // To fetch the rest of what was restored before is all that a dataset can be asked here.
      const before = all && !(yield* Restore.isUnfinished(out)) ? yield* Elsewhere.list(out) : null
      const { place } = opened.store
      if (before !== null && before.place !== place) {
        return yield* new OtherLake({ out, known: before.place, given: place })
      }
      const made = before !== null ? null : yield* lake.restore({ account, out })
      const fetched = all
        ? yield* Effect.provide(
          Effect.gen(function*() {
            const dataset = yield* Dataset
            const fetched = yield* dataset.fetch
            yield* writeViews(out, yield* dataset.rows)
            return fetched
          }),
          OfLake.datasetOf(out)
        )
        : 0
      return {
        out,
        from: named(opened.place),
        number: made?.number ?? null,
        files: made?.files.length ?? null,
        bytes: made === null ? null : made.files.reduce((sum, { bytes }) => sum + bytes, 0),
        fetched,
        exitCode: 0,
        problems: []
      } satisfies Document
    }).pipe(shown))

const lines = ({ bytes, fetched, files, from, number, out }: Document): ReadonlyArray<string> => [
  ...(number === null || files === null || bytes === null
    ? []
    : [`Restored push ${count(number)} of ${from}: ${many(files, "file")} (${size(bytes)})`]),
  fetched > 0 || number === null
    ? `Fetched  ${many(fetched, "file")}`
    : "Files are fetched when they are touched; all of them at once: trunkline restore --all",
  `Files    ${out}`
]

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* Subject.writing(flags)
    const { all, allowHttp, from: text } = flags
    const lake = yield* Effect.flatMap(
      ChosenLake.needed({ flag: "--from", text, allowHttp, out }, yield* Subject.configuration(flags)),
      OfLake.open
    )
    if (accounts === null) {
      const document = yield* restored({ account: yield* OfLake.accountOf(out), out, all, lake })
      yield* flags.json ? printJson(document) : printLines(lines(document))
      return document.exitCode
    }
    const document = yield* Accounts.each({
      subject: accounts,
      failed: (entry): Document => ({
        from: named(lake.place),
        number: null,
        files: null,
        bytes: null,
        fetched: 0,
        ...entry
      }),
      work: ({ name, out }) => restored({ account: name, out, all, lake })
    }).pipe(Effect.provide(Stop.layer))
    if (all) yield* writeViewsOfAll(accounts.out)
    const said = document.accounts.flatMap((entry) =>
      entry.exitCode === 0 ? lines(entry).map((line) => `${entry.account}: ${line}`) : []
    )
    return yield* Accounts.print(flags, document, said)
  }).pipe(Effect.scoped)
