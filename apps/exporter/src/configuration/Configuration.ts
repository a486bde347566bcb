/** Reads a configuration and checks it: every line that is wrong is named, with its key and what is expected there. */
import * as AlloClient from "@trunkline/allo/AlloClient"
import * as AllomiaClient from "@trunkline/allomia/AllomiaClient"
import { isLoopback } from "@trunkline/http/ApiClient"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as fs from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { parse, TomlDate, TomlError } from "smol-toml"
import { codeOf, read as readText } from "../Environment.js"
import { nearest, suggested } from "../Nearest.js"
import { remember } from "../terminal/secrets.js"
import * as Document from "./Document.js"
import { lineOf } from "./Lines.js"

/** A key that is wrong, in words that never repeat its value. */
const Wrong = Schema.Struct({
  /** From 1 on; null where no line is at fault. */
  line: Schema.NullOr(Schema.Number),
  key: Schema.String,
  reason: Schema.String
})
export interface Wrong extends Schema.Schema.Type<typeof Wrong> {}

/** So many are named at once. To find a line takes a moment in a file of thousands. */
const most = 20

/** A configuration that cannot be used. */
export class InvalidConfiguration
  extends Schema.TaggedError<InvalidConfiguration>("trunkline/configuration/InvalidConfiguration")(
    "InvalidConfiguration",
    { file: Schema.String, wrong: Schema.Array(Wrong) }
  )
{
  override get message(): string {
    return this.wrong.map((wrong) => says(this.file, wrong)).join("\n")
  }
}

/** `trunkline.toml:3: accounts.paris.lookback: must be …` */
export const says = (file: string, { key, line, reason }: Wrong): string =>
  `${file}${line === null ? "" : `:${line}`}: ${key === "" ? "" : `${key}: `}${reason}`

export interface Account {
  readonly name: string
  /** The file it stands in, absolute: paths of its settings are seen from there. */
  readonly file: string
  readonly settings: Document.Account
  /** The file of the key that masks numbers, absolute; none where the configuration names none. */
  readonly maskKeyFile?: string | undefined
}

export interface Configuration {
  /** Absolute. */
  readonly file: string
  /** Absolute; null where the file does not say. */
  readonly out: string | null
  /** Whether a person named the file with `--config`. */
  readonly isNamed: boolean
  /** Where every export pushes to; null where the file does not say. A path in it is seen from the file. */
  readonly lake: Document.Lake | null
  /** When workers run the accounts; null where the file does not say. */
  readonly fleet: Document.Fleet | null
  /** In the order of the file. */
  readonly accounts: ReadonlyArray<Account>
}

/** What the file is called where no flag names one. */
export const usual = "trunkline.toml"

const largest = 8 * 1024 * 1024

type Path = ReadonlyArray<PropertyKey>

const written = (path: Path): string =>
  path.map((part) => {
    const text = String(part)
    return typeof part === "number" || /^[\w-]{1,100}$/.test(text) ? text : JSON.stringify(text.slice(0, 100))
  }).join(".")

const looksLikeKey = /(?:^|[^A-Za-z])[a-z]k_(?:live|test)_/
const namesKey = /^(?:(?:api|secret|access|private)_?)?(?:key|token|secret|password)(?:_value)?$/i

const secret = "a key never stands in a configuration, which is copied, committed and shown. " +
  "Name a file in key_file, or a variable in key_env"

const secretOfLake = "a key never stands in a configuration, which is copied, committed and shown. " +
  "Name a profile of AWS in profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

/** Dates as text, as an export takes them; and every text that looks like a key. */
const plain = (value: unknown, path: Path, secrets: Array<Path>): unknown => {
  if (value instanceof TomlDate) return value.toISOString()
  if (Array.isArray(value)) return value.map((one, index) => plain(one, [...path, index], secrets))
  if (typeof value === "string") {
    if (looksLikeKey.test(value)) {
      remember(value)
      secrets.push(path)
    }
    return value
  }
  return Predicate.isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, [...path, name], secrets)]))
    : value
}

const vendors = { allo: "Allo", allomia: "Allomia" } as const

/** What to say of a key that is not known where it stands. */
const unknown = (document: unknown, path: Path): string => {
  const name = String(path.at(-1) ?? "")
  const nearestOf = (known: ReadonlyArray<string>) => `there is no such key${suggested(nearest(name, known))}`
  if (path[0] === "lake" && /key|secret|token|password/i.test(name)) return secretOfLake
  if (namesKey.test(name)) return secret
  if (path.length === 1) {
    return Document.keysOf.allo.includes(name) || Document.keysOf.allomia.includes(name)
      ? "stands in an account, below a line such as [accounts.paris]"
      : nearestOf(["out", "lake", "fleet", "accounts"])
  }
  if (path[0] === "lake") return nearestOf(Document.keysOfLake)
  if (path[0] === "fleet") return nearestOf(Document.keysOfFleet)
  if (path.length === 2) return "is no name of an account: use 1 to 64 of the letters a-z, digits and hyphens"
  const [, account, , place] = path
  if (path.at(-2) === "hours") return "must be a day, such as sat, or a range of days, such as mon-fri"
  if (path.length === 3) {
    const settings = Predicate.hasProperty(document, "accounts") &&
        Predicate.hasProperty(document.accounts, account ?? "")
      ? document.accounts[account ?? ""]
      : null
    const source = Predicate.hasProperty(settings, "source") && settings.source === "allomia" ? "allomia" : "allo"
    const other = source === "allo" ? "allomia" : "allo"
    return Document.keysOf[other].includes(name)
      ? `is for accounts of ${vendors[other]}, and this is one of ${vendors[source]}`
      : nearestOf(Document.keysOf[source])
  }
  return place === name ? "is no id of an organisation" : nearestOf(["name", "zone", "hours"])
}

const reasonOf = (document: unknown, { _tag, message, path }: ParseResult.ArrayFormatterIssue): string => {
  if (_tag === "Unexpected") return unknown(document, path)
  if (path.at(-1) === "source") return "must be \"allo\" or \"allomia\""
  return _tag === "Missing" ? "is missing" : message
}

interface Misplaced {
  readonly path: Path
  readonly reason: string
}

/** Hosts that a file which nobody named may not choose: it may have come with a folder that was copied. */
const foreign = (document: Document.Document): ReadonlyArray<Misplaced> => [
  ...document.lake?.endpoint === undefined || isLoopback(document.lake.endpoint) ? [] : [{
    path: ["lake", "endpoint"],
    reason: "leads to another host than that of AWS. Calls go there only if the file is named with --config"
  }],
  ...foreignAccounts(document)
]

const foreignAccounts = (document: Document.Document): ReadonlyArray<Misplaced> =>
  Object.entries(document.accounts).flatMap(([name, { base_url, source }]) => {
    if (base_url === undefined || !URL.canParse(base_url) || isLoopback(base_url)) return []
    const vendor = source === "allo" ? AlloClient.documented.baseUrl : AllomiaClient.usual.baseUrl
    return new URL(base_url).origin === new URL(vendor).origin ? [] : [{
      path: ["accounts", name, "base_url"],
      reason: "leads to another host than the vendor's. A key goes there only if the file is named with --config"
    }]
  })

/** What a text of TOML says, or all that is wrong with it. `named` is a file that a person named with `--config`. */
export const check = (
  text: string,
  { named }: { readonly named: boolean }
): Either.Either<Document.Document, ReadonlyArray<Wrong>> => {
  const parsed = Either.try({
    try: (): unknown => parse(text),
    catch: (cause): ReadonlyArray<Wrong> => [
      cause instanceof TomlError
        ? { line: cause.line, key: "", reason: syntax(cause.message) }
        : { line: null, key: "", reason: "this is no TOML" }
    ]
  })
  if (Either.isLeft(parsed)) return Either.left(parsed.left)
  const secrets: Array<Path> = []
  const document = plain(parsed.right, [], secrets)
  const decoded = Schema.decodeUnknownEither(Document.Document)(document, { errors: "all", onExcessProperty: "error" })
  const wrong = [
    ...secrets.map((path) => ({ path, reason: secret })),
    ...Either.match(decoded, {
      onLeft: (error) =>
        ParseResult.ArrayFormatter.formatErrorSync(error).map((issue) => ({
          path: issue.path,
          reason: reasonOf(document, issue)
        })),
      onRight: (document) => named ? [] : foreign(document)
    })
  ]
  return Either.isRight(decoded) && wrong.length === 0 ? Either.right(decoded.right) : Either.left(located(text, wrong))
}

/** Each key once, from the first line to the last. */
const located = (
  text: string,
  wrong: ReadonlyArray<{ readonly path: Path; readonly reason: string }>
): ReadonlyArray<Wrong> => {
  const distinct = [...new Map(wrong.toReversed().map((one) => [written(one.path), one] as const))].toReversed()
  const found = distinct.slice(0, most)
    .map(([key, { path, reason }]): Wrong => ({ line: lineOf(text, path), key, reason }))
    // A misspelt `accounts` is also a missing one.
    .filter(({ line }, _, all) => line !== null || all.every((other) => other.line === null))
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0))
  const more = distinct.length - most
  return more > 0 ? [...found, { line: null, key: "", reason: `${more} more are wrong` }] : found
}

/** The parser also shows the line, which may hold anything: only its own words are said. */
const syntax = (message: string): string => {
  const [first = ""] = message.replace(/^Invalid TOML document: /, "").split("\n")
  return /redefine/.test(first)
    ? "this key or table stands here for the second time: each account and each key stands once"
    : /^[a-z][a-z :,.-]*$/.test(first)
    ? `this is no TOML: ${first}`
    : "this is no TOML"
}

/** The configuration of a file. */
export const load = (
  path: string,
  options: { readonly named: boolean }
): Effect.Effect<Configuration, InvalidConfiguration> =>
  Effect.gen(function*() {
    const refuse = (reason: string) =>
      new InvalidConfiguration({ file: path, wrong: [{ line: null, key: "", reason }] })
    const size = yield* Effect.tryPromise({ try: () => fs.stat(path), catch: codeOf }).pipe(
      Effect.map((found) => found.isFile() ? found.size : null),
      Effect.mapError((code) => refuse(code === "ENOENT" ? "there is no such file" : `cannot be read (${code})`))
    )
    if (size === null) return yield* refuse("is no file")
    if (size > largest) return yield* refuse(`is larger than ${largest / 1024 / 1024} MiB`)
    const text = yield* Effect.mapError(readText(path), (code) => refuse(`cannot be read (${code})`))
    const document = yield* Either.mapLeft(
      check(text.replace(/^\uFEFF/, ""), options),
      (wrong) => new InvalidConfiguration({ file: path, wrong })
    )
    return {
      file: path,
      isNamed: options.named,
      out: document.out === undefined ? null : resolve(dirname(path), document.out),
      lake: document.lake ?? null,
      fleet: document.fleet ?? null,
      accounts: Object.entries(document.accounts).map(([name, settings]) => ({
        name,
        file: path,
        settings,
        maskKeyFile: document.mask_key_file === undefined ? undefined : resolve(dirname(path), document.mask_key_file)
      }))
    }
  })

/** The file that a flag names, or the one that stands in this folder; null where there is none. */
export const find = (
  given: string | null,
  folder: string
): Effect.Effect<Configuration | null, InvalidConfiguration> =>
  Effect.gen(function*() {
    if (given !== null) return yield* load(resolve(folder, given), { named: true })
    const path = join(folder, usual)
    const there = yield* Effect.isSuccess(Effect.tryPromise(() => fs.lstat(path)))
    return there ? yield* load(path, { named: false }) : null
  })
