/** What a proxy does to a connection, between the exporter and the sandbox, byte by byte. */
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import { connect, createServer, type Socket } from "node:net"
import { type Row, type Wrong, wrongOf } from "../Row.js"
import * as Still from "../still.js"

/** Handles the answer to one request on a connection: its bytes as they come, and where they go. */
type Hurt = (to: Socket) => (bytes: Buffer) => void

const afterFirst = (first: (to: Socket, bytes: Buffer) => void): Hurt => (to) => {
  let done = false
  return (bytes) => {
    if (done) return
    done = true
    first(to, bytes)
  }
}

const half = (bytes: Buffer) => bytes.subarray(0, Math.ceil(bytes.length / 2))

const hurts: ReadonlyArray<readonly [name: string, hurt: Hurt | "refused"]> = [
  ["refused", "refused"],
  ["reset before the answer", afterFirst((to) => to.resetAndDestroy())],
  ["reset in the answer", afterFirst((to, bytes) => to.write(half(bytes), () => to.resetAndDestroy()))],
  ["closed in the answer", afterFirst((to, bytes) => to.end(half(bytes)))],
  ["silent", () => () => {}],
  ["silent in the answer", afterFirst((to, bytes) => to.write(half(bytes)))],
  ["dripping", (to) => (bytes) => {
    let at = 0
    const drip = setInterval(() => {
      if (at >= bytes.length || to.destroyed) return clearInterval(drip)
      to.write(bytes.subarray(at, at + 2000))
      at += 2000
    }, 5)
  }],
  ["noise", afterFirst((to) => to.end(Buffer.alloc(300, 0xe5)))]
]

/** A relay whose connections are hurt while the rule says so. */
const relay = (behind: typeof Sandbox.Service) =>
  Effect.gen(function*() {
    let rule: ((request: number) => Hurt | "refused" | null) | null = null
    let requests = 0
    const port = Number(new URL(behind.alloUrl).port)
    const open = new Set<Socket>()
    const server = createServer((from) => {
      const behind = connect(port, "127.0.0.1")
      for (const socket of [from, behind]) {
        open.add(socket)
        socket.on("error", () => socket.destroy())
        socket.on("close", () => {
          open.delete(socket)
          for (const other of [from, behind]) other.destroy()
        })
      }
      let answer: (bytes: Buffer) => void = (bytes) => from.write(bytes)
      // Without pipelining, what comes after an answer is the next request.
      let asking = false
      from.on("data", (bytes) => {
        if (!asking) {
          asking = true
          const hurt = rule?.(requests++) ?? null
          if (hurt === "refused") return from.resetAndDestroy()
          answer = hurt === null ? (bytes) => from.write(bytes) : hurt(from)
        }
        behind.write(bytes)
      })
      behind.on("data", (bytes) => {
        asking = false
        answer(bytes)
      })
    })
    const listening = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          for (const socket of open) socket.destroy()
          server.close(() => resume(Effect.void))
        })
    )
    const url = `http://127.0.0.1:${listening}`
    return {
      sandbox: Sandbox.of({ ...behind, alloUrl: url, allomiaUrl: `${url}/api` }),
      hurt: (next: (request: number) => Hurt | "refused" | null) => {
        rule = next
        requests = 0
      }
    }
  })

/** What hurts a request or two is asked again within the run. */
const forgiven = (times: number, { failure, report }: Still.Ended): ReadonlyArray<Wrong> =>
  times > 2 || report?.exitCode === 0
    ? []
    : [wrongOf(`${times} hurt connections ended a run with ${report?.exitCode ?? failure?.tag}`)]

export const connections: Row = {
  name: "connections",
  words: "Connections that a proxy refuses, resets, closes, leaves silent, drips over or answers with noise",
  cases: { whole: 160, ten: 16, one: 1, soak: 0 },
  seconds: 120,
  waits: true,
  make: Effect.gen(function*() {
    const stillOf = yield* Still.ofEach
    return ({ number, random }) =>
      Effect.gen(function*() {
        const still = stillOf(Math.floor(number / hurts.length))
        const hurt = hurts[number % hurts.length]?.[1] ?? "refused"
        const { hurt: rule, sandbox } = yield* relay(still.sandbox)
        // A silent connection costs its time limit each time.
        const times = random.chance(0.5) ? 1 : random.chance(0.8) ? 2 : 12
        const from = random.below(20)
        rule((request) => request >= from && request < from + times ? hurt : null)
        const out = yield* Still.folder
        const ended = yield* still.export(out, {}, { past: sandbox })
        return [...forgiven(times, ended), ...yield* still.during(out, ended), ...yield* still.after(out)]
      })
  })
}
