/** The word that somebody who misspelt it meant. */

const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Undefined where no known word is near. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined =>
  known
    .map((name) => ({ name, far: name.startsWith(word) && word.length > 1 ? 1 : distance(word, name) }))
    .filter(({ far, name }) => far <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.far - b.far)[0]?.name

export const suggested = (suggestion: string | undefined): string =>
  suggestion === undefined ? "" : `. Did you mean ${suggestion}?`
