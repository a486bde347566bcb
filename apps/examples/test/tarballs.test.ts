/** What a stranger finds in each package before its code: licence, home, changes, peers, and links that lead somewhere. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { anchors } from "./anchors.js"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const home = "https://github.com/trunkline/trunkline"

/** The packages whose names the files of a folder import. */
const imported = (folder: string): ReadonlySet<string> =>
  new Set(
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => /\.[jt]s$/.test(path))
      .flatMap((path) => [
        ...read(`${folder}/${path}`).matchAll(
          /^(?:import .*|export .*|\}) from "((?:@[^/"]+\/)?[^./"][^/"]*)/gm
        )
      ])
      .map(([, from = ""]) => from)
      .filter((from) => !from.startsWith("node:"))
  )

const libraries = readdirSync(join(root, "packages")).map((name) => `packages/${name}`)

describe.each([...libraries, "apps/exporter"])("%s", (folder) => {
  const manifest = JSON.parse(read(`${folder}/package.json`))

  it("has a licence, a home, keywords, a changelog, and is public with provenance", () => {
    assert.strictEqual(read(`${folder}/LICENSE`), read("LICENSE"))
    assert.deepStrictEqual(manifest.repository, {
      type: "git",
      url: `git+${home}.git`,
      directory: folder
    })
    assert.strictEqual(manifest.homepage, `${home}/tree/main/${folder}#readme`)
    assert.deepStrictEqual(manifest.bugs, { url: `${home}/issues` })
    assert.deepStrictEqual(manifest.publishConfig, { access: "public", provenance: true })
    assert.includeMembers(manifest.keywords, ["effect"])
    assert.includeMembers(manifest.files, ["CHANGELOG.md"])
    assert.match(read(`${folder}/CHANGELOG.md`), new RegExp(`^## ${manifest.version.replaceAll(".", "\\.")}`, "m"))
    assert.isUndefined(manifest.private)
  })

  it("has a README whose links lead somewhere from within a tarball, too", () => {
    const page = read(`${folder}/README.md`)
    const links = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link)
    const dead = links.filter((link) => {
      if (link.startsWith("#")) return !anchors(page).has(link.slice(1))
      if (!link.startsWith("https://")) return true
      if (!link.startsWith(home)) return false
      const [path = "", anchor] = link.replace(/^.*\/(?:blob|tree)\/main\//, "").split("#")
      if (!existsSync(join(root, path))) return true
      return anchor !== undefined && anchor !== "readme" && path.endsWith(".md") && !anchors(read(path)).has(anchor)
    })
    assert.deepStrictEqual(dead, [])
  })
})

describe.each(libraries)("%s", (folder) => {
  const manifest = JSON.parse(read(`${folder}/package.json`))

  it("asks for the peers that it or its dependencies import, and declares whatever else it imports", () => {
    const peers = Object.keys(manifest.peerDependencies)
    const dependencies = Object.keys(manifest.dependencies ?? {})
    const declared = new Set([...peers, ...dependencies, manifest.name])
    const names = imported(`${folder}/src`)
    const passedOn = new Set(
      dependencies.flatMap((name) =>
        Object.keys(JSON.parse(read(`node_modules/${name}/package.json`)).peerDependencies ?? {})
      )
    )
    assert.deepStrictEqual(peers.filter((peer) => !names.has(peer) && !passedOn.has(peer)), [])
    assert.deepStrictEqual([...names].filter((one) => !declared.has(one)), [])
    assert.include(read(`${folder}/README.md`), "Effect 3")
  })
})

it("the command declares all that it imports: what is bundled for development, what is not for its users", () => {
  const { dependencies, devDependencies } = JSON.parse(read("apps/exporter/package.json"))
  const declared = { ...dependencies, ...devDependencies }
  const names = [...imported("apps/exporter/src"), ...imported("apps/exporter/test")]
  assert.deepStrictEqual(names.filter((name) => !Object.hasOwn(declared, name)), [])
})
