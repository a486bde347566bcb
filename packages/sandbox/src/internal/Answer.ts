/** The answer of an endpoint before it is sent, and the request that it answers. */

/** JSON before it is written; fields that are undefined are left out. */
export type Json =
  | undefined
  | null
  | boolean
  | number
  | string
  | ReadonlyArray<Json>
  | { readonly [key: string]: Json }

export interface Answer {
  readonly status: number
  readonly body: Json
  /** Which records it shows, for the history. */
  readonly shown: { readonly source: "allo" | "allomia"; readonly indices: ReadonlyArray<number> } | null
  readonly headers: { readonly [name: string]: string }
}

export const answer = (status: number, body: Json, options?: Partial<Pick<Answer, "shown" | "headers">>): Answer => ({
  status,
  body,
  shown: options?.shown ?? null,
  headers: options?.headers ?? {}
})

/** A request as the endpoints see it. */
export interface Ask {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
  readonly contentType: string
  readonly now: number
  readonly requestId: string
  /** The origin that links point at. */
  readonly origin: string
  readonly quirks: Quirks
}

/** How a fault changes a page while it is cut. */
export interface Quirks {
  /** Reorders records of the same second; each number gives another order. */
  readonly ties: number | null
  /** A page past the end answers the last one. */
  readonly clamp: boolean
  /** Pages after this one are refused. */
  readonly deepest: number
  /** The page is empty, though records follow. */
  readonly hollow: boolean
  /** `has_more`, or what stands for it, is always true. */
  readonly endless: boolean
  /** How the answer states the total; a number is added to the true total. */
  readonly total: "true" | "null" | "missing" | number
  /** The first row of the page appears twice. */
  readonly repeat: boolean
}

export const noQuirks: Quirks = {
  ties: null,
  clamp: false,
  deepest: Number.POSITIVE_INFINITY,
  hollow: false,
  endless: false,
  total: "true",
  repeat: false
}

export const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** ISO 8601 to the second, with `Z`. */
export const instant = (millis: number): string => `${new Date(millis).toISOString().slice(0, -5)}Z`

/** The same without a zone, as Allo's first interface writes it. */
export const zoneless = (millis: number): string => new Date(millis).toISOString().slice(0, -5)
