/** The files and commands of docs/nightly.md, as a reader would copy them. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseAllDocuments } from "yaml"

export const repository = fileURLToPath(new URL("../../../", import.meta.url))
export const page = readFileSync(new URL("../../../docs/nightly.md", import.meta.url), "utf8")

/** The blocks of a kind below a heading. */
export const blocks = (heading: string, kind: string): ReadonlyArray<string> => {
  const [, section = ""] = page.split(new RegExp(`^## ${heading}$`, "m"))
  const [own = ""] = section.split(/^## /m)
  return [...own.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\`$`, "gm"))].map(([, text = ""]) => text)
}

/** The documents of a text, which a parser written by others takes without a word. */
export const yaml = (text: string): ReadonlyArray<unknown> =>
  parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
    if (document.errors.length > 0 || document.warnings.length > 0) throw document.errors[0] ?? document.warnings[0]
    return document.toJS()
  })

/** One instruction of a Dockerfile, with its lines joined. */
export interface Instruction {
  readonly name: string
  readonly words: string
}

/** The stages of a Dockerfile, in order: the name of each, and its instructions. */
export const stages = (
  text: string
): ReadonlyArray<{ readonly name: string; readonly instructions: Array<Instruction> }> => {
  const found: Array<{ readonly name: string; readonly instructions: Array<Instruction> }> = []
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const [, name = "", words = ""] = /^([A-Z]+) +(.*)$/.exec(line) ?? []
    if (name === "FROM") found.push({ name: / AS (\S+)$/.exec(words)?.[1] ?? "", instructions: [] })
    else if (name !== "") found.at(-1)?.instructions.push({ name, words })
  }
  return found
}

/** The words of the last instruction with this name, as it is written in JSON. */
export const listed = (text: string, name: string): ReadonlyArray<string> =>
  JSON.parse(stages(text).at(-1)?.instructions.findLast((one) => one.name === name)?.words ?? "[]")

/** Whether `.dockerignore` lets a file into what is sent to be built: the last line that matches decides. */
export const sent = (rules: ReadonlyArray<string>, path: string): boolean => {
  const parts = path.split("/")
  const parents = parts.map((_, index) => parts.slice(0, index + 1).join("/"))
  return rules.reduce((kept, rule) => {
    const pattern = rule.replace(/^!/, "")
    const source = pattern.replace(/[.]/g, "\\.").replace(/\*\*\//g, "(?:.+/)?").replace(/(?<!\))\*/g, "[^/]*")
    return parents.some((parent) => new RegExp(`^${source}$`).test(parent)) ? rule.startsWith("!") : kept
  }, true)
}

export const rulesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => /^[^#]/.test(line))
