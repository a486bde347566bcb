/** The page in a real browser: light and dark, phone and desk, paper and keyboard. */
import { assert, describe, it } from "@effect/vitest"
import * as ReportPage from "@trunkline/analytics/ReportPage"
import axe from "axe-core"
import * as Effect from "effect/Effect"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, type Page } from "playwright-core"
import { asked, browser, executablePath, missing, violations, where } from "../chromium.js"
import { golden } from "../golden.js"
import type { World } from "../support.js"
import { gathered, worlds } from "../worlds.js"

const artefacts = fileURLToPath(new URL("../artefacts/", import.meta.url))
const all: { readonly [name: string]: World } = { ...worlds, golden }

const sizes = {
  desktop: { width: 1280, height: 900 },
  tablet: { width: 768, height: 1024 },
  phone: { width: 390, height: 844 },
  small: { width: 360, height: 640 }
}
type Size = keyof typeof sizes
type Scheme = "light" | "dark"

interface Opened {
  readonly page: Page
  /** What went wrong, and what was asked of a network. */
  readonly troubles: ReadonlyArray<string>
}

const open = (browser: Browser, content: string, size: Size, scheme: Scheme) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.promise(async () => {
        const context = await browser.newContext({
          viewport: sizes[size],
          colorScheme: scheme,
          javaScriptEnabled: true
        })
        const page = await context.newPage()
        const troubles: Array<string> = []
        page.on("console", (message) => troubles.push(`console: ${message.text()}`))
        page.on("pageerror", (error) => troubles.push(`error: ${error.message}`))
        // A name that resolves nowhere, so that the page has an origin and nothing of it comes from a disk.
        await page.route("**/*", async (route) => {
          const url = route.request().url()
          if (url === "http://report.invalid/") {
            return route.fulfill({ contentType: "text/html; charset=utf-8", body: content })
          }
          troubles.push(`request: ${url}`)
          return route.abort()
        })
        await page.goto("http://report.invalid/")
        return { context, page, troubles }
      }),
      ({ context }) => Effect.promise(() => context.close())
    ),
    ({ page, troubles }): Opened => ({ page, troubles })
  )

const inside = <A>(page: Page, script: string) => Effect.promise(() => page.evaluate<A>(script))

/**
 * In the page: what sticks out of the window, which texts of a drawing leave it or lie over each other, and how many
 * drawings can be seen. Boxes of text may touch by a pixel or two, which is the room of letters that go lower.
 */
const measured = `(() => {
  const seen = (element) => element.checkVisibility() && element.getClientRects().length > 0
  const box = (element) => element.getBoundingClientRect()
  const name = (element) => element.tagName + " " + (element.textContent ?? "").trim().slice(0, 40)
  const width = document.documentElement.clientWidth
  const scrolls = (element) => element.closest(".scroll") !== null
  const outside = [...document.querySelectorAll("body *")].filter((element) =>
    seen(element) && !scrolls(element) && !element.matches(".skip") && (box(element).right > width + 1 || box(element).left < -1)
  ).map(name)
  const drawings = [...document.querySelectorAll("svg")].filter(seen)
  const leaving = []
  const overlapping = []
  const struck = []
  const small = []
  for (const drawing of drawings) {
    const frame = box(drawing)
    const texts = [...drawing.querySelectorAll("text")].filter((text) => text.textContent.trim() !== "")
    const boxes = texts.map(box)
    const bars = [...drawing.querySelectorAll('[data-mark="rect"] rect')].map(box)
    // Dotted ones too: a line is where its shape is.
    const lines = [...drawing.querySelectorAll('[data-mark="link"] path, [data-mark="rule"] line')].map(box)
    for (const [index, text] of texts.entries()) {
      for (const line of lines) {
        const one = boxes[index]
        const across = Math.min(one.right, line.right) - Math.max(one.left, line.left)
        const down = Math.min(one.bottom, line.bottom) - Math.max(one.top, line.top)
        if (across >= 0 && down >= 0 && Math.max(across, down) > 2) struck.push(name(text))
      }
      const one = boxes[index]
      if (one.left < frame.left - 1 || one.right > frame.right + 1 || one.top < frame.top - 3 || one.bottom > frame.bottom + 3) {
        leaving.push(name(text))
      }
      const size = parseFloat(getComputedStyle(text).fontSize) * frame.width / drawing.viewBox.baseVal.width
      if (size < 11) small.push(name(text) + " " + size)
      for (const [other, second] of boxes.slice(index + 1).entries()) {
        const across = Math.min(one.right, second.right) - Math.max(one.left, second.left)
        const down = Math.min(one.bottom, second.bottom) - Math.max(one.top, second.top)
        if (across > 1 && down > 4) overlapping.push(name(text) + " | " + name(texts[index + 1 + other]))
      }
      // Names and figures never lie over bars.
      if (text.closest('[data-mark="text"]') !== null) {
        for (const second of bars) {
          const across = Math.min(one.right, second.right) - Math.max(one.left, second.left)
          const down = Math.min(one.bottom, second.bottom) - Math.max(one.top, second.top)
          if (across > 1 && down > 5) overlapping.push(name(text) + " over a bar")
        }
      }
    }
  }
  const blocks = [...document.querySelectorAll("h1, h2, h3, p, figure, figcaption, dl, ul, details")].filter(seen)
  const places = blocks.map(box)
  for (const [index, block] of blocks.entries()) {
    const one = places[index]
    for (let second = index + 1; second < blocks.length; second++) {
      const other = places[second]
      if (Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 &&
        Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1 &&
        !block.contains(blocks[second]) && !blocks[second].contains(block)) {
        overlapping.push(name(block) + " || " + name(blocks[second]))
      }
    }
  }
  return {
    scroll: document.documentElement.scrollWidth - width,
    drawings: drawings.length,
    invisible: drawings.filter((drawing) => box(drawing).width < 250 || box(drawing).height < 25).length,
    outside, leaving, overlapping, struck, small
  }
})()`

interface Measured {
  readonly scroll: number
  readonly drawings: number
  readonly invisible: number
  readonly outside: ReadonlyArray<string>
  readonly leaving: ReadonlyArray<string>
  readonly overlapping: ReadonlyArray<string>
  readonly struck: ReadonlyArray<string>
  readonly small: ReadonlyArray<string>
}

/** In the page: what somebody who does not see it, or does not use a mouse, would miss. */
const accessible = `(() => {
  const troubles = []
  const count = (selector) => document.querySelectorAll(selector).length
  for (const [selector, expected] of [["main", 1], ["header", 1], ["footer", 1], ["h1", 1], ["html[lang=en]", 1], ["head > title", 1]]) {
    if (count(selector) !== expected) troubles.push(selector + ": " + count(selector))
  }
  let level = 0
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const next = Number(heading.tagName[1])
    if (next > level + 1) troubles.push("a heading of level " + next + " after one of level " + level)
    if (heading.textContent.trim() === "") troubles.push("an empty heading")
    level = next
  }
  for (const drawing of document.querySelectorAll("svg")) {
    if (drawing.getAttribute("role") !== "img") troubles.push("a drawing without a role")
    if ((drawing.getAttribute("aria-label") ?? "").length < 20) troubles.push("a drawing without words")
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id)
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) troubles.push("twice: " + id)
  for (const element of document.querySelectorAll("[aria-labelledby]")) {
    for (const id of element.getAttribute("aria-labelledby").split(" ")) {
      if (document.getElementById(id) === null) troubles.push("no label for " + element.id)
    }
  }
  for (const link of document.querySelectorAll("a")) {
    if (document.getElementById(link.getAttribute("href").slice(1)) === null) troubles.push("leads nowhere: " + link.textContent)
  }
  for (const table of document.querySelectorAll("table")) {
    if (table.caption === null || table.querySelector("thead th[scope=col]") === null || table.querySelector("tbody th[scope=row]") === null) {
      troubles.push("a table without heads or caption: " + table.textContent.slice(0, 40))
    }
  }
  const luminance = (color) => {
    const channels = color.match(/[\\d.]+/g).slice(0, 3).map(Number).map((value) => value / 255)
      .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
  }
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor
      if (!/rgba\\(.*, 0\\)|transparent/.test(color)) return color
    }
    return "rgb(255, 255, 255)"
  }
  const poor = new Set()
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "")
    if (!own || !element.checkVisibility()) continue
    const style = getComputedStyle(element)
    const color = element.closest("svg") === null ? style.color : style.fill
    const [one, other] = [luminance(color), luminance(behind(element))].toSorted((a, b) => b - a)
    const ratio = (one + 0.05) / (other + 0.05)
    if (ratio < 4.5) poor.add(element.tagName + " " + color + " " + ratio.toFixed(2))
  }
  return [...troubles, ...poor]
})()`

const pageOf = (name: string) =>
  Effect.map(
    gathered(all[name] ?? {}, { zone: "Europe/Paris", withNumbers: name === "hostile" }),
    (report) => ReportPage.render(report)
  )

const everywhere: ReadonlyArray<readonly [Size, Scheme]> = [
  ["desktop", "light"],
  ["desktop", "dark"],
  ["tablet", "light"],
  ["phone", "light"],
  ["phone", "dark"],
  ["small", "dark"]
]
const looks: { readonly [world: string]: ReadonlyArray<readonly [Size, Scheme]> | undefined } = {
  quarter: everywhere,
  hostile: everywhere
}
const twice: ReadonlyArray<readonly [Size, Scheme]> = [["desktop", "light"], ["phone", "dark"]]

/** Drawings somebody sees. */
const expectedDrawings: { readonly [world: string]: number | undefined } = {
  quarter: 20,
  hostile: 21,
  golden: 20,
  empty: 0,
  "one-call": 1,
  "only-allo": 11,
  "only-allomia": 9,
  "no-details": 3,
  "no-calls": 2
}

describe.skipIf(missing && asked === undefined)(`in ${where}`, () => {
  it("which is there, since it was asked for", () => {
    assert.isFalse(missing, `${executablePath} does not start: install it, or name another one in TRUNKLINE_CHROMIUM`)
  })

  it.scoped.each(Object.keys(expectedDrawings))(
    "%s: everything is there, nothing overlaps, sticks out or leaves",
    (world) =>
      Effect.gen(function*() {
        const content = yield* pageOf(world)
        const running = yield* browser
        mkdirSync(artefacts, { recursive: true })
        for (const [size, scheme] of looks[world] ?? twice) {
          const { page, troubles } = yield* open(running, content, size, scheme)
          yield* Effect.promise(() =>
            page.screenshot({ path: join(artefacts, `${world}-${size}-${scheme}.png`), fullPage: true })
          )
          assert.deepStrictEqual(yield* inside<Measured>(page, measured), {
            scroll: 0,
            drawings: expectedDrawings[world] ?? 0,
            invisible: 0,
            outside: [],
            leaving: [],
            overlapping: [],
            struck: [],
            small: []
          }, `${size}, ${scheme}`)
          assert.deepStrictEqual(yield* inside(page, accessible), [], `${size}, ${scheme}`)
          // Tables that were folded fit as well, or scroll in themselves.
          yield* inside(page, `document.querySelectorAll("details").forEach((details) => { details.open = true })`)
          const opened = yield* inside<Measured>(page, measured)
          assert.deepStrictEqual([opened.scroll, opened.outside, opened.overlapping], [0, [], []], `${size}, ${scheme}`)
          assert.deepStrictEqual(yield* inside(page, accessible), [], `${size}, ${scheme}`)
          assert.deepStrictEqual(troubles, [], `${size}, ${scheme}`)
        }
      })
  )

  it.scoped.each(
    ["quarter", "golden", "hostile", "no-details", "empty"].flatMap((world) =>
      (["light", "dark"] as const).map((scheme) => ({ world, scheme }))
    )
  )(
    "$world, $scheme: axe-core finds nothing, folded or open",
    ({ scheme, world }) =>
      Effect.gen(function*() {
        const content = yield* pageOf(world)
        const running = yield* browser
        for (const size of ["desktop", "phone"] as const) {
          const { page } = yield* open(running, content, size, scheme)
          yield* Effect.promise(() => page.evaluate(axe.source))
          assert.deepStrictEqual(yield* inside(page, violations), [], size)
          yield* inside(page, `document.querySelectorAll("details").forEach((details) => { details.open = true })`)
          assert.deepStrictEqual(yield* inside(page, violations), [], `${size}, open`)
        }
      })
  )

  it.scoped.each(["quarter", "golden"])(
    "%s: every bar, cell, dot and stretch tells its value on hover",
    (world) =>
      Effect.gen(function*() {
        const { page } = yield* open(yield* browser, yield* pageOf(world), "desktop", "light")
        const found = yield* inside<ReadonlyArray<string>>(
          page,
          `[...document.querySelectorAll('svg.wide [data-mark="rect"] rect, svg.wide [data-mark="cell"] rect, svg.wide [data-mark="dot"] circle, svg.wide [data-mark="link"] path[stroke-width]')]
          .map((mark) => mark.querySelector(":scope > title")?.textContent ?? "")`
        )
        assert.isAbove(found.length, 300)
        // A value is a figure and what it is of.
        assert.deepStrictEqual(
          found.filter((text) => !/\S.*: .*(\d|nothing|certified|open|uncertified|gap)/.test(text)),
          []
        )
        // The pointer finds it: what lies on top of a bar is a bar of the same title.
        const pointed = yield* inside<string>(
          page,
          `(() => {
          const bar = [...document.querySelectorAll('svg.wide [data-mark="rect"] rect')].at(-1)
          bar.scrollIntoView()
          const { left, top, width, height } = bar.getBoundingClientRect()
          return document.elementFromPoint(left + width / 2, top + height / 2)?.querySelector("title")?.textContent ?? ""
        })()`
        )
        assert.match(pointed, /: /)
      })
  )

  it.scoped("the keyboard reaches the report first, then its contents, tables and definitions in order", () =>
    Effect.gen(function*() {
      const { page } = yield* open(yield* browser, yield* pageOf("only-allo"), "desktop", "light")
      const focused: Array<string> = []
      for (let step = 0; step < 200; step++) {
        yield* Effect.promise(() => page.keyboard.press("Tab"))
        const at = yield* inside<string>(
          page,
          `(() => { const at = document.activeElement; return at === document.body ? "" : at.tagName + " " + at.textContent.trim().slice(0, 30) })()`
        )
        if (at === "") break
        focused.push(at)
      }
      assert.strictEqual(focused[0], "A Skip to the report")
      assert.strictEqual(focused[1], "A Allo")
      assert.isTrue(focused.findIndex((one) => one.startsWith("SUMMARY Figures")) > focused.indexOf("A Definitions"))
      assert.match(focused.at(-1) ?? "", /^SUMMARY coverage/)
      // Skipping leads past the contents.
      const again = yield* open(yield* browser, yield* pageOf("only-allo"), "desktop", "light")
      yield* Effect.promise(() => again.page.keyboard.press("Tab"))
      assert.isTrue(yield* inside<boolean>(again.page, `document.activeElement.getBoundingClientRect().left >= 0`))
      yield* Effect.promise(() => again.page.keyboard.press("Enter"))
      yield* Effect.promise(() => again.page.keyboard.press("Tab"))
      assert.isTrue(yield* inside<boolean>(again.page, `document.activeElement.closest("main") !== null`))
    }))

  it.scoped("on paper it is light, as wide as the paper, with all figures and definitions and without what only a screen needs", () =>
    Effect.gen(function*() {
      const { page } = yield* open(yield* browser, yield* pageOf("quarter"), "desktop", "dark")
      yield* Effect.promise(() => page.emulateMedia({ media: "print", colorScheme: "dark" }))
      yield* Effect.promise(() => page.setViewportSize({ width: 680, height: 900 }))
      const found = yield* inside<Measured>(page, measured)
      assert.deepStrictEqual([found.scroll, found.drawings, found.outside, found.overlapping], [0, 20, [], []])
      assert.deepStrictEqual(
        yield* inside<ReadonlyArray<string>>(
          page,
          `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("nav")).display,
            String([...document.querySelectorAll("details td, details li")].filter((one) => !one.checkVisibility()).length)]`
        ),
        ["rgb(255, 255, 255)", "none", "0"]
      )
      const pdf = yield* Effect.promise(() => page.pdf({ format: "A4", path: join(artefacts, "quarter.pdf") }))
      assert.isAbove(pdf.length, 10_000)
    }))

  it.scoped("nothing in a name runs, changes the page or takes it elsewhere", () =>
    Effect.gen(function*() {
      const { page, troubles } = yield* open(yield* browser, yield* pageOf("hostile"), "desktop", "light")
      assert.deepStrictEqual(
        yield* inside(page, `[document.querySelectorAll("script, img, b, iframe").length, document.title]`),
        [0, "Calls from 24 Aug 2026 to 19 Nov 2026 · Trunkline"]
      )
      assert.isTrue(
        yield* inside<boolean>(
          page,
          `[...document.querySelectorAll("bdi")].some((one) => one.textContent === "<script>alert(1)</script>")`
        )
      )
      // The policy of the page would stop a script, too.
      yield* Effect.promise(() =>
        page.evaluate(
          `(() => { const script = document.createElement("script"); script.textContent = "globalThis.ran = 1"; document.body.append(script) })()`
        )
      )
      assert.strictEqual(yield* inside(page, `globalThis.ran ?? null`), null)
      assert.isTrue(troubles.every((trouble) => /Content Security Policy/.test(trouble)))
    }))
})
