/** A run in a few lines, for whoever started it. */
import { count, many, size, span } from "@trunkline/analytics/Words"
import type { Problem } from "../Problem.js"
import { advice } from "./advice.js"
import type { ExportDocument, PlanDocument, PullDocument } from "./document.js"

const whereOf = ({ scope, source }: Pick<Problem, "scope" | "source">): string =>
  [source, scope === "-" ? null : scope].filter((part) => part !== null).join(", ")

export const problemLine = ({ message, requestId, scope, source, tag }: Problem): string => {
  const where = whereOf({ scope, source })
  // Most messages name their request themselves.
  const request = requestId === null || message.includes(requestId) ? "" : ` (request ${requestId})`
  const todo = advice(tag)
  return `${tag}${where === "" ? "" : ` [${where}]`}: ${message}${request}${todo === null ? "" : `. ${todo}`}`
}

/** Problems and notices that are printed of one dataset. Hundreds of organisations may have one each. */
const most = 10

/** The first of them, and how many more there are. */
const some = <A>(all: ReadonlyArray<A>, what: string, line: (one: A) => string): ReadonlyArray<string> => {
  const more = all.length - most
  return [
    ...all.slice(0, most).map(line),
    ...more > 0 ? [`and ${many(more, `more ${what}`)}; --json has all of them`] : []
  ]
}

export const problemLines = (problems: ReadonlyArray<Problem>): string =>
  some(problems, "problem", problemLine).join("\n")

/** `2026-11-19 10:30 UTC` */
export const minute = (instant: string): string => `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`

const until = (report: ExportDocument): string => {
  const { allo, allomia } = report.certifiedUntil
  const ends = [
    ...(allo === null ? [] : [`${minute(allo)} (Allo)`]),
    ...(allomia === null ? [] : [`${minute(allomia)} (Allomia)`])
  ]
  if (ends.length > 0) return `certified up to ${ends.join(", ")}`
  // Windows are certified in any order, and certificates count once they are published.
  return report.windows.certified > 0 ? "not yet certified from the beginning on" : "nothing certified by this run"
}

export const headline = (report: ExportDocument): string => {
  const changes = [
    `${count(report.new)} new`,
    ...(report.updated === 0 ? [] : [`${count(report.updated)} updated`]),
    ...(report.quarantined === 0 ? [] : [`${count(report.quarantined)} quarantined`])
  ].join(", ")
  switch (report.status) {
    case "certified":
      return `${changes}, ${until(report)}`
    case "partial":
      return `Partial: ${changes}, ${until(report)}`
    case "interrupted":
      return `Interrupted: ${changes}, ${until(report)}. The next run goes on from here`
    case "failed":
      return `Failed: ${changes}, ${until(report)}`
  }
}

const windows = ({ certified, open, uncertified }: ExportDocument["windows"]): string => {
  const counted = [
    `${count(certified)} certified`,
    ...(open === 0 ? [] : [`${count(open)} open`]),
    ...(uncertified === 0 ? [] : [`${count(uncertified)} uncertified`])
  ].join(", ")
  return `Windows  ${counted}`
}

const cost = ({ requests, seconds }: Pick<ExportDocument, "requests" | "seconds">): string =>
  `Cost     ${many(requests.total, "request")}, ${count(requests.retried)} retried, ${
    count(requests.throttled)
  } throttled, ${span(seconds)}`

const lake = ({ lake }: ExportDocument): ReadonlyArray<string> =>
  lake === null ? [] : [
    lake.changed
      ? `Lake     push ${count(lake.number)} of ${lake.to}, ${many(lake.files.sent, "file")} (${
        size(lake.files.bytes)
      })`
      : `Lake     nothing new since push ${count(lake.number)} of ${lake.to}`
  ]

export const ofRun = (report: ExportDocument): ReadonlyArray<string> => {
  const { rows } = report
  return [
    headline(report),
    `Rows     ${
      [
        many(rows.calls, "call"),
        many(rows.messages, "message"),
        many(rows.utterances, "utterance"),
        many(rows.conversations, "conversation")
      ].join(", ")
    }`,
    windows(report.windows),
    cost(report),
    ...compared(report),
    ...notes(report),
    ...standing(report),
    ...checked(report),
    ...lake(report),
    `Files    ${report.out}`
  ]
}

/** One line for each account, and how many of them ended well. All of them may have, and what is made of all of them not. */
export const ofAccounts = <Entry extends { readonly account: string; readonly exitCode: number }>(
  { accounts, exitCode, out }: {
    readonly accounts: ReadonlyArray<Entry>
    readonly exitCode: number
    readonly out: string
  },
  told: (entry: Entry) => string
): ReadonlyArray<string> => {
  const widest = Math.max(...accounts.map(({ account }) => account.length))
  const others = accounts.filter(({ exitCode }) => exitCode !== 0)
  return [
    ...accounts.map((entry) => `${entry.account.padEnd(widest)}  ${told(entry)}`),
    exitCode === 0
      ? `All is well in ${many(accounts.length, "account")}`
      : others.length === 0
      ? `${many(accounts.length, "account")} ended well; the end is ${exitCode} for the reason above`
      : `${count(accounts.length - others.length)} of ${many(accounts.length, "account")} ended well; not so ${
        others.map(({ account, exitCode }) => `${account} (${exitCode})`).join(", ")
      }`,
    `Files    ${out}`
  ]
}

/** What came of a table that was read into a file. */
export const ofPull = (pulled: PullDocument): ReadonlyArray<string> => {
  const { bytes, exitCode, from, rows, source, table, to, until } = pulled
  const range = from === null || until === null ? "" : `, ${minute(from)} to ${minute(until)}`
  // Allo does not say where its days begin, so its rows are of more than the range.
  const around = range !== "" && source === "allo" ? ", with those read on the days around it" : ""
  const said = many(rows, table.slice(0, -1))
  return [
    bytes === null
      ? `Failed: nothing was written${range}`
      : exitCode === 0
      ? `${said}, all that there ${rows === 1 ? "is" : "are"}${range}${around}`
      : `Partial: ${said}${range}`,
    windows(pulled.windows),
    cost(pulled),
    ...(bytes === null ? [] : [`File     ${to} (${size(bytes)})`])
  ]
}

const compared = ({ reconciled }: ExportDocument): ReadonlyArray<string> => {
  const said = [["Allo", reconciled.allo] as const, ["Allomia", reconciled.allomia] as const].flatMap((
    [name, agrees]
  ) => agrees === null ? [] : [`${name} ${agrees ? "counts the same" : "counts other rows"}`])
  return said.length === 0 ? [] : [`Compared ${said.join(", ")}`]
}

const notes = ({ notices }: ExportDocument): ReadonlyArray<string> =>
  some(notices, "notice", (notice) => `${whereOf(notice)}: ${notice.message}`).map((line) => `Note     ${line}`)

/** What stands, in one line. */
export const standing = (
  { standing: { accepted, differences, quarantine, vanished } }: Pick<ExportDocument, "standing">
): ReadonlyArray<string> => {
  const said = [
    ...(quarantine === 0 ? [] : [`${many(quarantine, "row")} in quarantine`]),
    ...(vanished === 0 ? [] : [`${count(vanished)} vanished`]),
    ...(differences === 0 ? [] : [many(differences, "difference")]),
    ...(accepted === 0 ? [] : [`${count(accepted)} accepted`])
  ]
  return said.length === 0 ? [] : [`Stands   ${said.join(", ")}`]
}

const checked = ({ checked: { bytes, files, of } }: ExportDocument): ReadonlyArray<string> =>
  of === 0
    ? []
    : [`Checked  ${many(of, "file")} by name and size, ${count(files)} of them byte by byte (${size(bytes)})`]

/** `2 min`, or `under a minute`. */
const minutes = (value: number): string => (value < 1 ? "under a minute" : `about ${span(Math.ceil(value) * 60)}`)

export const ofPlan = (plan: PlanDocument): ReadonlyArray<string> => [
  `${many(plan.requests, "request")} for ${many(plan.rows, "row")}, ${minutes(plan.minutes)} at the allowed pace`,
  ...plan.scopes.map((scope) => {
    const [first] = scope.ranges
    const last = scope.ranges.at(-1)
    const range = first === undefined || last === undefined
      ? "nothing to read"
      : `${minute(first.from)} to ${minute(last.to)}${
        scope.ranges.length > 1 ? ` in ${scope.ranges.length} parts` : ""
      }`
    return `  ${scope.source} ${scope.scope}: ${many(scope.requests, "request")}, ${many(scope.rows, "row")}, ${
      minutes(scope.minutes)
    }; ${range}`
  }),
  `Files would be in ${plan.out}`
]
