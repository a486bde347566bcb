/**
 * What a reader may decide, and what holds until then.
 *
 * @since 0.1.0
 */
import * as Masking from "@trunkline/calls/Masking"

/**
 * A variable of DuckDB: `SET VARIABLE trunkline_zone = 'Europe/Paris'` changes every view that depends on it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parameter {
  readonly name: string
  /** As DuckDB calls it. */
  readonly type: string
  /** In SQL. */
  readonly standard: string
  readonly meaning: string
}

/**
 * Every variable the views read.
 *
 * @since 0.1.0
 * @category parameters
 */
export const parameters: ReadonlyArray<Parameter> = [
  {
    name: "trunkline_zone",
    type: "VARCHAR",
    standard: "NULL",
    meaning:
      "the time zone of days, weekdays and hours, by its IANA name such as 'Europe/Paris'; while it is null, that of " +
      "each organisation as the table `organizations` has it, else UTC"
  },
  {
    name: "trunkline_incoming",
    type: "VARCHAR[]",
    standard: "['inbound']",
    meaning: "the directions of calls somebody makes to you; add 'web' to count calls from a web page"
  },
  {
    name: "trunkline_answered",
    type: "VARCHAR[]",
    standard: "['answered', 'transferred']",
    meaning: "the outcomes that count as answered"
  },
  {
    name: "trunkline_uncounted",
    type: "VARCHAR[]",
    standard: "[]",
    meaning: "the outcomes that the answer rate leaves out besides unknown, such as 'blocked'"
  },
  {
    name: "trunkline_missed",
    type: "VARCHAR[]",
    standard: "['missed', 'voicemail']",
    meaning: "the outcomes of an incoming call after which somebody should get in touch"
  },
  {
    name: "trunkline_followup_hours",
    type: "DOUBLE",
    standard: "24",
    meaning: "how many hours after a missed call a follow-up is still in time"
  },
  {
    name: "trunkline_repeat_days",
    type: "DOUBLE",
    standard: "7",
    meaning: "how many days after a call another one from the same number is a repeat"
  },
  {
    name: "trunkline_converted",
    type: "VARCHAR[]",
    standard: "['appointment_confirmed']",
    meaning: "what came of a call (`business_outcome`) that counts as a conversion"
  },
  {
    name: "trunkline_period_days",
    type: "INTEGER",
    standard: "30",
    meaning: "how many days a period has that is compared with the one before"
  },
  {
    name: "trunkline_gone",
    type: "BOOLEAN",
    standard: "false",
    meaning: "whether rows count that the vendor no longer returns"
  }
]

/**
 * Macros, so that a definition reads `trunkline_zone()` wherever it needs the zone.
 *
 * @since 0.1.0
 * @category sql
 */
export const sql: string = [
  "-- What you may decide. Set a variable before you ask, and every view follows.",
  ...parameters.flatMap(({ meaning, name, standard, type }) => [
    `-- ${meaning}`,
    `-- SET VARIABLE ${name} = ${standard};`,
    `CREATE OR REPLACE MACRO ${name}() AS coalesce(getvariable('${name}'), ${standard})::${type};`
  ]),
  "-- the wall clock of a zone",
  "CREATE OR REPLACE MACRO trunkline_local(instant, zone) AS instant AT TIME ZONE zone;",
  "-- a number that can be called back holds three digits or more, or is masked; 'anonymous', 'private', '' and null are not",
  "CREATE OR REPLACE MACRO trunkline_reachable(number) AS",
  `  coalesce(regexp_matches(number, '[0-9].*[0-9].*[0-9]|^${Masking.pattern}$'), false);`,
  "-- an incoming call that the answer rate is over",
  "CREATE OR REPLACE MACRO trunkline_counts(outcome) AS",
  "  outcome <> 'unknown' AND NOT list_contains(trunkline_uncounted(), outcome);",
  "-- a number by its digits, so that spellings of it meet: +33 (0)6 12, 0033-612 and 33612 are one; the rest stays as it is",
  "CREATE OR REPLACE MACRO trunkline_number(number) AS CASE",
  "  WHEN regexp_full_match(number, '[+][1-9][0-9]*') THEN substr(number, 2)",
  "  WHEN regexp_full_match(number, '[+0-9 ()./-]*') THEN regexp_replace(",
  "    regexp_replace(regexp_replace(number, '^(([+]|00).*)[(]0[)]', '\\1'), '[^0-9]', '', 'g'), '^00', '')",
  "  ELSE number END;",
  "-- a call in which somebody spoke with somebody; whatever counts as answered among incoming calls",
  "CREATE OR REPLACE MACRO trunkline_talked(outcome) AS outcome IN ('answered', 'transferred');",
  "-- a message that did not go out: its status begins with one of these words, in any case",
  "CREATE OR REPLACE MACRO trunkline_refused(status) AS",
  "  coalesce(regexp_matches(lower(trim(status)), '^(failed|refused|rejected|undeliver)'), false);"
].join("\n")
