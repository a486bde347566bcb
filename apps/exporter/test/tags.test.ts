/** Tables over tags, such as that of exit codes, are right only where a tag means one error. */
import { assert, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../../", import.meta.url))

const sources = ["packages", "apps"].flatMap((group) =>
  readdirSync(join(root, group)).flatMap((name) => {
    const folder = join(root, group, name, "src")
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts")).map(
      (path) => join(folder, path)
    )
  })
)

it("no two errors share a tag", () => {
  const places = new Map<string, Array<string>>()
  for (const path of sources) {
    // `Schema.TaggedError<Self>(identifier)(tag` and `Data.TaggedError(tag`.
    for (
      const [, tag = ""] of readFileSync(path, "utf8").matchAll(/TaggedError(?:<[^(]*>\(\s*"[^"]+"\s*\))?\(\s*"(\w+)"/g)
    ) {
      places.set(tag, [...(places.get(tag) ?? []), path.slice(root.length)])
    }
  }
  assert.isAbove(places.size, 40)
  assert.deepStrictEqual([...places].filter(([, paths]) => paths.length > 1), [])
})
