/** docs/fleet.md: what compose and Kubernetes are told is what they understand, and what the command means. */
import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { check } from "../src/command/check.js"
import { repository, yaml } from "./nightly.js"

const page = readFileSync(join(repository, "docs/fleet.md"), "utf8")
const [compose = "", kubernetes = ""] = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, text = ""]) => text)

const Compose = Schema.Struct({
  services: Schema.Struct({
    database: Schema.Struct({
      environment: Schema.Struct({ POSTGRES_USER: Schema.String, POSTGRES_PASSWORD_FILE: Schema.String }),
      secrets: Schema.Array(Schema.String)
    }),
    worker: Schema.Struct({
      command: Schema.Array(Schema.String),
      environment: Schema.Struct({ TRUNKLINE_DATABASE_FILE: Schema.String, AWS_REGION: Schema.String }),
      secrets: Schema.Array(Schema.String),
      volumes: Schema.Tuple(Schema.String, Schema.Struct({ source: Schema.String, target: Schema.String })),
      stop_grace_period: Schema.String
    })
  }),
  secrets: Schema.Record({ key: Schema.String, value: Schema.Struct({ file: Schema.String }) }),
  volumes: Schema.Record({ key: Schema.String, value: Schema.Null })
})

/** The value of a flag among words. */
const flag = (words: ReadonlyArray<string>, name: string): string | undefined => check(words).values.get(name)

it("the compose file is one, and its secrets, volumes and flags meet", () => {
  const [document] = yaml(compose)
  const { secrets, services: { database, worker }, volumes } = Schema.decodeUnknownSync(Compose)(document)
  assert.isNull(check(worker.command).wrong)
  const [configuration, scratch] = worker.volumes
  assert.isTrue(flag(worker.command, "config")?.startsWith(`${configuration.split(":")[1]}/`))
  assert.strictEqual(flag(worker.command, "scratch"), scratch.target)
  assert.sameMembers(Object.keys(volumes), ["database", scratch.source])
  assert.sameMembers(Object.keys(secrets), [...database.secrets, ...worker.secrets])
  assert.strictEqual(database.environment.POSTGRES_PASSWORD_FILE, `/run/secrets/${database.secrets[0]}`)
  assert.strictEqual(worker.environment.TRUNKLINE_DATABASE_FILE, `/run/secrets/${worker.secrets[0]}`)
})

const Mount = Schema.Struct({ name: Schema.String, mountPath: Schema.String })
const Deployment = Schema.Struct({
  apiVersion: Schema.Literal("apps/v1"),
  kind: Schema.Literal("Deployment"),
  spec: Schema.Struct({
    selector: Schema.Struct({ matchLabels: Schema.Struct({ app: Schema.String }) }),
    template: Schema.Struct({
      metadata: Schema.Struct({ labels: Schema.Struct({ app: Schema.String }) }),
      spec: Schema.Struct({
        containers: Schema.Tuple(Schema.Struct({
          args: Schema.Array(Schema.String),
          env: Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.String })),
          volumeMounts: Schema.Array(Mount)
        })),
        volumes: Schema.Array(Schema.Struct({ name: Schema.String }))
      })
    })
  })
})

it("the Deployment is one, and its mounts and flags meet", () => {
  const [document] = yaml(kubernetes)
  const { spec: { selector, template } } = Schema.decodeUnknownSync(Deployment)(document)
  assert.deepStrictEqual(template.metadata.labels, selector.matchLabels)
  const { containers: [{ args, env, volumeMounts }], volumes } = template.spec
  assert.isNull(check(args).wrong)
  assert.sameMembers(volumes.map(({ name }) => name), volumeMounts.map(({ name }) => name))
  const below = (path: string | undefined) =>
    volumeMounts.some(({ mountPath }) => path === mountPath || path?.startsWith(`${mountPath}/`) === true)
  for (const path of [flag(args, "config"), flag(args, "scratch"), env[0]?.value]) assert.isTrue(below(path), path)
})
