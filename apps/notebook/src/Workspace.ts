/** Where things lie in the repository, from the source and from what is built of it alike. */
import { fileURLToPath } from "node:url"

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const root = at("../../..")
/** Kernels start here, so that imports of cells resolve as those of a program of this app. */
export const folder = at("..")
export const command = at("../../exporter/bin/trunkline.js")
export const clock = new URL("../dist/clock.js", import.meta.url).href

export const notebooks = ["calls", "pipeline"] as const
