/** Removes manifests and packs that no push names any more which is young enough to be kept. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { Listed, Service } from "../../ObjectStore.js"
import * as Manifest from "./manifest.js"

export interface Vacuumed {
  readonly manifests: number
  readonly packs: number
  readonly bytes: number
  /** Of the data files that the pushes name which are kept: no vacuum of tables may remove one. */
  readonly named: ReadonlySet<string>
}

export const vacuum = (store: Service, account: string | null, retention: Duration.Duration) =>
  Effect.gen(function*() {
    const prefix = yield* Manifest.prefixOf(account)
    const until = DateTime.subtractDuration(yield* DateTime.now, retention)
    const manifests: Array<Listed & { readonly number: number }> = []
    const packs: Array<Listed> = []
    yield* Stream.runForEach(store.list(`${prefix}/`), (listed) =>
      Effect.sync(() => {
        const number = Manifest.numberOf(listed.key)
        if (number !== null) manifests.push({ ...listed, number })
        else if (listed.key.startsWith(Manifest.packsOf(prefix))) packs.push(listed)
      }))
    const newest = manifests.at(-1)
    const named = new Set<string>()
    if (newest === undefined) return { manifests: 0, packs: 0, bytes: 0, named }
    // At once means at once, whatever the clock of this machine.
    const atOnce = Duration.toMillis(retention) === 0
    // A push is old from the moment on that another one followed it.
    const isOld = (place: number): boolean => {
      const next = manifests[place + 1]
      return next !== undefined && (atOnce || DateTime.lessThan(next.modifiedAt, until))
    }
    const old = manifests.filter((_, place) => isOld(place))
    const used = new Set<string>()
    const formerly = new Set<string>()
    for (const [place, { key }] of manifests.entries()) {
      if (isOld(place) && !atOnce) continue
      const { files, packs } = yield* Manifest.read(store, key)
      for (const { key } of packs) (isOld(place) ? formerly : used).add(key)
      if (isOld(place)) continue
      for (const { key } of files) named.add(key)
    }
    // What is younger than the newest push may be part of the one that follows it, and is on its way.
    const isUnused = ({ key, modifiedAt }: Listed): boolean =>
      !used.has(key) &&
      (formerly.has(key) ||
        (atOnce || DateTime.lessThan(modifiedAt, until)) && DateTime.lessThan(modifiedAt, newest.modifiedAt))
    const unused = packs.filter(isUnused)
    // Manifests last: as long as one of them is there, a push knows that this is not done.
    for (const { key } of [...unused, ...old]) yield* store.remove(key)
    return {
      manifests: old.length,
      packs: unused.length,
      bytes: [...old, ...unused].reduce((sum, { bytes }) => sum + bytes, 0),
      named
    }
  })
