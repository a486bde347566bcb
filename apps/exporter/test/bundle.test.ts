/** What is handed on: the bundle with the licences of what is in it, and an image without anything of yours. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import { installed } from "./commandline.js"
import { repository, rulesOf, sent } from "./nightly.js"

const command = installed()
const read = (path: string) => Effect.promise(() => fs.readFile(path, "utf8"))

it.live("the bundle carries the licence of every package that is in it", () =>
  Effect.gen(function*() {
    const bundle = join(command(), "../../dist/bundle")
    const licences = yield* read(join(bundle, "THIRD-PARTY.txt"))
    const names = (yield* Effect.promise(() => fs.readdir(bundle))).filter((name) => name.endsWith(".js"))
    const texts = yield* Effect.forEach(names, (name) => read(join(bundle, name)))
    // The bundler heads each file it takes in with its path.
    const taken = new Set(
      texts.flatMap((text) =>
        [...text.matchAll(/^\/\/ (?:.*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\//gm)].map(([, name]) => name)
      )
    )
    assert.isAbove(taken.size, 10)
    for (const name of taken) assert.match(licences, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\S*, \\S`, "m"), name)
    // Texts, and not their names alone.
    assert.isAbove(licences.match(/THE SOFTWARE IS PROVIDED "AS IS"/g)?.length ?? 0, 10)
    assert.notInclude(licences, "undefined")
  }))

const Lock = Schema.parseJson(Schema.Struct({
  packages: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({
      license: Schema.optional(Schema.String),
      integrity: Schema.optional(Schema.String),
      link: Schema.optional(Schema.Boolean),
      dev: Schema.optional(Schema.Boolean)
    })
  })
}))

it.live("each package that the command runs on has a hash, and a licence that docs/security.md names", () =>
  Effect.gen(function*() {
    const { packages } = yield* Schema.decode(Lock)(yield* read(join(repository, "package-lock.json")))
    const named = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "Unlicense"]
    for (const [path, { dev, integrity, license, link }] of Object.entries(packages)) {
      if (!path.includes("node_modules/") || link === true || dev === true) continue
      assert.include(named, license, path)
      assert.match(integrity ?? "", /^sha512-/, path)
    }
  }))

it.live("an image holds what the Dockerfile names, no .env and no dataset, and runs as a user of its own", () =>
  Effect.gen(function*() {
    const file = yield* read(join(repository, "Dockerfile"))
    assert.include(yield* read(join(repository, "docs/nightly.md")), `\`\`\`dockerfile\n${file}\`\`\`\n`)
    const copied = [...file.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "))
    assert.deepStrictEqual(copied.toSorted(), [
      "LICENSE",
      "apps",
      "package-lock.json",
      "package.json",
      "packages",
      "tsconfig.json"
    ])
    assert.notMatch(file, /^(ARG|ENV|ADD).*KEY/m)
    const [last] = file.split("\n").filter((line) => line.startsWith("USER ")).slice(-1)
    assert.strictEqual(last, "USER node")
    const rules = rulesOf(yield* read(join(repository, ".dockerignore")))
    for (
      const name of [
        ...copied,
        "apps/exporter/bundle.js",
        "apps/exporter/src/Environment.ts",
        "packages/http/src/Pace.ts"
      ]
    ) {
      assert.isTrue(sent(rules, name), name)
    }
    for (
      const name of [
        ".env",
        ".git/config",
        "data/calls/source=allo/month=2026-11/data.parquet",
        "elsewhere/_trunkline/ledger.db",
        "secrets/allo",
        "apps/exporter/.env",
        "apps/exporter/.env.local",
        "apps/exporter/data/_trunkline/ledger.db",
        "packages/http/trunkline-demo/_trunkline/ledger.db",
        "packages/http/node_modules/x/index.js",
        "trunkline-demo/report.html"
      ]
    ) {
      assert.isFalse(sent(rules, name), name)
    }
  }))
