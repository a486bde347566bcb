/** Finds the endpoint that a method and a path name. */

export interface Endpoint {
  readonly name: string
  readonly method: string
  /** With `{id}` and the like where a part of the path is a value. */
  readonly path: string
  /** What a key must hold to use the endpoint. */
  readonly scope: string | null
  readonly description?: string
}

export type Route =
  | { readonly _tag: "Found"; readonly endpoint: Endpoint; readonly parts: ReadonlyArray<string> }
  | { readonly _tag: "WrongMethod"; readonly allowed: ReadonlyArray<string> }
  | { readonly _tag: "Missing" }

/** A broken escape stays as it is: no record has such a name. */
export const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const router = (endpoints: ReadonlyArray<Endpoint>): (method: string, path: string) => Route => {
  const patterns = endpoints.map((endpoint) => ({
    endpoint,
    pattern: new RegExp(`^${endpoint.path.replace(/\{\w+\}/g, "([^/]+)")}$`)
  }))
  return (method, path) => {
    const allowed: Array<string> = []
    for (const { endpoint, pattern } of patterns) {
      const found = pattern.exec(path)
      if (found === null) continue
      // `search` and `batch` look like ids to the pattern of an item.
      if (endpoint.method === "GET" && /\/items\/(?:search|batch)$/.test(path)) continue
      if (endpoint.method === method) return { _tag: "Found", endpoint, parts: found.slice(1).map(decode) }
      allowed.push(endpoint.method)
    }
    return allowed.length === 0 ? { _tag: "Missing" } : { _tag: "WrongMethod", allowed }
  }
}
