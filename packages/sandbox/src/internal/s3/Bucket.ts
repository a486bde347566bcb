/** The objects of a bucket and its unfinished uploads, in memory. Every change is whole before the next request is read. */
import { createHash } from "node:crypto"

export interface StoredObject {
  readonly bytes: Uint8Array
  /** In quotation marks. */
  readonly etag: string
  readonly contentType: string
  /** Milliseconds. */
  readonly modifiedAt: number
}

interface Upload {
  readonly key: string
  readonly contentType: string
  readonly parts: Map<number, { readonly bytes: Uint8Array; readonly etag: string }>
}

/** The least bytes of a part that is not the last. */
const smallestPart = 5 * 1024 * 1024

const md5 = (bytes: Uint8Array): Buffer => createHash("md5").update(bytes).digest()
export const etagOf = (bytes: Uint8Array): string => `"${md5(bytes).toString("hex")}"`

const inOrder = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other))

export class Bucket {
  readonly objects = new Map<string, StoredObject>()
  readonly uploads = new Map<string, Upload>()
  private sorted: ReadonlyArray<string> | undefined
  private counted = 0

  put(key: string, object: StoredObject): void {
    if (!this.objects.has(key)) this.sorted = undefined
    this.objects.set(key, object)
  }

  remove(key: string): void {
    if (this.objects.delete(key)) this.sorted = undefined
  }

  /** By the bytes of UTF-8. */
  keys(): ReadonlyArray<string> {
    this.sorted ??= [...this.objects.keys()].toSorted(inOrder)
    return this.sorted
  }

  begin(key: string, contentType: string): string {
    const id = `upload-${++this.counted}`
    this.uploads.set(id, { key, contentType, parts: new Map() })
    return id
  }

  upload(id: string, key: string): Upload | undefined {
    const upload = this.uploads.get(id)
    return upload?.key === key ? upload : undefined
  }

  /** The object of these parts, or the code of the refusal. */
  assemble(
    upload: Upload,
    listed: ReadonlyArray<{ readonly number: number; readonly etag: string }>,
    now: number
  ): StoredObject | "InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "MalformedXML" {
    if (listed.length === 0) return "MalformedXML"
    const parts: Array<Uint8Array> = []
    for (const [index, { etag, number }] of listed.entries()) {
      if (number <= (listed[index - 1]?.number ?? 0)) return "InvalidPartOrder"
      const part = upload.parts.get(number)
      if (part === undefined || part.etag.replaceAll("\"", "") !== etag.replaceAll("\"", "")) return "InvalidPart"
      if (index < listed.length - 1 && part.bytes.length < smallestPart) return "EntityTooSmall"
      parts.push(part.bytes)
    }
    return {
      bytes: Buffer.concat(parts),
      etag: `"${md5(Buffer.concat(parts.map(md5))).toString("hex")}-${parts.length}"`,
      contentType: upload.contentType,
      modifiedAt: now
    }
  }
}
