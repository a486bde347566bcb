/** Something between the exporter and the sandbox that changes what is said: a real server, on a port of its own. */
import { Sandbox } from "@trunkline/sandbox"
import { Effect } from "effect"
import type { Scope } from "effect/Scope"
import { createServer } from "node:http"

export interface Answered {
  readonly status: number
  readonly body: string
  /** The `Date` header; the sandbox's own when left out. */
  readonly date?: string
}

/** Sees what was asked and what the sandbox answered, and says what is answered instead. */
export type Tamper = (asked: { readonly url: string; readonly body: string }, answered: Answered) => Answered

/** The sandbox, with Allo behind it; what is put into `tamper` counts from the next answer on. */
export const tampered = Effect.gen(function*() {
  const sandbox = yield* Sandbox
  const control: { tamper: Tamper } = { tamper: (_, answered) => answered }
  const server = createServer((request, response) => {
    const parts: Array<Buffer> = []
    request.on("data", (part: Buffer) => parts.push(part))
    request.on("end", () => {
      const body = Buffer.concat(parts).toString("utf8")
      const headers = Object.entries(request.headers).flatMap(([name, value]) =>
        typeof value === "string" && !["host", "connection", "content-length"].includes(name) ? [[name, value]] : []
      )
      void fetch(`${sandbox.alloUrl}${request.url}`, {
        method: request.method ?? "GET",
        headers: Object.fromEntries(headers),
        ...(body === "" ? {} : { body })
      }).then(async (answer) => {
        const told = control.tamper({ url: request.url ?? "", body }, {
          status: answer.status,
          body: await answer.text()
        })
        for (const [name, value] of answer.headers) {
          if (!["content-length", "transfer-encoding", "connection", "keep-alive"].includes(name)) {
            response.setHeader(name, value)
          }
        }
        if (told.date !== undefined) response.setHeader("date", told.date)
        response.writeHead(told.status).end(told.body)
      }, () => response.destroy())
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
    control,
    sandbox: Sandbox.of({ ...sandbox, alloUrl: url }),
    /** With Allomia behind it as well. */
    both: Sandbox.of({ ...sandbox, alloUrl: url, allomiaUrl: `${url}/api` })
  }
}) satisfies Effect.Effect<unknown, never, Sandbox | Scope>

/** Changes rows of every list in an answer. */
export const rows = (body: string, change: (row: Record<string, unknown>) => Record<string, unknown>): string => {
  const read: unknown = JSON.parse(body)
  const visit = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map((one: unknown) => typeof one === "object" && one !== null ? change({ ...one }) : one)
      : value
  if (typeof read !== "object" || read === null) return body
  return JSON.stringify(Object.fromEntries(Object.entries(read).map(([key, value]) => [key, visit(value)])))
}
