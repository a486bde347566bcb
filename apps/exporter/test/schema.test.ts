/** The schema that editors complete and check a configuration by, held against a validator that others wrote. */
import { assert, it } from "@effect/vitest"
import { Ajv } from "ajv"
import * as Effect from "effect/Effect"
import * as fs from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parse } from "smol-toml"
import { example, schema } from "../src/configuration/example.js"

// A type that stands behind a reference is not seen by the strictest of its checks.
const validator = new Ajv({ allErrors: true, strictTypes: false }).compile(JSON.parse(schema()))

/** As an editor reads a text: TOML that becomes JSON. */
const isValid = (text: string): boolean => validator(JSON.parse(JSON.stringify(parse(text))))

const account = "[accounts.paris]\nsource = \"allo\"\nkey_env = \"PARIS_KEY\"\n"
const clinics = "[accounts.clinics]\nsource = \"allomia\"\nkey_file = \"keys/clinics\"\n"

it.live("the file in the package is the schema that checks: write it anew with config init in an empty folder", () =>
  Effect.gen(function*() {
    const path = fileURLToPath(new URL("../trunkline.schema.json", import.meta.url))
    assert.strictEqual(yield* Effect.promise(() => fs.readFile(path, "utf8")), schema())
  }))

it("takes what the command takes", () => {
  const good = [
    example,
    account,
    `[fleet]\nat = ["02:00", "13:30"]\nzone = "Europe/Paris"\n${account}at = ["23:59"]\n`,
    `[lake]\nto = "s3://acme-calls/trunkline"\nretention = "30d"\nallow_http = true\n${account}`,
    `out = "data"\n${account}since = "2024-01-01"\nconcurrency = 16\ntranscripts = true\n${clinics}organization_ids = ["a1"]\n`,
    `${clinics}hours = { mon-fri = ["08:00-12:00"], sat = [] }\norganizations.a1 = { name = "Clinic", zone = "UTC" }\n`
  ]
  for (const text of good) assert.isTrue(isValid(text), `${text}\n${JSON.stringify(validator.errors)}`)
})

it("refuses what the command refuses, as far as a schema can say it", () => {
  const bad = [
    "out = \"data\"\n",
    `outt = "data"\n${account}`,
    account.replace("allo", "alo"),
    account.replace("paris", "Paris"),
    account.replace("PARIS_KEY", "PARIS"),
    account.replace("key_env = \"PARIS_KEY\"", ""),
    `${account}key_file = "key"\n`,
    `${account}key = "secret"\n`,
    `${account}concurency = 4\n`,
    `${account}concurrency = 17\n`,
    `${account}concurrency = "4"\n`,
    `${account}transcripts = "yes"\n`,
    `${account}partition = "week"\n`,
    `${account}at = []\n`,
    `${account}at = ["25:00"]\n`,
    `[fleet]\nzones = "UTC"\n${account}`,
    `${account}organization_ids = ["a1"]\n`,
    `${clinics}contact = ["cnt-1"]\n`,
    `${clinics}organization_ids = []\n`,
    `${account}base_url = "api.withallo.com"\n`,
    `${account}hours = { monday = [] }\n`,
    `${account}hours = { mon = ["9-17"] }\n`,
    `${clinics}organizations.a1 = { colour = "red" }\n`
  ]
  for (const text of bad) assert.isFalse(isValid(text), text)
})
