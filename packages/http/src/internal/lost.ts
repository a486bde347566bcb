/** Whether a lenient reading dropped what was sent. */
export const isLost = (raw: unknown, read: unknown): boolean => {
  if (raw === null || raw === undefined) return false
  if (read === null) return true
  if (!Array.isArray(read)) return false
  // `words` may arrive as one text. Any other list may not.
  if (typeof raw === "string") return read.length === 0 && raw.trim().length > 0
  if (!Array.isArray(raw) || raw.length !== read.length) return true
  for (let index = 0; index < read.length; index++) if (typeof raw[index] !== typeof read[index]) return true
  return false
}
