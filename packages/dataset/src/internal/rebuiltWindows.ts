/**
 * What is still certified, as the published certificates say and published rows prove: a certificate whose rows make the same
 * hash holds. All other windows are read again.
 */
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Certificate, Verdict } from "../Certificate.js"
import type { LedgerError, QueryError } from "../DatasetError.js"
import * as Finding from "../Finding.js"
import * as Interval from "../Interval.js"
import type { Statements } from "../Ledger.js"
import * as OwnTables from "../OwnTables.js"
import * as ParquetFiles from "../ParquetFiles.js"
import * as Proof from "../Proof.js"
import * as Certificates from "./certificates.js"
import type { FoundFile } from "./foundFiles.js"
import * as FoundFiles from "./foundFiles.js"
import * as KeptKeys from "./keptKeys.js"
import { never } from "./landing.js"
import type { Opened } from "./opened.js"
import * as Sql from "./sql.js"
import * as State from "./state.js"

export interface Hints {
  /** Columns of which one tells the scope of a row, where a source has several. */
  readonly scopedBy: ReadonlyArray<string>
  /** By source, the column that is null until the details of a row were read. */
  readonly detailsAt: Readonly<Record<string, string>>
}

/**
 * What is this much older than the newest reading is final: no details of it are asked for of their own accord, and no list is
 * read again for it. All else is read again.
 */
const final = { days: 40 }

const Published = Schema.Struct({
  scope: Schema.String,
  stream: Schema.String,
  from: Schema.DateTimeUtcFromNumber,
  to: Schema.DateTimeUtcFromNumber,
  verdict: Verdict,
  totalFirst: Schema.NullOr(Schema.Number),
  totalLast: Schema.NullOr(Schema.Number),
  distinctKeys: Schema.Number,
  quarantined: Schema.Number,
  pages: Schema.Number,
  passes: Schema.Number,
  keysSha256: Schema.NullOr(Schema.String),
  requestIds: Schema.Array(Schema.String),
  readAt: Schema.DateTimeUtcFromNumber,
  runId: Schema.String
})

const published = (opened: Opened, file: FoundFile) =>
  Effect.map(
    opened.session.all(
      Published,
      `SELECT scope, stream, epoch_ms(from_at)::DOUBLE AS "from", epoch_ms(to_at)::DOUBLE AS "to", verdict,
          total_first AS "totalFirst", total_last AS "totalLast", distinct_keys AS "distinctKeys", quarantined, pages, passes,
          keys_sha256 AS "keysSha256", request_ids AS "requestIds", epoch_ms(read_at)::DOUBLE AS "readAt", run_id AS "runId"
        FROM ${FoundFiles.relation(file)}`
    ),
    (rows) => rows.map((row) => Certificate.make({ source: file.source, ...row }))
  )

const Row = Schema.Tuple(
  Schema.String,
  Schema.Number,
  Schema.Boolean,
  Schema.Boolean,
  Schema.Array(Schema.NullOr(Schema.String))
)
const Rows = Schema.Struct({ rows: Schema.parseJson(Schema.Array(Row)) })

interface HeldRow {
  readonly key: string
  readonly at: number
  readonly isGone: boolean
  readonly isFinished: boolean
  readonly scopes: ReadonlyArray<string | null>
}

/** Rows whose time lies in a window. Rows that live with others are counted with them. */
const rowsOf = (opened: Opened, files: ReadonlyArray<FoundFile>, hints: Hints, window: Certificate) =>
  Effect.gen(function*() {
    const held: Array<HeldRow> = []
    const within = files.filter(({ partition, source, table }) => {
      const range = Finding.rangeOf(partition)
      return source === window.source && table.eventTime !== null && table.parent === null && range !== null &&
        DateTime.lessThan(range.from, window.to) && DateTime.greaterThan(range.to, window.from)
    })
    for (const file of within) {
      const { source, table } = file
      const has = (name: string | undefined): name is string =>
        name !== undefined && table.columns.some((column) => column.name === name)
      const at = Sql.name(table.eventTime ?? "")
      const detailsAt = hints.detailsAt[source]
      const [found] = yield* opened.session.all(
        Rows,
        `SELECT coalesce(CAST(to_json(list(json_array(${Sql.unit(table.key, "held")}, epoch_ms(${at}),
            ${has("gone_at") ? "gone_at IS NOT NULL" : "false"},
            ${has(detailsAt) ? `${Sql.name(detailsAt)} IS NOT NULL` : "true"},
            json_array(${
          hints.scopedBy.map((column) => has(column) ? Sql.name(column) : "NULL").join(", ")
        })))) AS VARCHAR), '[]') AS rows
          FROM ${FoundFiles.relation(file)} AS held WHERE ${at} >= ${Sql.instant(window.from)} AND ${at} < ${
          Sql.instant(window.to)
        }`
      )
      for (const [key, at, isGone, isFinished, scopes] of found?.rows ?? []) {
        held.push({ key, at, isGone, isFinished, scopes })
      }
    }
    return held
  })

/** The rows that a certificate counts: its hash tells which of those that it may mean; null where none of them make it. */
const counted = (
  certificate: Certificate,
  hints: Hints,
  held: ReadonlyArray<HeldRow>
): ReadonlyArray<HeldRow> | null => {
  if (certificate.verdict !== "certified" || certificate.quarantined > 0 || certificate.keysSha256 === null) return null
  const scopes = hints.scopedBy.flatMap((_, place) =>
    Object.values(
      Array.groupBy(held.filter(({ scopes }) => scopes[place] !== null), ({ scopes }) => scopes[place] ?? "")
    )
  )
  for (const rows of [held, ...scopes, []]) {
    for (const some of [rows, rows.filter(({ isGone }) => !isGone)]) {
      if (some.length !== certificate.distinctKeys) continue
      const keys = { rows: some.map(({ key }) => key).toSorted(), refused: [] }
      if (Proof.count(keys).keysSha256 === certificate.keysSha256) return some
    }
  }
  return null
}

const stretch = ({ from, to }: Certificate): Interval.Interval => Interval.make(from, to)

const isSameList = (left: Certificate, right: Certificate): boolean =>
  left.source === right.source && left.scope === right.scope

interface Judged {
  readonly window: number
  readonly certificate: Certificate
  /** Whether rows make its hash. */
  readonly isProved: boolean
  /** Whether the details of all these rows were read. */
  readonly isFinished: boolean
}

/** What newer windows show again says nothing of today's rows any more. */
const isCovered = ({ certificate }: Judged, all: ReadonlyArray<Judged>): boolean => {
  const newer = all.filter((other) =>
    other.isProved && isSameList(other.certificate, certificate) &&
    Interval.satisfies(other.certificate.stream, certificate.stream) &&
    DateTime.greaterThan(other.certificate.readAt, certificate.readAt)
  )
  return Interval.subtract([stretch(certificate)], newer.map((one) => stretch(one.certificate))).length === 0
}

/** From when on everything is read again. */
const young = (certificates: ReadonlyArray<Certificate>): Interval.Intervals => {
  const [first, ...others] = certificates
  if (first === undefined) return []
  const newest = others.reduce((newest, { readAt }) => DateTime.max(newest, readAt), first.readAt)
  const end = certificates.reduce((end, { to }) => DateTime.max(end, to), newest)
  return [Interval.make(DateTime.subtract(newest, final), DateTime.add(end, { days: 1 }))]
}

/** Details that were read are not asked for again where a list shows the row once more. */
const settle = (statements: Statements, { scope, source }: Certificate, rows: ReadonlyArray<HeldRow>) =>
  statements.run(
    "INSERT OR IGNORE INTO pending SELECT ?, ?, value ->> 0, value ->> 1, ?, 0 FROM json_each(?)",
    source,
    scope,
    never,
    JSON.stringify(rows.filter(({ isFinished }) => isFinished).map(({ at, key }) => [key, at]))
  )

/** The window as it was published, and the keys that prove it. One that nothing proves takes back what was certified there. */
const record = (opened: Opened, certificate: Certificate, rows: ReadonlyArray<HeldRow> | null, hints: Hints) =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const isProved = rows !== null
      const verdict = certificate.verdict === "certified" && !isProved ? "uncertified" : certificate.verdict
      const window = yield* State.certify(statements, { ...certificate, verdict })
      if (isProved) {
        const keys = { rows: rows.map(({ key }) => key).toSorted(), refused: [] }
        yield* KeptKeys.replace(statements, window, { certificate, keys, ofRows: true })
        if (certificate.source in hints.detailsAt) yield* settle(statements, certificate, rows)
      }
      yield* State.ask(statements, certificate.source, certificate.scope, certificate.from)
      yield* State.ask(statements, certificate.source, null, certificate.from)
      return { window, certificate, isProved, isFinished: (rows ?? []).every(({ isFinished }) => isFinished) }
    }))

/** Which certificates hold, and what is read again although they do. */
const conclude = (opened: Opened, judged: ReadonlyArray<Judged>) =>
  opened.ledger.transaction("state commit", (statements) =>
    Effect.gen(function*() {
      const recent = young(judged.map(({ certificate }) => certificate))
      for (const one of judged) {
        const { certificate, isFinished, isProved, window } = one
        const isCertified = certificate.verdict === "certified"
        const holds = isProved || (isCertified && isCovered(one, judged))
        if (holds && !isProved) {
          yield* statements.run("UPDATE windows SET verdict = 'certified' WHERE id = ?", window)
          yield* statements.run("INSERT OR REPLACE INTO window_keys VALUES (?, 'covered', NULL)", window)
        }
        // A published certificate that does not hold says so once it is written again.
        yield* statements.run(
          "UPDATE windows SET revision = ?, published = 1 WHERE id = ?",
          isCertified && !holds ? 2 : 1,
          window
        )
        yield* forget(statements, certificate, isFinished ? recent : [...recent, stretch(certificate)])
      }
    }))

const Stretch = Schema.Struct({ from_at: Schema.Number, to_at: Schema.Number })

/** What is certified of a list, without these stretches. */
const forget = (
  statements: Statements,
  { scope, source, stream }: Certificate,
  taken: Interval.Intervals
) =>
  Effect.gen(function*() {
    const list = [source, scope, stream]
    const known = yield* statements.all(
      Stretch,
      "SELECT from_at, to_at FROM certified WHERE source = ? AND scope = ? AND stream = ?",
      ...list
    )
    const before = known.map(({ from_at, to_at }) =>
      Interval.make(DateTime.unsafeMake(from_at), DateTime.unsafeMake(to_at))
    )
    if (Interval.intersect(before, taken).length === 0) return
    yield* statements.run("DELETE FROM certified WHERE source = ? AND scope = ? AND stream = ?", ...list)
    for (const { from, to } of Interval.subtract(before, taken)) {
      yield* statements.run("INSERT INTO certified VALUES (?, ?, ?, ?, ?)", ...list, from.epochMillis, to.epochMillis)
    }
  })

const First = Schema.Struct({ at: Schema.NullOr(Schema.Number) })

/** A source whose certificates are lost as well is read again from its first row on. */
const since = (opened: Opened, source: string, files: ReadonlyArray<FoundFile>) =>
  Effect.gen(function*() {
    let first = Number.POSITIVE_INFINITY
    for (const { path, table } of files) {
      if (table.eventTime === null || table.parent !== null) continue
      const [found] = yield* opened.session.all(
        First,
        `SELECT epoch_ms(date_trunc('day', min(${Sql.name(table.eventTime)})))::DOUBLE AS at FROM ${
          ParquetFiles.rows([path])
        }`
      )
      first = Math.min(first, found?.at ?? first)
    }
    if (Number.isFinite(first)) {
      yield* opened.ledger.run("INSERT OR IGNORE INTO asked VALUES (?, '', ?)", source, first)
    }
  })

const isOwn = ({ table }: FoundFile) => OwnTables.tables.some(({ name }) => name === table.name)

/** The windows of all sources, what is certified, and since when each was asked for. */
export const fill = (
  opened: Opened,
  { files, hints }: { readonly files: ReadonlyArray<FoundFile>; readonly hints: Hints }
): Effect.Effect<void, LedgerError | QueryError> =>
  Effect.gen(function*() {
    for (const [source, own] of Object.entries(Array.groupBy(files, ({ source }) => source))) {
      const rows = own.filter((file) => !isOwn(file))
      const certificates = (yield* Effect.forEach(
        own.filter(({ table }) => table.name === Certificates.table),
        (file) => published(opened, file)
      )).flat().toSorted((left, right) => left.readAt.epochMillis - right.readAt.epochMillis)
      const judged = yield* Effect.forEach(certificates, (certificate) =>
        Effect.flatMap(
          rowsOf(opened, rows, hints, certificate),
          (held) => record(opened, certificate, counted(certificate, hints, held), hints)
        ))
      yield* conclude(opened, judged)
      yield* since(opened, source, rows)
    }
  })
