/** The name of a folder changes no figure, in the service and in a DuckDB whose current folder it is. */
import { FileSystem, Path } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics, trunklineSql } from "@trunkline/analytics"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { spawn } from "node:child_process"
import { cpSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { golden } from "../golden.js"
import { folderOf, isName, layer, names, rows, type World } from "../support.js"

/** Each beside a folder that a pattern of this name would match. */
const odd: ReadonlyArray<readonly [name: string, sibling: string]> = [
  ["data[1]", "data1"],
  ["st*ar", "stXar"],
  ["wh?t", "what"],
  ["**", "anything"],
  ["a{b,c}", "ab"],
  ["back\\slash", "backslash"],
  ["two\\\\[1]", "twoé1"],
  ["qu'ote", "quote"],
  ["per%20cent", "per cent"],
  ["new\nline", "newline"],
  ["~", "home"],
  ["s3:", "s3"],
  ["trail ", "trail"],
  ["source=allomia", "source=allo"],
  ["month=2020-01", "month=2020-02"],
  ["call_id=7", "call_id=8"],
  ["outcome=missed", "outcome=answered"]
]

const theirs: World = {
  calls: (golden["calls"] ?? []).map((row) => ({ ...row, call_id: `their ${String(row["call_id"])}` }))
}

/** Calls come in any order. */
const figures = (folder: string) =>
  Effect.all(
    names.filter(isName).map((name) =>
      Effect.map(rows(name), (found) =>
        name === "calls"
          ? found.toSorted((one, other) => String(one["call_id"]).localeCompare(String(other["call_id"])))
          : found)
    )
  ).pipe(
    Effect.provide(layer({ folder, zone: "Europe/Paris" }))
  )

const everyCall = "SELECT source, month, call_id, organization_id, outcome FROM calls_stored ORDER BY ALL"

const calls = (folder: string) =>
  Effect.flatMap(Analytics, ({ sql }) => Stream.runCollect(sql(everyCall))).pipe(
    Effect.map(Chunk.toReadonlyArray),
    Effect.provide(layer({ folder }))
  )

const child = (folder: string) =>
  Effect.async<string>((resume) => {
    const script = fileURLToPath(new URL("../process.mjs", import.meta.url))
    const process = spawn("node", [script, JSON.stringify([everyCall])], { cwd: folder })
    const said: Array<string> = []
    process.stdout.on("data", (data) => said.push(String(data)))
    process.stderr.on("data", (data) => said.push(String(data)))
    process.on("close", () => resume(Effect.succeed(said.join(""))))
  })

describe("a folder with an odd name", () => {
  it.scoped("answers like one with a plain name", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const [plain, other] = [yield* folderOf(golden), yield* folderOf(theirs)]
      yield* files.writeFileString(path.join(plain, "trunkline.sql"), trunklineSql({ tables: Object.keys(golden) }))
      const expected = yield* figures(plain)
      const stored = yield* calls(plain)
      assert.isNotEmpty(stored)
      const said = yield* child(plain)
      for (const [name, sibling] of odd) {
        const root = yield* files.makeTempDirectoryScoped()
        cpSync(plain, `${root}/${name}`, { recursive: true })
        cpSync(other, `${root}/${sibling}`, { recursive: true })
        assert.deepStrictEqual(yield* calls(`${root}/${name}`), stored, name)
        // The names that DuckDB could take for columns, and one that it could take for a pattern.
        if (/[=[]/.test(name)) assert.deepStrictEqual(yield* figures(`${root}/${name}`), expected, name)
        assert.strictEqual(yield* child(`${root}/${name}`), said, name)
      }
    }).pipe(Effect.provide(NodeContext.layer)), 120_000)
})
