/** The tests over one changed file: the change comes in the environment, and no file is written. */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { projects } from "../../vitest.workspace.js"
import { apply } from "./src/Mutation.js"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { end, file, start, to }: {
  readonly end: number
  readonly file: string
  readonly start: number
  readonly to: string
} = JSON
  .parse(process.env["TRUNKLINE_MUTANT"] ?? "{\"file\":\"\",\"start\":0,\"end\":0,\"to\":\"\"}")

const mutant = {
  name: "mutant",
  enforce: "pre" as const,
  transform: (code: string, id: string) => id === `${root}${file}` ? apply(code, { start, end, to }) : null
}

export default defineConfig({
  test: {
    projects: projects.map((project) => ({ ...project, root: `${root}${project.test.root}`, plugins: [mutant] }))
  }
})
