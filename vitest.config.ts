import { defineConfig } from "vitest/config"
import { projects } from "./vitest.workspace.js"

export default defineConfig({
  // By default a core is kept free, which of two is half.
  test: { projects, maxWorkers: "100%" }
})
