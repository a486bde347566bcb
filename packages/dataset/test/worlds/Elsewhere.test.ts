/** A process that is killed while it fetches, or after: the next one goes on, and no row is lost. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Elsewhere from "../elsewhere.js"
import { assertRecovers, before, undisturbed } from "../life.js"
import { live, watched } from "../scenario.js"
import { ended, start } from "../support.js"

it.scopedLive(
  "a process killed before each step of fetching is finished by another, with every file elsewhere",
  () =>
    Effect.gen(function*() {
      const life = yield* undisturbed
      for (const phase of [1, 2]) {
        const away = (name: string) => {
          const out = before(life, phase, name)
          Elsewhere.carryAway(out)
          return out
        }
        const counts = new Map<string, number>()
        let now = -1
        yield* watched(away(`counted-${phase}`), (name) =>
          Effect.sync(() => {
            if (now === phase) counts.set(name, (counts.get(name) ?? 0) + 1)
          }), (dataset) =>
          live(dataset, phase, (begun) => {
            now = begun
          }))
        assert.isAbove(counts.get("fetch") ?? 0, 1)
        assert.isAbove(counts.get("fetching sync") ?? 0, 1)
        const isOfFetching = (name: string) =>
          name === "fetch" || name.startsWith("fetching ") || name === "partition rename"
        // Every other step is that of a dataset whose files are all here.
        const kills = [...counts].filter(([name]) => isOfFetching(name)).flatMap(([name, count]) =>
          Array.from({ length: count }, (_, index) => ({ name, occurrence: index + 1 }))
        )
        yield* Effect.forEach(kills, ({ name, occurrence }, index) =>
          Effect.gen(function*() {
            const out = away(`killed-${phase}-${index}`)
            const process = yield* start("crash", [out, String(phase), name, String(occurrence)])
            const { errors, signal } = yield* ended(process)
            assert.deepStrictEqual([signal, errors], ["SIGKILL", ""], `${name} ${occurrence}`)
            yield* assertRecovers(life, out, phase)
            assert.deepStrictEqual(readdirSync(join(out, "_trunkline/fetching")), [], `${name} ${occurrence}`)
            rmSync(out, { recursive: true })
          }), { concurrency: 2 })
      }
    }),
  300_000
)
