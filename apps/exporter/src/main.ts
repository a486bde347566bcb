/** The `trunkline` command. Help and version are answered at once; whatever else is asked is loaded for it. */
import { check } from "./command/check.js"
import { isCommand, render } from "./command/help.js"
import * as OpenFiles from "./OpenFiles.js"
import { stopping } from "./stopping.js"
import { version } from "./Version.js"

const given = process.argv.slice(2)
// `trunkline help export` is what many type first.
const words = given[0] === "help" ? [...given.slice(1), "--help"] : given
const asked = check(words)

const files = OpenFiles.limit()

const colours = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"
const bold = (text: string) => (colours ? `\u001b[1m${text}\u001b[0m` : text)

/** A reader who leaves, as behind `| head`, is no failure. */
const say = (text: string) => {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") process.exitCode = 2
  })
  process.stdout.write(text)
}

if ((asked.help && (asked.command !== null || asked.wrong === null)) || words.length === 0) {
  say(render(asked.command !== null && isCommand(asked.command) ? asked.command : null, bold))
} else if (asked.version && asked.command === null) {
  say(`${version}\n`)
} else if (files !== null && files < OpenFiles.least) {
  const message = OpenFiles.tooFew(files)
  process.exitCode = 2
  process.stderr.write(`trunkline: ${message}\n`)
  if (asked.values.has("json")) {
    const problem = { tag: "TooFewFiles", source: null, scope: null, message, requestId: null }
    say(`${JSON.stringify({ exitCode: 2, problems: [problem] }, null, 2)}\n`)
  }
} else {
  // The first process of a container ignores a signal that nobody listens to: none is lost while the rest is loaded.
  const early: Array<NodeJS.Signals> = []
  for (const name of stopping) process.on(name, (signal) => early.push(signal))
  const { main } = await import("./program.js")
  main(asked, early)
}
