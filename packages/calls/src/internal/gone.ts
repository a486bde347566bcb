/** When a comparison found that the vendor no longer returns a row. Every list that shows the row says that it is there. */
export const gone = { name: "gone", columns: ["gone_at"] } as const
