/** What files of others are packed with, as far as this version of Node unpacks it. */
import type { Compressors } from "hyparquet"
import * as zlib from "node:zlib"

/** Only in newer versions of Node than the oldest that is supported. */
const zstd: unknown = Reflect.get(zlib, "zstdDecompressSync")

export const decompressors: Compressors = {
  GZIP: (bytes) => zlib.gunzipSync(bytes),
  ...(typeof zstd === "function" ? { ZSTD: (bytes: Uint8Array): Uint8Array => zstd(bytes) } : {})
}
