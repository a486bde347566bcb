/** Requests as the socket reads them, and replies as it writes them. */
import type * as Fault from "../Fault.js"
import type { Answer } from "./Answer.js"

export interface Incoming {
  readonly method: string
  readonly url: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  /** Null where it is larger than the limit. */
  readonly body: string | null
}

/** The same with the body as it came. */
export type Received = Omit<Incoming, "body"> & { readonly body: Uint8Array | null }

/** How the bytes go out. */
export type Delivery =
  | { readonly _tag: "Whole" }
  | { readonly _tag: "ResetBeforeHeaders" }
  | { readonly _tag: "ResetInBody" }
  /** The connection ends in good order, and too soon. */
  | { readonly _tag: "EndInBody" }
  | { readonly _tag: "Stalled" }
  | { readonly _tag: "Drip"; readonly bytes: number; readonly every: Extract<Fault.Fault, { _tag: "Drip" }>["every"] }

export type Headers = { readonly [name: string]: string }

/** What goes out to the socket. */
export interface Sent {
  readonly status: number
  readonly headers: Headers
  readonly body: string | Uint8Array
  readonly delivery: Delivery
}

export interface Reply extends Sent {
  readonly body: string
  /** Which records it shows, for the history. */
  readonly shown: Answer["shown"]
}

export const whole = (status: number, contentType: string, body: string): Reply => ({
  status,
  headers: { "Content-Type": contentType },
  body,
  delivery: { _tag: "Whole" },
  shown: null
})

export const replyOf = (said: Answer, headers: Headers): Reply => ({
  status: said.status,
  headers: { "Content-Type": "application/json", ...headers, ...said.headers },
  body: JSON.stringify(said.body),
  delivery: { _tag: "Whole" },
  shown: said.shown
})

export const headerOf = (incoming: Pick<Incoming, "headers">, name: string): string | null => {
  const value = incoming.headers[name]
  return value === undefined ? null : typeof value === "string" ? value : value[0] ?? null
}

/** Characters of the address and the headers. */
export const headerLength = (incoming: Incoming): number => {
  let length = incoming.url.length
  for (const [name, value] of Object.entries(incoming.headers)) {
    length += name.length + (typeof value === "string" ? value.length : (value ?? []).join("").length)
  }
  return length
}
