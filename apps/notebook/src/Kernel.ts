/** Runs the cells of a notebook in Deno's Jupyter kernel, driven by nbclient: what Jupyter itself does, without its editor. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Notebook from "./Notebook.js"
import { run } from "./run.js"
import { Unfit } from "./Unfit.js"
import { folder, root } from "./Workspace.js"

/** The newest version that has binaries for all six platforms. It takes 90 MB, so it is fetched when it is wanted. */
const deno = "deno@2.9.5"

const said = (words: readonly [string, ...Array<string>]) =>
  run(words, { folder: root }).pipe(
    Effect.map(({ code, output }) => code === 0 ? Option.some(output.trim()) : Option.none()),
    Effect.orElseSucceed(() => Option.none())
  )

/** One that is installed, else one from the registry: npm keeps it in its cache. */
const findDeno = Effect.gen(function*() {
  const installed = yield* said(["deno", "--version"])
  if (Option.exists(installed, (version) => /^deno [2-9]\./.test(version))) return "deno"
  const npm = process.env["npm_execpath"]
  const [first, ...rest] = npm === undefined ? ["npm"] : [process.execPath, npm]
  const fetched = yield* said([
    first ?? "npm",
    ...rest,
    "exec",
    "--yes",
    `--package=${deno}`,
    "--",
    "deno",
    "eval",
    "console.log(Deno.execPath())"
  ])
  return yield* Option.match(Option.filter(fetched, (path) => path !== ""), {
    onSome: Effect.succeed,
    onNone: () =>
      new Unfit({
        reason: `Notebooks run in Deno, which is not installed, and npm could not fetch ${deno}. ` +
          "Install Deno 2 (https://deno.com), or try again with a connection to a registry"
      })
  })
})

/** Debian's python3 may stand behind another one that has no packages. */
const findPython = Effect.gen(function*() {
  for (const python of ["python3", "/usr/bin/python3", "python"]) {
    if (Option.isSome(yield* said([python, "-c", "import nbclient, nbformat"]))) return python
  }
  return yield* new Unfit({
    reason: "Notebooks are executed by nbclient, which no Python here has. Run apt-get install python3-nbclient, " +
      "or python3 -m pip install nbclient. npm test runs the cells without it, in Node"
  })
})

/** Errors of cells are outputs; they are looked at afterwards, all of them. */
const script = `
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, allow_errors=True, kernel_name="deno",
  resources={"metadata": {"path": sys.argv[2]}}).execute()
nbformat.write(notebook, sys.argv[3])
`

/** Whatever Jupyter writes and reads besides stands in a folder that goes: nothing is installed, nobody's settings count. */
export const find = (temporary: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const python = yield* findPython
    const program = yield* findDeno
    const jupyter = `${temporary}/jupyter`
    yield* fs.makeDirectory(`${jupyter}/kernels/deno`, { recursive: true })
    yield* fs.writeFileString(
      `${jupyter}/kernels/deno/kernel.json`,
      JSON.stringify({
        argv: [program, "jupyter", "--kernel", "--conn", "{connection_file}"],
        display_name: "Deno",
        language: "typescript"
      })
    )
    const execute = (path: string, dataset: string) =>
      Effect.gen(function*() {
        const executed = `${temporary}/executed.ipynb`
        const { code, errors } = yield* run([python, "-W", "ignore", "-c", script, path, folder, executed], {
          folder: root,
          variables: {
            JUPYTER_PATH: jupyter,
            JUPYTER_DATA_DIR: jupyter,
            JUPYTER_CONFIG_DIR: jupyter,
            JUPYTER_RUNTIME_DIR: jupyter,
            JUPYTER_PLATFORM_DIRS: "1",
            TRUNKLINE_OUT: dataset
          }
        })
        if (code !== 0) return yield* new Unfit({ reason: `${path} could not be executed\n${errors.trim()}` })
        return Notebook.normal(yield* Effect.flatMap(fs.readFileString(executed), Notebook.read))
      })
    return { execute }
  })
