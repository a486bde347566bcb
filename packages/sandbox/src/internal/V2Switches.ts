/** Where documents and real answers of Allo's second interface differ, and which of them the sandbox follows. */
export interface V2Switches {
  /** The list of conversations refuses a request without `allo_number`, as the real one does. */
  readonly conversationsNeedLine: boolean
  /** `date.to` of a search includes its day. */
  readonly searchEndIsInclusive: boolean
  /** The days of a search begin this many minutes before they do in UTC. */
  readonly searchDayOffset: number
  /** A longer search is refused as too wide. */
  readonly searchMaximumDays: number
  /** `documented` limits `result` to the three words of the document; `observed` adds the words of real answers. */
  readonly results: "documented" | "observed"
}
