/** An account that stands still behind real HTTP, what an undisturbed export of it holds, and exports that are judged against that. */
import type * as Export from "@trunkline/export/Export"
import type { ExportReport } from "@trunkline/export/ExportReport"
import { Sandbox, type SandboxError } from "@trunkline/sandbox"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Asked, contents, run, unhurried } from "../../../packages/export/test/fixtures/runs.js"
import * as Heard from "./heard.js"
import * as Oracle from "./oracle.js"
import type { Wrong } from "./Row.js"

// In memory where there is such a place: many datasets are made, each of which syncs for its life.
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "trunkline-faults-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const small = {
  ...unhurried,
  size: 100,
  allomiaCalls: 10,
  organizations: 2,
  days: 5,
  movement: false,
  keptRequests: 1000
} as const

const columns = ["contact_number", "line_number", "summary", "content", "text", "contact_name"]

/** Texts of the rows that no output may hold; short ones stand in other words as well. */
const privateTexts = (found: Oracle.Contents): ReadonlyArray<string> =>
  Object.values(found).flat().flatMap((row) => {
    const read: Readonly<Record<string, unknown>> = JSON.parse(row)
    return columns.flatMap((column) => {
      const value = read[column]
      return typeof value === "string" && value.length >= 8 && value !== "anonymous" ? [value] : []
    })
  })

export interface Ended {
  readonly report: ExportReport | null
  readonly heard: Heard.Heard
  /** How it failed without a report. */
  readonly failure: { readonly tag: string; readonly text: string } | null
}

const failureOf = (cause: Cause.Cause<unknown>): Ended["failure"] => {
  const error = Option.getOrNull(Cause.failureOption(cause))
  return {
    tag: Predicate.hasProperty(error, "_tag") ? String(error._tag) : "defect",
    text: Cause.pretty(cause)
  }
}

export interface Still {
  readonly source: Options["source"] | undefined
  readonly sandbox: typeof Sandbox.Service
  readonly expected: Oracle.Contents
  readonly secrets: ReadonlyArray<string>
  readonly whispers: Heard.Whispers
  /** One export into a folder, past this sandbox where it is another. */
  readonly export: (
    out: string,
    options?: Partial<Export.Options>,
    asked?: Asked & { readonly past?: typeof Sandbox.Service }
  ) => Effect.Effect<Ended>
  /** What is wrong with a folder after an export with a fault, which may end without a report only with one of these errors. */
  readonly during: (
    out: string,
    ended: Ended,
    errors?: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Wrong>>
  /** The part of it that looks at no row. */
  readonly judge: (out: string, ended: Ended) => Effect.Effect<ReadonlyArray<Wrong>>
  /** One more export without a fault, and what is wrong with the folder then. */
  readonly after: (
    out: string,
    options?: Partial<Export.Options> & {
      readonly mayHold?: (table: string, key: string) => boolean
      /** A row was served that no request can ask for, so that a person has to accept that it is no longer listed. */
      readonly mayDiffer?: boolean
    }
  ) => Effect.Effect<ReadonlyArray<Wrong>>
}

/** What stands in a folder, but for when it was exported. */
export const contentsOf = (out: string): Effect.Effect<Oracle.Contents> => Effect.orDie(contents(out))

export const sandboxOf = (
  options: Parameters<typeof Sandbox.layer>[0]
): Effect.Effect<typeof Sandbox.Service, SandboxError, Scope.Scope> =>
  Effect.map(Layer.build(Sandbox.layer(options)), (context) => Context.get(context, Sandbox))

export interface Options {
  readonly sandbox?: Parameters<typeof Sandbox.layer>[0]
  readonly export?: Partial<Export.Options>
  /** Of which source every export has a key; of both when left out. */
  readonly source?: "allo" | "allomia"
}

export const make = (options: Options = {}): Effect.Effect<Still, unknown, Scope.Scope> =>
  Effect.gen(function*() {
    const sandbox = yield* sandboxOf({ ...small, ...options.sandbox })
    const keys = options.source === "allo" ? { allomia: null } : options.source === "allomia" ? { allo: null } : {}
    const exporting: Still["export"] = (out, more = {}, asked = {}) =>
      Effect.gen(function*() {
        const heard = Heard.make()
        const ended = yield* Effect.exit(heard.by(
          run(out, { ...options.export, ...more }, { ...keys, ...asked }).pipe(
            Effect.provideService(Sandbox, asked.past ?? sandbox)
          )
        ))
        if (Exit.isFailure(ended)) return { report: null, heard, failure: failureOf(ended.cause) }
        heard.texts.push(JSON.stringify(ended.value))
        return { report: ended.value, heard, failure: null }
      })
    const expected = yield* Effect.scoped(Effect.gen(function*() {
      const control = yield* folder
      const undisturbed = yield* exporting(control)
      if (undisturbed.report?.exitCode !== 0) {
        return yield* Effect.dieMessage(`an undisturbed export failed: ${undisturbed.heard.texts.at(-1)}`)
      }
      return yield* contentsOf(control)
    }))
    const secrets = [sandbox.keys.allo, sandbox.keys.allomia]
    const whispers = new Set([...secrets, ...privateTexts(expected)])
    const judged = (out: string, { heard, report }: Ended) =>
      // Where nothing could be opened, there may be no dataset yet.
      Effect.map(report === null ? Effect.succeed([]) : Oracle.ofFolder(out), (verified): ReadonlyArray<Wrong> => [
        ...report === null ? [] : Oracle.ofReport(report),
        ...verified,
        ...Oracle.ofBytes(out, secrets),
        ...Oracle.ofWords(heard.texts, whispers)
      ])
    return {
      source: options.source,
      sandbox,
      expected,
      secrets,
      whispers,
      export: exporting,
      judge: judged,
      during: (out, ended, errors = []) =>
        Effect.gen(function*() {
          const found = yield* contentsOf(out)
          const whole = ended.report?.exitCode === 0
          return [
            ...yield* judged(out, ended),
            ...Oracle.ofContents(found, expected, { partly: !whole }),
            ...ended.failure === null || errors.includes(ended.failure.tag)
              ? []
              : [{ kind: "misreported", text: ended.failure.text } satisfies Wrong]
          ]
        }),
      after: (out, { mayDiffer = false, mayHold, ...more } = {}) =>
        Effect.gen(function*() {
          const ended = yield* exporting(out, more)
          const found = yield* contentsOf(out)
          const differs = mayDiffer && ended.report?.exitCode === 4 &&
            ended.report.problems.every(({ tag }) => tag === "Unreconciled")
          return [
            ...yield* judged(out, ended),
            ...ended.report?.exitCode === 0 || differs
              ? []
              : [
                {
                  kind: "misreported",
                  text: `the run after it: ${
                    ended.failure?.text ??
                      ended.report?.problems.map(({ message, tag }) => `${tag} ${message}`).join("; ")
                  }`
                } satisfies Wrong
              ],
            ...Oracle.ofContents(found, expected, mayHold === undefined ? {} : { mayHold })
          ]
        })
    }
  })

/** Made once, and there until the process ends. */
export const forAll = <A, E>(make: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> =>
  Effect.runSync(Effect.cached(Scope.extend(make, Effect.runSync(Scope.make()))))

/** One of each source: most faults fall on one, and an export of one is made in half the time. */
export const ofEach = forAll(
  Effect.map(
    Effect.all([make({ source: "allo" }), make({ source: "allomia" })]),
    ([allo, allomia]) => (number: number): Still => number % 2 === 0 ? allo : allomia
  )
)
