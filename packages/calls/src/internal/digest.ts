/** The one thing here that is not computed by ourselves. */
import * as Effect from "effect/Effect"

/** In hexadecimal. Web Crypto cannot fail at this: where it is missing there is no program to go on with. */
export const sha256 = (text: string): Effect.Effect<string> =>
  Effect.map(
    Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))),
    (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")
  )
