/**
 * The ledger's tables, and how each version grew out of the one before. What was released is never changed here, only
 * added to.
 */
const first: ReadonlyArray<string> = [
  `CREATE TABLE dataset (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, partition TEXT NOT NULL, created_at INTEGER NOT NULL
  )`,
  "CREATE TABLE sources (source TEXT PRIMARY KEY, host TEXT NOT NULL) WITHOUT ROWID",
  "CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
  // A table of a source: what has one file per partition.
  "CREATE TABLE shelves (id INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, UNIQUE (name, source))",
  `CREATE TABLE windows (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL,
    from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, verdict TEXT NOT NULL,
    total_first INTEGER, total_last INTEGER, distinct_keys INTEGER NOT NULL, quarantined INTEGER NOT NULL,
    pages INTEGER NOT NULL, passes INTEGER NOT NULL, keys_sha256 TEXT, request_ids TEXT NOT NULL,
    read_at INTEGER NOT NULL, run_id TEXT NOT NULL, revision INTEGER NOT NULL, published INTEGER NOT NULL,
    UNIQUE (source, scope, stream, from_at, to_at)
  )`,
  `CREATE TABLE certified (
    source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL,
    PRIMARY KEY (source, scope, stream, from_at)
  ) WITHOUT ROWID`,
  `CREATE TABLE asked (
    source TEXT NOT NULL, scope TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (source, scope)
  ) WITHOUT ROWID`,
  `CREATE TABLE landings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, shelf INTEGER NOT NULL REFERENCES shelves (id),
    window INTEGER REFERENCES windows (id), file TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL, rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL, groups TEXT NOT NULL, emptied TEXT NOT NULL, published INTEGER NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE files (
    shelf INTEGER NOT NULL REFERENCES shelves (id), partition TEXT NOT NULL, sha256 TEXT NOT NULL,
    rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (shelf, partition)
  ) WITHOUT ROWID`,
  // numbers: of each group, the answer it was last read from.
  `CREATE TABLE keys (
    shelf INTEGER NOT NULL, unit TEXT NOT NULL, partition TEXT NOT NULL, numbers TEXT NOT NULL,
    PRIMARY KEY (shelf, unit)
  ) WITHOUT ROWID`,
  "CREATE TABLE intents (id INTEGER PRIMARY KEY AUTOINCREMENT, windows TEXT NOT NULL)",
  `CREATE TABLE intent_files (
    intent INTEGER NOT NULL REFERENCES intents (id) ON DELETE CASCADE, place INTEGER NOT NULL,
    shelf INTEGER NOT NULL REFERENCES shelves (id), partition TEXT NOT NULL, file TEXT NOT NULL,
    old_sha256 TEXT, new_sha256 TEXT NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (intent, place)
  ) WITHOUT ROWID`,
  `CREATE TABLE intent_keys (
    intent INTEGER NOT NULL REFERENCES intents (id) ON DELETE CASCADE, shelf INTEGER NOT NULL, unit TEXT NOT NULL,
    partition TEXT NOT NULL, numbers TEXT NOT NULL, PRIMARY KEY (intent, shelf, unit)
  ) WITHOUT ROWID`,
  `CREATE TABLE pending (
    source TEXT NOT NULL, scope TEXT NOT NULL, id TEXT NOT NULL, ended_at INTEGER NOT NULL, due_at INTEGER NOT NULL,
    asked INTEGER NOT NULL, PRIMARY KEY (source, scope, id)
  ) WITHOUT ROWID`,
  "CREATE INDEX pending_due ON pending (source, scope, due_at)",
  `CREATE TABLE quarantine (
    source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL, sha256 TEXT NOT NULL, raw TEXT NOT NULL,
    reason TEXT NOT NULL, first_at INTEGER NOT NULL, run_id TEXT NOT NULL,
    PRIMARY KEY (source, scope, stream, sha256)
  ) WITHOUT ROWID`,
  `CREATE TABLE facts (
    source TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (source, scope, name)
  ) WITHOUT ROWID`,
  "CREATE TABLE runs (id TEXT PRIMARY KEY, started_at INTEGER NOT NULL, ended_at INTEGER, status TEXT) WITHOUT ROWID"
]

/** When and by which inspection the content of a file was last read. */
const second: ReadonlyArray<string> = [
  "ALTER TABLE files ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0",
  "ALTER TABLE files ADD COLUMN checked_run INTEGER NOT NULL DEFAULT 0"
]

/**
 * What stands, under numbers that are never given twice: rows in quarantine, each by the key of the row, and differences that
 * no run can mend. The window of a row is where it was last shown; of an earlier version all windows with such rows.
 */
const standing: ReadonlyArray<string> = [
  "ALTER TABLE quarantine RENAME TO quarantine_before",
  `CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL, scope TEXT NOT NULL, stream TEXT NOT NULL, key TEXT NOT NULL,
    sha256 TEXT NOT NULL, raw TEXT NOT NULL, reason TEXT NOT NULL, run_id TEXT NOT NULL,
    from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    resolved_at INTEGER, accepted_at INTEGER, UNIQUE (source, scope, stream, key)
  )`,
  `INSERT INTO quarantine
    SELECT row_number() OVER (ORDER BY first_at, sha256), source, scope, stream, key, sha256, raw, reason, run_id,
      coalesce(from_at, 0), coalesce(to_at, 0), first_at, max(last_at), NULL, NULL
    FROM (
      SELECT source, scope, stream, sha256, raw, reason, run_id, first_at, first_at AS last_at,
        CASE
          WHEN NOT json_valid(raw) THEN sha256
          WHEN json_type(raw, '$.id') = 'text' AND raw ->> '$.id' <> '' THEN raw ->> '$.id'
          ELSE sha256
        END AS key
      FROM quarantine_before
    )
    LEFT JOIN (
      SELECT source, scope, stream, min(from_at) AS from_at, max(to_at) AS to_at FROM windows WHERE quarantined > 0
      GROUP BY source, scope, stream
    ) USING (source, scope, stream)
    GROUP BY source, scope, stream, key`,
  "DROP TABLE quarantine_before",
  "INSERT OR REPLACE INTO counters SELECT 'standing', count(*) FROM quarantine",
  `CREATE TABLE IF NOT EXISTS standing (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, source TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL,
    says TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, accepted_at INTEGER,
    UNIQUE (kind, source, scope, name)
  )`
]

/**
 * The keys of certified windows, one row for each of them. state: 'rows' where each key has a row, 'counted' where keys only
 * count, 'covered' where newer certificates speak of the same time, 'unknown' where none were kept. Only the first two have keys.
 */
const kept: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS window_keys (
    window INTEGER PRIMARY KEY REFERENCES windows (id) ON DELETE CASCADE, state TEXT NOT NULL, keys BLOB
  )`,
  "INSERT OR IGNORE INTO window_keys SELECT id, 'unknown', NULL FROM windows WHERE verdict = 'certified'"
]

/**
 * How ids were last received, where their keys are spelled otherwise; units that leave their files for another spelling; and
 * the last landing in which ids may have another spelling.
 */
const spelling: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS spellings (
    source TEXT NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (source, key)
  ) WITHOUT ROWID`,
  "CREATE TABLE IF NOT EXISTS folds (shelf INTEGER NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (shelf, unit)) WITHOUT ROWID",
  "INSERT OR REPLACE INTO counters SELECT 'last spelled otherwise', coalesce(max(id), 0) FROM landings"
]

/** How the file of a landing is read, where it is one of lines; a landing without such a row is a Parquet file. */
const lines: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS landed_lines (
    landing INTEGER PRIMARY KEY REFERENCES landings (id) ON DELETE CASCADE, row TEXT NOT NULL, longest INTEGER NOT NULL
  )`
]

/** What each run said of itself, apart from the run: only whether it began and how it ended was kept before. */
const reports: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS run_reports (
    run TEXT PRIMARY KEY REFERENCES runs (id), command TEXT NOT NULL, version TEXT, says TEXT, changed INTEGER NOT NULL
  ) WITHOUT ROWID`,
  "INSERT OR IGNORE INTO run_reports SELECT id, 'export', NULL, NULL, 1 FROM runs"
]

/** Who and what was met: one row per key of a table that says so, with all that is known of it as JSON. */
const seen: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS sightings (
    shelf INTEGER NOT NULL REFERENCES shelves (id), unit TEXT NOT NULL, row TEXT NOT NULL, first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (shelf, unit)
  ) WITHOUT ROWID`
]

/** Rows that stood in a damaged file, until they are read again or their loss was named. */
const lost: ReadonlyArray<string> = [
  "CREATE TABLE IF NOT EXISTS lost (shelf INTEGER NOT NULL, unit TEXT NOT NULL, PRIMARY KEY (shelf, unit)) WITHOUT ROWID"
]

/**
 * Who was erased. hash: a keyed hash of a spelling of a number or of a contact, and how many letters that has. Rows of theirs: says: where a row is
 * that left its table; null of one that stays as a bare fact. No number, name or id of a row stands here.
 */
const erased: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS erasures (
    person TEXT PRIMARY KEY, begun_at INTEGER NOT NULL, done_at INTEGER, with_rows INTEGER NOT NULL, check_hash TEXT NOT NULL
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS erased (
    hash TEXT PRIMARY KEY, kind TEXT NOT NULL, letters INTEGER NOT NULL,
    person TEXT NOT NULL REFERENCES erasures (person) ON DELETE CASCADE
  ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS erased_rows (
    shelf INTEGER NOT NULL REFERENCES shelves (id), unit TEXT NOT NULL, id TEXT NOT NULL, says TEXT, gone_at INTEGER,
    person TEXT NOT NULL REFERENCES erasures (person) ON DELETE CASCADE, PRIMARY KEY (shelf, unit)
  ) WITHOUT ROWID`
]

/**
 * Whether numbers of people are kept as tokens, and the fingerprints of the keys that made them, the oldest first. unfinished: 1
 * while rows of before are rewritten.
 */
const masking: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS masking (
    one INTEGER PRIMARY KEY CHECK (one = 1), kind TEXT NOT NULL, keys TEXT NOT NULL, unfinished INTEGER NOT NULL
  )`
]

/** Numbers of rows that were read again and are the same: newer than those of `keys`, until the next run. */
const renumbered: ReadonlyArray<string> = [
  `CREATE TABLE IF NOT EXISTS renumbered (
    shelf INTEGER NOT NULL, unit TEXT NOT NULL, numbers TEXT NOT NULL, PRIMARY KEY (shelf, unit)
  ) WITHOUT ROWID`
]

export const migrations: ReadonlyArray<ReadonlyArray<string>> = [
  first,
  second,
  standing,
  kept,
  spelling,
  lines,
  reports,
  seen,
  lost,
  erased,
  masking,
  renumbered
]
