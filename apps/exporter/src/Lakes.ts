/** The lake at a place, put together: its store, reached as the APIs are, and what is done with it. */
import { tables } from "@trunkline/calls/Tables"
import type { Elsewhere } from "@trunkline/dataset/Elsewhere"
import * as OwnTables from "@trunkline/dataset/OwnTables"
import { isLoopback } from "@trunkline/http/ApiClient"
import * as Credentials from "@trunkline/lake/Credentials"
import * as FolderStore from "@trunkline/lake/FolderStore"
import * as Lake from "@trunkline/lake/Lake"
import type { ObjectStore } from "@trunkline/lake/ObjectStore"
import * as S3Store from "@trunkline/lake/S3Store"
import * as State from "@trunkline/lake/State"
import { Disk, type DiskError, take } from "@trunkline/parquet/Disk"
import type * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Environment, InvalidSetting, originOf } from "./Environment.js"
import * as Http from "./Http.js"
import { named, type Place, type Server } from "./Place.js"
import * as Proxy from "./Proxy.js"
import { remember } from "./terminal/secrets.js"

/** What a `.env` may say of a store. Other variables of AWS name files and commands, and a `.env` may have come with a folder. */
const ofFile = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_PROFILE"
])
const ofKeys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
const ofEndpoint = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]

/** The variables of a store. Keys that stand in the environment go with no key of a `.env`. */
const variablesOf = (environment: Environment): ConfigProvider.ConfigProvider => {
  const { fromFile, values } = environment
  const hasKeys = ofKeys.some((name) => originOf(environment, name) === "environment")
  const taken = Object.entries(values).filter(([name, value]) =>
    !fromFile.has(name) || (ofFile.has(name) && !(hasKeys && ofKeys.includes(name))) ||
    (ofEndpoint.includes(name) && isLoopback(value))
  )
  return ConfigProvider.fromMap(new Map(taken), { pathDelim: "\u0000" })
}

/** What the configuration of a store is called where it is wrong. */
const settingOf = (error: ConfigError.ConfigError): string =>
  error._op === "InvalidData" ? `${error.path.join(".")}: ${error.message}` : "cannot be read"

/** How a bucket is reached, or why it may not be. */
export const reached = (
  { environment, place, server }: {
    readonly place: Place & { readonly _tag: "Bucket" }
    readonly server: Server
    readonly environment: Environment
  }
): Effect.Effect<
  { readonly described: S3Store.Described; readonly url: string; readonly route: Proxy.Route },
  InvalidSetting
> =>
  Effect.gen(function*() {
    const name = named(place)
    const refused = ofEndpoint.find((name) =>
      server.endpoint === undefined && environment.fromFile.has(name) && !isLoopback(environment.values[name] ?? "")
    )
    if (refused !== undefined) {
      return yield* new InvalidSetting({
        name: refused,
        reason: "stands in .env, which may have come with this folder, and names where calls are sent to. " +
          "Set it in the environment, or write endpoint into [lake] of a file that is named with --config"
      })
    }
    const described = yield* S3Store.describe(name, {
      endpoint: server.endpoint,
      region: server.region,
      profile: server.profile
    }).pipe(
      Effect.mapError((error) => new InvalidSetting({ name, reason: settingOf(error) })),
      Effect.withConfigProvider(variablesOf(environment))
    )
    const url = S3Store.urlOf(described)
    if (new URL(url).protocol === "http:" && !isLoopback(url) && !server.allowHttp) {
      return yield* new InvalidSetting({
        name,
        reason:
          `${
            new URL(url).origin
          } is plain http, which shows the calls to everyone on the way. Use https, or --allow-http ` +
          "or allow_http = true in [lake] if you trust the network"
      })
    }
    return { described, url, route: yield* Proxy.route(environment.values, url) }
  })

/** Keys are taken out of whatever is said from then on. */
const remembered = (provider: Credentials.Provider): Credentials.Provider =>
  Effect.tap(provider, ({ accessKeyId, secretAccessKey, sessionToken }) =>
    Effect.sync(() => {
      for (const secret of [accessKeyId, secretAccessKey, sessionToken]) {
        if (secret !== undefined) remember(Redacted.value(secret))
      }
    }))

export const store = (
  asked: { readonly place: Place; readonly server: Server; readonly environment: Environment }
): Layer.Layer<ObjectStore, InvalidSetting> => {
  const { environment, place, server } = asked
  if (place._tag === "Folder") return FolderStore.layer(place.path).pipe(Layer.provide(Disk.layer))
  return Layer.unwrapScoped(
    Effect.gen(function*() {
      const { described, route } = yield* reached({ ...asked, place })
      // The services that hand out keys are on this machine or beside it: no proxy leads there.
      const direct = yield* Layer.build(Http.layer(null))
      const chain = yield* Effect.provide(Credentials.chain({ profile: server.profile }), direct)
      const credentials = remembered(Effect.withConfigProvider(chain, variablesOf(environment)))
      return S3Store.layer({ ...described, credentials }).pipe(
        Layer.provide([Http.layer(route.proxy), Disk.layer]),
        Layer.catchAll((error) => Layer.fail(new InvalidSetting({ name: named(place), reason: settingOf(error) })))
      )
    })
  )
}

/** Where what is fetched to be checked lies for a while. */
const temporary = Effect.acquireRelease(
  take("create", tmpdir(), () => fs.mkdtemp(join(tmpdir(), "trunkline-lake-"))),
  (folder) => Effect.ignore(take("unlink", folder, () => fs.rm(folder, { recursive: true, force: true })))
)

/** The lake, and the way to files that are only there. */
export const layer: Layer.Layer<Lake.Lake | Elsewhere, DiskError, ObjectStore> = Layer.mergeAll(
  Layer.unwrapScoped(
    Effect.map(temporary, (temporary) => Lake.Lake.layer({ tables: [...tables, ...OwnTables.tables], temporary }))
  ).pipe(Layer.provide(Disk.layer)),
  State.elsewhere
)
