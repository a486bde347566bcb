/**
 * A page on loopback in which everything that calls say filters everything else.
 *
 * @since 0.1.0
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as QuerySession from "@trunkline/dataset/QuerySession"
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Analytics, type Parameters } from "./Analytics.js"
import { type AnalyticsError, QueryFailed } from "./AnalyticsError.js"
import { assignments } from "./internal/assignments.js"
import * as arrow from "./internal/explore/arrow.js"
import * as html from "./internal/explore/html.js"
import * as load from "./internal/explore/load.js"
import { serve } from "./internal/explore/serve.js"
import * as Published from "./internal/published.js"
import * as queries from "./internal/report/queries.js"
import { resolve } from "./internal/report/selected.js"
import { checking } from "./internal/rows.js"
import * as said from "./internal/said.js"
import { script } from "./internal/script.js"
import { everything, type Selection } from "./internal/selection.js"
import { answer } from "./internal/statements.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options extends Parameters {
  /** The folder that was exported to. */
  readonly folder: string
  /** Accounts whose datasets lie in folders of it such as `account=paris`; when left out, the folder is a dataset itself. */
  readonly accounts?: ReadonlyArray<string> | undefined
  readonly since?: DateTime.Utc | undefined
  readonly until?: DateTime.Utc | undefined
  readonly sources?: ReadonlyArray<string> | undefined
  readonly organizations?: ReadonlyArray<string> | undefined
  /** Whether the page shows numbers and names of those who call; false when left out, and then none is in memory. */
  readonly withNumbers?: boolean | undefined
  /** How much DuckDB may use before it works on disk: `400MB` when left out. */
  readonly memoryLimit?: string | undefined
  /** The folder with the script and the style of the page; that of this package when left out. */
  readonly page?: URL | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Explorer {
  /** Of the page, with a token: whoever has it can read the calls. */
  readonly address: string
  readonly calls: number
}

/** Organisations by their ids, as the dataset has them. A zone that is none is refused here as well. */
const selected = (options: Options): Effect.Effect<Selection, AnalyticsError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const { organizations, since, until, zone } = options
    // The views take a moment: not where there is nothing to look up.
    if ([organizations, since, until, zone].every((one) => one === undefined)) {
      return { ...everything, sources: options.sources ?? null }
    }
    return yield* Effect.provide(lookedUp(options), Analytics.layer(options))
  })

const lookedUp = (options: Options): Effect.Effect<Selection, AnalyticsError, Analytics> =>
  Effect.gen(function*() {
    const { sql } = yield* Analytics
    const { row, text } = queries.organizations
    const found = options.organizations === undefined ? [] : [...(yield* Stream.runCollect(sql(text)))]
    const known = yield* checking(row)(found.map(queries.camel))
    // Which accounts there are is said by the files that are read.
    const { selection } = yield* resolve({ ...options, accounts: undefined }, known)
    return selection
  })

const broken = (kind: string) => (): QueryFailed => new QueryFailed({ kind, columns: [] })

/**
 * Loads the calls once, then serves the page on loopback until the scope ends. What is exported meanwhile is not shown.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: (
  options: Options
) => Effect.Effect<Explorer, AnalyticsError, FileSystem.FileSystem | Path.Path | Scope.Scope> = Effect.fn(
  "Explorer.make"
)(function*(options) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const published = yield* Published.make(options)
  const settings = yield* assignments(options)
  const loading: load.Options = { selection: yield* selected(options), withNumbers: options.withNumbers === true }
  const temporary = yield* Effect.mapError(
    files.makeTempDirectoryScoped({ prefix: "trunkline-" }),
    broken("No temporary folder can be made")
  )
  const scope = yield* Effect.scope
  // The files are read once; the database is there until the explorer ends.
  const connect = yield* Effect.scoped(
    Effect.flatMap(published.snapshot, (found) =>
      Scope.extend(
        QuerySession.make({
          temporary,
          memory: options.memoryLimit ?? "400MB",
          script: [script(Published.relation(published.root, found)), ...settings, load.script(loading)].join("\n"),
          files: [],
          failure: said.failure
        }),
        scope
      ))
  )
  const ask = (text: string) =>
    Effect.flatMap(
      connect,
      (connection) => answer(connection, text, { access: "dataset", root: published.root, files, path })
    ).pipe(
      Effect.flatMap(({ chunks, columns }) =>
        Effect.map(Stream.runCollect(chunks), (found) =>
          columns.map((column, index) => ({
            ...column,
            values: [...found].flatMap(({ values }) => values[index] ?? [])
          })))
      ),
      Effect.scoped
    )

  const [count] = yield* ask("SELECT count(*) AS calls FROM explored")
  const folder = options.page ?? new URL("../dist/explorer/", import.meta.url)
  const asset = (name: string) =>
    Effect.mapError(
      Effect.flatMap(path.fromFileUrl(new URL(name, folder)), files.readFileString),
      broken("The page of the explorer is not built")
    )
  const facts = {
    settings,
    query: load.query(loading),
    withNumbers: loading.withNumbers
  }
  const address = yield* Effect.mapError(
    serve({
      resources: new Map([
        ["", { type: "text/html; charset=utf-8", body: html.page }],
        ["explorer.js", { type: "text/javascript; charset=utf-8", body: yield* asset("explorer.js") }],
        ["explorer.css", { type: "text/css; charset=utf-8", body: yield* asset("explorer.css") }],
        ["facts.json", { type: "application/json", body: JSON.stringify(facts) }]
      ]),
      query: (text) =>
        ask(text).pipe(
          Effect.map(arrow.encode),
          Effect.mapError(({ message }) => message)
        )
    }),
    (reason) => broken(`No port of loopback can be opened (${reason})`)()
  )
  return { address, calls: Number(count?.values[0] ?? 0) }
})
