/** Workers as real processes, over a PostgreSQL, a lake in a folder and a sandbox of many accounts. */
import { Sandbox } from "@trunkline/sandbox"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Postgres from "../../../packages/fleet/test/postgres.js"
import { folder, start, type Started, trunkline } from "./started.js"

/** Accounts of some calls, each a clinic with a key of its own. */
export const clinics = (accounts: number, latency: Duration.DurationInput = 0) =>
  Sandbox.layer({
    size: 100,
    allomiaCalls: 20 * accounts,
    organizations: accounts,
    days: 20,
    movement: false,
    rateLimit: { allomia: 10, window: "sliding" },
    latency,
    keptRequests: 2_000_000
  })

export const nameOf = (index: number): string => `clinic-${String(index).padStart(4, "0")}`

export interface Shown {
  readonly account: string
  readonly state: string
  readonly worker: string | null
  readonly failures: number
  readonly certifiedUntil: string | null
  readonly last:
    | { readonly endedAt: string; readonly worker: string; readonly exitCode: number; readonly says: string | null }
    | null
}

/** One folder with the configuration, the keys, the lake and the scratch of all workers. */
export const fleet = (bin: string, accounts: number) =>
  Effect.gen(function*() {
    const here = yield* folder
    const { allomiaUrl, keys, organizations } = yield* Sandbox
    const postgres = yield* Postgres.started
    yield* Effect.promise(() => fs.mkdir(join(here, "keys")))
    const texts: Array<string> = ["[lake]\nto = \"lake\"\n"]
    for (let index = 0; index < accounts; index++) {
      const name = nameOf(index)
      yield* Effect.promise(() =>
        fs.writeFile(join(here, "keys", name), keys.allomiaOrganizations[index] ?? "", { mode: 0o600 })
      )
      texts.push(
        `[accounts.${name}]`,
        "source = \"allomia\"",
        `key_file = "keys/${name}"`,
        `base_url = "${allomiaUrl}"`,
        `organization_ids = ["${organizations[index]?.id ?? ""}"]`
      )
    }
    yield* Effect.promise(() => fs.writeFile(join(here, "trunkline.toml"), texts.join("\n")))

    const options = (database: string) => ({
      cwd: here,
      env: {
        TRUNKLINE_DATABASE: Redacted.value(postgres.url(database, { password: false })),
        PGPASSWORD: Postgres.password
      }
    })
    const status = (database: string) =>
      Effect.map(
        trunkline(bin, ["fleet", "--json"], options(database)),
        ({ stdout }): { readonly accounts: ReadonlyArray<Shown>; readonly workers: ReadonlyArray<unknown> } =>
          JSON.parse(stdout)
      )
    return {
      here,
      postgres,
      options,
      status,
      worker: (database: string, words: ReadonlyArray<string> = []): Effect.Effect<Started> =>
        start(bin, ["worker", "--scratch", "scratch", ...words], options(database)),
      /** Pushes that an account has in the lake. */
      pushes: (name: string) =>
        Effect.promise(async () =>
          (await fs.readdir(join(here, "lake/state", name)).catch((): Array<string> => []))
            .filter((file) => file.endsWith(".json.gz"))
        )
    }
  })

export type Fleet = Effect.Effect.Success<ReturnType<typeof fleet>>
