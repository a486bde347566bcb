/** The page as text: what it may not hold, whatever stands in names. */
import { assert, describe, it } from "@effect/vitest"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { golden } from "./golden.js"
import type { World } from "./support.js"
import { gathered, hostileNames, worlds } from "./worlds.js"

const all: { readonly [name: string]: World } = { ...worlds, golden }
const zone = "Europe/Paris"
const occurrences = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length
/** What stands between tags, before the definitions, which speak of null. */
const words = (page: string) =>
  page.replace(/<section class="definitions".*$/s, "").replaceAll(/<style>.*?<\/style>/gs, "").replaceAll(
    /<[^>]*>/g,
    "\n"
  )

describe("the page", () => {
  it.scoped.each(Object.keys(all))(
    "of %s holds no script, no address, no style but its own, and no empty figure",
    (name) =>
      Effect.gen(function*() {
        const page = ReportPage.render(yield* gathered(all[name] ?? {}, { zone, withNumbers: true }))
        const tags = [...page.matchAll(/<([a-zA-Z][\w-]*)/g)].map(([, tag = ""]) => tag)
        for (const tag of ["script", "iframe", "object", "img", "image", "use", "form", "input", "button", "base"]) {
          assert.notInclude(tags, tag)
        }
        assert.strictEqual(tags.filter((tag) => tag === "style").length, 1)
        const attributes = page.match(/<[a-zA-Z][^>]*>/g) ?? []
        for (const attribute of attributes) {
          assert.notMatch(attribute.replaceAll(/"[^"]*"/g, "\"\""), /\s(on\w+|style|src|srcset|xlink:href)=/i)
        }
        // The only links lead to places of the page itself.
        for (const [, target = ""] of page.matchAll(/\shref="([^"]*)"/g)) assert.match(target, /^(#[\w-]+|data:,)$/)
        assert.notMatch(page.replaceAll(/"http:\/\/www\.w3\.org[^"]*"/g, ""), /https?:\/\//)
        assert.notMatch(words(page), /NaN|undefined|\bnull\b|Infinity|\[object/)
        for (const svg of page.match(/<svg.*?<\/svg>/gs) ?? []) {
          assert.match(svg, /^<svg [^>]*role="img"/)
          assert.match(svg, /aria-label="[^"]{20,}"/)
          assert.match(svg, /<(rect|path|line|circle)/)
          assert.notMatch(svg, /NaN|undefined/)
        }
        assert.strictEqual(occurrences(page, /class="chart wide"/g), occurrences(page, /class="chart narrow"/g))
      })
  )

  it.scoped("lets through the one style sheet it has, by its hash, and nothing else", () =>
    Effect.gen(function*() {
      const page = ReportPage.render(yield* gathered(golden, { zone }))
      const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? []
      const [, style = ""] = /<style>(.*?)<\/style>/s.exec(page) ?? []
      const hash = createHash("sha256").update(style).digest("base64")
      assert.strictEqual(
        policy,
        `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`
      )
    }))

  it.scoped("shows hostile names as text", () =>
    Effect.gen(function*() {
      const page = ReportPage.render(yield* gathered(worlds["hostile"] ?? {}, { zone, withNumbers: true }))
      assert.include(page, "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>")
      assert.include(page, "<bdi>&quot;quoted&quot; &amp; &#39;single&#39; `back` &lt;/text&gt;&lt;/svg&gt;&lt;img")
      assert.include(page, "<bdi>&amp;lt;b&amp;gt; --&gt; ]]&gt; {{x}} ${x}</bdi>")
      assert.include(page, "<bdi>مرحبا بالعالم שלום</bdi>")
      assert.include(page, "<bdi>👩‍👩‍👧‍👦 Famille 🇫🇷 🎉</bdi>")
      assert.include(page, `<bdi>${"x".repeat(500)}</bdi>`)
      assert.include(page, "<bdi>line break tab\ufffdbell\ufffd[31mred\ufffdnul</bdi>")
      assert.notMatch(page, /(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
      assert.isAbove(hostileNames.length, 8)
    }))

  it.scoped("says the finding in each title, and every title is in its place", () =>
    Effect.gen(function*() {
      const page = ReportPage.render(yield* gathered(golden, { zone }))
      const headings = [...page.matchAll(/<h([1-6])[^>]*>(.*?)<\/h\1>/gs)].map(([, level, text = ""]) =>
        `${level} ${text.replaceAll(/<[^>]*>/g, "")}`
      )
      assert.deepStrictEqual(headings, [
        "1 Calls from 28 Mar 2026 to 26 Oct 2026",
        "2 What to know first",
        "2 Allo",
        "3 The median answered or transferred call lasts 59 s",
        "3 10 min 35 s of talk a day; the most, 1 h 2 min, on 28 Mar 2026",
        "3 support is the most frequent tag: 13 % of calls",
        "3 support has the longest median call: 31 min",
        "3 Incoming calls come most on Saturdays between 23:00 and 00:00: 2 an hour",
        "3 Anna has most calls: 3, which is 20 % of all",
        "3 25 % of incoming calls with a known outcome were answered",
        "3 You reached 33 % of missed callers within 24 h, and 17 % later; 17 % called again and were answered, 17 % still wait, 17 % were never tried",
        "3 43 % of callers called again within 7 days of a call before",
        "3 2 gaps and 1 stretch without proof: calls may be missing",
        "2 Allomia",
        "3 The median answered or transferred call lasts 1 min",
        "3 1 min of talk a day; the most, 1 min 30 s, on each of 2 days",
        "3 Billing is the most frequent intent: 50 % of calls whose details were read",
        "3 The median call of Billing lasts 45 s",
        "3 3 hours of the week share the lead, with 1 incoming call an hour each",
        "3 Clinique du Lac has most calls of all organisations: 4, which is 80 % of all",
        "3 Léa has most calls: 2, which is 40 % of all",
        "3 100 % of incoming calls with a known outcome were answered",
        "3 No incoming call with a known outcome ended as missed or voicemail",
        "3 33 % of callers called again within 7 days of a call before",
        "3 No time was certified for all that was read",
        "2 Definitions"
      ])
    }))

  it.scoped("holds numbers only where they were asked for, and says so", () =>
    Effect.gen(function*() {
      const [without, withNumbers] = [
        ReportPage.render(yield* gathered(golden, { zone })),
        ReportPage.render(yield* gathered(golden, { zone, withNumbers: true }))
      ]
      assert.notMatch(without, /\+336000|Zoé/)
      assert.include(without, "no phone numbers")
      assert.match(withNumbers, /<bdi>\+33600000005<\/bdi>.*<bdi>\+33600000001<\/bdi><\/th><td><bdi>Zoé/s)
      assert.include(withNumbers, "share it with care")
    }))
})
