/** A plain HTTP client, so that what is asserted is what went over the wire. */
import type { Sandbox } from "@trunkline/sandbox"
import type { Context } from "effect"
import * as Effect from "effect/Effect"

export type Service = Context.Tag.Service<typeof Sandbox>

export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

const parse = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

export interface Ask {
  readonly method?: string
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

/** Fails with the transport's own words where no whole answer comes. */
export const send = (url: string, ask: Ask = {}): Effect.Effect<Got, string> =>
  Effect.tryPromise({
    try: async (signal) => {
      const response = await fetch(url, {
        method: ask.method ?? (ask.body === undefined ? "GET" : "POST"),
        headers: {
          ...(ask.key === undefined ? {} : { authorization: ask.key }),
          ...(ask.body === undefined ? {} : { "content-type": "application/json" }),
          ...ask.headers
        },
        ...(ask.body === undefined ? {} : { body: typeof ask.body === "string" ? ask.body : JSON.stringify(ask.body) }),
        signal
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: parse(text) }
    },
    catch: (error) => (error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error))
  })

export const allo = (sandbox: Service, path: string, ask: Ask = {}): Effect.Effect<Got, string> =>
  send(`${sandbox.alloUrl}${path}`, { key: `Api-Key ${sandbox.keys.allo}`, ...ask })

export const allomia = (sandbox: Service, path: string, ask: Ask = {}): Effect.Effect<Got, string> =>
  send(`${sandbox.allomiaUrl}${path}`, { key: `Bearer ${sandbox.keys.allomia}`, ...ask })

/** What stands at a place in an answer; undefined where there is no such place. */
export const at = (json: unknown, ...path: ReadonlyArray<string | number>): unknown => {
  let value = json
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined
    value = Object.entries(value).find(([key]) => key === String(step))?.[1]
  }
  return value
}

export const list = (json: unknown, ...path: ReadonlyArray<string | number>): ReadonlyArray<unknown> => {
  const value = at(json, ...path)
  return Array.isArray(value) ? value : []
}

export const ids = (json: unknown, ...path: ReadonlyArray<string | number>): ReadonlyArray<string> =>
  list(json, ...path).map((row) => String(at(row, "id")))

export const search = (sandbox: Service, body: object, ask: Ask = {}): Effect.Effect<Got, string> =>
  allo(sandbox, "/v2/api/conversations/items/search", { body, ...ask })
