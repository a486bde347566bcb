/** docs/nightly.md followed: every command of it runs over an account, and the Dockerfile is built without an engine. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { join } from "node:path"
import { type Ended, folder, installed, quick, reached } from "../commandline.js"
import { blocks, listed, repository, rulesOf, sent, stages, yaml } from "../nightly.js"

const command = installed()
const dockerfile = fs.readFileSync(join(repository, "Dockerfile"), "utf8")
const installedAt = "/opt/trunkline/apps/exporter/bin/trunkline.js"

/** Runs a line as a scheduler's shell would. */
const shell = (
  line: string,
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> }
): Effect.Effect<Ended> =>
  Effect.promise(() =>
    new Promise((resolve) => {
      const child = spawn("sh", ["-c", line], {
        cwd: options.cwd,
        env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env },
        stdio: ["ignore", "pipe", "pipe"]
      })
      let stdout = ""
      let stderr = ""
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text))
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
      child.on("close", (code) => resolve({ code, stdout, stderr }))
    })
  )

const Compose = Schema.Struct({
  services: Schema.Struct({ trunkline: Schema.Struct({ command: Schema.Array(Schema.String) }) })
})
const Pod = Schema.Struct({
  spec: Schema.Struct({ containers: Schema.Tuple(Schema.Struct({ args: Schema.Array(Schema.String) })) })
})
const CronJob = Schema.Struct({
  spec: Schema.Struct({ jobTemplate: Schema.Struct({ spec: Schema.Struct({ template: Pod }) }) })
})

const inContainer = (words: ReadonlyArray<string>): string =>
  `TRUNKLINE_OUT=/var/lib/trunkline/calls ${[...listed(dockerfile, "ENTRYPOINT"), ...words].join(" ")}`

const composed = Schema.decodeUnknownSync(Compose)(yaml(blocks("compose", "yaml").join(""))[0])
const [, job] = yaml(blocks("Kubernetes", "yaml").join(""))
const scheduled = Schema.decodeUnknownSync(CronJob)(job)

/** What each scheduler starts. */
const jobs: Readonly<Record<string, string>> = {
  cron: /^15 3 \* \* \* +(.*)$/m.exec(blocks("cron", "cron").join("\n"))?.[1] ?? "",
  systemd: /^ExecStart=(.*)$/m.exec(blocks("systemd", "ini").join("\n"))?.[1] ?? "",
  container: inContainer(listed(dockerfile, "CMD")),
  compose: inContainer(composed.services.trunkline.command),
  Kubernetes: inContainer(scheduled.spec.jobTemplate.spec.template.spec.containers[0].args)
}

it.scopedLive("what each scheduler starts exports the account, and the monitor is content", () =>
  Effect.gen(function*() {
    const { env: { ALLO_API_KEY, ALLOMIA_API_KEY: _, ...env } } = yield* reached
    for (const [name, line] of Object.entries(jobs)) {
      const here = yield* folder
      const key = join(here, "allo")
      fs.writeFileSync(key, `${ALLO_API_KEY}\n`, { mode: 0o400 })
      const run = (text: string) =>
        shell(
          text.replaceAll("/usr/bin/node", "node").replaceAll("node ", `${process.execPath} `)
            .replaceAll(installedAt, command()).replaceAll("/var/lib/trunkline", here),
          { cwd: here, env: { ...env, ALLO_API_KEY_FILE: key } }
        )
      const { code, stderr, stdout } = yield* run(line)
      assert.strictEqual(code, 0, `${name}: ${stderr}${stdout}`)
      const last = join(here, "last.json")
      const document = JSON.parse(fs.existsSync(last) ? fs.readFileSync(last, "utf8") : stdout)
      assert.deepInclude(document, { status: "certified", exitCode: 0 }, name)
      assert.isAbove(document.rows.calls, 0, name)
      const watched = yield* run(blocks("A monitor", "sh").join(""))
      assert.strictEqual(watched.code, 0, `${name}: ${watched.stderr}`)
    }
  }).pipe(Effect.provide(quick)))

const rules = rulesOf(fs.readFileSync(join(repository, ".dockerignore"), "utf8"))

/** Copies what `.dockerignore` lets through, as an engine sends it. */
const copySent = (name: string, to: string): void =>
  fs.cpSync(join(repository, name), to, {
    recursive: true,
    filter: (path) => {
      const relative = path.slice(repository.length)
      return fs.lstatSync(path).isDirectory()
        ? sent(rules, relative) || sent(rules, `${relative}/x`)
        : sent(rules, relative)
    }
  })

/** The folder of each stage, in which its paths begin. */
const build = Effect.gen(function*() {
  const folders = new Map<string, string>()
  let last = ""
  for (const { instructions, name } of stages(dockerfile)) {
    const root = yield* folder
    let workdir = "/"
    folders.set(name, root)
    last = root
    for (const { name, words } of instructions) {
      if (name === "WORKDIR") {
        workdir = words
        fs.mkdirSync(join(root, workdir), { recursive: true })
      } else if (name === "COPY") {
        const from = /^--from=(\S+) /.exec(words)?.[1]
        const parts = words.replace(/^--from=\S+ /, "").split(" ")
        const target = join(root, workdir, parts.at(-1) ?? "")
        for (const part of parts.slice(0, -1)) {
          const isFile = parts.length > 2 || target.endsWith("/") || part.endsWith(".json")
          const base = part.split("/").at(-1) ?? ""
          const to = isFile && !target.endsWith(base) ? join(target, base) : target
          if (from === undefined) copySent(part, to)
          else fs.cpSync(join(folders.get(from) ?? "", part), to, { recursive: true, verbatimSymlinks: true })
        }
      } else if (name === "RUN") {
        const line = words.replaceAll(/\bnpm (ci|prune)\b/g, "npm $1 --offline --no-audit --no-fund")
          // Only an engine runs this as root, with a user `node`.
          .replaceAll("-o node -g node ", "").replaceAll(" /srv/", ` ${root}/srv/`)
        const ended = yield* shell(line, { cwd: join(root, workdir) })
        if (ended.code !== 0) return { root, failed: `${line}\n${ended.stderr}` }
      }
    }
  }
  return { root: last, failed: null }
})

const Locked = Schema.parseJson(Schema.Struct({
  packages: Schema.Record({ key: Schema.String, value: Schema.Struct({ dev: Schema.optional(Schema.Boolean) }) })
}))

it.scopedLive(
  "the image of the Dockerfile holds the command with its production dependencies, and runs it",
  (context) =>
    Effect.gen(function*() {
      const { failed, root } = yield* build
      // Packages come from the cache of npm, which `npm ci` has filled.
      if (failed?.includes("ENOTCACHED") === true) return context.skip("packages are not in the cache of npm")
      assert.isNull(failed)
      const home = join(root, "opt/trunkline")
      assert.sameMembers(fs.readdirSync(home), ["LICENSE", "apps", "node_modules", "package.json"])
      assert.sameMembers(fs.readdirSync(join(home, "apps/exporter")), ["bin", "dist", "package.json"])
      const { packages } = yield* Schema.decode(Locked)(fs.readFileSync(join(repository, "package-lock.json"), "utf8"))
      const development = Object.entries(packages).filter(([path, { dev }]) =>
        dev === true && path.startsWith("node_modules/")
      )
      assert.isAbove(development.length, 50)
      assert.deepStrictEqual(development.filter(([path]) => fs.existsSync(join(home, path, "package.json"))), [])

      const { env } = yield* reached
      const out = join(root, "srv/calls")
      assert.strictEqual(fs.statSync(out).mode & 0o777, 0o700)
      const [, program = ""] = listed(dockerfile, "ENTRYPOINT")
      const run = (...words: ReadonlyArray<string>) =>
        shell([process.execPath, join(root, program), ...words].join(" "), {
          cwd: root,
          env: { ...env, TRUNKLINE_OUT: out }
        })
      const exported = yield* run(...listed(dockerfile, "CMD"))
      assert.strictEqual(exported.code, 0, exported.stderr)
      assert.deepInclude(JSON.parse(exported.stdout), { status: "certified", exitCode: 0 })
      for (const word of ["verify", "status", "report"]) assert.strictEqual((yield* run(word)).code, 0, word)
    }).pipe(Effect.provide(quick)),
  300_000
)
