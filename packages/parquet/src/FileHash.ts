/**
 * The hash of a file on disk.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"

// Where the system has them: a link is not followed, and a pipe is not waited for.
const plainly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * SHA-256 of a whole file, in hex; for a step of `Disk.take`.
 *
 * @since 0.1.0
 * @category conversions
 */
export const sha256 = async (path: string): Promise<string> => {
  const handle = await fs.open(path, plainly)
  try {
    const hash = createHash("sha256")
    // One buffer for the whole file: what a stream allocates waits for a collection.
    const buffer = Buffer.allocUnsafe(256 * 1024)
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length)
      if (bytesRead === 0) return hash.digest("hex")
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await handle.close()
  }
}
