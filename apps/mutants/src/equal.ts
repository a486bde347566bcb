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
  }
]
