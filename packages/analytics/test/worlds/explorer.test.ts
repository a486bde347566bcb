/** The explorer in a real browser: what it shows of any dataset, and who can use it. */
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Analytics } from "@trunkline/analytics"
import * as Explorer from "@trunkline/analytics/Explorer"
import axe from "axe-core"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { asked, browser, executablePath, missing, violations, where } from "../chromium.js"
import { built, inside, open, settled } from "../exploring.js"
import { folderOf, layer, type World } from "../support.js"
import { hostileNames, quarter, worlds } from "../worlds.js"

const zone = "Europe/Paris"
const artefacts = fileURLToPath(new URL("../artefacts/", import.meta.url))

/** Each call in an organisation of its own, but for the last. */
const organizations = (): World => ({
  ...quarter({ calls: 2000 }),
  calls: (quarter({ calls: 2000 })["calls"] ?? []).map((row, index) => ({
    ...row,
    source: "allomia",
    organization_id: `o${index % 200}`
  }))
})

const all: { readonly [name: string]: () => World } = {
  ...Object.fromEntries(Object.entries(worlds).map(([name, world]) => [name, () => world])),
  "200-organisations": organizations
}

const exploring = (name: string, options: Partial<Explorer.Options> = {}) =>
  Effect.gen(function*() {
    const folder = yield* folderOf(all[name]?.() ?? {})
    const page = yield* built
    return { folder, explorer: yield* Explorer.make({ folder, zone, page, ...options }) }
  })

const everywhere = [[1280, "light"], [390, "dark"], [1280, "dark"], [390, "light"]] as const

/** In the page: what sticks out of the window, and is not within something that scrolls. */
const outside = `[...document.querySelectorAll("body *")].filter((element) =>
  element.checkVisibility() && element.closest(".scroll, .unseen, .skip, pre") === null &&
  (element.getBoundingClientRect().right > document.documentElement.clientWidth + 1 || element.getBoundingClientRect().left < -1)
).map((element) => element.tagName + " " + element.className + " " + (element.textContent ?? "").trim().slice(0, 40))`

describe.skipIf(missing && asked === undefined)(`in ${where}`, () => {
  it("which is there, since it was asked for", () => {
    assert.isFalse(missing, `${executablePath} does not start: install it, or name another one in TRUNKLINE_CHROMIUM`)
  })

  it.scoped.each(["quarter", "hostile", "empty", "one-call", "only-allo", "no-details", "200-organisations"])(
    "%s: a useful page, in light and dark, wide and narrow, without a fault of axe-core",
    (world) =>
      Effect.gen(function*() {
        const { explorer } = yield* exploring(world, { withNumbers: world === "hostile" })
        const running = yield* browser
        mkdirSync(artefacts, { recursive: true })
        for (const [width, scheme] of world === "quarter" ? everywhere : everywhere.slice(0, 2)) {
          const { page, troubles } = yield* open(running, explorer, { width, scheme })
          yield* Effect.promise(() =>
            page.screenshot({ path: join(artefacts, `explorer-${world}-${width}-${scheme}.png`), fullPage: true })
          )
          assert.deepStrictEqual(yield* inside(page, outside), [], `${width}, ${scheme}`)
          const text = yield* inside<string>(page, "document.body.innerText")
          assert.notMatch(text, /NaN|undefined|Infinity|\[object/)
          assert.match(text, world === "empty" ? /There is no call in this dataset/ : /calls? selected/)
          yield* inside(page, `document.querySelectorAll("details").forEach((details) => { details.open = true })`)
          yield* inside(page, "new Promise(requestAnimationFrame)")
          assert.deepStrictEqual(yield* inside(page, outside), [], `${width}, ${scheme}, open`)
          if (world === "quarter" || width === 1280) {
            yield* Effect.promise(() => page.evaluate(axe.source))
            assert.deepStrictEqual(yield* inside(page, violations), [], `${width}, ${scheme}`)
          }
          assert.deepStrictEqual(troubles, [], `${width}, ${scheme}`)
        }
      }).pipe(Effect.provide(NodeContext.layer))
  )

  it.scoped("shows names as they stand, and runs none of them", () =>
    Effect.gen(function*() {
      const { explorer } = yield* exploring("hostile", { withNumbers: true })
      const { page, troubles } = yield* open(yield* browser, explorer)
      const boxes = yield* inside<ReadonlyArray<string>>(
        page,
        `(document.querySelectorAll(".body > button").forEach((button) => { if (!button.hidden) button.click() }),
          [...document.querySelectorAll("#agent input[type=checkbox], #intent input[type=checkbox], #tags input[type=checkbox]")].map(({ value }) => value))`
      )
      // Only a NUL is left out.
      for (const name of hostileNames) if (name.trim() !== "") assert.include(boxes, name.replaceAll("\0", ""))
      const script = page.locator("#tags label", { hasText: "<script>" }).first()
      yield* Effect.promise(() => script.click())
      yield* settled(page)
      assert.match(page.url(), /#tags=%3Cscript%3Ealert%281%29%3C%2Fscript%3E$/)
      const status = yield* Effect.promise(() => page.locator(".bar-of-selection .facts").textContent())
      assert.match(status ?? "", /^[1-9][\d,]* of 1,\d{3} calls selected$/)
      assert.deepStrictEqual(troubles, [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("every filter is a control that a keyboard reaches, and a link holds what they select", () =>
    Effect.gen(function*() {
      const { explorer } = yield* exploring("quarter")
      const running = yield* browser
      const { page, troubles } = yield* open(running, explorer)
      const facets = yield* inside<ReadonlyArray<string>>(
        page,
        `[...document.querySelectorAll("table.facet")].map((table) => table.closest("section").id)`
      )
      assert.sameMembers([...facets], [
        "source",
        "organization",
        "agent",
        "line",
        "direction",
        "outcome",
        "business_outcome",
        "intent",
        "tags",
        "recovery"
      ])
      const pressed = (selector: string) =>
        Effect.promise(async () => {
          await page.focus(selector)
          await page.keyboard.press("Space")
        })
      for (const facet of ["organization", "direction"]) {
        yield* pressed(`#${facet} input[type=checkbox]`)
        yield* settled(page)
        // The box that was ticked keeps the focus.
        assert.strictEqual(
          yield* inside(page, "document.activeElement.type + document.activeElement.checked"),
          "checkboxtrue",
          facet
        )
      }
      yield* pressed("#week input[type=checkbox]")
      yield* Effect.promise(async () => {
        await page.getByLabel("From the hour").selectOption("9")
        await page.getByLabel("To the end of the hour").selectOption("16")
        const [days, durations] = [
          page.getByRole("group", { name: "Days" }),
          page.getByRole("group", { name: "Duration" })
        ]
        await days.getByLabel("from").fill("2026-09-01")
        await days.getByLabel("to").fill("2026-10-31")
        await durations.getByLabel("from").fill("20")
        await durations.getByLabel("from").press("Tab")
        await durations.getByLabel("to").fill("600")
        await durations.getByLabel("to").press("Tab")
      })
      yield* settled(page)
      const link = page.url()
      assert.strictEqual(
        decodeURIComponent(link.replace(/.*#/, "")),
        "days=2026-09-01..2026-10-31&seconds=20..600&weekdays=1&hours=9..16&organization=team&direction=inbound"
      )
      const figures = `[...document.querySelectorAll("dd.figure")].map(({ innerText }) => innerText).join(" | ")`
      const shown = yield* inside<string>(page, figures)
      yield* Effect.promise(() => page.getByRole("button", { name: "Copy link" }).click())
      assert.strictEqual(yield* inside(page, "navigator.clipboard.readText()"), link)
      const other = yield* open(running, explorer, { selection: link.replace(/.*#/, "#") })
      assert.strictEqual(yield* inside(other.page, figures), shown)
      yield* Effect.promise(() => other.page.getByRole("button", { name: "Clear all" }).click())
      yield* settled(other.page)
      assert.match(yield* inside<string>(other.page, figures), /^3,088 /)
      assert.deepStrictEqual([...troubles, ...other.troubles], [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a brush selects whole days, in all charts but its own, and the fields show them", () =>
    Effect.gen(function*() {
      const { explorer } = yield* exploring("quarter")
      const { page, troubles } = yield* open(yield* browser, explorer)
      const before = yield* inside(page, `document.querySelector("#days .scroll").textContent`)
      yield* Effect.promise(async () => {
        await page.locator("#days").scrollIntoViewIfNeeded()
        const box = await page.locator("#days svg").boundingBox()
        if (box === null) throw new Error("there is no chart")
        await page.mouse.move(box.x + 150, box.y + 80)
        await page.mouse.down()
        await page.mouse.move(box.x + 250, box.y + 90, { steps: 4 })
        await page.mouse.up()
      })
      yield* settled(page)
      const [, from = "", to = ""] = /#days=([\d-]{10})\.\.([\d-]{10})$/.exec(page.url()) ?? []
      assert.isTrue(from > "2026-08-24" && from < to && to < "2026-11-19", page.url())
      const fields = `[...document.querySelectorAll("input[type=date]")].map(({ value }) => value)`
      assert.deepStrictEqual(yield* inside(page, fields), [from, to])
      assert.strictEqual(yield* inside(page, `document.querySelector("#days .scroll").textContent`), before)
      const started = yield* inside<string>(page, `document.querySelector("table.calls tbody th").textContent`)
      assert.isTrue(started.slice(0, 10) <= to && started.slice(0, 10) >= from, started)
      assert.deepStrictEqual(troubles, [])
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("the SQL that is copied gives the same figures over the dataset", () =>
    Effect.gen(function*() {
      const { explorer, folder } = yield* exploring("quarter")
      const { page } = yield* open(yield* browser, explorer, {
        selection: "#organization=team&outcome=answered&outcome=missed&seconds=10..300"
      })
      const copied = yield* inside<ReadonlyArray<{ readonly id: string; readonly sql: string }>>(
        page,
        `(async () => {
          document.querySelectorAll("details.sql").forEach((details) => { details.open = true })
          await new Promise((done) => setTimeout(done, 200))
          return [...document.querySelectorAll("details.sql")].map((details) => ({
            id: details.closest("section").id || "summary", sql: details.querySelector("pre").textContent
          }))
        })()`
      )
      assert.lengthOf(copied, 16)
      const answers = yield* Effect.forEach(copied, ({ sql }) =>
        Effect.map(
          Stream.runCollect(Stream.unwrap(Effect.map(Analytics, (analytics) => analytics.sql(sql)))),
          (found) => [...found]
        )).pipe(
          Effect.provide(layer({ folder }))
        )
      const by = new Map(copied.map(({ id }, index) => [id, answers[index] ?? []]))
      const shown = yield* inside<ReadonlyArray<string>>(
        page,
        `[...document.querySelectorAll("dd.figure data")].map(({ value }) => value)`
      )
      const [summary] = by.get("summary") ?? []
      assert.deepStrictEqual(
        [summary?.["calls"], summary?.["talk_seconds"], summary?.["mean_seconds"], summary?.["median_seconds"]].map(
          String
        ),
        shown.slice(0, 4)
      )
      const agents = yield* inside(
        page,
        `[...document.querySelectorAll("#agent tbody tr")].map((row) => [row.querySelector("input").value, row.cells[1].textContent])`
      )
      assert.deepStrictEqual(agents, (by.get("agent") ?? []).map(({ calls, label }) => [label, String(calls)]))
      assert.isAbove((by.get("calls") ?? []).length, 20)
    }).pipe(Effect.provide(NodeContext.layer)))
})
