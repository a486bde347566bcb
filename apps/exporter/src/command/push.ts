/** `trunkline push`: what is published, into a lake. */
import { count, many, size } from "@trunkline/analytics/Words"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import { Stop } from "@trunkline/export/Stop"
import type { Pushed } from "@trunkline/lake/Lake"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as ExitCode from "../ExitCode.js"
import * as Memory from "../Memory.js"
import { named } from "../Place.js"
import type { Problem } from "../Problem.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Accounts from "./accounts.js"
import type * as Asked from "./asked.js"
import * as ChosenLake from "./chosenLake.js"
import * as OfLake from "./lakes.js"
import * as Subject from "./subject.js"

interface Flags extends Subject.OfSubject, Asked.OfKeys {
  readonly to: Option.Option<string>
  readonly retention: Option.Option<string>
}

/** As `trunkline push --json` prints it. */
interface Document extends Pushed {
  readonly out: string
  readonly to: string
  readonly exitCode: ExitCode.ExitCode
  readonly problems: ReadonlyArray<Problem>
}

const nothing = {
  number: 0,
  changed: false,
  files: { sent: 0, bytes: 0 },
  packed: 0,
  tables: [],
  removed: { files: 0, bytes: 0 }
}

const pushed = (
  { account, lake, out }: { readonly account: string | null; readonly out: string; readonly lake: OfLake.Opened }
) =>
  Effect.gen(function*() {
    if (!(yield* Subject.isDataset(out))) return yield* new NoDataset({ out })
    yield* Memory.modest
    const done = yield* OfLake.using(
      lake,
      (shown) => shown(Effect.provide(OfLake.push(account, lake), OfLake.datasetOf(out)))
    )
    return { ...done, out, to: named(lake.place), exitCode: 0, problems: [] } satisfies Document
  })

/** Of what a push did. */
export const lines = (done: Pushed & { readonly to: string }): ReadonlyArray<string> => [
  done.changed
    ? `Push ${count(done.number)} of ${done.to}: ${many(done.files.sent, "file")} (${size(done.files.bytes)}), ` +
      `state ${size(done.packed)}, ${many(done.tables.length, "table")} with a new version`
    : `Nothing has changed since push ${count(done.number)} of ${done.to}`,
  ...(done.removed.files === 0
    ? []
    : [`Removed ${many(done.removed.files, "object")} of older versions (${size(done.removed.bytes)})`])
]

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* Subject.writing(flags)
    const { allowHttp, retention, to: text } = flags
    const lake = yield* Effect.flatMap(
      ChosenLake.needed({ flag: "--to", text, retention, allowHttp, out }, yield* Subject.configuration(flags)),
      OfLake.open
    )
    if (accounts === null) {
      const document = yield* pushed({ account: yield* OfLake.accountOf(out), out, lake })
      yield* flags.json ? printJson(document) : printLines(lines(document))
      return document.exitCode
    }
    const document = yield* Accounts.each({
      subject: accounts,
      failed: (entry): Document => ({ ...nothing, to: named(lake.place), ...entry }),
      work: ({ name, out }) => pushed({ account: name, out, lake })
    }).pipe(Effect.provide(Stop.layer))
    const said = document.accounts.flatMap((entry) =>
      entry.exitCode === 0 ? lines(entry).map((line) => `${entry.account}: ${line}`) : []
    )
    return yield* Accounts.print(flags, document, said)
  }).pipe(Effect.scoped)
