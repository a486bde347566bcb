/** The part of a dataset that a text is about: variables that hold in its session, and the condition that reads them. */
import * as ParquetFiles from "@trunkline/dataset/ParquetFiles"
import * as DateTime from "effect/DateTime"

/** What is null is not narrowed. */
export interface Selection {
  readonly since: DateTime.Utc | null
  readonly until: DateTime.Utc | null
  readonly sources: ReadonlyArray<string> | null
  readonly accounts: ReadonlyArray<string | null> | null
  readonly organizations: ReadonlyArray<string> | null
}

export const everything: Selection = { since: null, until: null, sources: null, accounts: null, organizations: null }

const among = (variable: string, value: string): string =>
  `(getvariable('${variable}') IS NULL OR list_contains(getvariable('${variable}')::VARCHAR[], ${value}))`

const bound = (variable: string, comparison: string): string =>
  `(getvariable('${variable}') IS NULL OR ${comparison} getvariable('${variable}')::TIMESTAMPTZ)`

/** Which rows of a table are let through, by the column that says when they happened; messages name no organisation. */
export const condition = (at: string, namesOrganization: boolean): string =>
  [
    among("trunkline_only_sources", "source"),
    among("trunkline_only_accounts", "coalesce(account, '')"),
    ...(namesOrganization ? [among("trunkline_only_organizations", "coalesce(organization_id, '')")] : []),
    bound("trunkline_only_since", `${at} >=`),
    bound("trunkline_only_until", `${at} <`)
  ].join("\n  AND ")

const words = (values: ReadonlyArray<string | null>): string =>
  `[${values.map((value) => ParquetFiles.quoted(value ?? "")).join(", ")}]::VARCHAR[]`

export const instant = (at: DateTime.Utc): string => `TIMESTAMPTZ ${ParquetFiles.quoted(DateTime.formatIso(at))}`

/** The statements to put before a text. */
export const assignments = ({ accounts, organizations, since, sources, until }: Selection): string =>
  [
    ...(sources === null ? [] : [`SET VARIABLE trunkline_only_sources = ${words(sources)};`]),
    ...(accounts === null ? [] : [`SET VARIABLE trunkline_only_accounts = ${words(accounts)};`]),
    ...(organizations === null ? [] : [`SET VARIABLE trunkline_only_organizations = ${words(organizations)};`]),
    ...(since === null ? [] : [`SET VARIABLE trunkline_only_since = ${instant(since)};`]),
    ...(until === null ? [] : [`SET VARIABLE trunkline_only_until = ${instant(until)};`])
  ].join("\n")
