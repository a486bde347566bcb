/** What to do about a failure whose own message does not say. */

const byTag: Readonly<Record<string, string>> = {
  Unreachable: "Check the network and the base URL",
  ServerFault: "Run again later; what was read is kept",
  RateLimited: "Run again later, and run less beside it",
  DatasetQueryFailed: "Run trunkline verify: a file of the dataset may be damaged",
  QuotaExceeded: "Run again when the quota renews",
  Undecodable: "Check the base URL; if it is right, report this"
}

export const advice = (tag: string): string | null => byTag[tag] ?? null
