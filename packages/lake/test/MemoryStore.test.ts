import { it } from "@effect/vitest"
import { Effect } from "effect"
import { contract } from "./contract.js"
import * as MemoryStore from "./memoryStore.js"

contract<never>({
  run: (fact, body) => it.scopedLive(fact, () => body),
  store: Effect.sync(() => MemoryStore.make().seen(MemoryStore.plain))
})
