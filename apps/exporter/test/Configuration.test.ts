/** Every wrong line of a configuration is refused with its line, its key and what is expected there. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fs from "node:fs/promises"
import { join } from "node:path"
import * as Configuration from "../src/configuration/Configuration.js"
import { lineOf } from "../src/configuration/Lines.js"
import { folder } from "./commandline.js"

/** An account that lacks nothing; a wrong line behind it is line 4. */
const allo = "[accounts.paris]\nsource = \"allo\"\nkey_env = \"PARIS_KEY\"\n"
const allomia = "[accounts.clinics]\nsource = \"allomia\"\nkey_file = \"keys/clinics\"\n"

const whole = `# every key there is
out = "data"

${allo}base_url = "https://api.withallo.com"
since = 2024-01-01
until = "2026-03-01T09:30:00Z"
lookback = "12h"
partition = "day"
concurrency = 8
refresh = 0
full = false
transcripts = true
no_details = false
accept_gone = false
same_account = false
allow_http = false
contact = ["cnt-abc123"]
reads_per_second = 2.5
writes_per_second = 1
name = "Paris"
zone = "Europe/Paris"
hours = { mon-fri = ["08:00-12:00", "13:00-18:00"], sat = ["09:00-12:00"], sun = [] }

${allomia}base_url = "http://127.0.0.1:4790/api"
requests_per_second = 10
organization_ids = ["a1b2", "c3d4"]

[accounts.clinics.organizations."a1b2"]
name = "Clinique du Lac"
zone = "America/Toronto"
hours = { fri-mon = ["22:00-06:00"], wed = ["00:00-24:00"] }
`

it("a configuration with every key there is says what it says", () => {
  const document = Either.getOrThrow(Configuration.check(whole, { named: false }))
  assert.deepStrictEqual(Object.keys(document.accounts), ["paris", "clinics"])
  assert.deepInclude(document.accounts["paris"], { since: "2024-01-01", concurrency: 8, transcripts: true })
  assert.deepStrictEqual(document.accounts["clinics"]?.organizations?.["a1b2"]?.zone, "America/Toronto")
})

type Case = readonly [text: string, line: number | null, key: string, says: string]

const wrong: ReadonlyArray<Case> = [
  // What is no TOML, and what stands twice.
  ["", null, "accounts", "is missing"],
  ["out = \"data\n", 1, "", "this is no TOML: control characters are not allowed in strings"],
  [`${allo}since = yesterday\n`, 4, "", "this is no TOML: invalid value"],
  [`${allo}full true\n`, 4, "", "this is no TOML"],
  [`${allo}\n[accounts.paris]\nsource = "allo"\n`, 5, "", "for the second time"],
  [`${allo}source = "allomia"\n`, 4, "", "for the second time"],
  [`${allo}organizations = { a = 1`, 4, "", "this is no TOML: "],
  // Keys that there are not.
  [`outt = "data"\n${allo}`, 1, "outt", "there is no such key. Did you mean out?"],
  [`[acounts.paris]\nsource = "allo"\n`, 1, "acounts", "Did you mean accounts?"],
  [`source = "allo"\n${allo}`, 1, "source", "stands in an account, below a line such as [accounts.paris]"],
  [`${allo}concurency = 4\n`, 4, "accounts.paris.concurency", "Did you mean concurrency?"],
  [`${allo}look-back = "7d"\n`, 4, "accounts.paris.look-back", "Did you mean lookback?"],
  [`${allo}colour = "red"\n`, 4, "accounts.paris.colour", "there is no such key"],
  [`${allo}organization_ids = ["a"]\n`, 4, "accounts.paris.organization_ids", "is for accounts of Allomia"],
  [`${allo}requests_per_second = 5\n`, 4, "accounts.paris.requests_per_second", "is for accounts of Allomia"],
  [
    `${allomia}contact = ["cnt-1"]\n`,
    4,
    "accounts.clinics.contact",
    "is for accounts of Allo, and this is one of Allomia"
  ],
  [`${allomia}reads_per_second = 5\n`, 4, "accounts.clinics.reads_per_second", "is for accounts of Allo"],
  [`${allomia}organizations.a1.zonee = "UTC"\n`, 4, "accounts.clinics.organizations.a1.zonee", "Did you mean zone?"],
  // Secrets.
  [`${allo}key = "ak_live_123456"\n`, 4, "accounts.paris.key", "a key never stands in a configuration"],
  [`${allo}api_key = "abc"\n`, 4, "accounts.paris.api_key", "Name a file in key_file, or a variable in key_env"],
  [`${allo}password = "abc"\n`, 4, "accounts.paris.password", "a key never stands in a configuration"],
  [`${allo}name = "ak_live_123456"\n`, 4, "accounts.paris.name", "a key never stands in a configuration"],
  [`token = "abc"\n${allo}`, 1, "token", "a key never stands in a configuration"],
  // The fleet.
  [`[fleet]\nat = "02:00"\n${allo}`, 2, "fleet.at", "must be a list of 1 to 24 times of the day"],
  [`[fleet]\nat = []\n${allo}`, 2, "fleet.at", "must be a list of 1 to 24 times of the day"],
  [`[fleet]\nat = ["24:00"]\n${allo}`, 2, "fleet.at", "must be a list of 1 to 24 times of the day"],
  [`[fleet]\nzone = "Paris"\n${allo}`, 2, "fleet.zone", "must be an IANA time zone"],
  [`[fleet]\nevery = "1d"\n${allo}`, 2, "fleet.every", "there is no such key"],
  [`${allo}at = ["2:00"]\n`, 4, "accounts.paris.at", "must be a list of 1 to 24 times of the day"],
  // The lake.
  [`[lake]\nregion = "eu-west-3"\n${allo}`, 1, "lake.to", "is missing"],
  [`[lake]\nto = "gs://acme/calls"\n${allo}`, 2, "lake.to", "must be s3://bucket/prefix, or the path of a folder"],
  [`[lake]\nto = "s3://acme"\nregions = "a"\n${allo}`, 3, "lake.regions", "Did you mean region?"],
  [`[lake]\nto = "lake"\nretention = "a week"\n${allo}`, 3, "lake.retention", "must be a length of time"],
  [`[lake]\nto = "lake"\nendpoint = "minio.corp"\n${allo}`, 3, "lake.endpoint", "must be an http or https URL"],
  [`[lake]\nto = "lake"\nendpoint = "https://minio.corp"\n${allo}`, 3, "lake.endpoint", "leads to another host"],
  [`[lake]\nto = "lake"\nsecret_access_key = "a"\n${allo}`, 3, "lake.secret_access_key", "Name a profile of AWS"],
  // Accounts: their names, their source, their key.
  ["[accounts]\n", 1, "accounts", "must hold 1 to 10000 accounts"],
  ["accounts = 3\n", 1, "accounts", "must be a table of accounts: begin each with a line such as [accounts.paris]"],
  ["accounts.paris = 3\n", 1, "accounts.paris", "must be a table, such as [accounts.paris]"],
  ["[[accounts]]\nsource = \"allo\"\n", 1, "accounts", "must be a table of accounts"],
  [allo.replace("paris", "Paris"), 1, "accounts.Paris", "is no name of an account: use 1 to 64 of the letters a-z"],
  [allo.replace("paris", "\"le havre\""), 1, "accounts.\"le havre\"", "is no name of an account"],
  [allo.replace("paris", "le_havre"), 1, "accounts.le_havre", "is no name of an account"],
  [allo.replace("paris", "\"../etc\""), 1, "accounts.\"../etc\"", "is no name of an account"],
  [allo.replace("paris", "a".repeat(65)), 1, `accounts.${"a".repeat(65)}`, "is no name of an account"],
  ["[accounts.paris]\nkey_env = \"PARIS_KEY\"\n", 1, "accounts.paris.source", "must be \"allo\" or \"allomia\""],
  [allo.replace("\"allo\"", "\"alo\""), 2, "accounts.paris.source", "must be \"allo\" or \"allomia\""],
  ["[accounts.paris]\nsource = \"allo\"\n", 1, "accounts.paris", "needs either key_file or key_env"],
  [`${allo}key_file = "key"\n`, 1, "accounts.paris", "needs either key_file or key_env"],
  [allo.replace("PARIS_KEY", "PARIS"), 3, "accounts.paris.key_env", "must be the name of a variable that ends in _KEY"],
  [allo.replace("PARIS_KEY", "_KEY"), 3, "accounts.paris.key_env", "such as PARIS_KEY, and never the key itself"],
  [allo.replace("PARIS_KEY", "AWS_SECRET"), 3, "accounts.paris.key_env", "ends in _KEY"],
  [
    allomia.replace("keys/clinics", ""),
    3,
    "accounts.clinics.key_file",
    "must be the path of a file that holds the key"
  ],
  [allomia.replace("\"keys/clinics\"", "7"), 3, "accounts.clinics.key_file", "must be the path of a file"],
  // Wrong types, and values out of bounds.
  [`out = 1\n${allo}`, 1, "out", "must be the path of a folder"],
  [`out = ""\n${allo}`, 1, "out", "must be the path of a folder"],
  [`${allo}concurrency = 17\n`, 4, "accounts.paris.concurrency", "must be a whole number from 1 to 16"],
  [`${allo}concurrency = 1.5\n`, 4, "accounts.paris.concurrency", "must be a whole number from 1 to 16"],
  [`${allo}concurrency = "4"\n`, 4, "accounts.paris.concurrency", "must be a whole number from 1 to 16"],
  [`${allo}refresh = 366\n`, 4, "accounts.paris.refresh", "must be a whole number from 0 to 365"],
  [`${allo}transcripts = "yes"\n`, 4, "accounts.paris.transcripts", "must be true or false"],
  [`${allo}partition = "week"\n`, 4, "accounts.paris.partition", "must be \"month\" or \"day\""],
  [`${allo}lookback = "7"\n`, 4, "accounts.paris.lookback", "must be a length of time such as \"12h\""],
  [`${allo}lookback = "4000d"\n`, 4, "accounts.paris.lookback", "up to 3650d"],
  [`${allo}since = "2026-02-30"\n`, 4, "accounts.paris.since", "must be an ISO date or time"],
  [`${allo}since = 1999-12-31\n`, 4, "accounts.paris.since", "from 2000 to 2199"],
  [`${allo}until = 7\n`, 4, "accounts.paris.until", "must be an ISO date or time"],
  [`${allo}reads_per_second = 0\n`, 4, "accounts.paris.reads_per_second", "must be a number from 1 to 1000"],
  [`${allomia}requests_per_second = 1001\n`, 4, "accounts.clinics.requests_per_second", "from 1 to 1000"],
  [`${allo}contact = "cnt-1"\n`, 4, "accounts.paris.contact", "must be a list of ids of contacts"],
  [`${allo}contact = [\n  "cnt-1",\n  "a b"\n]\n`, 4, "accounts.paris.contact", "must be a list of ids of contacts"],
  [
    `${allomia}organization_ids = []\n`,
    4,
    "accounts.clinics.organization_ids",
    "must be a list of ids of organisations"
  ],
  // Where a key may go.
  [`${allo}base_url = "api.withallo.com"\n`, 4, "accounts.paris.base_url", "must be an http or https URL"],
  [`${allo}base_url = "https://me:pw@host"\n`, 4, "accounts.paris.base_url", "without a name, a password"],
  [`${allo}base_url = "https://host/?a=1"\n`, 4, "accounts.paris.base_url", "a query or a fragment"],
  [
    `${allo}base_url = "https://example.com"\n`,
    4,
    "accounts.paris.base_url",
    "only if the file is named with --config"
  ],
  [`${allo}base_url = "http://api.withallo.com"\n`, 4, "accounts.paris.base_url", "leads to another host"],
  // What organisations are.
  [`${allo}zone = "Paris"\n`, 4, "accounts.paris.zone", "must be an IANA time zone, such as \"Europe/Paris\""],
  [`${allo}zone = "Europe/Pariss"\n`, 4, "accounts.paris.zone", "must be an IANA time zone"],
  [`${allo}zone = "+02:00"\n`, 4, "accounts.paris.zone", "must be an IANA time zone"],
  [`${allo}hours = "9-5"\n`, 4, "accounts.paris.hours", "must be a table of days"],
  [`${allo}hours = { monday = ["09:00-17:00"] }\n`, 4, "accounts.paris.hours.monday", "must be a day, such as sat"],
  [`${allo}hours = { mon = "09:00-17:00" }\n`, 4, "accounts.paris.hours.mon", "must be a list of ranges"],
  [
    `${allo}hours = { mon = ["9:00-17:00"] }\n`,
    4,
    "accounts.paris.hours.mon.0",
    "must be a range of two different times"
  ],
  [
    `${allo}hours = { mon = ["09:00-25:00"] }\n`,
    4,
    "accounts.paris.hours.mon.0",
    "must be a range of two different times"
  ],
  [
    `${allo}hours = { mon = ["09:00-09:00"] }\n`,
    4,
    "accounts.paris.hours.mon.0",
    "must be a range of two different times"
  ],
  [`${allo}hours = { mon-fri = [], wed = [] }\n`, 4, "accounts.paris.hours", "and wed is named twice"],
  [`${allo}name = ""\n`, 4, "accounts.paris.name", "must be a text of 1 to 200 characters"],
  [`${allomia}organizations = ["a"]\n`, 4, "accounts.clinics.organizations", "must be a table of organisations"],
  [
    `${allomia}organizations.a1 = "x"\n`,
    4,
    "accounts.clinics.organizations.a1",
    "must be a table with name, zone and hours"
  ],
  [`${allomia}organizations."a b" = {}\n`, 4, "accounts.clinics.organizations.\"a b\"", "is no id of an organisation"]
]

for (const [text, line, key, says] of wrong) {
  it(`refuses ${key === "" ? JSON.stringify(text.slice(-30)) : key}: ${says}`, () => {
    const found = Either.getOrThrow(Either.flip(Configuration.check(text, { named: false })))
    assert.strictEqual(found.length, 1, JSON.stringify(found))
    assert.deepInclude(found[0], { line, key })
    assert.include(found[0]?.reason, says)
    for (const value of ["ak_live", "me:pw"]) assert.notInclude(JSON.stringify(found), value)
  })
}

it("all that is wrong is named at once, from the first line to the last", () => {
  const text = `out = 1\n${allo}full = 1\n\n${allomia}concurrency = 0\nzonee = "UTC"\n`
  const found = Either.getOrThrow(Either.flip(Configuration.check(text, { named: false })))
  assert.deepStrictEqual(found.map(({ key, line }) => [line, key]), [
    [1, "out"],
    [5, "accounts.paris.full"],
    [10, "accounts.clinics.concurrency"],
    [11, "accounts.clinics.zonee"]
  ])
})

it("a file that is named with --config may choose the host", () => {
  const text = `${allo}base_url = "https://example.com"\n`
  assert.isTrue(Either.isRight(Configuration.check(text, { named: true })))
})

it("the line of a key is that where its value begins", () => {
  const text = "a = 1\n\n# b\nb = [\n  1,\n  2\n]\n[c]\n  # d\n  d = \"\"\"\nx\n\"\"\"\n[c.e]\nf = { g = 1 }\n"
  const lines: ReadonlyArray<readonly [ReadonlyArray<string | number>, number | null]> = [
    [["a"], 1],
    [["b"], 4],
    [["b", 1], 4],
    [["c"], 8],
    [["c", "d"], 10],
    [["c", "e"], 13],
    [["c", "e", "f", "g"], 14],
    [["c", "missing"], 8],
    [["missing"], null]
  ]
  for (const [path, line] of lines) assert.strictEqual(lineOf(text, path), line, path.join("."))
})

it.scoped("a file is found by its name, or by the flag, and paths in it are seen from where it is", () =>
  Effect.gen(function*() {
    const here = yield* folder
    assert.isNull(yield* Configuration.find(null, here))
    yield* Effect.promise(() => fs.mkdir(join(here, "etc")))
    const path = join(here, "etc", "trunkline.toml")
    yield* Effect.promise(() => fs.writeFile(path, `\uFEFFout = "data"\r\n${allo}`))
    const found = yield* Configuration.find(null, join(here, "etc"))
    assert.deepInclude(found, { file: path, out: join(here, "etc", "data") })
    assert.deepStrictEqual((yield* Configuration.find("etc/trunkline.toml", here))?.accounts.map(({ name }) => name), [
      "paris"
    ])
    const missing = yield* Effect.flip(Configuration.find("nowhere.toml", here))
    assert.strictEqual(missing.message, `${join(here, "nowhere.toml")}: there is no such file`)
    const noFile = yield* Effect.flip(Configuration.find("etc", here))
    assert.include(noFile.message, "is no file")
  }))

it("two thousand accounts are read in no time, and a wrong line among them is named", () => {
  const accounts = Array.from(
    { length: 2000 },
    (_, index) => `[accounts.a${index}]\nsource = "allo"\nkey_file = "keys/a${index}"\n`
  )
  const begun = performance.now()
  assert.isTrue(Either.isRight(Configuration.check(accounts.join(""), { named: false })))
  const text = `${accounts.slice(0, 1500).join("")}concurrency = 99\n${accounts.slice(1500).join("")}`
  const found = Either.getOrThrow(Either.flip(Configuration.check(text, { named: false })))
  assert.deepStrictEqual(found.map(({ line }) => line), [4501])
  assert.isBelow(performance.now() - begun, 20_000)
})

it("of very many wrong lines the first are named, and how many more there are", () => {
  const text = Array.from(
    { length: 2000 },
    (_, index) => `[accounts.a${index}]\nsource = "allo"\nkey_file = "keys/a${index}"\nconcurrency = 0\n`
  ).join("")
  const begun = performance.now()
  const found = Either.getOrThrow(Either.flip(Configuration.check(text, { named: false })))
  assert.deepStrictEqual(found.map(({ line }) => line), [
    ...Array.from({ length: 20 }, (_, index) => 4 + 4 * index),
    null
  ])
  assert.strictEqual(found.at(-1)?.reason, "1980 more are wrong")
  assert.isBelow(performance.now() - begun, 60_000)
})
