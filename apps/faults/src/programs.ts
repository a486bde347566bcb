/** Programs that cases start: those bundled beside this one, and the command. */
import { fileURLToPath } from "node:url"

export const program = (name: "killed" | "crash"): string =>
  fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url))

export const command = fileURLToPath(new URL("./command/bin/trunkline.js", import.meta.url))
