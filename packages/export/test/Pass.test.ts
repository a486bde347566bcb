/** What walks over one list prove, case by case. */
import { assert, describe, it } from "@effect/vitest"
import * as Pass from "../src/internal/pass.js"
import { page, pass } from "./fixtures/pages.js"

const whole = pass(page("a b", { total: 3 }), page("c", { total: 3, size: 2 }))

describe("one walk", () => {
  const cases: ReadonlyArray<readonly [string, Pass.Pass, { readonly even: boolean; readonly held: boolean }]> = [
    ["as many rows as the total says", whole, { even: true, held: true }],
    ["an empty list", pass(page("", { total: 0, size: 2 })), { even: true, held: true }],
    ["one row less than the total", pass(page("a b", { total: 3 })), { even: false, held: true }],
    ["one row more than the total", pass(page("a b c d", { total: 3 })), { even: false, held: true }],
    ["a total that grew", pass(page("a b", { total: 2 }), page("c", { total: 3, size: 2 })), {
      even: false,
      held: true
    }],
    ["no total", pass(page("a b", { total: null })), { even: false, held: true }],
    ["a total on the first page only", pass(page("a b", { total: 3 }), page("c", { total: null, size: 2 })), {
      even: false,
      held: true
    }],
    ["a short page before the last", pass(page("a", { total: 3, size: 2 }), page("b c", { total: 3 })), {
      even: false,
      held: true
    }],
    ["a row that is shown twice", pass(page("a b", { total: 3 }), page("b c", { total: 3 })), {
      even: true,
      held: false
    }],
    ["a row that is refused, by its id", pass(page("a b", { total: 3, refused: ["{\"id\":\"c\"}"] })), {
      even: true,
      held: true
    }],
    [
      "a row that is read, and refused on the next page",
      pass(
        page("a b", { total: 2 }),
        page("", { total: 2, size: 2, refused: ["{\"id\":\"b\"}"] })
      ),
      { even: true, held: false }
    ]
  ]
  it.each(cases)("%s", (_, pass, { even, held }) => {
    assert.strictEqual(Pass.even(pass), even)
    assert.strictEqual(Pass.held(pass), held)
  })
})

describe("a total", () => {
  it("is the one that all pages agree on", () => {
    assert.strictEqual(Pass.total([whole, whole]), 3)
    assert.isNull(Pass.total([whole, pass(page("a", { total: 4 }))]))
    assert.isNull(Pass.total([whole, pass(page("a", { total: null }))]))
    assert.isNull(Pass.total([]))
  })
  it("moved where two differ, and a page that gave none says nothing", () => {
    assert.isFalse(Pass.moved([whole, whole]))
    assert.isFalse(Pass.moved([whole, pass(page("a", { total: null }))]))
    assert.isTrue(Pass.moved([whole, pass(page("a", { total: 4 }))]))
  })
  it("is told by none where no page of any walk gave one", () => {
    const silent = pass(page("a", { total: null }), page("b", { total: null }))
    assert.isTrue(Pass.silent([silent, silent]))
    assert.isFalse(Pass.silent([silent, whole]))
    assert.isFalse(Pass.silent([pass(page("a", { total: null }), page("b", { total: 2 }))]))
  })
  it("is exceeded where more rows were shown than any page said", () => {
    assert.isTrue(Pass.exceedsTotal(pass(page("a b c", { total: 2 }))))
    assert.isFalse(Pass.exceedsTotal(whole))
    assert.isFalse(Pass.exceedsTotal(pass(page("a b", { total: 2 }), page("c", { total: 3 }))))
    assert.isFalse(Pass.exceedsTotal(pass(page("a", { total: null }))))
  })
  it("shrank where a later one is smaller, and not where it grew", () => {
    assert.isTrue(Pass.shrank(pass(page("a", { total: 3 }), page("b", { total: null }), page("c", { total: 2 }))))
    assert.isFalse(Pass.shrank(pass(page("a", { total: 2 }), page("b", { total: 3 }))))
    assert.isFalse(Pass.shrank(whole))
  })
})

describe("full", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Pass.Pass>, boolean]> = [
    ["as many as were said", [whole], true],
    ["fewer than were said", [pass(page("a b", { total: 3 }))], false],
    ["more than were said", [pass(page("a b c", { total: 2 }))], true],
    // A row that came while it was read is a matter of the next walk.
    [
      "as many as at the beginning of a list that grew",
      [pass(page("a b", { total: 2 }), page("", { total: 3 }))],
      true
    ],
    ["as many as at the end of a list that shrank", [pass(page("a b", { total: 3 }), page("", { total: 2 }))], true],
    [
      "as many as at the end of a list that grew and shrank",
      [pass(page("a b", { total: 3 }), page("", { total: 3 }), page("", { total: 2 }))],
      true
    ],
    ["as many as a list says that counts a row twice", [pass(page("a b a", { total: 3 }))], true],
    [
      "as many as one of two walks says that counts a row twice",
      [pass(page("a b", { total: 3 })), pass(page("a b a", { total: 3 }))],
      true
    ],
    ["fewer than the larger of two walks", [whole, pass(page("d", { total: 5 }))], false],
    ["both walks together", [pass(page("a b", { total: 3 })), pass(page("b c", { total: 3 }))], true],
    ["rows without a total, each once", [pass(page("a b", { total: null }))], true],
    ["one row without a total", [pass(page("a", { total: null }))], true],
    [
      "rows without a total, each once in the last walk",
      [pass(page("a b", { total: null }), page("b", { total: null })), pass(page("a b", { total: null }))],
      true
    ],
    ["rows without a total, one twice", [pass(page("a b", { total: null }), page("b", { total: null }))], false],
    ["nothing without a total, once", [pass(page("", { total: null }))], false],
    ["nothing without a total, twice", [pass(page("", { total: null })), pass(page("", { total: null }))], true]
  ]
  it.each(cases)("%s", (_, passes, full) => assert.strictEqual(Pass.full(passes), full))
})

describe("a settled list", () => {
  const grew = pass(page("a b", { total: 2 }), page("c", { total: 3, size: 2 }))
  const short = pass(page("a b", { total: 3 }))
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Pass.Pass>, Pass.Finding["_tag"]]> = [
    ["is not proved by no walk", [], "NotYet"],
    ["is proved by one whole walk", [whole], "Proved"],
    ["is proved by the last walk, if the total stood", [short, whole], "Proved"],
    ["is not proved by a walk that lacks a row", [short], "NotYet"],
    ["is not proved by a walk in which the total moved", [grew], "NotYet"],
    ["is not proved by one whole walk after the total moved", [grew, whole], "NotYet"],
    ["is proved by two walks of the same rows after the total moved", [grew, whole, whole], "Proved"],
    ["is not proved by two walks of other rows after the total moved", [
      grew,
      whole,
      pass(page("a b d", { total: 3 }))
    ], "NotYet"],
    ["is not proved by a short walk and a whole one after the total moved", [grew, short, whole], "NotYet"],
    ["is not proved by a whole walk and a short one after the total moved", [grew, whole, short], "NotYet"],
    ["may be proved by rows that changed places", [
      pass(page("a b", { total: 3 }), page("b", { total: 3, size: 2 })),
      pass(page("a c", { total: 3 }), page("c", { total: 3, size: 2 }))
    ], "IfStillThere"],
    ["may be proved by a row that one answer showed twice, as often as it is counted", [
      pass(page("a a b", { total: 4 }), page("b", { total: 4, size: 3 })),
      pass(page("a b c", { total: 4 }), page("a", { total: 4, size: 3 }))
    ], "IfStillThere"],
    ["is not proved by a row that two answers showed twice each", [
      pass(page("a a", { total: 5 }), page("a a", { total: 5 }), page("b", { total: 5, size: 2 })),
      pass(page("a a", { total: 5 }), page("b", { total: 5 }), page("a a", { total: 5 }))
    ], "NotYet"],
    ["is not proved by a row that is shown twice and counted once", [
      pass(page("a a b", { total: 3 }), page("b", { total: 3, size: 3 })),
      pass(page("a a b", { total: 3 }), page("b", { total: 3, size: 3 }))
    ], "NotYet"],
    ["is not proved by rows that changed places in one walk", [
      pass(page("a b", { total: 3 }), page("b", { total: 3, size: 2 }))
    ], "NotYet"],
    ["is not proved by one walk with a short page before the last", [
      pass(page("a", { total: 3, size: 2 }), page("b c", { total: 3 }))
    ], "NotYet"],
    ["is not proved by more rows than were said", [
      pass(page("a b", { total: 3 })),
      pass(page("c d", { total: 3 }))
    ], "NotYet"],
    // A row that was refused cannot be asked for by itself.
    ["is not proved where a refused row was met in an earlier walk only", [
      pass(page("a", { total: 3, refused: ["{\"id\":\"b\"}"] })),
      pass(page("a c", { total: 3 }))
    ], "NotYet"],
    ["may be proved where the last walk read what an earlier one refused", [
      pass(page("a", { total: 3, refused: ["{\"id\":\"b\"}"] })),
      pass(page("b c", { total: 3 }))
    ], "IfStillThere"]
  ]
  it.each(cases)("%s", (_, passes, tag) => assert.strictEqual(Pass.finding(passes)._tag, tag))

  const silent = pass(page("a b c", { total: null }))
  const planned: typeof cases = [
    ["is proved by one whole walk of as many rows", [whole], "Proved"],
    ["is not proved by one whole walk of more rows", [pass(page("a b c d", { total: 4 }))], "NotYet"],
    ["is proved by two whole walks of the same rows, though more", [
      pass(page("a b c d", { total: 4 })),
      pass(page("a b c d", { total: 4 }))
    ], "Proved"],
    ["is not proved by a whole walk of more rows after one that told no total", [
      silent,
      pass(page("a b c d", { total: 4 }))
    ], "NotYet"]
  ]
  it.each(planned)(
    "of which 3 rows were planned %s",
    (_, passes, tag) => assert.strictEqual(Pass.finding(passes, 3)._tag, tag)
  )

  it("asks for the rows that the last walk did not meet", () =>
    assert.deepStrictEqual(
      Pass.finding([pass(page("a b", { total: 3 })), pass(page("c", { total: 3 }))]),
      { _tag: "IfStillThere", keys: ["a", "b"], total: 3 }
    ))
})

describe("rows that a list holds twice", () => {
  const twice = pass(page("a b a", { total: 3 }))
  it("are those that the last walk showed, if it showed as many rows as it says", () => {
    assert.deepStrictEqual(Pass.repeated([twice]), new Map([["a", 1]]))
    assert.deepStrictEqual(Pass.repeated([pass(page("a b", { total: 2 })), twice]), new Map([["a", 1]]))
  })
  it("are those of the last walk, however many there were, or of all where it alone does not show them", () => {
    const first = pass(page("a b", { total: 2 }))
    assert.deepStrictEqual(Pass.repeated([twice, twice, first]), new Map())
    const moving = [
      pass(page("a a b", { total: 4 }), page("b", { total: 4, size: 3 })),
      pass(page("a b c", { total: 4 }), page("a", { total: 4, size: 3 }))
    ] as const
    assert.deepStrictEqual(Pass.repeated(moving), new Map([["a", 1]]))
    // A page that lacks a row may lack any.
    const lacking = pass(page("a a b", { total: 4, size: 4 }), page("b", { total: 4, size: 3 }))
    assert.deepStrictEqual(Pass.repeated([lacking, moving[1]]), new Map())
    assert.deepStrictEqual(Pass.repeated([moving[0], moving[0]]), new Map())
  })
  it("show all where each is shown as often as it is counted, and no page lacks one", () => {
    assert.isTrue(Pass.shownAll(twice))
    assert.isFalse(Pass.shownAll(pass(page("a b", { total: 3 }))))
    assert.isFalse(Pass.shownAll(pass(page("a b", { total: 4 }), page("b c", { total: 4 }))))
    assert.isFalse(Pass.shownAll(pass(page("a", { total: 3, size: 2 }), page("b c", { total: 3 }))))
  })
  it("stand in the newest walk where it shows what is there, else in all of them", () => {
    const short = pass(page("a b", { total: 3 }))
    assert.deepStrictEqual(Pass.newest([short, short, whole]), [whole])
    assert.deepStrictEqual(Pass.newest([short, twice]), [twice])
    assert.deepStrictEqual(Pass.newest([whole, short]), [whole, short])
  })
  it("count twice in an answer that says so, once in one that says so, and not in between", () => {
    const asked = pass(page("a b a b", { total: null }))
    const counted = (count: number | null) => {
      const found = Pass.counting(asked, count)
      return found === null ? null : [found.shown, found.totals, found.repeats.size]
    }
    assert.deepStrictEqual(counted(2), [2, [2], 0])
    assert.deepStrictEqual(counted(4), [4, [4], 2])
    assert.isNull(counted(3))
    assert.isNull(counted(null))
  })
  it("are not known where walks say different totals", () => {
    const three = pass(page("a", { total: 1 }), page("b", { total: 1 }), page("c", { total: 2 }))
    assert.isNull(Pass.toldAlike([three]))
    const [one, two] = [pass(page("a", { total: 1 })), pass(page("a b", { total: 2 }))]
    assert.isNull(Pass.toldAlike([one, one, two]))
    assert.isNull(Pass.toldAlike([pass(page("a", { total: 1 })), pass(page("a b", { total: 2 }))]))
    assert.isNull(Pass.toldAlike([pass(page("a", { total: 1 })), pass(page("a b", { total: null }))]))
    assert.strictEqual(Pass.toldAlike([pass(page("a", { total: 1 })), pass(page("a", { total: 1 }))]), 1)
    assert.deepStrictEqual(
      Pass.repeated([twice, pass(page("a b a", { total: 4 }))]),
      new Map()
    )
  })
})

describe("the doubt", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<Pass.Pass>]> = [
    ["the API gave no total to check against", [pass(page("a", { total: null }))]],
    ["the total moved while it was read", [whole, pass(page("a", { total: 4 }))]],
    ["the API did not always give a total", [pass(page("a", { total: 1 }), page("b", { total: null }))]],
    ["the API says 3 rows and showed 2 different ones", [pass(page("a b", { total: 3 }))]],
    ["the API showed 3 different rows and says 2", [pass(page("a b c", { total: 2 }))]],
    ["its pages do not agree with each other", [
      pass(page("a", { total: 3, size: 2 }), page("b c", { total: 3, size: 2 }))
    ]]
  ]
  it.each(cases)("%s", (doubt, passes) => assert.strictEqual(Pass.doubt(passes), doubt))
})

it("a link that expires changes no row", () => {
  const signed = (query: string) => `{"text":"see https://x.example/a?${query} there"}`
  const [first, second] = ["sig=1", "sig=2"].map((query) => pass(page("", { total: 1, refused: [signed(query)] })))
  assert.isDefined(first)
  assert.isDefined(second)
  assert.deepStrictEqual([...first.refused], [...second.refused])
  assert.notDeepEqual([...first.refused], [...pass(page("", { total: 1, refused: ["{\"text\":\"other\"}"] })).refused])
})

it("a page tells how many of its rows were new to the walk, refused ones included", () => {
  const recorder = Pass.recorder()
  assert.strictEqual(recorder.page(page("a b", { total: 3, refused: ["{\"id\":\"c\"}"] })), 3)
  assert.strictEqual(recorder.page(page("b d", { total: 3, refused: ["{\"id\":\"c\"}"] })), 1)
  assert.strictEqual(recorder.page(page("b d", { total: 3, refused: ["{\"id\":\"c\"}"] })), 0)
})

it("records of one key that are told apart count as often as there are of them, whatever pages they are on", () => {
  const spelled = (...names: ReadonlyArray<string>) => {
    const { entries: [entry], ...rest } = page("a", { total: 3, size: 2 })
    return { ...rest, entries: names.flatMap((apart) => entry === undefined ? [] : [{ ...entry, apart }]) }
  }
  const walk = pass(spelled("0612", "+33612"), spelled("0033612"))
  assert.deepStrictEqual([Pass.met([walk]), Pass.metTwice([walk]), Pass.shownAll(walk)], [1, 3, true])
  // The same one again is one that the next page shows once more.
  const again = pass(spelled("0612", "+33612"), spelled("0612"))
  assert.deepStrictEqual([Pass.metTwice([again]), Pass.shownAll(again)], [2, false])
})

it("the requests of a walk are named, where the vendor named them", () => {
  const named = { ...page("a", { total: 1 }), requestId: "req-1" }
  assert.deepStrictEqual(pass(page("a", { total: 1 }), named).requestIds, ["req-1"])
})
