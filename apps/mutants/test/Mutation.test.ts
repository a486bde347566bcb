import { assert, it } from "@effect/vitest"
import * as Mutation from "../src/Mutation.js"

const changed = (source: string) => Mutation.of("one.ts", source).map((one) => Mutation.apply(source, one))

it("what decides is changed, one thing at a time", () => {
  assert.deepStrictEqual(changed("const a = b < c && !d"), [
    "const a = b <= c && !d",
    "const a = b < c || !d",
    "const a = b < c && d"
  ])
  assert.deepStrictEqual(changed("if (a === 0) b(Math.max(-1, c))"), [
    "if (!(a === 0)) b(Math.max(-1, c))",
    "if (a !== 0) b(Math.max(-1, c))",
    "if (a === 1) b(Math.max(-1, c))",
    "if (a === 0) b(Math.min(-1, c))",
    "if (a === 0) b(Math.max(1, c))",
    "if (a === 0) b(Math.max(-2, c))"
  ])
  assert.deepStrictEqual(changed("const a = b /* < */ >= (c as number) ? d.some(e) : true"), [
    "const a = !(b /* < */ >= (c as number)) ? d.some(e) : true",
    "const a = b /* < */ > (c as number) ? d.some(e) : true",
    "const a = b /* < */ >= (c as number) ? d.every(e) : true",
    "const a = b /* < */ >= (c as number) ? d.some(e) : false"
  ])
})

it("statements of the database are changed like code", () => {
  assert.deepStrictEqual(changed("run(`SELECT a FROM b WHERE c > ${1} AND d IS NULL`)"), [
    "run(`SELECT a FROM b WHERE c >= ${1} AND d IS NULL`)",
    "run(`SELECT a FROM b WHERE c > ${2} AND d IS NULL`)",
    "run(`SELECT a FROM b WHERE c > ${1} OR d IS NULL`)",
    "run(`SELECT a FROM b WHERE c > ${1} AND d IS NOT NULL`)"
  ])
})

it("types, imports, texts and names are left alone", () => {
  assert.deepStrictEqual(
    changed(
      "import a from \"b\"\ntype C = { readonly d: 0 | true }\nconst e: C[\"d\"] = f(\"x < y AND z\" + g.min, `1 = 1`)"
    ),
    []
  )
})
