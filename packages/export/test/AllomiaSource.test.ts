/** What the list of organisations tells of each. */
import { assert, it } from "@effect/vitest"
import * as Planning from "@trunkline/export/Planning"
import { Sources } from "@trunkline/export/Sources"
import { Effect, Option } from "effect"
import { type Server, sources } from "./fixtures/inProcess.js"

const organizations = [
  { id: "org-1", name: "One", deletedAt: null },
  { id: "org-2", name: "Two", deletedAt: "2026-01-05T10:00:00Z" },
  { id: "org-3", name: "Three" }
]

const server: Server = {
  now: Date.parse("2026-03-01T10:00:00Z"),
  answers: 0,
  answer: ({ path }) =>
    path === "/organization"
      ? { body: { organizations, total: organizations.length, page: 1, limit: 100, totalPages: 1 } }
      : { status: 404 }
}

it.effect("an organisation that was deleted is listed as such", () =>
  Effect.gen(function*() {
    const source = (yield* Sources).find(({ name }) => name === "allomia")
    const planning = yield* Planning.make({
      ledger: Option.none(),
      remember: () => Effect.void,
      once: () => Effect.void
    })
    const scopes = yield* Effect.provideService(
      source?.scopes({ transcripts: false }) ?? Effect.succeed([]),
      Planning.Planning,
      planning
    )
    assert.deepStrictEqual(scopes.map(({ deleted, scope }) => [scope, deleted]), [
      ["org-1", false],
      ["org-2", true],
      ["org-3", false]
    ])
  }).pipe(Effect.provide(sources(server, []))))
