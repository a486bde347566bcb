/** What a stranger finds in each package before its code: licence, home, changes, peers, and links that lead somewhere. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../..", import.meta.url))
const read = (path: string) => readFileSync(join(root, path), "utf8")
const home = "https://github.com/trunkline/trunkline"

const anchors = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    )
  )

/** The packages whose names the sources of this one import. */
const imported = (name: string): ReadonlySet<string> =>
  new Set(
    readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) => [
        ...read(`packages/${name}/src/${path}`).matchAll(
          /^(?:import .*|export .*|\}) from "((?:@[^/"]+\/)?[^./"][^/"]*)/gm
        )
      ])
      .map(([, from = ""]) => from)
      .filter((from) => !from.startsWith("node:"))
  )

describe.each(readdirSync(join(root, "packages")))("%s", (name) => {
  const manifest = JSON.parse(read(`packages/${name}/package.json`))

  it("has a licence, a home, keywords, a changelog, and is public with provenance", () => {
    assert.strictEqual(read(`packages/${name}/LICENSE`), read("LICENSE"))
    assert.deepStrictEqual(manifest.repository, {
      type: "git",
      url: `git+${home}.git`,
      directory: `packages/${name}`
    })
    assert.strictEqual(manifest.homepage, `${home}/tree/main/packages/${name}#readme`)
    assert.deepStrictEqual(manifest.bugs, { url: `${home}/issues` })
    assert.deepStrictEqual(manifest.publishConfig, { access: "public", provenance: true })
    assert.includeMembers(manifest.keywords, ["effect"])
    assert.includeMembers(manifest.files, ["CHANGELOG.md"])
    assert.match(
      read(`packages/${name}/CHANGELOG.md`),
      new RegExp(`^## ${manifest.version.replaceAll(".", "\\.")}`, "m")
    )
  })

  it("asks for the peers that it imports, and declares whatever else it imports", () => {
    const peers = Object.keys(manifest.peerDependencies)
    const declared = new Set([...peers, ...Object.keys(manifest.dependencies ?? {}), manifest.name])
    const names = imported(name)
    assert.deepStrictEqual(peers.filter((peer) => !names.has(peer)), [])
    assert.deepStrictEqual([...names].filter((one) => !declared.has(one)), [])
    assert.include(read(`packages/${name}/README.md`), "Effect 3")
  })

  it("has a README whose links lead somewhere from within a tarball, too", () => {
    const page = read(`packages/${name}/README.md`)
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
