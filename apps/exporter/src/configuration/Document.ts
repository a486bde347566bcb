/** A configuration as it stands in `trunkline.toml`: every key, what may stand there, and the words that refuse the rest. */
import * as FleetSchedule from "@trunkline/fleet/Schedule"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as values from "../command/values.js"
import * as Place from "../Place.js"

/** Refuses whatever else stands there with these words, which an editor shows as well. */
const must = <A, I>(schema: Schema.Schema<A, I>, words: string, meaning: string) =>
  schema.annotations({
    message: () => ({ message: `must be ${words}`, override: true }),
    title: meaning,
    description: `Must be ${words}`
  })

/** For tables and lists: what is wrong inside of one is said of the key inside. */
const table = <A, I>(schema: Schema.Schema<A, I>, words: string) =>
  schema.annotations({ message: () => `must be ${words}` })

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const text = (most: number) => Schema.String.pipe(Schema.minLength(1), Schema.maxLength(most))

/** A text that a flag reads in the same way. */
const asFlag = (read: (text: string) => Either.Either<unknown, values.InvalidFlag>) =>
  Schema.String.pipe(Schema.filter((text) => Either.isRight(read(text))))

const whole = (from: number, to: number, meaning: string) =>
  must(Schema.Int.pipe(Schema.between(from, to)), `a whole number from ${from} to ${to}`, meaning)

const toggle = (meaning: string) => must(Schema.Boolean, "true or false", meaning)

const rate = (meaning: string) => must(Schema.Number.pipe(Schema.between(1, 1000)), "a number from 1 to 1000", meaning)

/** Without zeros and letters that look alike in any language: it names a folder on every system. */
export const accountName = /^[a-z0-9-]{1,64}$/

export const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const
const one = `(${days.join("|")})`

/** The days that a key of `hours` names: `sat`, or `mon-fri`, or `sat-mon` over the end of a week. */
export const daysOf = (key: string): ReadonlyArray<string> => {
  const [first = "", last = first] = key.split("-")
  const [from, to] = [days.findIndex((day) => day === first), days.findIndex((day) => day === last)]
  return from < 0 || to < 0 ? [] : Array.from(
    { length: (to - from + 7) % 7 + 1 },
    (_, index) => days[(from + index) % 7] ?? ""
  )
}

const time = "([01]\\d|2[0-3]):[0-5]\\d"
const spanOf = new RegExp(`^${time}-(${time}|24:00)$`)

const Range = must(
  Schema.String.pipe(
    Schema.pattern(spanOf),
    Schema.filter((text) => text.slice(0, 5) !== text.slice(6))
  ),
  "a range of two different times, such as \"08:00-12:00\" or \"22:00-06:00\"",
  "Open from and to"
)

const Ranges = table(
  Schema.Array(Range),
  "a list of ranges, such as [\"08:00-12:00\", \"13:00-18:00\"]; [] is a day that is closed"
).pipe(Schema.maxItems(12, { message: () => "must be 12 ranges at most" }))

const Hours = table(
  Schema.Record({ key: Schema.String.pipe(Schema.pattern(new RegExp(`^${one}(-${one})?$`))), value: Ranges }),
  "a table of days, such as { mon-fri = [\"08:00-12:00\", \"13:00-18:00\"], sat = [\"09:00-12:00\"] }"
).pipe(
  Schema.filter((hours) => {
    const named = Object.keys(hours).flatMap(daysOf)
    const twice = named.find((day, index) => named.indexOf(day) !== index)
    return twice === undefined ? undefined : `must name each day once, and ${twice} is named twice`
  })
)

const zone = (meaning: string) =>
  maybe(must(
    Schema.String.pipe(Schema.filter((zone) => zone.includes("/") || zone === "UTC" ? known(zone) : false)),
    "an IANA time zone, such as \"Europe/Paris\"",
    meaning
  ))

/** What is known of an organisation besides what the vendor says. */
const described = {
  name: maybe(must(text(200), "a text of 1 to 200 characters", "What it is called")),
  zone: zone("The time zone of its days and hours"),
  hours: maybe(Hours.annotations({ description: "When it is open. Ranges may cross midnight" }))
}

const known = (zone: string): boolean => Option.isSome(DateTime.zoneMakeNamed(zone))

export const Described = Schema.Struct(described)
export interface Described extends Schema.Schema.Type<typeof Described> {}

const id = /^[\w.:-]{1,200}$/

const ids = (words: string, meaning: string) =>
  must(
    Schema.Array(Schema.String.pipe(Schema.pattern(id))).pipe(Schema.minItems(1), Schema.maxItems(10_000)),
    words,
    meaning
  )

const instant = (flag: string, edge: "start" | "end", meaning: string) =>
  must(
    asFlag((text) => values.instant(flag, text, edge)),
    "an ISO date or time from 2000 to 2199, such as 2026-03-01 or 2026-03-01T09:30:00Z",
    meaning
  )

/** When the workers of a fleet run an account. */
const at = (meaning: string) =>
  maybe(must(
    Schema.Array(Schema.String.pipe(Schema.pattern(FleetSchedule.timeOfDay))).pipe(
      Schema.minItems(1),
      Schema.maxItems(FleetSchedule.mostTimes)
    ),
    `a list of 1 to ${FleetSchedule.mostTimes} times of the day, such as ["02:00"] or ["02:00", "14:00"]`,
    meaning
  ))

/** The keys of every account. Those of an export have the names and the meanings of its flags. */
const common = {
  key_file: maybe(must(text(4096), "the path of a file that holds the key", "Where the key is, seen from this file")),
  key_env: maybe(must(
    Schema.String.pipe(Schema.pattern(/^[A-Za-z][A-Za-z0-9_]{0,200}_KEY$/)),
    "the name of a variable that ends in _KEY, such as PARIS_KEY, and never the key itself",
    "The variable that holds the key"
  )),
  base_url: maybe(must(
    text(2000).pipe(
      Schema.pattern(/^https?:\/\/[^\s?#@]+$/),
      Schema.filter((url) => URL.canParse(url))
    ),
    "an http or https URL without a name, a password, a query or a fragment",
    "Where the API is; the vendor's own when left out"
  )),
  ...described,
  since: maybe(instant("--since", "start", "Read from then on; 90 days back at first when left out")),
  until: maybe(instant("--until", "end", "Read up to then; now when left out")),
  lookback: maybe(must(
    asFlag((text) => values.length("--lookback", text)),
    "a length of time such as \"12h\", \"7d\" or \"2w\", up to 3650d",
    "Read this much again before the last run"
  )),
  partition: maybe(must(Schema.Literal("month", "day"), "\"month\" or \"day\"", "One file per month or per day")),
  keep: maybe(must(
    asFlag((text) => values.keep("--keep", text)),
    "a length of time from 7d to 50y such as \"90d\", \"24mo\" or \"2y\", or \"forever\"",
    "Rows that are older are dropped"
  )),
  umask: maybe(must(
    asFlag((text) => values.umask("--umask", text)),
    "three octal digits of which the first is 0, such as \"022\" or \"027\"",
    "Who may read the published files"
  )),
  mask: maybe(must(
    Schema.Literal("numbers"),
    "\"numbers\"",
    "Store phone numbers of the other side as tokens; remembered by the dataset"
  )),
  concurrency: maybe(whole(1, 16, "Stretches of time read side by side; 4 when left out")),
  refresh: maybe(whole(0, 365, "Read all of the settled past again within so many runs, 0 for never")),
  full: maybe(toggle("Read again what is certified")),
  transcripts: maybe(toggle("Read the transcripts of Allo calls as well")),
  no_details: maybe(toggle("Leave out what only a single call tells")),
  accept_gone: maybe(toggle("Mark every row that the vendor no longer returns as gone, however many they are")),
  same_account: maybe(toggle("Go on though the vendor shows none of the rows that are held")),
  allow_http: maybe(toggle("Let the key go to another machine over plain http")),
  at: at("When workers run it, on the clocks of its zone; as [fleet] says when left out"),
  organizations: maybe(table(
    Schema.Record({
      key: Schema.String.pipe(Schema.pattern(id)),
      value: table(Described, "a table with name, zone and hours")
    }),
    "a table of organisations by their ids"
  ))
}

const ofAllo = {
  contact: maybe(
    ids("a list of ids of contacts, such as [\"cnt-abc123\"]", "Read only the histories of these contacts")
  ),
  reads_per_second: maybe(rate("A ceiling for reads a second")),
  writes_per_second: maybe(rate("A ceiling for searches a second"))
}

const ofAllomia = {
  organization_ids: maybe(ids("a list of ids of organisations", "Read these organisations alone")),
  requests_per_second: maybe(rate("Requests a second; 10 when left out"))
}

const withOneKey = <A extends { readonly key_file?: string; readonly key_env?: string }, I>(
  schema: Schema.Schema<A, I>
) =>
  table(schema, "a table, such as [accounts.paris]").pipe(
    Schema.filter(
      (account) =>
        (account.key_file === undefined) === (account.key_env === undefined)
          ? "needs either key_file or key_env, which say where the key is"
          : undefined,
      { jsonSchema: { allOf: [{ oneOf: [{ required: ["key_file"] }, { required: ["key_env"] }] }] } }
    )
  )

const Allo = withOneKey(Schema.Struct({ source: Schema.Literal("allo"), ...common, ...ofAllo }))
const Allomia = withOneKey(Schema.Struct({ source: Schema.Literal("allomia"), ...common, ...ofAllomia }))

export type Account = typeof Allo.Type | typeof Allomia.Type

/** The keys of one vendor's accounts, to tell those who write them at the other's. */
export const keysOf = {
  allo: ["source", ...Object.keys(common), ...Object.keys(ofAllo)],
  allomia: ["source", ...Object.keys(common), ...Object.keys(ofAllomia)]
} as const

export const mostAccounts = 10_000

const lake = {
  to: must(
    text(2000).pipe(Schema.filter((text) => Either.isRight(Place.place({ flag: "to", folder: "/", text })))),
    "s3://bucket/prefix, or the path of a folder",
    "Where every export pushes its dataset"
  ),
  retention: maybe(must(
    asFlag((text) => values.length("--retention", text)),
    "a length of time such as \"7d\" or \"4w\", up to 3650d",
    "How long an older version can be read; 7d when left out"
  )),
  endpoint: maybe(must(
    text(2000).pipe(Schema.pattern(/^https?:\/\/[^\s?#@]+$/), Schema.filter((url) => URL.canParse(url))),
    "an http or https URL without a name, a password, a query or a fragment",
    "The server of another store than that of AWS"
  )),
  region: maybe(must(
    Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9-]{1,64}$/)),
    "a region, such as \"eu-west-1\"",
    "The region of the bucket"
  )),
  profile: maybe(must(text(200), "the name of a profile", "The profile of AWS whose keys sign the requests")),
  allow_http: maybe(toggle("Let calls and keys go to another machine over plain http"))
}

const Lake = table(Schema.Struct(lake), "a table with to, such as \"s3://bucket/prefix\"")
export interface Lake extends Schema.Schema.Type<typeof Lake> {}

export const keysOfLake: ReadonlyArray<string> = Object.keys(lake)

const fleet = {
  at: at("When workers run the accounts; [\"02:00\"] when left out"),
  zone: zone("The time zone of these times, where an account has no zone; UTC when left out")
}

const Fleet = table(Schema.Struct(fleet), "a table with at, such as [\"02:00\"]")
export interface Fleet extends Schema.Schema.Type<typeof Fleet> {}

export const keysOfFleet: ReadonlyArray<string> = Object.keys(fleet)

export const Document = table(
  Schema.Struct({
    out: maybe(
      must(text(4096), "the path of a folder", "Where the accounts are, seen from this file; ./data when left out")
    ),
    mask_key_file: maybe(must(
      text(4096),
      "the path of a file that holds the key",
      "Where the key is that masks phone numbers, seen from this file; mask.key in the folder of the accounts when left out"
    )),
    lake: maybe(Lake),
    fleet: maybe(Fleet),
    accounts: table(
      Schema.Record({
        key: Schema.String.pipe(Schema.pattern(accountName)),
        value: table(Schema.Union(Allo, Allomia), "a table, such as [accounts.paris]")
      }),
      "a table of accounts: begin each with a line such as [accounts.paris]"
    ).pipe(
      Schema.filter((accounts) => {
        const count = Object.keys(accounts).length
        return count >= 1 && count <= mostAccounts ? undefined : `must hold 1 to ${mostAccounts} accounts`
      })
    )
  }),
  "a table"
)
export interface Document extends Schema.Schema.Type<typeof Document> {}
