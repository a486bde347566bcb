/** Every command and flag in words: what `--help` prints, and what flags are held against before they are parsed. */
import { choice, type Flag, flag, type FlagName, flags } from "./helpFlags.js"

export interface CommandHelp {
  readonly summary: string
  /** What stands behind its name besides flags. */
  readonly argument?: string
  /** Words that may stand there; one when left out. */
  readonly words?: number
  readonly flags: ReadonlyArray<FlagName>
  /** Flags that mean something else here. */
  readonly own?: { readonly [flag in FlagName]?: Flag }
  readonly examples: ReadonlyArray<readonly [line: string, meaning: string]>
}

const subject = ["config", "account", "out"] as const
const everywhere = ["json", "log-level", "log-format", "help"] as const
const run = ["source", "since", "until", "full", "lookback", "transcripts", "no-details", "contact"] as const
const ofExport = ["accept-gone", "refresh", "same-account"] as const

const ofReport = [
  "since",
  "until",
  "source",
  "organization",
  "zone",
  "incoming",
  "answered",
  "uncounted",
  "missed",
  "followup-hours",
  "repeat-days",
  "gone"
] as const
const narrowing = {
  since: flag("WHEN", "calls from this ISO date or time on; a date is one of the zone. All calls when left out"),
  until: flag("WHEN", "calls up to this ISO time, or to the end of this date in the zone"),
  source: choice("only the calls of this API; of both when left out", "allo", "allomia")
}

export const commands = {
  demo: {
    summary: "Export a made-up account and show what can be asked of it: no key, no network",
    flags: ["out", ...everywhere],
    own: { out: flag("DIR", "folder of the dataset; TRUNKLINE_OUT or ./trunkline-demo when left out") },
    examples: [
      ["trunkline demo", "into ./trunkline-demo; again, it reads what has come since"],
      ["trunkline demo --out /tmp/demo", "into another folder"]
    ]
  },
  plan: {
    summary: "Tell how many requests and minutes an export would take, from counts alone",
    flags: [...subject, "at-once", ...run, "concurrency", "allow-http", ...everywhere],
    examples: [
      ["trunkline plan", "what tonight's export would read"],
      ["trunkline plan --since 2024-01-01 --json", "two years and more, for a script"]
    ]
  },
  export: {
    summary: "Read what is missing, prove that it is complete, and publish it as Parquet",
    flags: [
      ...subject,
      "at-once",
      ...run,
      ...ofExport,
      "partition",
      "keep",
      "umask",
      "mask",
      "concurrency",
      "state",
      "allow-http",
      "dry-run",
      ...everywhere
    ],
    examples: [
      ["trunkline export", "90 days at first, then what is new or was changed"],
      ["trunkline export --since 2024-01-01 --transcripts", "everything from then on, with transcripts"],
      ["trunkline export --json --log-level warning", "for cron: one JSON document, and silence when all is well"],
      ["trunkline export --contact cnt-abc123", "the history of one contact"],
      ["trunkline export --mask numbers", "the files then hold no phone number of a caller, but for texts"]
    ]
  },
  pull: {
    summary: "Read one table of a range straight into one Parquet file, without a dataset",
    flags: [
      "config",
      "account",
      "table",
      "source",
      "since",
      "until",
      "to",
      "umask",
      "no-details",
      "allow-http",
      ...everywhere
    ],
    own: {
      umask: flag("MASK", "who may read the file, such as 022 or 027; only its owner when left out"),
      account: flag("NAME", "read from this account of the configuration, with its key"),
      source: choice("what to read; that of the account where one is named", "allo", "allomia"),
      since: flag("WHEN", "from this ISO date or time on; 90 days back when left out")
    },
    examples: [
      [
        "trunkline pull --table calls --source allo --since 2026-03-01 --until 2026-03-31 --to march.parquet",
        "a month"
      ],
      ["trunkline pull --table messages --source allo --to messages.parquet --json", "90 days, for a script"]
    ]
  },
  status: {
    summary: "Show the last runs, what is certified and since when, and what the dataset holds: no key, no network",
    flags: ["max-age", ...subject, ...everywhere],
    examples: [
      ["trunkline status", "what is certified, and how the last runs ended"],
      ["trunkline status --max-age 26h --json", "for a monitor: 0 when all is certified and proved since yesterday"]
    ]
  },
  verify: {
    summary: "Check every file of a dataset against its ledger, and the APIs' totals on request",
    flags: ["remote", "lake", "from", "allow-http", ...subject, ...everywhere],
    examples: [
      ["trunkline verify", "files, hashes, row counts, duplicate keys"],
      ["trunkline verify --remote", "and what the APIs have that the dataset has not"],
      ["trunkline verify --lake --from s3://acme-calls/trunkline", "and whether the lake holds what was pushed"]
    ]
  },
  push: {
    summary: "Put what is published into a lake, as Delta tables that engines read, with the state to go on from",
    flags: [...subject, "to", "retention", "allow-http", ...everywhere],
    own: {
      "allow-http": flag(null, "let calls and keys go to a host other than this machine over plain http"),
      to: flag(
        "PLACE",
        "the lake: s3://bucket/prefix, or the path of a folder; that of the configuration when left out"
      )
    },
    examples: [
      ["trunkline push --to s3://acme-calls/trunkline", "what has changed since the last push"],
      ["trunkline push --to /mnt/lake --retention 30d", "to a mounted disk; older versions can be read for 30 days"]
    ]
  },
  restore: {
    summary: "Make a dataset in an empty folder from the state in a lake, and fetch its files",
    flags: [...subject, "from", "all", "allow-http", ...everywhere],
    own: { "allow-http": flag(null, "let calls and keys come from a host other than this machine over plain http") },
    examples: [
      ["trunkline restore --from s3://acme-calls/trunkline", "files are fetched when they are touched"],
      ["trunkline restore --from s3://acme-calls/trunkline --all", "and all of them now, for sql and report"]
    ]
  },
  repair: {
    summary: "Take what is damaged out of a dataset, and read it again",
    flags: [...subject, "source", "transcripts", "no-details", "concurrency", "allow-http", ...everywhere],
    examples: [
      ["trunkline repair", "mend what trunkline verify finds"],
      ["trunkline repair --account paris --json", "one account, and one document that says what was done"]
    ]
  },
  mask: {
    summary: "Make tokens of the phone numbers in a dataset that stands, or new tokens of its tokens: no network",
    flags: ["rotate", ...subject, ...everywhere],
    examples: [
      ["trunkline mask", "as export --mask numbers does, and reads nothing"],
      ["trunkline mask --rotate", "tokens that were handed out before meet none of the new ones"]
    ]
  },
  sql: {
    summary: "Ask the dataset in SQL, with every view of docs/analytics.md",
    argument: "\"SELECT ...\"",
    flags: ["file", "format", "files", "spreadsheet", ...subject, ...everywhere],
    examples: [
      ["trunkline sql \"FROM call_duration_daily\"", "a table"],
      ["trunkline sql --format csv --spreadsheet \"FROM calls\" > calls.csv", "for a spreadsheet"],
      ["trunkline sql --files \"COPY calls TO 'calls.parquet'\"", "one file, anywhere outside the dataset"],
      ["echo \"FROM answer_rate\" | trunkline sql --format json -", "the statement from stdin"]
    ]
  },
  report: {
    summary: "Show what the calls say: durations, intents, hours, agents, follow-up, coverage",
    flags: ["html", ...ofReport, "with-numbers", ...subject, ...everywhere],
    own: narrowing,
    examples: [
      ["trunkline report --zone Europe/Paris", "tables in the terminal"],
      ["trunkline report --since 2026-03-01 --until 2026-03-31 --zone Europe/Paris", "the calls of March"],
      ["trunkline report --html report.html", "one page with charts, to be sent or printed"]
    ]
  },
  explore: {
    summary: "Serve a page on loopback on which what is selected in one chart narrows all others, until stopped",
    flags: ["open", ...ofReport.filter((name) => name !== "repeat-days"), "with-numbers", ...subject, ...everywhere],
    own: {
      ...narrowing,
      zone: flag("ZONE", "time zone of days and hours, such as Europe/Paris; that of each organisation when left out")
    },
    examples: [
      ["trunkline explore --open", "loads the calls into memory, and opens the page"],
      [
        "trunkline explore --zone Europe/Paris --since 2026-01-01",
        "prints the address of the page, over the calls of a year"
      ]
    ]
  },
  connect: {
    summary: "Write a DuckDB file with every view over the dataset, for programs that open one",
    flags: [...subject, ...everywhere],
    examples: [
      ["trunkline connect", "writes data/trunkline.duckdb and prints its path"],
      ["duckdb -readonly \"$(trunkline connect)\"", "the views in DuckDB's own shell, from any folder"]
    ]
  },
  quarantine: {
    summary: "List the rows that could not be read, with the reasons; show the text of one",
    argument: "[list | show N | accept N]",
    words: 2,
    flags: [...subject, ...everywhere],
    examples: [
      ["trunkline quarantine", "number, source, since when and why, without the text"],
      ["trunkline quarantine show 3", "the text of a row as it came, which may hold what a customer said"],
      ["trunkline quarantine accept 3", "the same as trunkline accept 3"]
    ]
  },
  erase: {
    summary: "Take a person out of the dataset, so that no later export brings them back",
    argument: "[NUMBER | -]",
    flags: ["number", "contact", "rows", "forget", ...subject, ...everywhere],
    own: {
      contact: flag("ID", "the person by the id of an Allo contact; - reads it from stdin")
    },
    examples: [
      ["trunkline erase -", "asks for the number on stdin: what is typed behind a command stands in histories"],
      ["trunkline erase --contact cnt-1", "a contact, with the numbers that are theirs alone"],
      ["trunkline erase --forget -", "the number is read again by the next export"]
    ]
  },
  accept: {
    summary: "List what no run can mend, or accept it by its number, so that runs end with 0 again",
    argument: "[N]",
    flags: [...subject, ...everywhere],
    examples: [
      ["trunkline accept", "rows in quarantine, organisations and lines that vanished, counts that differ"],
      ["trunkline accept 3", "number 3 is known, and no problem any more"]
    ]
  },
  config: {
    summary: "Check trunkline.toml, which names several accounts; write an example; adopt a dataset",
    argument: "[check | init]",
    flags: ["config", "adopt", "out", ...everywhere],
    own: {
      config: flag("FILE", "the configuration; ./trunkline.toml when left out"),
      out: flag("DIR", "folder of all accounts; what the configuration says when left out")
    },
    examples: [
      ["trunkline config init", "a commented trunkline.toml, and a schema for editors; nothing is written over"],
      ["trunkline config check", "every wrong line with its key and what is expected; asks no API"],
      ["trunkline config init --adopt paris", "the dataset in ./data becomes data/account=paris, by rename"]
    ]
  },
  worker: {
    summary: "Run the nights of the configuration's accounts, shared with all workers on a database, until stopped",
    flags: ["database", "config", "nights", "scratch", "state", "allow-http", ...everywhere],
    own: {
      state: flag(
        "PLACE",
        "the lake of all accounts: s3://bucket/prefix, or a folder; that of the configuration when left out"
      ),
      "allow-http": flag(null, "let keys and calls go to a host other than this machine over plain http")
    },
    examples: [
      [
        "trunkline worker --config trunkline.toml --database postgres://trunkline@db/trunkline",
        "with the password in PGPASSWORD; start as many as there are machines"
      ],
      ["trunkline worker --config trunkline.toml --nights 4", "four nights at once, and the URL in TRUNKLINE_DATABASE"]
    ]
  },
  fleet: {
    summary: "Show the accounts of a fleet: who works on what, the last certificate and the next night",
    flags: ["database", "max-age", ...everywhere],
    own: {
      "max-age": flag("LENGTH", "end with 4 if an account is certified up to less, such as 30h; any age when left out")
    },
    examples: [
      ["trunkline fleet --database postgres://trunkline@db/trunkline", "a line of each account, and the workers"],
      ["trunkline fleet --max-age 30h --json", "for a monitor: 0 when every account is certified since yesterday"]
    ]
  },
  doctor: {
    summary:
      "Check keys, scopes, reachability, clocks, the dataset, the lake and a fleet's database, and say what to do",
    flags: ["from", "database", "allow-http", ...subject, ...everywhere],
    own: {
      from: flag(
        "PLACE",
        "a lake to check as well: s3://bucket/prefix, or a folder; that of the configuration when left out"
      )
    },
    examples: [
      ["trunkline doctor", "one line per check"],
      ["trunkline doctor --from s3://acme-calls/trunkline", "and whether a lake can be kept there"],
      ["trunkline doctor --json", "for a monitor; the exit code is that of the worst line"]
    ]
  },
  sandbox: {
    summary: "Serve both APIs on loopback, over a made-up account, until stopped",
    flags: ["port", "seed", "size", "days", "profile", "no-limit", "s3", ...everywhere],
    examples: [
      ["trunkline sandbox --port 4790", "prints the variables to export, then serves"],
      ["trunkline sandbox --profile storm", "with one answer in three broken"],
      ["trunkline sandbox --s3", "with object storage, to try push, restore and --state"]
    ]
  }
} satisfies Record<string, CommandHelp>

export type CommandName = keyof typeof commands

export const isCommand = (name: string): name is CommandName => Object.hasOwn(commands, name)

const root = {
  flags: ["help", "version", "completions"],
  examples: [
    ["trunkline demo", "see it work: no key needed"],
    ["trunkline doctor", "what is set up and what is missing"],
    ["trunkline export", "the job itself"]
  ]
} satisfies Pick<CommandHelp, "flags" | "examples">

/** Flags a command takes; those before a command are the program's own. */
export const taken = (command: CommandName | null): ReadonlyArray<FlagName> =>
  command === null ? root.flags : commands[command].flags

/** A flag as a command takes it. */
export const describe = (command: CommandName | null, name: FlagName): Flag => {
  const help: CommandHelp | null = command === null ? null : commands[command]
  return help?.own?.[name] ?? flags[name]
}

const columns = (rows: ReadonlyArray<readonly [left: string, right: string]>): ReadonlyArray<string> => {
  const widest = Math.max(...rows.map(([left]) => left.length))
  // A description that would begin far to the right stands on a line of its own.
  const width = Math.min(widest, 26)
  return rows.flatMap(([left, right]) =>
    left.length > width ? [`  ${left}`, `  ${"".padEnd(width)}  ${right}`] : [`  ${left.padEnd(width)}  ${right}`]
  )
}

const flagColumns = (command: CommandName | null) =>
  columns(
    taken(command).map((name): readonly [string, string] => {
      const { text, value } = describe(command, name)
      return [`${name === "help" ? "-h, " : ""}--${name}${value === null ? "" : ` ${value}`}`, text]
    })
  )

/** The whole help of a command, or of the program. Headings are bold where the terminal can. */
export const render = (command: CommandName | null, bold: (text: string) => string): string => {
  const examples = (list: CommandHelp["examples"]) =>
    list.flatMap(([line, meaning]) => [`  ${line}`, `      ${meaning}`])
  if (command === null) {
    return [
      "trunkline: every call out of Allo and Allomia, exactly once, with proof",
      "",
      bold("Usage"),
      "  trunkline COMMAND [FLAGS]",
      "",
      bold("Commands"),
      ...columns(Object.entries(commands).map(([name, { summary }]) => [name, summary] as const)),
      "",
      bold("Flags"),
      ...flagColumns(null),
      "",
      bold("Examples"),
      ...examples(root.examples),
      "",
      "Keys come from ALLO_API_KEY and ALLOMIA_API_KEY, from the files that ALLO_API_KEY_FILE and",
      "ALLOMIA_API_KEY_FILE name, or from a .env file. More: trunkline COMMAND --help, docs/command.md",
      ""
    ].join("\n")
  }
  const help: CommandHelp = commands[command]
  return [
    `trunkline ${command}: ${help.summary.charAt(0).toLowerCase()}${help.summary.slice(1)}`,
    "",
    bold("Usage"),
    `  trunkline ${command} [FLAGS]${help.argument === undefined ? "" : ` ${help.argument}`}`,
    "",
    bold("Flags"),
    ...flagColumns(command),
    "",
    bold("Examples"),
    ...examples(help.examples),
    ""
  ].join("\n")
}
