/** docs/analytics.md, as the views and the report describe themselves. */
import { Parameters, Report, Views } from "@trunkline/analytics"
import * as Option from "effect/Option"
import * as AST from "effect/SchemaAST"

const cell = (text: string) => text.replaceAll("|", "\\|")

const tableOf = (head: ReadonlyArray<string>, lines: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...lines].map((line) => `| ${line.map(cell).join(" | ")} |`).join("\n")

const intro = `# The views

Questions people ask of their calls, each as a view with its definition. Other systems use the same words for other
things, so look here before you compare. The same definitions stand beside the SQL in \`trunkline.sql\`.

    cd OUT && duckdb -init trunkline.sql
    FROM calls_by_agent;

The tables below the views are described in [columns.md](columns.md): \`calls\`, \`messages\`, \`utterances\`,
\`conversations\`, \`certificates\`, \`runs\`, \`organizations\`, \`agents\`, \`lines\`, \`tags\`, and \`history_calls\` and
\`history_messages\`, which no view counts. Each has \`source\`, \`month\`, \`day\` and \`account\`
from its path as well. A table without files is there, with its columns and no rows.
\`calls\`, \`messages\` and \`conversations\` leave out rows that the vendor no longer returns, and so does every view and
the report, unless \`trunkline_gone\` is true; \`calls_stored\`, \`messages_stored\` and \`conversations_stored\` have all rows.

- Every view has \`account\`, \`source\`, \`organization_id\` and \`organization_name\`; nothing is added up over organisations.
  \`account\` is null without a [configuration](accounts.md).
- A rate or mean whose denominator is 0 is null, not 0.
- Two outcomes are talk, whatever counts as answered: \`answered\` and \`transferred\`, of incoming and outgoing calls alike.
  A voicemail has a duration and is none.
- A call counts where it started: its day, weekday and hour are those of its start in the zone, also when it ends after
  midnight.
- Days and hours are of the zone of \`trunkline_zone\` where it is set, else of the zone of each organisation as the table
  \`organizations\` has it (the configuration wins over the vendor), else of UTC; instants are shown in UTC.

## Which view answers

| question | answer |
| --- | --- |
| AHT by agent | \`SELECT organization_name, agent_name, mean_seconds FROM calls_by_agent\` |
| how long calls last, by outcome | \`SELECT organization_name, outcome, p90_seconds FROM duration_by_outcome WHERE "by" = 'outcome'\` |
| which intents convert | \`SELECT DISTINCT organization_name, label, conversion_rate FROM intent_outcome\` |
| which grew this month | \`SELECT organization_name, label, calls, calls_before FROM intent_movers WHERE change > 0\` |
| who was missed after hours, and reached when | \`SELECT contact_number, missed_at, state, followup_at FROM missed_followup WHERE NOT is_open\` |
| how many calls ran at once at the peak | \`SELECT organization_name, max(peak) AS peak FROM concurrency GROUP BY ALL\` |
| who calls again about the same thing | \`SELECT organization_name, label, contact_number, repeats FROM repeat_by_intent WHERE repeats > 0\` |
| how many of those we call we reach | \`SELECT organization_name, sum(reached) / sum(known) FROM outbound GROUP BY ALL\` |

## What the data cannot tell

- **How long it rang, and how long callers waited.** Neither vendor says when a call was answered, only when it began and how long it took. So
  there is no time to answer, no service level (such as 80 % within 20 seconds), and no wait before a missed call.
- **Who gave up.** A missed call does not say whether the caller hung up after two seconds or after two minutes, so that there is no rate of
  abandonment: \`missed\` holds both those who gave up and those whom nobody took.
- **What an agent did besides calls.** There are no shifts, pauses or work after a call, so there is no occupancy and AHT holds the call alone.
- **Transfers hop by hop.** A call names one agent and one outcome, whoever else spoke.
- **What happened elsewhere**: in another system, or on a phone of one's own.
- Whether a duration holds ringing is the vendor's choice; intents, sentiment and business outcomes are what a language model heard.

## What you may decide

Set a variable before you ask, and every view follows: \`SET VARIABLE trunkline_zone = 'Europe/Paris';\``

const view = (name: Views.Name): string => {
  const { columns, definition, grain } = Views.views[name]
  return [
    `## ${name}`,
    `${grain[0]?.toUpperCase()}${grain.slice(1)}.`,
    definition.map((sentence) => `- ${sentence}`).join("\n"),
    tableOf(
      ["column", "type", "meaning"],
      columns.map((column) => [`\`${column.name}\``, `\`${column.type}${column.nullable ? "?" : ""}\``, column.meaning])
    )
  ].join("\n\n")
}

const reportIntro = `## The report

\`trunkline report\` prints these answers as tables, \`--html FILE\` writes them as one page with charts, and \`--json\`
prints the value below. All three hold the same figures, gathered from the views above by one program:
\`Report.gather\` of [\`@trunkline/analytics\`](../packages/analytics).

- Each source has a chapter of its own, over its accounts and organisations together, in one zone: that of \`--zone\`, else UTC;
  nothing is added up over sources, and no history of a contact is counted.
- The title of a chart says what was found, the words below it how it was counted, and the folded table holds its figures.
- Without \`--with-numbers\` it holds no phone number, no name of a contact and no summary. What looks like a number in the
  name of an agent or in a label reads \`(number)\`. With it, those neither reached nor
  answered and those who call most are listed.
- What should make you careful stands first: time that was never read or has no proof, calls without details, rows in
  quarantine, too few calls for a share, and what to do about it.
- The page is one file without script or network, which its own policy forbids. It follows the reader's colour scheme,
  prints, fits a phone, and stays far below 1.5 MB however many calls there are.
- Days become weeks, months or years where there are many; a mean is over all days of the period, also those without
  calls. An answer rate of a period is the sum of the answered over the sum of the known. A period that begins before the
  first day with calls, ends after the last one or was not read whole is marked as a part, so that it is no dip. The line
  of the answer rate leaves out such parts, and periods with fewer than ten calls of a known outcome where others have more.
- A range, a source, an account or an organisation narrow every figure ([the flags](command.md#the-report)); \`selected\` and the
  page say which. A missed caller belongs to the range in which their first miss lies, and whether they were reached is looked up
  to the latest reading.
- Talk time, medians and percentiles are of answered and transferred calls; the hours of the week count incoming calls.
- Shares of missed callers are of all of them with a number, those still waiting among them: reached in time, reached
  later, called again, tried, waiting and lost add up. An attempt nobody took and a message that was refused reach nobody.
- Instants in the value are in UTC; both renderings show them by the clocks of the zone.

What \`--json\` prints. \`[]\` is one of a list, \`?\` may be null:`

/** A field with its path, and those inside it. */
const fields = (ast: AST.AST, path: string): ReadonlyArray<ReadonlyArray<string>> => {
  const described = (one: AST.AST): string => Option.getOrElse(AST.getDescriptionAnnotation(one), () => "")
  const isNull = (one: AST.AST): boolean => AST.isLiteral(one) && one.literal === null
  const nullable = (one: AST.AST): boolean => AST.isUnion(one) && one.types.some(isNull)
  const bare = (one: AST.AST): AST.AST =>
    AST.isUnion(one) && nullable(one) ? one.types.find((type) => !isNull(type)) ?? one : one
  const kind = (one: AST.AST): string =>
    AST.isTupleType(one)
      ? "list"
      : AST.isTypeLiteral(one)
      ? "object"
      : AST.isRefinement(one)
      ? Option.exists(AST.getJSONSchemaAnnotation(one), (json) => "type" in json && json.type === "integer")
        ? "whole number"
        : "number"
      : AST.isLiteral(one)
      ? JSON.stringify(one.literal)
      : AST.isUnion(one)
      ? one.types.map(kind).join(" or ")
      : AST.isStringKeyword(one)
      ? "text"
      : AST.isBooleanKeyword(one)
      ? "true or false"
      : "number"
  return AST.isTypeLiteral(ast)
    ? ast.propertySignatures.flatMap(({ name, type }) => {
      const at = `${path}${path === "" ? "" : "."}${String(name)}`
      const inner = bare(type)
      const [item] = AST.isTupleType(inner) ? inner.rest : []
      return [
        [
          `\`${at}\``,
          `${item === undefined ? kind(inner) : `list of ${kind(item.type).replace("object", "objects")}`}${
            nullable(type) ? "?" : ""
          }`,
          described(type)
        ],
        ...fields(item === undefined ? inner : item.type, item === undefined ? at : `${at}[]`)
      ]
    })
    : []
}

export const reportFields = fields(Report.Report.ast, "")

export const page = (names: ReadonlyArray<Views.Name>): string =>
  [
    intro,
    tableOf(
      ["variable", "type", "default", "what it is"],
      Parameters.parameters.map((
        { meaning, name, standard, type }
      ) => [`\`${name}\``, type, `\`${standard}\``, meaning])
    ),
    ...names.map(view),
    reportIntro,
    tableOf(["field", "type", "meaning"], reportFields)
  ].join("\n\n") + "\n"

/** As a formatter leaves it: columns of tables as wide as they like. */
export const unformatted = (text: string): string =>
  text.replaceAll(/ {2,}\|/g, " |").replaceAll(/-{3,}/g, "---").trim()
