import { assert, describe, it } from "@effect/vitest"
import { Envelope } from "@trunkline/http"

const names = ["data", "results"]
const rows = [{ id: "cll-1" }, { id: "cll-2" }]
const silent = { page: null, size: null, total: null, totalPages: null, more: null }

const wrapped = (inside: unknown, depth: number): unknown => depth === 0 ? inside : { data: wrapped(inside, depth - 1) }

const paging = (body: unknown) => Envelope.list(body, names)?.paging

describe("checklist of the tolerant decoder", () => {
  it.each<readonly [string, unknown]>([
    ["{data}", { data: rows }],
    ["{data:{results}}", { data: { results: rows } }],
    ["{data:{data}}", { data: { data: rows } }],
    ["{data:{data:{results}}}", { data: { data: { results: rows } } }],
    ["{results}", { results: rows }],
    ["a bare list", rows]
  ])(
    "row 9: rows are found in %s",
    (_, body) => assert.deepStrictEqual(Envelope.list(body, names), { rows, paging: silent })
  )

  it("row 9: rows are found in {calls}", () =>
    assert.deepStrictEqual(Envelope.list({ calls: rows }, ["calls", "data"]), { rows, paging: silent }))

  it.each<readonly [string, unknown]>([
    ["{data,pagination}", { data: rows, pagination: { total_pages: 5 } }],
    ["{data:{results,metadata}}", { data: { results: rows, metadata: { total_pages: 5 } } }],
    ["{data:{results,metadata:{pagination}}}", {
      data: { results: rows, metadata: { pagination: { total_pages: 5 } } }
    }],
    ["{data:{data:{results},metadata}}", { data: { data: { results: rows }, metadata: { total_pages: 5 } } }],
    ["{data:{results,total_pages}}", { data: { results: rows, total_pages: 5 } }],
    ["{data:{results},total_pages}", { data: { results: rows }, total_pages: 5 }],
    ["{data:{results},metadata:{pagination}}", {
      data: { results: rows },
      metadata: { pagination: { total_pages: 5 } }
    }],
    ["{results,metadata}", { results: rows, metadata: { total_pages: 5 } }]
  ])(
    "row 9: the total of pages is found in %s",
    (_, body) => assert.deepStrictEqual(Envelope.list(body, names), { rows, paging: { ...silent, totalPages: 5 } })
  )

  it.each<readonly [string, unknown]>([
    ["data", { data: null }],
    ["results", { data: { results: null } }]
  ])(
    "row 9: null under %s is an empty list",
    (_, body) => assert.deepStrictEqual(Envelope.list(body, names), { rows: [], paging: silent })
  )

  it("row 9: null rows do not lose what is said of pages", () =>
    assert.deepStrictEqual(paging({ data: { results: null, metadata: { pagination: { total_pages: 0 } } } }), {
      ...silent,
      totalPages: 0
    }))
})

describe("what an answer says of its pages", () => {
  it("is read as version 2 of Allo writes it", () =>
    assert.deepStrictEqual(
      paging({ data: rows, pagination: { page: 1, size: 20, total_count: 156, total_pages: 8, has_more: true } }),
      { page: 1, size: 20, total: 156, totalPages: 8, more: true }
    ))

  it("is read as version 1 of Allo writes it", () =>
    assert.deepStrictEqual(
      paging({ data: { results: rows, metadata: { pagination: { total_pages: 5, current_page: 0 } } } }),
      { ...silent, page: 0, totalPages: 5 }
    ))

  it("is read as Allomia writes it", () =>
    assert.deepStrictEqual(
      Envelope.list({
        calls: rows,
        pagination: { page: 1, limit: 10, total: 42, totalPages: 5, hasNextPage: false, hasPreviousPage: true }
      }, ["calls"])?.paging,
      { page: 1, size: 10, total: 42, totalPages: 5, more: false }
    ))

  it("is read from text", () =>
    assert.deepStrictEqual(paging({ data: rows, pagination: { page: "1", total_count: "156", has_more: "true" } }), {
      ...silent,
      page: 1,
      total: 156,
      more: true
    }))

  it("is nothing where it is nonsense", () =>
    assert.deepStrictEqual(
      paging({ data: rows, pagination: { page: "first", size: -1, total_count: {}, total_pages: [], has_more: 1 } }),
      silent
    ))

  it.each([null, "1 of 5", 5, []])(
    "is nothing where pagination is %j",
    (pagination) => assert.deepStrictEqual(Envelope.list({ data: rows, pagination }, names), { rows, paging: silent })
  )

  it("is not taken from the rows", () => {
    const talkative = [{ page: 7, size: 3, total: 9, total_pages: 9, has_more: true }]
    assert.deepStrictEqual(Envelope.list({ data: talkative }, names), { rows: talkative, paging: silent })
  })

  it("is taken from the outside first, and filled up from within", () =>
    assert.deepStrictEqual(
      paging({ pagination: { total_count: 2 }, data: { results: rows, metadata: { total: 9, total_pages: 1 } } }),
      { ...silent, total: 2, totalPages: 1 }
    ))
})

describe("no list", () => {
  it.each([null, 1, "rows", true, {}, { rows }, { data: "rows" }, { data: { id: "cll-1" } }, { error: {} }])(
    "is in %j",
    (body) => assert.isUndefined(Envelope.list(body, names))
  )

  it.each([4, 5])(
    "is in more than four wrappers: %i",
    (depth) => assert.strictEqual(Envelope.list(wrapped(rows, depth), names) === undefined, depth > 4)
  )

  it("is looked for without end", () => {
    assert.isUndefined(Envelope.list(wrapped(rows, 100), names))
  })
})

describe("one thing", () => {
  it.each<readonly [string, unknown]>([
    ["{data}", { data: rows[0] }],
    ["{data:{data}}", { data: { data: rows[0] } }],
    ["itself", rows[0]]
  ])("is found in %s", (_, body) => assert.deepStrictEqual(Envelope.one(body, names), rows[0]))

  it("is found in five wrappers at most", () => {
    assert.deepStrictEqual(Envelope.one(wrapped(rows[0], 5), names), rows[0])
    assert.deepStrictEqual(Envelope.one(wrapped(rows[0], 7), names), wrapped(rows[0], 2))
  })

  it.each([null, "text", 5])("%j is itself", (body) => assert.strictEqual(Envelope.one(body, names), body))
})
