/** The report on a terminal of any width, whatever stands in names. */
import { assert, describe, it } from "@effect/vitest"
import { type Report, ReportText } from "@trunkline/analytics"
import * as Effect from "effect/Effect"
import { stripVTControlCharacters } from "node:util"
import stringWidth from "string-width"
import { golden } from "./golden.js"
import type { World } from "./support.js"
import { gathered, hostileNames, worlds } from "./worlds.js"

const all: { readonly [name: string]: World } = { ...worlds, golden }
const zone = "Europe/Paris"

/** Anything that moves a cursor, rings a bell, ends a line or turns text around. */
const commands = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

describe("on a terminal", () => {
  it.scoped.each(Object.keys(all))(
    "%s: no line is too wide, none holds a command, none says nothing",
    (name) =>
      Effect.gen(function*() {
        const report = yield* gathered(all[name] ?? {}, { zone, withNumbers: true })
        for (const width of [40, 47, 60, 80, 121, 200]) {
          const lines = ReportText.render(report, { width }).split("\n")
          for (const line of lines) {
            assert.isAtMost(stringWidth(line), width, line)
            assert.notMatch(line, commands)
            assert.notMatch(line, /NaN|undefined|null|Infinity|\[object/)
            assert.strictEqual(line, line.trimEnd())
          }
          assert.isAbove(lines.length, 4)
        }
      })
  )

  it.scoped("colour changes no character, and is left out unless it is allowed", () =>
    Effect.gen(function*() {
      const report = yield* gathered(worlds["hostile"] ?? {}, { zone })
      const [plain, coloured] = [ReportText.render(report), ReportText.render(report, { color: true })]
      assert.notInclude(plain, "\u001b")
      assert.include(coloured, "\u001b[36m")
      assert.strictEqual(stripVTControlCharacters(coloured).replaceAll(/[ \t]+$/gm, ""), plain)
      // Nothing but the three styles of our own.
      assert.deepStrictEqual([...new Set(coloured.replaceAll("\n", "").match(/\p{Cc}\[?[^m]*m?/gu))].toSorted(), [
        "\u001b[0m",
        "\u001b[1m",
        "\u001b[2m",
        "\u001b[36m"
      ])
    }))

  it.scoped("figures stand under each other beside names of any script", () =>
    Effect.gen(function*() {
      const report = yield* gathered(worlds["hostile"] ?? {}, { zone })
      for (const width of [48, 80, 120]) {
        const lines = ReportText.render(report, { width }).split("\n")
        const head = lines.findIndex((line) => /^ {2}agent +calls/.test(line))
        const rows = lines.slice(head, head + 1 + hostileNames.length)
        assert.strictEqual(new Set(rows.map((row) => stringWidth(row))).size, 1, rows.join("\n"))
      }
    }))

  it.scoped("says what the golden dataset holds", () =>
    Effect.gen(function*() {
      const report = yield* gathered(golden, { zone })
      const text = ReportText.render(report)
      // Lines break between words.
      const sentences = text.replaceAll(/\s+/g, " ")
      for (
        const expected of [
          "The median answered or transferred call lasts 59 s",
          "p50 59 s · mean 12 min 42 s.",
          "support is the most frequent tag: 13 % of calls",
          "Billing is the most frequent intent: 50 % of calls whose details were read",
          "1 call without details yet, in no share.",
          "Anna has most calls: 3, which is 20 % of all",
          "25 % of incoming calls with a known outcome were answered",
          "You reached 33 % of missed callers within 24 h, and 17 % later; 17 % called again and were answered, 17 % still wait, 17 % were never tried",
          "43 % of callers called again within 7 days of a call before",
          "2 gaps and 1 stretch without proof: calls may be missing",
          "No incoming call with a known outcome ended as missed or voicemail"
        ]
      ) assert.include(sentences, expected)
      assert.match(text, /30–59 s +[█-▏]* +1 +20 %/)
      assert.match(text, /12 Mar 2026, 01:00 +15 Mar 2026, 01:00/)
    }))

  it.scoped("shows numbers where they were asked for", () =>
    Effect.gen(function*() {
      const report: Report.Report = yield* gathered(golden, { zone, withNumbers: true })
      const text = ReportText.render(report)
      assert.match(text, /\+33600000005 +waiting +1× +2 Apr 2026, 14:00/)
      assert.match(text, /\+33600000001 Zoé/)
    }))
})
