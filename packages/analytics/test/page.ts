/** docs/analytics.md, as the views describe themselves. */
import { Parameters, Views } from "@trunkline/analytics"

const cell = (text: string) => text.replaceAll("|", "\\|")

const tableOf = (head: ReadonlyArray<string>, lines: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...lines].map((line) => `| ${line.map(cell).join(" | ")} |`).join("\n")

const intro = `# The views

Questions people ask of their calls, each as a view with its definition. Other systems use the same words for other
things, so look here before you compare. The same definitions stand beside the SQL in \`trunkline.sql\`.

    cd OUT && duckdb -init trunkline.sql
    FROM calls_by_agent;

The tables below the views are described in [columns.md](columns.md): \`calls\`, \`messages\`, \`utterances\`,
\`conversations\`, \`certificates\`, and \`history_calls\` and \`history_messages\`, which no view counts. Each has \`source\`,
\`month\` and \`day\` from its path as well. A table without files is there, with its columns and no rows.

- Every view has \`source\`; nothing is added up over sources.
- A rate or mean whose denominator is 0 is null, not 0.
- A call counts where it started: its day, weekday and hour are those of its start in the zone, also when it ends after
  midnight.
- Days and hours are of the zone of \`trunkline_zone\`; instants are shown in UTC.

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

export const page = (names: ReadonlyArray<Views.Name>): string =>
  [
    intro,
    tableOf(
      ["variable", "type", "default", "what it is"],
      Parameters.parameters.map((
        { meaning, name, standard, type }
      ) => [`\`${name}\``, type, `\`${standard}\``, meaning])
    ),
    ...names.map(view)
  ].join("\n\n") + "\n"

/** As a formatter leaves it: columns of tables as wide as they like. */
export const unformatted = (text: string): string =>
  text.replaceAll(/ {2,}\|/g, " |").replaceAll(/-{3,}/g, "---").trim()
