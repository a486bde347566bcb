/**
 * Before each file: `layer` of @effect/vitest replaces `it.effect` for good, and files that run later in the same worker would share
 * its clock.
 */
import { it, makeMethods } from "@effect/vitest"

makeMethods(it)
