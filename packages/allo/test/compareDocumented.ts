/**
 * Holds `fixtures/documented.ts` against a copy of Allo's OpenAPI, which is not ours to keep here:
 * `npx vite-node packages/allo/test/compareDocumented.ts openapi.json`. Ends with 1 where the two differ.
 */
import * as Predicate from "effect/Predicate"
import { readFileSync } from "node:fs"
import type { Documented } from "../../http/test/fixtures/documented.js"
import { documented, reads } from "./fixtures/documented.js"

type Json = { readonly [key: string]: unknown }

const isRecord = (value: unknown): value is Json => Predicate.isRecord(value)
const record = (value: unknown): Json => isRecord(value) ? value : {}
const list = (value: unknown): ReadonlyArray<unknown> => Array.isArray(value) ? value : []

const [, , file = ""] = process.argv
const openapi: unknown = JSON.parse(readFileSync(file, "utf8"))

/** What a reference names, with the parts of `allOf` as one. */
const resolved = (value: unknown): Json => {
  const node = record(value)
  if (typeof node["$ref"] === "string") {
    return resolved(
      node["$ref"].slice(2).split("/").reduce<unknown>((place, name) => record(place)[name], openapi)
    )
  }
  if (!Array.isArray(node["allOf"])) return node
  const parts = list(node["allOf"]).map(resolved)
  return {
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    required: parts.flatMap(({ required }) => list(required))
  }
}

/** The names of what has no names in it. */
const names = (schema: unknown): ReadonlyArray<string> => {
  const node = resolved(schema)
  if (node["items"] !== undefined) return names(node["items"])
  return Object.entries(record(node["properties"])).flatMap(([name, value]) => {
    const inner = names(value)
    return inner.length === 0 ? [name] : inner.map((rest) => `${name}.${rest}`)
  })
}

interface Asked {
  readonly schema: Json
  readonly required: boolean
}

const isRequired = (schema: Json, name: string) => list(schema["required"]).includes(name)

/** Parameters by their names; those of a part of the body with a dot. */
const bodyOf = (schema: Json): ReadonlyArray<readonly [string, Asked]> =>
  Object.entries(record(schema["properties"])).flatMap(([name, value]) => {
    const part = resolved(value)
    return part["properties"] === undefined
      ? [[name, { schema: part, required: isRequired(schema, name) }] as const]
      : bodyOf(part).map(([rest, asked]) => [`${name}.${rest}`, asked] as const)
  })

const asksOf = (operation: Json): ReadonlyMap<string, Asked> => {
  const query = list(operation["parameters"]).map(resolved).filter((_) => _["in"] === "query")
  const content = record(record(resolved(operation["requestBody"])["content"])["application/json"])
  return new Map([
    ...query.map((_) =>
      [String(_["name"]), { schema: resolved(_["schema"]), required: _["required"] === true }] as const
    ),
    ...bodyOf(resolved(content["schema"]))
  ])
}

/** The names of a good answer, as the table has them: those of a row first, then those beside the rows. */
const answersOf = (operation: Json): ReadonlyArray<string> => {
  const good = resolved(record(operation["responses"])["200"])
  const body = resolved(record(record(good["content"])["application/json"])["schema"])
  return names(body)
    .filter((name) => !/(?:^|\.)(?:pagination|metadata)\./.test(name))
    .map((name) => name.replace(/^data\.(?:results\.)?/, ""))
}

const differences: Array<string> = []
const differ = (name: string, what: string, ours: ReadonlyArray<string>, theirs: ReadonlyArray<string>) => {
  const [one, other] = [new Set(ours), new Set(theirs)]
  const missing = [...other].filter((_) => !one.has(_))
  const made = [...one].filter((_) => !other.has(_))
  if (missing.length > 0) differences.push(`${name}: ${what} not in the table: ${missing.join(" ")}`)
  if (made.length > 0) differences.push(`${name}: ${what} only in the table: ${made.join(" ")}`)
}

const paths = record(record(openapi)["paths"])
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(record(methods)).map(([method, operation]) =>
    [`${method.toUpperCase()} ${path}`, record(operation)] as const
  )
)

const isRead = (name: string) =>
  name.startsWith("GET ") || (name.startsWith("POST ") && /\/(?:search|batch)$|\/analytics\//.test(name))
const theirs = operations.filter(([name]) => isRead(name))
differ(
  "The OpenAPI",
  "reads",
  reads.flatMap(([name, read]) => read.isNewer ? [] : [name]),
  theirs.map(([name]) => name)
)

for (const [name, operation] of theirs) {
  const read: Documented | undefined = reads.find(([known]) => known === name)?.[1]
  if (read === undefined) continue
  const asks = asksOf(operation)
  differ(name, "parameters", Object.keys(read.asks), [...asks.keys()])
  differ(
    name,
    "names",
    [
      ...read.answers.split(" "),
      ...Object.entries(read.beside ?? {}).flatMap(([place, names]) => names.split(" ").map((_) => `${place}.${_}`))
    ],
    answersOf(operation)
  )
  for (const [param, { required, schema }] of asks) {
    const ours = read.asks[param]
    if (ours === undefined) continue
    const [least, most] = [schema["minimum"], schema["maximum"] ?? schema["maxItems"]]
    if (required !== (ours.required ?? false)) differences.push(`${name}: ${param} required: ${required}`)
    if (least !== undefined && least !== ours.least) differences.push(`${name}: ${param} from ${String(least)}`)
    if (most !== undefined && most !== ours.most) differences.push(`${name}: ${param} to ${String(most)}`)
    const words = list(schema["enum"]).map(String)
    differ(name, `words of ${param}`, ours.words?.split(" ") ?? [], words)
  }
}

for (const difference of differences) console.error(difference)
console.log(`${theirs.length} reads of the OpenAPI, ${Object.keys(documented).length} in the table`)
process.exitCode = differences.length === 0 ? 0 : 1
