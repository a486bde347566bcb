/** One node of Ceph with its S3 gateway, in memory, where Debian's packages are installed. */
import { Context, Effect, Layer, Schedule, type Scope } from "effect"
import { execFile } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Options } from "../src/S3Store.js"
import { scratch } from "./contract.js"
import { credentials, makeBucket } from "./s3.js"
import { answers, freePort, runs, started } from "./server.js"

export const hasRgw = ["radosgw", "ceph-mon", "ceph-osd", "ceph", "radosgw-admin"].every((name) =>
  runs(name, "--version")
)

/** A client of Ceph that speaks to its monitor before it knows its cluster is refused, or waits in vain. So each is tried again. */
const done = (command: string, options: ReadonlyArray<string>): Effect.Effect<string, string> =>
  Effect.async<string, string>((resume) => {
    execFile(
      command,
      options,
      { timeout: 60_000 },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.succeed(stdout) : Effect.fail(`${command} ${options[0]}: ${stderr.slice(-500)}`))
    )
  }).pipe(Effect.retry(Schedule.intersect(Schedule.spaced("500 millis"), Schedule.recurs(4))))

const configuration = (folder: string, monitor: number, gateway: number): string => `
[global]
fsid = 0e2d3f1c-5a52-4d1e-9c6a-6d1b7b3a8f10
mon initial members = a
mon host = v1:127.0.0.1:${monitor}
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${folder}
admin socket = ${folder}/$cluster-$name.asok
pid file = ${folder}/$name.pid
log file = ${folder}/$name.log
crash dir = ${folder}/crash
ms bind msgr2 = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
[mon]
mon data = ${folder}/mon-a
mon cluster log file = ${folder}/cluster.log
[osd]
osd data = ${folder}/osd-0
osd class update on start = false
osd crush update on start = false
osd objectstore = memstore
memstore device bytes = 4294967296
[client.rgw.a]
rgw data = ${folder}/rgw
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw dns name = rgw.localhost
`

const begin: Effect.Effect<Options, unknown, Scope.Scope> = Effect.gen(function*() {
  const folder = yield* scratch
  const [monitor, gateway] = [yield* freePort, yield* freePort]
  const file = join(folder, "ceph.conf")
  writeFileSync(file, configuration(folder, monitor, gateway))
  for (const name of ["osd-0", "rgw", "crash"]) mkdirSync(join(folder, name))
  const map = join(folder, "monmap")
  const fsid = "0e2d3f1c-5a52-4d1e-9c6a-6d1b7b3a8f10"
  const owner = process.getuid?.() === 0 ? ["--setuser", "root", "--setgroup", "root"] : []
  const ceph = (...options: ReadonlyArray<string>) => done("ceph", ["-c", file, "--connect-timeout", "120", ...options])

  yield* done("monmaptool", ["--create", "--fsid", fsid, "--addv", "a", `[v1:127.0.0.1:${monitor}]`, map])
  yield* done("ceph-mon", ["-c", file, "--mkfs", "-i", "a", "--monmap", map, ...owner])
  yield* started("ceph-mon", ["-c", file, "-i", "a", "-f", ...owner])
  yield* ceph("osd", "create")
  yield* done("ceph-osd", ["-c", file, "-i", "0", "--mkfs", ...owner])
  yield* ceph("osd", "crush", "add", "osd.0", "1.0", "root=default", "host=localhost")
  yield* started("ceph-osd", ["-c", file, "-i", "0", "-f", ...owner])
  const [id, secret] = ["rgwaccess", "rgwsecret"]
  yield* done("radosgw-admin", [
    "-c",
    file,
    "user",
    "create",
    "--uid=lake",
    "--display-name=lake",
    `--access-key=${id}`,
    `--secret-key=${secret}`
  ])
  yield* started("radosgw", ["-c", file, "-n", "client.rgw.a", "-f", ...owner])
  const endpoint = `http://127.0.0.1:${gateway}`
  yield* answers(endpoint, 120)
  const options = { endpoint, bucket: "lake", credentials: credentials(id, secret) }
  yield* makeBucket(options)
  return options
})

export class Rgw extends Context.Tag("Rgw")<Rgw, Options>() {
  static readonly layer = Layer.scoped(this, begin)
}
