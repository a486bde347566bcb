/** The log of requests and shown records. It keeps indices and computes the ids when a test reads them. */
import type { Api } from "../Fault.js"
import type { AllomiaWorld } from "./AllomiaWorld.js"
import type { AlloWorld } from "./AlloWorld.js"
import type { Answer } from "./Answer.js"

interface Entry {
  readonly at: number
  readonly api: Api | null
  readonly method: string
  readonly url: string
  readonly body: string
  readonly headers: { readonly [name: string]: string | ReadonlyArray<string> | undefined }
  readonly key: string | null
  readonly requestId: string
  readonly status: number
  readonly fault: string | null
  readonly shown: Answer["shown"]
}

type Kept = Omit<Entry, "shown"> & { readonly source: "allo" | "allomia"; readonly indices: Uint32Array }

/**
 * One request as the sandbox saw it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Request {
  /** Milliseconds since 1970, by the world's clock. */
  readonly at: number
  /** Null for paths of neither API. */
  readonly api: Api | null
  readonly method: string
  /** With its query. */
  readonly path: string
  /** The first 4,096 characters. */
  readonly body: string
  /** The value of `authorization` is replaced by `<redacted>`. */
  readonly headers: { readonly [name: string]: string }
  /** The name of the key, as in `sandbox.keys`; null where none was accepted. */
  readonly key: string | null
  readonly requestId: string
  /** 0 where the connection was cut before an answer. */
  readonly status: number
  /** The tag of the fault it met. */
  readonly fault: string | null
  /** The records it showed. */
  readonly ids: ReadonlyArray<string>
}

/** The copy through bytes frees the memory of the whole text; a slice would keep it. */
const shortened = (text: string): string =>
  text.length <= 4096 ? text : Buffer.from(text.slice(0, 4096), "utf8").toString("utf8")

class Marks {
  private bytes = new Uint8Array(4096)
  add(index: number): void {
    if (index >>> 3 >= this.bytes.length) {
      const wider = new Uint8Array(Math.max((index >>> 3) + 1, this.bytes.length * 2))
      wider.set(this.bytes)
      this.bytes = wider
    }
    this.bytes[index >>> 3] = (this.bytes[index >>> 3] ?? 0) | (1 << (index & 7))
  }
  has(index: number): boolean {
    return ((this.bytes[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0
  }
}

export class Log {
  private entries: Array<Kept> = []
  private readonly seen = { allo: new Marks(), allomia: new Marks() }
  total = 0

  constructor(
    private readonly allo: AlloWorld,
    private readonly allomia: AllomiaWorld,
    private readonly most: number
  ) {}

  add(entry: Entry): void {
    this.total++
    const { shown, ...rest } = entry
    if (shown !== null) {
      const marks = this.seen[shown.source]
      for (const index of shown.indices) marks.add(index)
    }
    this.entries.push({
      ...rest,
      url: shortened(entry.url),
      body: shortened(entry.body),
      source: shown?.source ?? "allo",
      indices: Uint32Array.from(shown?.indices ?? [])
    })
    // The older half is dropped at once, which is cheaper than dropping one entry per request.
    if (this.entries.length > this.most * 2) this.entries = this.entries.slice(-this.most)
  }

  clear(): void {
    this.entries = []
  }

  requests(): ReadonlyArray<Request> {
    return this.entries.slice(-this.most).map((entry) => {
      const headers: { [name: string]: string } = {}
      for (const [name, value] of Object.entries(entry.headers)) {
        if (value === undefined) continue
        headers[name] = name === "authorization" ? "<redacted>" : typeof value === "string" ? value : value.join(", ")
      }
      const world = entry.source === "allomia" ? this.allomia : this.allo
      return {
        at: entry.at,
        api: entry.api,
        method: entry.method,
        path: entry.url,
        body: entry.body,
        headers,
        key: entry.key,
        requestId: entry.requestId,
        status: entry.status,
        fault: entry.fault,
        ids: Array.from(entry.indices, (index) => world.idOf(index))
      }
    })
  }

  served(source: "allo" | "allomia"): ReadonlySet<string> {
    const world = source === "allo" ? this.allo : this.allomia
    const ids = new Set<string>()
    for (let index = 0; index < world.count; index++) if (this.seen[source].has(index)) ids.add(world.idOf(index))
    return ids
  }
}
