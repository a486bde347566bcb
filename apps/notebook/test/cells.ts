/** The code of a notebook as one TypeScript module: what the cells share are its top-level names. */
import { codeOf, type Notebook } from "../src/Notebook.js"

export const moduleOf = (notebook: Notebook): string =>
  `${codeOf(notebook).map(({ id, source }) => `// cell ${id}\n${source}`).join("\n\n")}\n\nexport {}\n`

/** What the cells import, without the paths inside a package. */
export const importsOf = (notebook: Notebook): ReadonlyArray<string> =>
  codeOf(notebook).flatMap(({ source }) =>
    [...source.matchAll(/^import .*? from "([^"]+)"$/gm)].map(([, name = ""]) => name)
  )
