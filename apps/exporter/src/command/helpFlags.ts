/** Every flag in words. */

export interface Flag {
  /** What its value is called; none for a switch. */
  readonly value: string | null
  readonly text: string
  readonly words?: ReadonlyArray<string>
}

export const flag = (value: string | null, text: string): Flag => ({ value, text })
export const choice = <const Words extends readonly [string, ...ReadonlyArray<string>]>(
  text: string,
  ...words: Words
) => ({
  value: words.join("|"),
  text,
  words
})

/** A flag means the same wherever it is taken, unless a command says otherwise. */
export const flags = {
  out: flag("DIR", "folder of the dataset; TRUNKLINE_OUT or ./data when left out"),
  config: flag("FILE", "the accounts to work on; ./trunkline.toml when left out, if it is there"),
  account: flag("NAME", "only this account of the configuration; may be repeated"),
  adopt: flag(
    "NAME",
    "make the dataset in the folder of the accounts this account; one of both sources becomes NAME-allo and NAME-allomia"
  ),
  "at-once": flag("N", "accounts at work at once, 1 to 16; 4 when left out"),
  source: choice("what to read; every source with a key when left out", "allo", "allomia", "all"),
  since: flag("WHEN", "from this ISO date or time on; 90 days back at first, then whatever is missing"),
  until: flag("WHEN", "up to this ISO time, or to the end of this date; now when left out"),
  full: flag(null, "read again what is certified"),
  lookback: flag("LENGTH", "read this much again before the last run, such as 12h, 7d or 2w; 7d when left out"),
  transcripts: flag(null, "read the transcripts of Allo calls as well"),
  table: choice("the table to read", "calls", "messages", "utterances"),
  to: flag("FILE", "the Parquet file to write; a file of that name is replaced once the new one is whole"),
  "no-details": flag(null, "leave out what only a single call tells, such as its intent"),
  contact: flag("ID", "read only the history of this Allo contact; may be repeated"),
  partition: choice("one file per month or per day; remembered by the dataset", "month", "day"),
  keep: flag("LENGTH", "drop rows that are older, such as 90d, 24mo or 2y; remembered, until forever"),
  umask: flag(
    "MASK",
    "who may read the published files, such as 022 or 027; remembered, and only their owner at first"
  ),
  mask: choice(
    "store phone numbers of the other side as tokens, those that are there as well; remembered by the dataset",
    "numbers"
  ),
  rotate: flag(null, "make new tokens of all tokens, with one more key"),
  concurrency: flag("N", "stretches of time read side by side, 1 to 16; 4 when left out"),
  "allow-http": flag(null, "let a key go to a host other than this machine over plain http"),
  "accept-gone": flag(null, "mark every row that the vendor no longer returns as gone, however many they are"),
  refresh: flag("N", "read all of the settled past again within N runs, 0 to 365, 0 for never; 30 when left out"),
  "same-account": flag(null, "go on though the vendor shows none of the rows that are held, as after a purge there"),
  "dry-run": flag(null, "print the plan and write nothing"),
  state: flag("PLACE", "go on from the lake's state where the folder is empty, and push when done: s3://bucket/prefix"),
  from: flag("PLACE", "the lake: s3://bucket/prefix, or the path of a folder; that of the configuration when left out"),
  all: flag(null, "fetch all files at once, not when they are touched"),
  lake: flag(null, "check what stands in the lake as well: every file of the newest push, and its ledger"),
  retention: flag(
    "LENGTH",
    "remove from the lake what only versions older than this name, such as 7d or 4w; 7d when left out"
  ),
  database: flag(
    "URL",
    "PostgreSQL of the fleet, such as postgres://trunkline@host/trunkline, without a password; TRUNKLINE_DATABASE when left out"
  ),
  nights: flag("N", "nights at work at once on this worker, 1 to 16, and one of each key; 2 when left out"),
  scratch: flag("DIR", "where datasets lie while a worker is at them; the system's temporary folder when left out"),
  remote: flag(null, "ask the APIs for their totals as well, and name the ids that differ"),
  "max-age": flag("LENGTH", "end with 4 if the last proof of anything is older, such as 26h; any age when left out"),
  file: flag("FILE", "read the statement from a file"),
  format: choice("how rows are printed; table when left out", "table", "json", "csv"),
  files: flag(null, "let SQL read and write other files; without it SQL only reads the dataset"),
  spreadsheet: flag(null, "put ' before cells of CSV that a spreadsheet would run as a formula"),
  html: flag("FILE", "write the report as one page that needs no network; - for stdout"),
  open: flag(null, "open the page in the browser of this system"),
  zone: flag("ZONE", "time zone of days and hours, such as Europe/Paris; UTC when left out"),
  organization: flag("NAME", "only this team or organisation, by its name or id; may be repeated"),
  incoming: flag("WORDS", "directions that count as incoming, with commas between them; inbound when left out"),
  answered: flag("WORDS", "outcomes that count as answered; answered,transferred when left out"),
  uncounted: flag("WORDS", "outcomes that the answer rate leaves out, such as blocked; none when left out"),
  missed: flag("WORDS", "outcomes after which somebody should get in touch; missed,voicemail when left out"),
  "followup-hours": flag("N", "hours within which a follow-up is in time, up to 8760; 24 when left out"),
  "repeat-days": flag("N", "days within which another call is a repeat, up to 3650; 7 when left out"),
  number: flag("NUMBER", "the phone number with its country, in any spelling; - reads it from stdin"),
  rows: flag(null, "let the calls leave as well; without it each stays as a bare fact"),
  forget: flag(null, "know a person again who was erased"),
  gone: flag(null, "count rows that the vendor no longer returns as well"),
  "with-numbers": flag(null, "with phone numbers and names of contacts, which are left out otherwise"),
  port: flag("N", "port on loopback; a free one when left out"),
  seed: flag("N", "the same seed makes the same people; 1 when left out"),
  size: flag("N", "calls and messages of Allo, 100 to 2000000; 10000 when left out"),
  days: flag("N", "how far the history reaches back, 1 to 3650; 90 when left out"),
  profile: choice("how often answers break; calm when left out", "calm", "flaky", "storm"),
  "no-limit": flag(null, "let every request through, however fast they come"),
  s3: flag(null, "an S3 besides, in memory, with the bucket lake; on the port after that of --port"),
  json: flag(null, "print one JSON document on stdout"),
  "log-level": choice(
    "how much is logged on stderr; info when left out",
    "all",
    "trace",
    "debug",
    "info",
    "warning",
    "error",
    "fatal",
    "none"
  ),
  "log-format": choice("how log lines look; text when left out", "text", "json"),
  help: flag(null, "print this"),
  version: flag(null, "print the version"),
  completions: choice("print a completion script for a shell", "bash", "zsh", "fish", "sh")
} satisfies Record<string, Flag>

export type FlagName = keyof typeof flags
