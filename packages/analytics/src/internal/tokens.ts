/** A text of SQL in tokens, as far as it takes to tell its statements apart and to find the files they name. */

export interface Token {
  /** A string is a plain literal: `E'…'` and `$$…$$` are symbols here, since their value is not their text. */
  readonly kind: "word" | "string" | "symbol"
  readonly text: string
  readonly from: number
  readonly to: number
}

const skipped = /\s+|--[^\n]*|\/\*[^]*?\*\//y
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy
const literal = /'(?:[^']|'')*'/y
const escaped = /[eE]'(?:[^'\\]|\\[^]|'')*'|\$(\w*)\$[^]*?\$\1\$|"(?:[^"]|"")*"/y

const taken = (pattern: RegExp, text: string, at: number): string | null => {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? null
}

const tokenAt = (text: string, from: number): Token => {
  const special = taken(escaped, text, from)
  if (special !== null) return { kind: "symbol", text: special, from, to: from + special.length }
  const string = taken(literal, text, from)
  if (string !== null) {
    return { kind: "string", text: string.slice(1, -1).replaceAll("''", "'"), from, to: from + string.length }
  }
  const name = taken(word, text, from)
  if (name !== null) return { kind: "word", text: name, from, to: from + name.length }
  const [symbol = ""] = text.slice(from, from + 2)
  return { kind: "symbol", text: symbol, from, to: from + symbol.length }
}

const tokens = (text: string): ReadonlyArray<Token> => {
  const found: Array<Token> = []
  let at = 0
  while (at < text.length) {
    const space = taken(skipped, text, at)
    if (space === null) {
      const token = tokenAt(text, at)
      found.push(token)
      at = token.to
    } else at += space.length
  }
  return found
}

export interface Statement {
  readonly tokens: ReadonlyArray<Token>
  /** The statement where it stands: what comes before it is blank, so that lines and columns are those of the text. */
  readonly text: string
}

/** The statements of a text, without comments around them. */
export const statements = (text: string): ReadonlyArray<Statement> => {
  const groups: Array<Array<Token>> = [[]]
  for (const token of tokens(text)) {
    if (token.kind === "symbol" && token.text === ";") groups.push([])
    else groups.at(-1)?.push(token)
  }
  return groups.flatMap((group) => {
    const [first] = group
    const last = group.at(-1)
    if (first === undefined || last === undefined) return []
    const before = text.slice(0, first.from).replaceAll(/[^\n]/g, " ")
    return [{ tokens: group, text: `${before}${text.slice(first.from, last.to)}` }]
  })
}

const says = (token: Token | undefined, ...words: ReadonlyArray<string>): boolean =>
  token?.kind === "word" && words.includes(token.text.toUpperCase())

/** What follows the first of these words outside parentheses. */
const behind = (tokens: ReadonlyArray<Token>, ...words: ReadonlyArray<string>): ReadonlyArray<Token> | null => {
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "symbol" && token.text === "(") depth++
    else if (token.kind === "symbol" && token.text === ")") depth--
    else if (depth === 0 && says(token, ...words)) return tokens.slice(index + 1)
  }
  return null
}

type Target = { readonly path: string } | "unclear"

const path = (rest: ReadonlyArray<Token> | null): Target => {
  const [first] = rest ?? []
  return first?.kind === "string" ? { path: first.text } : "unclear"
}

/**
 * The file or folder that a statement writes to; null for none. `unclear` is one that is not written as plain text, such
 * as an expression.
 */
export const target = ({ tokens }: Statement): Target | null => {
  const copy = behind(tokens, "COPY")
  if (copy !== null) {
    if (says(copy[0], "FROM") && says(copy[1], "DATABASE")) return null
    const to = behind(copy, "TO")
    return to === null || says(to[0], "STDOUT") ? null : path(to)
  }
  const attach = behind(tokens, "ATTACH")
  if (attach !== null) {
    return path(attach.filter((token) => !says(token, "DATABASE", "IF", "NOT", "EXISTS", "OR", "REPLACE")))
  }
  const exported = behind(tokens, "EXPORT")
  if (exported !== null) return path(behind(exported, "TO") ?? behind(exported, "DATABASE"))
  return null
}

/** The statement that an EXPLAIN explains, where it stands; null where its beginning is not the plain one. */
export const explained = ({ text }: Statement): string | null => {
  const [head] =
    /^\s*EXPLAIN\s+(?:ANALYZE\s+)?(?:\(\s*(?:ANALYZE|FORMAT\s+\w+)(?:\s*,\s*(?:ANALYZE|FORMAT\s+\w+))*\s*\)\s*)?/i
      .exec(text) ?? []
  return head === undefined ? null : `${head.replaceAll(/[^\n]/g, " ")}${text.slice(head.length)}`
}
