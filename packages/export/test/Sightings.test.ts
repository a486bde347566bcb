/** What the records of a source show of agents, lines and tags: said once, and again when a newer record says otherwise. */
import { assert, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Sightings from "../src/internal/sightings.js"

const day = (number: number) => DateTime.unsafeMake(`2026-11-${String(number).padStart(2, "0")}T00:00:00Z`)

const call = (agent_name: string | null, agent_email: string | null = null) => ({
  agent_id: "u1",
  agent_name,
  agent_email,
  line_number: null,
  tags: []
})

const names = (sightings: Sightings.Sightings) =>
  Effect.map(sightings.take, (taken) => taken.map(({ asOf, row }) => [row["name"], row["email"], asOf]))

it.effect("a record without a name takes no name away, so that the next one says nothing new", () =>
  Effect.gen(function*() {
    const sightings = Sightings.make()
    sightings.shown(call("Zoé"), "team", day(5))
    sightings.shown(call(null), "team", day(6))
    sightings.shown(call("Zoé"), "team", day(7))
    assert.deepStrictEqual(yield* names(sightings), [["Zoé", null, day(5)]])
  }))

it.effect("an older record that is read later changes no name, and still says what was not known", () =>
  Effect.gen(function*() {
    const sightings = Sightings.make()
    sightings.shown(call("Newer"), "team", day(20))
    sightings.shown(call("Older"), "team", day(10))
    assert.deepStrictEqual(yield* names(sightings), [["Newer", null, day(20)]])
    sightings.shown(call("Older", "older@b.c"), "team", day(11))
    sightings.shown(call("Newest"), "team", day(21))
    assert.deepStrictEqual(yield* names(sightings), [["Older", "older@b.c", day(11)], ["Newest", null, day(21)]])
  }))
