import { assert, it } from "@effect/vitest"
import { NoDataset } from "@trunkline/dataset/DatasetError"
import * as Effect from "effect/Effect"
import * as Accounts from "../src/command/accounts.js"
import { readTwice } from "../src/command/runningAll.js"
import { Process } from "../src/Process.js"
import * as Screen from "../src/terminal/Screen.js"

it("the exit code over accounts is 0 if all are, 130 if it was stopped, the common one if all agree, else 4", () => {
  const codes: ReadonlyArray<readonly [ReadonlyArray<0 | 1 | 2 | 3 | 4 | 5 | 130>, number]> = [
    [[0, 0, 0], 0],
    [[2], 2],
    [[3, 3], 3],
    [[5, 5, 5], 5],
    [[0, 3], 4],
    [[2, 3], 4],
    [[0, 130], 130],
    [[5, 130, 2], 130]
  ]
  for (const [each, all] of codes) assert.strictEqual(Accounts.exitCode(each), all, each.join(" "))
})

it("a scope that several accounts read is named once, with all of them; a key without a team shares none", () => {
  const team = { source: "allo", scope: "team-1" }
  const clinic = { source: "allomia", scope: "team-1" }
  const nameless = { source: "allo", scope: "-" }
  const found = readTwice([
    { account: "paris", read: [team, nameless] },
    { account: "clinics", read: [clinic] },
    { account: "lyon", read: [team, nameless] },
    { account: "nice", read: [team] }
  ])
  assert.deepStrictEqual(found, [{
    accounts: ["paris", "lyon", "nice"],
    ...team,
    message: "paris, lyon and nice read the same team of allo, team-1: over all accounts its calls count 3 times"
  }])
})

it("accounts share a screen: every line begins with a name, and their live lines stand together", () => {
  const written: Array<string> = []
  const screen = Screen.make({ isTTY: true, columns: 80, write: (text: string) => written.push(text) }, {})
  const part = Screen.parts(screen)
  const [paris, lyon] = [part("paris"), part("lyon")]
  paris.live(["reading"])
  lyon.live(["counting"])
  assert.isTrue(written.at(-1)?.endsWith("paris: reading\nlyon: counting\n"))
  paris.say("first\nsecond")
  assert.include(written.at(-1), "paris: first\nparis: second\n")
  paris.live([])
  assert.isTrue(written.at(-1)?.endsWith("\u001b[0Jlyon: counting\n"))
})

it.effect("an account that fails in one of several things it does at once stops no other account", () =>
  Effect.gen(function*() {
    const screen = Screen.make({ write: () => {} }, {})
    const account = (name: string) => ({
      name,
      file: "/trunkline.toml",
      settings: { source: "allo" as const, key_env: "A_KEY" },
      out: `/data/account=${name}`
    })
    const document = yield* Accounts.each({
      subject: { out: "/data", accounts: [account("paris"), account("lyon")] },
      failed: (entry) => entry,
      work: ({ name, out }) =>
        name === "paris"
          // The failure interrupts what runs beside it.
          ? Effect.as(
            Effect.all([Effect.fail(new NoDataset({ out })), Effect.never], { concurrency: 2 }),
            { out, exitCode: 0, problems: [] }
          )
          : Effect.succeed<Accounts.OfOne>({ out, exitCode: 0, problems: [] })
    }).pipe(Effect.provideService(Process, { variables: {}, folder: "/", screen, logFormat: "text" }))
    assert.deepStrictEqual(
      document.accounts.map(({ account, exitCode, problems }) => [account, exitCode, problems.map(({ tag }) => tag)]),
      [["paris", 2, ["NoDataset"]], ["lyon", 0, []]]
    )
  }))
