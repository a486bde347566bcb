import { assert, it } from "@effect/vitest"
import { Option } from "effect"
import * as Xml from "../src/internal/xml.js"

const texts = (document: string): ReadonlyArray<string> | undefined =>
  Option.match(Xml.parse(document), {
    onNone: () => undefined,
    onSome: (root) => Xml.all(root, "a").map(({ text }) => text)
  })

it("reads elements, their text and its entities", () => {
  assert.deepStrictEqual(
    texts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<r><a>1</a><a/><b><a>no</a></b><a >2</a ></r>\n"),
    ["1", "", "2"]
  )
  assert.deepStrictEqual(texts("\uFEFF<r xmlns=\"http://x/\" b='c'><!-- <a>no</a> - --><a>x</a></r>"), ["x"])
  assert.deepStrictEqual(texts("<r><a>&lt;&amp;amp;&gt;&quot;&apos;&#233;&#x1F600;&#13;</a></r>"), ["<&amp;>\"'é😀\r"])
  assert.deepStrictEqual(texts("<r><a> b &amp;\n c </a></r>"), [" b &\n c "])
  assert.deepStrictEqual(texts(`<r><a>${Xml.escaped("<\"&'>")}</a></r>`), ["<\"&'>"])
})

it("refuses what is not whole, not well formed, or may hold more than it shows", () => {
  const documents = [
    "",
    " ",
    "text",
    "<r>",
    "<r></r><r></r>",
    "<r></s>",
    "</r>",
    "<r><a></r></a>",
    "<r>text</r>text",
    "<r><a>&unknown;</a></r>",
    "<r><a>&#x110000;</a></r>",
    "<r><a>a & b</a></r>",
    "<r><a>&amp</a></r>",
    "<r><a b=c>x</a></r>",
    "<r><![CDATA[x]]></r>",
    "<!DOCTYPE r [<!ENTITY x \"y\">]><r><a>x</a></r>",
    "<r><!-- </r>",
    "<r <a></a></r>",
    `${"<a>".repeat(20)}${"</a>".repeat(20)}`,
    "<html><body><p>503<br></body></html>"
  ]
  for (const document of documents) assert.strictEqual(texts(document), undefined, document)
})

it("is quick on what would make a careless reader slow", () => {
  for (
    const document of [
      "<".repeat(200_000),
      "<!--".repeat(100_000),
      `<r ${"a ".repeat(100_000)}>`,
      `<r>${"&".repeat(200_000)}</r>`
    ]
  ) {
    assert.strictEqual(texts(document), undefined)
  }
})

it("takes the only child of a name", () => {
  const root = Option.getOrThrow(Xml.parse("<r><a>1</a><b>2</b><b>3</b></r>"))
  assert.deepStrictEqual(["a", "b", "c"].map((name) => Xml.textOf(root, name)), ["1", undefined, undefined])
})
