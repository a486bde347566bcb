import { assert, it } from "@effect/vitest"
import * as Screen from "../src/terminal/Screen.js"
import { remember } from "../src/terminal/secrets.js"

const terminal = (columns: number) => {
  const written: Array<string> = []
  const stream = { isTTY: true, columns, write: (text: string) => written.push(text) }
  return { written, stream, screen: Screen.make(stream, {}) }
}

it("a log line stands above the live lines, which are drawn again below it", () => {
  const { screen, written } = terminal(80)
  screen.live(["one", "two"])
  screen.say("a log line")
  assert.strictEqual(written[1], "\r\u001b[2A\u001b[0Ja log line\none\ntwo\n")
})

it("a live line never fills the window, and a window made narrower is cleared whole", () => {
  const { screen, stream, written } = terminal(40)
  screen.live(["x".repeat(100)])
  assert.strictEqual(written[0], `${"x".repeat(38)}…\n`)
  stream.columns = 20
  screen.live(["y"])
  assert.isTrue(written[1]?.startsWith("\r\u001b[2A\u001b[0J"))
})

it("what controls a terminal is shown as what it is, and lines stay lines", () => {
  const { screen, written } = terminal(80)
  screen.say("first \u001b[2J\nsecond\r")
  assert.strictEqual(written[0], "first \\u001b[2J\nsecond\\r\n")
})

it("a dumb terminal and a pipe get no live lines", () => {
  for (const [isTTY, variables] of [[true, { TERM: "dumb" }], [false, {}]] as const) {
    const written: Array<string> = []
    Screen.make({ isTTY, write: (text: string) => written.push(text) }, variables).live(["one"])
    assert.deepStrictEqual(written, [])
  }
})

it("a key that was read is taken out of every line", () => {
  remember("ak_live_very_secret_1\n")
  const { screen, written } = terminal(200)
  screen.say("the key ak_live_very_secret_1 was told")
  screen.live(["ak_live_very_secret_1"])
  assert.notInclude(written.join(""), "very_secret")
})
