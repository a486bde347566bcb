/** The lake at a place, put together. */
import { tables } from "@trunkline/calls/Tables"
import type { Elsewhere } from "@trunkline/dataset/Elsewhere"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import * as FolderStore from "@trunkline/lake/FolderStore"
import * as Lake from "@trunkline/lake/Lake"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as S3Store from "@trunkline/lake/S3Store"
import * as State from "@trunkline/lake/State"
import { Disk, type DiskError, take } from "@trunkline/parquet/Disk"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { InvalidSetting } from "./Environment.js"
import * as Http from "./Http.js"
import { named, type Place, type Server } from "./Place.js"

export const store = (
  { place, server, variables }: {
    readonly place: Place
    readonly server: Server
    readonly variables: Readonly<Record<string, string | undefined>>
  }
): Layer.Layer<ObjectStore, InvalidSetting> =>
  place._tag === "Folder"
    ? FolderStore.layer(place.path).pipe(Layer.provide(Disk.layer))
    : S3Store.layerUrl(named(place), server).pipe(
      Layer.provide([Http.layer(null), Disk.layer]),
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromJson(variables))),
      Layer.catchAll((error) =>
        Layer.fail(
          new InvalidSetting({
            name: named(place),
            reason: ConfigError.isConfigError(error) ? error.toString() : "cannot be used"
          })
        )
      )
    )

/** Where what is fetched to be checked lies for a while. */
const temporary = Effect.acquireRelease(
  take("create", tmpdir(), () => fs.mkdtemp(join(tmpdir(), "trunkline-lake-"))),
  (folder) => Effect.ignore(take("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
)

/** The lake, and the way to files that are only there. */
export const layer = <E>(
  store: Layer.Layer<ObjectStore, E>
): Layer.Layer<Lake.Lake | ObjectStore | Elsewhere, E | DiskError> =>
  Layer.mergeAll(
    Layer.unwrapScoped(
      Effect.map(temporary, (temporary) => Lake.Lake.layer({ tables: [...tables, ...OwnTables.tables], temporary }))
    ).pipe(Layer.provide(Disk.layer)),
    State.elsewhere
  ).pipe(Layer.provideMerge(store))
