/** A real server between the exporter and the sandbox, which answers something else where it is told to. */
import { Sandbox } from "@trunkline/sandbox"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { Buffer } from "node:buffer"
import { createServer } from "node:http"

export interface Asked {
  /** From 0, among all since the rule was made. */
  readonly number: number
  readonly method: string
  readonly url: string
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type Spoil = (answer: Answer, asked: Asked) => Answer

/** What becomes of the answer to a request; null leaves it. */
export type Rule = (asked: Asked) => Spoil | null

export interface Between {
  readonly sandbox: typeof Sandbox.Service
  readonly spoil: (rule: Rule) => void
}

const hopByHop = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive"])

const passed = (headers: Iterable<readonly [string, unknown]>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...headers].flatMap(([name, value]) =>
      typeof value === "string" && !hopByHop.has(name) ? [[name, value] as const] : []
    )
  )

export const make = (behind: typeof Sandbox.Service): Effect.Effect<Between, never, Scope> =>
  Effect.gen(function*() {
    let rule: Rule | null = null
    let asked = 0
    const server = createServer((request, response) => {
      const parts: Array<Buffer> = []
      request.on("data", (part: Buffer) => parts.push(part))
      request.on("end", () => {
        const body = Buffer.concat(parts).toString("utf8")
        const one: Asked = { number: asked++, method: request.method ?? "GET", url: request.url ?? "", body }
        const spoil = rule?.(one) ?? null
        void fetch(`${behind.alloUrl}${one.url}`, {
          method: one.method,
          headers: passed(Object.entries(request.headers)),
          ...body === "" ? {} : { body }
        }).then(async (answer) => {
          const whole: Answer = {
            status: answer.status,
            headers: passed(answer.headers),
            body: Buffer.from(await answer.arrayBuffer())
          }
          const told = spoil === null ? whole : spoil(whole, one)
          response.writeHead(told.status, told.headers).end(told.body)
        }).catch(() => response.destroy())
      })
    })
    const port = yield* Effect.acquireRelease(
      Effect.async<number>((resume) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
        })
      }),
      () =>
        Effect.async<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    )
    const url = `http://127.0.0.1:${port}`
    return {
      sandbox: Sandbox.of({ ...behind, alloUrl: url, allomiaUrl: `${url}/api` }),
      spoil: (next) => {
        rule = next
        asked = 0
      }
    }
  })
