/** docs/nightly.md: what schedulers are told is what they understand, and what the command means. */
import { assert, it } from "@effect/vitest"
import * as ExitCode from "@trunkline/export/ExitCode"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawnSync } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { check } from "../src/command/check.js"
import { folder } from "./commandline.js"
import { blocks, listed, page, repository, yaml } from "./nightly.js"

const dockerfile = readFileSync(join(repository, "Dockerfile"), "utf8")

it("every exit code has its line", () => {
  const [, table = ""] = page.split("## What to do about an exit code")
  const codes = [...(table.split(/^## /m)[0] ?? "").matchAll(/^\| (\d[\d, ]*?) +\|/gm)].flatMap(([, codes = ""]) =>
    codes.split(", ").map(Number)
  )
  assert.sameMembers(codes, [...ExitCode.all])
})

const Compose = Schema.Struct({
  services: Schema.Struct({
    trunkline: Schema.Struct({
      command: Schema.Array(Schema.String),
      environment: Schema.Record({ key: Schema.String, value: Schema.String }),
      secrets: Schema.Array(Schema.String),
      volumes: Schema.Array(Schema.String),
      read_only: Schema.Literal(true),
      restart: Schema.Literal("no"),
      stop_grace_period: Schema.Literal("60s")
    })
  }),
  secrets: Schema.Struct({ allo: Schema.Struct({ file: Schema.String }) }),
  volumes: Schema.Struct({ calls: Schema.Null })
})

it("the compose file is one, and mounts what the image and the command know", () => {
  const [document] = blocks("compose", "yaml").flatMap(yaml)
  const { services: { trunkline: { command, environment, secrets, volumes } } } = Schema.decodeUnknownSync(Compose)(
    document
  )
  assert.isNull(check(command).wrong)
  assert.deepStrictEqual([secrets, environment], [["allo"], { ALLO_API_KEY_FILE: "/run/secrets/allo" }])
  assert.deepStrictEqual(volumes, ["calls:/srv/calls"])
  assert.include(dockerfile, "\nENV TRUNKLINE_OUT=/srv/calls\n")
})

const Named = Schema.Struct({ name: Schema.String, mountPath: Schema.String })
const CronJob = Schema.Struct({
  apiVersion: Schema.Literal("batch/v1"),
  kind: Schema.Literal("CronJob"),
  spec: Schema.Struct({
    schedule: Schema.Literal("15 3 * * *"),
    concurrencyPolicy: Schema.Literal("Forbid"),
    jobTemplate: Schema.Struct({
      spec: Schema.Struct({
        podFailurePolicy: Schema.Struct({
          rules: Schema.Tuple(Schema.Struct({
            action: Schema.Literal("FailJob"),
            onExitCodes: Schema.Struct({
              containerName: Schema.Literal("trunkline"),
              operator: Schema.Literal("In"),
              values: Schema.Array(Schema.Literal(...ExitCode.all))
            })
          }))
        }),
        template: Schema.Struct({
          spec: Schema.Struct({
            restartPolicy: Schema.Literal("Never"),
            securityContext: Schema.Struct({ runAsNonRoot: Schema.Literal(true), runAsUser: Schema.Literal(1000) }),
            containers: Schema.Tuple(Schema.Struct({
              name: Schema.Literal("trunkline"),
              args: Schema.Array(Schema.String),
              env: Schema.Array(Schema.Struct({ name: Schema.String, value: Schema.String })),
              volumeMounts: Schema.Array(Named)
            })),
            volumes: Schema.Array(Schema.Struct({ name: Schema.String }))
          })
        })
      })
    })
  })
})

it("the CronJob is one, tries again what trying again may mend, and mounts what the image knows", () => {
  const [claim, job] = blocks("Kubernetes", "yaml").flatMap(yaml)
  assert.deepInclude(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" })
  const { jobTemplate: { spec: { podFailurePolicy, template: { spec } } } } =
    Schema.decodeUnknownSync(CronJob)(job).spec
  assert.deepStrictEqual(podFailurePolicy.rules[0].onExitCodes.values, [1, 2, 3, 5])
  const [{ args, env, volumeMounts }] = spec.containers
  assert.isNull(check(args).wrong)
  assert.sameMembers(volumeMounts.map(({ name }) => name), spec.volumes.map(({ name }) => name))
  const pathOf = (name: string) => volumeMounts.find((one) => one.name === name)?.mountPath
  assert.strictEqual(pathOf("calls"), "/srv/calls")
  assert.deepStrictEqual(env, [{ name: "ALLO_API_KEY_FILE", value: `${pathOf("keys")}/allo` }])
})

const hasSystemd = existsSync("/usr/bin/systemd-analyze")

it.scopedLive.skipIf(!hasSystemd)("systemd takes the service and the timer", () =>
  Effect.gen(function*() {
    const here = yield* folder
    const [service = "", timer = ""] = blocks("systemd", "ini")
    // Programs and folders of this machine in the place of those of the page.
    const own = service.replace("/usr/bin/node", process.execPath).replace("User=trunkline", "User=root")
    writeFileSync(join(here, "trunkline.service"), own)
    writeFileSync(join(here, "trunkline.timer"), timer)
    const verified = spawnSync("systemd-analyze", [
      "verify",
      "--man=no",
      join(here, "trunkline.service"),
      join(here, "trunkline.timer")
    ], { encoding: "utf8" })
    assert.deepStrictEqual(
      [verified.status, verified.stderr.split("\n").filter((line) => line.includes("trunkline"))],
      [
        0,
        []
      ]
    )
    const calendar = /^OnCalendar=(.*)$/m.exec(timer)?.[1] ?? ""
    assert.strictEqual(spawnSync("systemd-analyze", ["calendar", calendar]).status, 0)
  }))

it("no key stands in a file of the page, and every key is read from a file", () => {
  const files = [
    ...blocks("cron", "cron"),
    ...blocks("systemd", "ini"),
    ...blocks("compose", "yaml"),
    ...blocks("Kubernetes", "yaml"),
    dockerfile
  ]
  assert.isAbove(files.length, 5)
  for (const file of files) assert.notMatch(file, /API_KEY[=:]/)
})

it("the image begins with the command itself, so that signals reach it", () => {
  assert.deepStrictEqual(listed(dockerfile, "ENTRYPOINT"), ["node", "/opt/trunkline/apps/exporter/bin/trunkline.js"])
  assert.isNull(check(listed(dockerfile, "CMD")).wrong)
})
