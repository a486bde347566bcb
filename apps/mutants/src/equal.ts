/** Changes that no test can notice, and why: what is decided stays the same. */

export interface Equal {
  readonly file: string
  /** The line as it stands, without the blanks around it. */
  readonly line: string
  readonly from: string
  readonly to: string
  readonly why: string
}

export const equal: ReadonlyArray<Equal> = [
  {
    file: "packages/http/src/internal/slots.ts",
    line: "const whole = (limit: number): number => limit >= 1 ? Math.floor(limit) : 1",
    from: ">=",
    to: ">",
    why: "Of a limit of 1, both ways make 1."
  },
  {
    file: "packages/http/src/Pace.ts",
    line: "let waiting = 0",
    from: "0",
    to: "1",
    why: "Requests that could go at once go through the queue, which is empty then: it costs time and changes no order."
  },
  {
    file: "packages/http/src/Pace.ts",
    line: "waiting += 1",
    from: "+=",
    to: "-=",
    why: "Each request goes through the queue from then on: it costs time and changes no order."
  },
  {
    file: "packages/http/src/Pace.ts",
    line: "waiting += 1",
    from: "1",
    to: "2",
    why: "Each request goes through the queue from then on: it costs time and changes no order."
  },
  {
    file: "packages/http/src/Pace.ts",
    line: "waiting -= 1",
    from: "-=",
    to: "+=",
    why: "Each request goes through the queue from then on: it costs time and changes no order."
  },
  {
    file: "packages/http/src/Pace.ts",
    line: "waiting === 0 && Slots.next(slots, time) <= time",
    from: "<=",
    to: "<",
    why: "Who may start just now goes through the queue, which is empty then."
  },
  {
    file: "packages/dataset/src/Proof.ts",
    line: "for (const [key, times] of repeats) most.set(key, Math.max(times, most.get(key) ?? 0))",
    from: "0",
    to: "1",
    why: "A row that is shown more than once is so at least once more."
  },
  {
    file: "packages/dataset/src/internal/merging.ts",
    line: "const fresh = (index: number) => `fresh.\"$n${first[index] ?? 0}\"`",
    from: "0",
    to: "1",
    why: "Each group has its first."
  },
  {
    file: "packages/dataset/src/internal/keptKeys.ts",
    line: "AND old.from_at < fresh.to_at AND old.to_at > fresh.from_at`",
    from: " AND ",
    to: " OR ",
    why: "More windows are looked at, and those that nothing covers stay."
  },
  {
    file: "packages/dataset/src/internal/intents.ts",
    line: "for (let from = 0; from < (keys?.count ?? 0); from += some) {",
    from: "<",
    to: "<=",
    why: "One piece more has no keys."
  },
  {
    file: "packages/dataset/src/internal/keptKeys.ts",
    line:
      "export const write = ({ refused, rows }: Keys): Uint8Array => deflateSync(JSON.stringify([rows, refused]), { level: 1 })",
    from: "1",
    to: "2",
    why: "Keys that are pressed harder are the same keys."
  },
  {
    file: "packages/dataset/src/internal/keptKeys.ts",
    line: "AND source = ? AND scope = ? AND (running, read_at) > (?, ?) AND from_at < ? AND to_at > ?`,",
    from: " < ",
    to: " <= ",
    why: "A window that only touches another covers nothing of it."
  },
  {
    file: "packages/export/src/internal/pass.ts",
    line: "? (met(passes) > 0 || passes.length > 1) && passes.slice(-1).every(held)",
    from: "every",
    to: "some",
    why: "There is one last walk: without any, no row was met."
  },
  {
    file: "packages/export/src/internal/pass.ts",
    line: "return last.some((pass) => even(pass) || shownAll(pass)) ? last : passes",
    from: "some",
    to: "every",
    why: "There is one last walk, or none: then both are empty."
  },
  {
    file: "packages/export/src/internal/pass.ts",
    line: "const count = total(passes) ?? 0",
    from: "0",
    to: "1",
    why: "Walks that agree on no total were named above."
  },
  {
    file: "packages/export/src/internal/met.ts",
    line: "let rows = 0",
    from: "0",
    to: "1",
    why: "The first window begins the first group, with its own rows."
  },
  {
    file: "packages/export/src/internal/reconcile.ts",
    line: "let isArriving = false",
    from: "false",
    to: "true",
    why: "Where no turn was made, nothing moved, and what did not move is not only young."
  },
  {
    file: "packages/export/src/internal/windows.ts",
    line:
      "): number => Math.max(1, Math.ceil((total ?? 0) / (settled || !list.snapshots ? list.pageSize : snapshotRows(list))))",
    from: "0",
    to: "1",
    why: "A window takes one request at least, of a row as of none."
  },
  {
    file: "packages/export/src/internal/reading.ts",
    line: "const depth = cut?.depth ?? 0",
    from: "0",
    to: "1",
    why: "The depth only tells cuts of one depth from those of another."
  },
  {
    file: "packages/export/src/internal/reading.ts",
    line: "const next = { depth: depth + 1, all }",
    from: "+",
    to: "-",
    why: "The depth only tells cuts of one depth from those of another."
  },
  {
    file: "packages/export/src/internal/reading.ts",
    line: "const next = { depth: depth + 1, all }",
    from: "1",
    to: "2",
    why: "The depth only tells cuts of one depth from those of another."
  },
  {
    file: "packages/export/src/internal/feedCounts.ts",
    line: "}), { concurrency: options.concurrency, discard: true })",
    from: "true",
    to: "false",
    why: "What comparing a feed returns is not used."
  }
]
