/** `trunkline mask`: makes tokens of the numbers in a dataset that stands, or new tokens of its tokens. */
import { Dataset } from "@trunkline/dataset/Dataset"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import type * as Mask from "@trunkline/dataset/Mask"
import * as Effect from "effect/Effect"
import * as Layers from "../Layers.js"
import * as Memory from "../Memory.js"
import { Process } from "../Process.js"
import { printJson, printLines } from "../terminal/Output.js"
import * as Asked from "./asked.js"
import { stoppable } from "./running.js"
import * as Subject from "./subject.js"

interface Flags extends Subject.OfSubject {
  readonly rotate: boolean
}

/** All of it is done by opening the dataset. */
const masked = (out: string, mask: Mask.Options) =>
  Effect.provide(
    Effect.flatMap(Dataset, ({ masked }) => masked),
    Layers.dataset({ out, partition: undefined, vendors: { allo: null, allomia: null }, mask })
  )

export const run = (flags: Flags) =>
  Effect.gen(function*() {
    const { accounts, out } = yield* Subject.writing(flags)
    const folders = accounts === null ? [{ out, file: yield* Asked.maskKey(null) }] : yield* Effect.forEach(
      accounts.accounts,
      (account) => Effect.map(Asked.maskKey(account), (file) => ({ out: account.out, file }))
    )
    const { screen } = yield* Process
    const done: Array<{ readonly out: string; readonly keys: number; readonly done: boolean }> = []
    for (const { file, out } of folders) {
      if (!(yield* Subject.isDataset(out))) {
        // Of several accounts, some may have been read by no run.
        if (accounts !== null) continue
        return yield* new NoDataset({ out })
      }
      screen.say(`Masking ${out}`)
      const mask = flags.rotate ? { rotate: true, file } : { numbers: true, file }
      done.push({ out, ...yield* stoppable(Effect.zipRight(Memory.modest, masked(out, mask))) })
    }
    const exitCode = done.every(({ done }) => done) ? 0 : 4
    if (flags.json) yield* printJson({ datasets: done, exitCode })
    else {
      yield* printLines(
        done.map(({ done, keys, out }) =>
          done
            ? `Masked   ${out}${keys === 1 ? "" : `, with ${keys} keys`}`
            : `Not all  ${out}: a file is damaged, or read just now. Run trunkline verify, then this again`
        )
      )
    }
    return exitCode
  })
