/** The lake that a command works with: what a flag names, else what the configuration does. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { dirname } from "node:path"
import type { Configuration } from "../configuration/Configuration.js"
import { InvalidSetting } from "../Environment.js"
import * as Place from "../Place.js"
import { Process } from "../Process.js"
import { InvalidFlag } from "./values.js"
import * as values from "./values.js"

export interface Chosen {
  readonly place: Place.Place
  readonly server: Place.Server
  /** How long older versions can be read. */
  readonly retention: Duration.Duration
}

interface Asked {
  /** The flag that names it. */
  readonly flag: string
  readonly text: Option.Option<string>
  readonly retention?: Option.Option<string> | undefined
  readonly allowHttp: boolean
  /** The folder of the dataset, or of those of all accounts. */
  readonly out: string
}

const week = Duration.days(7)

/** What a flag and a configuration say; null where neither names a lake. */
export const maybe = ({ allowHttp, flag, out, retention, text }: Asked, configuration: Configuration | null) =>
  Effect.gen(function*() {
    const { folder } = yield* Process
    const lake = configuration?.lake ?? null
    const named = Option.getOrElse(text, () => lake?.to)
    if (named === undefined) return null
    const isTyped = Option.isSome(text) || configuration === null
    const place = yield* Place.place(
      isTyped
        ? { flag, folder, text: named }
        : { flag: `${configuration.file}: lake.to`, folder: dirname(configuration.file), text: named }
    )
    if (!isTyped && !configuration.isNamed && place._tag === "Bucket") {
      return yield* new InvalidSetting({
        name: `${configuration.file}: lake.to`,
        reason:
          "names a bucket, and nobody named this file, which may have come with its folder. Calls go there only if it is " +
          `named: --config ${configuration.file}, or ${flag} ${Place.named(place)}`
      })
    }
    if (yield* Place.overlaps(place, out)) {
      return yield* new InvalidFlag({
        flag: isTyped ? flag : `${configuration.file}: lake.to`,
        reason: `a lake and a dataset may not lie in each other, and ${out} is the folder of the dataset`
      })
    }
    const asked = yield* values.maybe(
      Option.orElse(retention ?? Option.none(), () => Option.fromNullable(lake?.retention)),
      (text) => values.length("--retention", text)
    )
    const server: Place.Server = {
      endpoint: lake?.endpoint,
      region: lake?.region,
      profile: lake?.profile,
      allowHttp: allowHttp || lake?.allow_http === true
    }
    return { place, server, retention: Option.getOrElse(asked, () => week) } satisfies Chosen
  })

/** The same for a command that cannot do without. */
export const needed = (...args: Parameters<typeof maybe>) =>
  Effect.flatMap(maybe(...args), (chosen) =>
    chosen === null
      ? new InvalidFlag({
        flag: args[0].flag,
        reason: "is missing, and no configuration names a lake. Give s3://bucket/prefix, or the path of a folder"
      })
      : Effect.succeed(chosen))
