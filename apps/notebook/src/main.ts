/** `npm run notebooks`: executes them and writes what they show; with `--check` compares it with what is committed. */
import { NodeContext, NodeRuntime } from "@effect/platform-node"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { compare } from "./compare.js"
import * as DemoDataset from "./DemoDataset.js"
import { faults } from "./faults.js"
import * as Kernel from "./Kernel.js"
import * as Notebook from "./Notebook.js"
import { Unfit } from "./Unfit.js"
import { folder, notebooks, root } from "./Workspace.js"

const list = (lines: ReadonlyArray<string>): string => lines.map((line) => `\n- ${line}`).join("")

/**
 * Executes until two agree, the committed one among them: what shows something else each time must not be committed, and
 * an output that was lost on its way (see Show) is no difference.
 */
const settled = <E, R>(
  name: string,
  execute: Effect.Effect<Notebook.Notebook, E, R>,
  seen: ReadonlyArray<Notebook.Notebook>
): Effect.Effect<Notebook.Notebook, E | Unfit, R> =>
  seen.length > 4
    ? new Unfit({ reason: `${name}.ipynb shows something else each time it is executed` })
    : Effect.flatMap(execute, (fresh) =>
      seen.some((one) => compare(one, fresh).length === 0)
        ? Effect.succeed(fresh)
        : settled(name, execute, [...seen, fresh]))

const program = (check: boolean) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const temporary = yield* fs.makeTempDirectoryScoped({ prefix: "trunkline-notebooks-" })
    const kernel = yield* Kernel.find(temporary)
    const dataset = join(temporary, "dataset")
    yield* DemoDataset.make(dataset)

    yield* Effect.forEach(notebooks, (name) =>
      Effect.gen(function*() {
        const path = join(folder, `${name}.ipynb`)
        const committed = Notebook.normal(yield* Effect.flatMap(fs.readFileString(path), Notebook.read))
        const fresh = yield* settled(name, kernel.execute(path, dataset), [committed])
        const wrong = faults(fresh, [root, temporary, homedir(), tmpdir()])
        if (wrong.length > 0) {
          return yield* new Unfit({ reason: `${name}.ipynb is not fit to be committed:${list(wrong)}` })
        }
        if (!check) {
          yield* fs.writeFileString(path, yield* Notebook.print(fresh))
          return yield* Console.log(`${name}.ipynb: ${Notebook.codeOf(fresh).length} cells executed and written`)
        }
        const differences = compare(committed, fresh)
        if (differences.length > 0) {
          return yield* new Unfit({
            reason: `${name}.ipynb is not what its cells show today:${list(differences)}\n` +
              "Run npm run notebooks, look at what changed, and commit it"
          })
        }
        return yield* Console.log(
          `${name}.ipynb: ${Notebook.codeOf(fresh).length} cells executed, the same as committed`
        )
      }))
  }).pipe(Effect.scoped)

const words = process.argv.slice(2)

const asked = words.every((word) => word === "--check")
  ? program(words.includes("--check"))
  : Effect.fail(new Unfit({ reason: "npm run notebooks takes --check and nothing else" }))

NodeRuntime.runMain(
  asked.pipe(
    Effect.catchAll(({ message }) =>
      Effect.zipRight(
        Console.error(message),
        Effect.sync(() => {
          process.exitCode = 1
        })
      )
    ),
    Effect.provide(NodeContext.layer)
  )
)
