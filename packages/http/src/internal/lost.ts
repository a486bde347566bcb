/** Whether a lenient reading dropped what was sent. */
export const isLost = (raw: unknown, read: unknown): boolean => {
  if (raw === null || raw === undefined) return false
  if (read === null) return true
  if (!Array.isArray(read)) return false
  // `words` may arrive as one text. Any other list may not.
  if (typeof raw === "string") return read.length === 0 && raw.trim().length > 0
  return !Array.isArray(raw) || raw.length !== read.length ||
    raw.some((element, index) => typeof element !== typeof read[index])
}
