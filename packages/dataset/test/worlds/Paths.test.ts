/** The name of a dataset's folder changes nothing: no part of it is a pattern, a URL or a partition. */
import { assert, describe, it } from "@effect/vitest"
import { Session, Verify } from "@trunkline/dataset"
import { DatasetReader } from "@trunkline/dataset/DatasetReader"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { cpSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { names } from "../oddNames.js"
import { live } from "../scenario.js"
import { folder } from "../support.js"
import { call, landing, ofCalls, read, tables, within } from "../tables.js"

const readable = ["calls", "lines", "threads", "certificates"]

/** The files, read where their folder has a plain name. */
const contents = (session: Session.Session, out: string) =>
  Effect.gen(function*() {
    const copy = join(yield* folder, "copy")
    cpSync(out, copy, { recursive: true })
    const files = readdirSync(copy, { recursive: true }).map(String).filter((name) => name.endsWith(".parquet"))
    const rows = yield* Effect.forEach(readable, (table) =>
      session.rows(
        `FROM read_parquet('${copy}/${table}/**/*.parquet', hive_partitioning = true, union_by_name = true) ORDER BY ALL`
      ))
    return { files: files.toSorted(), rows }
  })

const bytes = (out: string) =>
  readdirSync(out, { recursive: true }).map(String).toSorted().filter((name) => name.endsWith(".parquet")).map((
    name
  ) => [name, readFileSync(join(out, name)).toString("base64")])

const ids = (out: string) =>
  Effect.flatMap(
    DatasetReader,
    ({ published, session }) =>
      Effect.flatMap(published("calls", "allo"), (relation) =>
        session.rows(`SELECT call_id FROM ${Option.getOrElse(relation, () => "nothing")} ORDER BY 1`))
  ).pipe(Effect.provide(DatasetReader.layer({ out })))

describe("a dataset whose folder has an odd name", () => {
  it.scopedLive(
    "holds what one with a plain name holds, and leaves the folder beside it alone",
    () =>
      Effect.gen(function*() {
        const home = yield* folder
        const session = yield* Session.make({ temporary: join(home, "spill") })
        const [plain, other] = [join(home, "plain"), join(home, "other")]
        yield* within(plain, (dataset) => live(dataset, 2))
        yield* within(other, (dataset) =>
          live(dataset, 0).pipe(
            Effect.zipRight(dataset.land(landing([ofCalls(read(9, call("theirs")))]))),
            Effect.zipRight(dataset.publish)
          ))
        const expected = yield* contents(session, plain)
        for (const [name, sibling] of names) {
          const root = yield* folder
          const [out, beside] = [`${root}/${name}`, `${root}/${sibling}`]
          cpSync(other, beside, { recursive: true })
          yield* within(out, (dataset) => live(dataset, 2))
          assert.deepStrictEqual((yield* Verify.folder({ out, tables })).problems, [], name)
          assert.deepStrictEqual(yield* contents(session, out), expected, name)
          assert.deepStrictEqual(bytes(beside), bytes(other), name)
          assert.deepStrictEqual(yield* ids(out), yield* ids(plain), name)
          // Nothing was made anywhere else.
          const tops = [name, sibling].map((path) => path.split("/")[0] ?? "")
          assert.deepStrictEqual(readdirSync(root).toSorted(), [...new Set(tops)].toSorted(), name)
        }
      }),
    120_000
  )
})
