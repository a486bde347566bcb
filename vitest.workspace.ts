/** Every package and app with tests is a project; siblings are read from source, so nothing is built first. */
import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { TestProjectConfiguration } from "vitest/config"

const conditions = ["@trunkline/source"]

export const projects: Array<TestProjectConfiguration> = ["packages", "apps"].flatMap((folder) =>
  readdirSync(new URL(`./${folder}`, import.meta.url))
    .filter((name) => existsSync(new URL(`./${folder}/${name}/test`, import.meta.url)))
    .map((name) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        root: `./${folder}/${name}`,
        include: ["test/**/*.test.ts"],
        setupFiles: [fileURLToPath(new URL("./vitest.setup.ts", import.meta.url))],
        // No test asserts how long a thing takes, and machines are slow at times.
        testTimeout: 120_000
      }
    }))
)

export default projects
