/** Small changes to a source file, each of which makes it decide otherwise. */
import { parseSync } from "oxc-parser"

export interface Mutation {
  /** Where the change stands, in characters, and in which line. */
  readonly start: number
  readonly end: number
  readonly line: number
  readonly from: string
  readonly to: string
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value && typeof value.type === "string"

/** Nodes of types hold values as well, such as `x as T`. */
const valued = new Set(["TSAsExpression", "TSSatisfiesExpression", "TSNonNullExpression", "TSInstantiationExpression"])

const operators: Readonly<Record<string, string>> = {
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "%": "*",
  "&&": "||",
  "||": "&&",
  "+=": "-=",
  "-=": "+="
}

const methods: Readonly<Record<string, string>> = {
  some: "every",
  every: "some",
  min: "max",
  max: "min",
  lessThan: "lessThanOrEqualTo",
  lessThanOrEqualTo: "lessThan",
  greaterThan: "greaterThanOrEqualTo",
  greaterThanOrEqualTo: "greaterThan"
}

const sql: ReadonlyArray<readonly [RegExp, string]> = [
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ = /g, " <> "],
  [/ <> /g, " = "],
  [/ AND /g, " OR "],
  [/ OR /g, " AND "],
  [/\bmax\(/g, "min("],
  [/\bmin\(/g, "max("],
  [/ DESC\b/g, ""],
  [/ IS NULL\b/g, " IS NOT NULL"],
  [/ IS NOT NULL\b/g, " IS NULL"]
]

const isSql = (text: string): boolean => /\b(SELECT|WHERE|JOIN|UPDATE|DELETE FROM|INSERT)\b/.test(text)

const isText = (value: unknown): boolean =>
  isNode(value) &&
  (value.type === "TemplateLiteral" || (value.type === "Literal" && typeof value["value"] === "string") ||
    (value.type === "BinaryExpression" && (isText(value["left"]) || isText(value["right"]))))

/** Every change of this file, in order. */
export const of = (path: string, source: string): ReadonlyArray<Mutation> => {
  const { errors, program } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message ?? "cannot be read"}`)
  const found: Array<Mutation> = []
  const add = (start: number, end: number, to: string) => {
    const from = source.slice(start, end)
    if (from !== to) found.push({ start, end, line: source.slice(0, start).split("\n").length, from, to })
  }
  /** An operator stands between its operands, which may have brackets and comments around them. */
  const between = ({ end: start }: Node, { start: end }: Node, operator: string, to: string) => {
    const at = source.slice(start, end).replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, (comment) => " ".repeat(comment.length))
      .indexOf(operator)
    if (at >= 0) add(start + at, start + at + operator.length, to)
  }
  const visit = (node: Node, isQuery: boolean) => {
    if (node.type.startsWith("TS") && !valued.has(node.type)) return
    if (node.type === "ImportDeclaration") return
    const { argument, callee, left, operator, prefix, property, quasis, right, test, value } = node
    if (isNode(left) && isNode(right) && typeof operator === "string") {
      const to = operators[operator]
      if (to !== undefined && !(operator === "+" && (isText(left) || isText(right)))) between(left, right, operator, to)
    }
    if (node.type === "UnaryExpression" && prefix !== false && isNode(argument)) {
      if (operator === "!" || operator === "-") add(node.start, argument.start, "")
    }
    if (node.type === "ConditionalExpression" && isNode(test)) {
      add(test.start, test.end, `!(${source.slice(test.start, test.end)})`)
    }
    if (node.type === "IfStatement" && isNode(test)) {
      add(test.start, test.end, `!(${source.slice(test.start, test.end)})`)
    }
    if (node.type === "Literal" && typeof value === "boolean") add(node.start, node.end, String(!value))
    if (node.type === "Literal" && (value === 0 || value === 1)) add(node.start, node.end, String(Number(value) + 1))
    if (node.type === "CallExpression" && isNode(callee) && callee.type === "MemberExpression") {
      const name = callee["property"]
      const to = isNode(name) && typeof name["name"] === "string" && Object.hasOwn(methods, name["name"])
        ? methods[name["name"]]
        : undefined
      if (isNode(name) && to !== undefined) add(name.start, name.end, to)
    }
    const texts = Array.isArray(quasis) ? quasis.filter(isNode) : typeof value === "string" ? [node] : []
    const isStatement = isQuery || texts.some(({ end, start }) => isSql(source.slice(start, end)))
    if (isStatement) {
      for (const { end, start } of texts) {
        for (const [pattern, to] of sql) {
          for (const match of source.slice(start, end).matchAll(pattern)) {
            add(start + match.index, start + match.index + match[0].length, to)
          }
        }
      }
    }
    for (const [name, field] of Object.entries(node)) {
      if (name === "property" && isNode(property) && node["computed"] !== true) continue
      for (const child of Array.isArray(field) ? field : [field]) {
        if (isNode(child) && child.type !== "TemplateElement") visit(child, isStatement)
      }
    }
  }
  if (isNode(program)) visit(program, false)
  return found.toSorted((one, other) => one.start - other.start)
}

export const apply = (source: string, { end, start, to }: Pick<Mutation, "start" | "end" | "to">): string =>
  source.slice(0, start) + to + source.slice(end)
