/** Looks at the files of a dataset while a writer may be changing them. No lock is taken, and the writer waits for nobody. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { join } from "node:path"
import type { Damaged, LedgerError } from "../DatasetError.js"
import type * as Finding from "../Finding.js"
import * as Ledger from "../Ledger.js"
import * as Files from "./files.js"
import * as LandedRows from "./landedRows.js"
import * as Layout from "./layout.js"
import { identityIn } from "./opened.js"

/** A writer changes few files at a time, so most looks meet none of its changes. */
const looks = 4

/** A look that fails while a writer is at work is made anew so often: readers never fail on a writer. */
const looksThatFail = 50

/** The files that are published or wait, each with its content, as the ledger has them now. */
const contents = ({ ledger, out }: Pick<Files.Subject, "ledger" | "out">) =>
  Effect.gen(function*() {
    const identity = yield* identityIn(ledger)
    if (Option.isNone(identity)) return new Set<string>()
    const { files, renamed } = yield* Files.known({ ledger, out, partition: identity.value.partition })
    const landings = yield* LandedRows.waiting(ledger)
    return new Set([
      ...files.map(({ path, sha256 }) => `${path} ${sha256}`),
      ...renamed,
      ...landings.map(({ file, sha256 }) => `${join(out, Layout.own, Layout.landing, file)} ${sha256}`)
    ])
  })

const pathOf = (content: string): string => content.slice(0, content.lastIndexOf(" "))

/** Whether a writer that changed these files may have made it look like this. The ledger is seen at one moment. */
export const isOfChange = (problem: Finding.Problem, changed: ReadonlySet<string>): boolean =>
  problem._tag !== "LedgerContradiction" && changed.has(problem.path)

export interface View<A, E> {
  readonly look: Effect.Effect<A, E>
  readonly isSound: (found: A) => boolean
  /** Without the problems that are told by these files, which a writer changed meanwhile and checks itself. */
  readonly without: (found: A, changed: ReadonlySet<string>) => A
}

/** Sees the ledger at one moment. Where something is wrong and a writer is at work, it looks again. */
export const at = <A, E>(
  subject: Pick<Files.Subject, "ledger" | "out">,
  view: View<A, E>,
  made = 0
): Effect.Effect<A, E | Damaged | LedgerError> =>
  Effect.gen(function*() {
    const now = contents(subject)
    const { changed, found } = yield* Ledger.atOneMoment(subject.ledger, Effect.all([now, view.look]))
    const isAgain = Exit.isFailure(found)
      ? made + 1 < looksThatFail
      : made + 1 < looks && !view.isSound(found.value[1])
    if (changed && isAgain) return yield* at(subject, view, made + 1)
    const [before, answer] = yield* found
    if (!changed || view.isSound(answer)) return answer
    const after = yield* now
    const changes = [...before].filter((one) => !after.has(one)).concat([...after].filter((one) => !before.has(one)))
    return view.without(answer, new Set(changes.map(pathOf)))
  })
