/** What files of others are packed with. Node unpacks zstd only in versions newer than the oldest supported. */
import { decompress } from "fzstd"
import type { Compressors } from "hyparquet"
import { gunzipSync } from "node:zlib"

export const decompressors: Compressors = {
  GZIP: (bytes) => gunzipSync(bytes),
  ZSTD: (bytes, length) => decompress(bytes, new Uint8Array(length))
}
