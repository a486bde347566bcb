/** The outcome of a call, for every word that is known and for those that are not. */
import { assert, describe, it } from "@effect/vitest"
import { Outcome } from "@trunkline/calls"
import * as Effect from "effect/Effect"

const alloWords: ReadonlyArray<readonly [string, Outcome.Outcome]> = [
  ["ANSWERED", "answered"],
  ["COMPLETED", "answered"],
  ["CONNECTED", "answered"],
  ["VOICEMAIL", "voicemail"],
  ["TRANSFERRED", "transferred"],
  ["TRANSFERRED_AI", "transferred"],
  ["TRANSFERRED_BLAND", "transferred"],
  ["TRANSFERRED_ELEVEN_LABS", "transferred"],
  ["TRANSFERRED_EXTERNAL", "transferred"],
  ["MISSED", "missed"],
  ["CLOSED", "missed"],
  ["NO_ANSWER", "missed"],
  ["BUSY", "missed"],
  ["CANCELED", "missed"],
  ["BLOCKED", "blocked"],
  ["FAILED", "failed"],
  ["FAILED_EXTERNAL", "failed"],
  ["RECEIVED", "unknown"],
  ["IN_PROGRESS", "unknown"]
]

describe("the outcome of an Allo call", () => {
  for (const [word, outcome] of alloWords) {
    it.effect(`${word} is ${outcome}, in any case and spelling`, () =>
      Effect.sync(() => {
        const spellings = [word, word.toLowerCase(), ` ${word} `, word.replaceAll("_", "-"), word.replaceAll("_", " ")]
        for (const spelling of spellings) assert.strictEqual(Outcome.fromAllo(spelling), outcome, spelling)
      }))
  }

  it.effect("no known word is left out here", () =>
    Effect.sync(() =>
      assert.deepStrictEqual(
        new Map(Outcome.allo),
        new Map(alloWords.map(([word, outcome]) => [word.toLowerCase(), outcome]))
      )
    ))

  it.effect("a transfer or a failure may be of any kind", () =>
    Effect.sync(() => {
      assert.strictEqual(Outcome.fromAllo("TRANSFERRED_TO_MARS"), "transferred")
      assert.strictEqual(Outcome.fromAllo("transferred_x"), "transferred")
      assert.strictEqual(Outcome.fromAllo("FAILED_TWICE"), "failed")
    }))

  it.effect("any other word is unknown, and so is none", () =>
    Effect.sync(() => {
      for (const word of ["", " ", "ANSWERED_BY_CAT", "UNTRANSFERRED", "TRANSFERREDX", "FAILEDX", "__proto__", null]) {
        assert.strictEqual(Outcome.fromAllo(word), "unknown", String(word))
      }
    }))
})

const allomiaWords: ReadonlyArray<readonly [string, Outcome.Outcome]> = [
  ["customer-ended-call", "answered"],
  ["agent-ended-call", "answered"],
  ["assistant-ended-call", "answered"],
  ["completed", "answered"],
  ["appointment_confirmed", "answered"],
  ["voicemail", "voicemail"],
  ["voicemail_left", "voicemail"],
  ["call-forwarded", "transferred"],
  ["assistant-forwarded-call", "transferred"],
  ["transferred_to_human", "transferred"],
  ["no-answer", "missed"],
  ["customer-did-not-answer", "missed"],
  ["busy", "missed"],
  ["customer-busy", "missed"],
  ["system-error", "failed"],
  ["assistant-error", "failed"],
  ["failed", "failed"]
]

/** Words nobody documented, read by what stands in them. */
const allomiaOthers: ReadonlyArray<readonly [string, Outcome.Outcome]> = [
  ["Left a voice mail", "voicemail"],
  ["answering-machine-detected", "voicemail"],
  ["warm-transfer", "transferred"],
  ["forwarded to the desk", "transferred"],
  ["transfer-failed", "failed"],
  ["error-forwarding-call", "failed"],
  ["line-busy", "missed"],
  ["unanswered", "missed"],
  ["did not answer", "missed"],
  ["pipeline-error-in-speech", "failed"],
  ["silence-timed-out", "answered"]
]

const lasted = { outcome: null, durationSeconds: 60 }

describe("the outcome of an Allomia call", () => {
  for (const [word, outcome] of [...allomiaWords, ...allomiaOthers]) {
    it.effect(`"${word}" is ${outcome}, in any case and in either field`, () =>
      Effect.sync(() => {
        for (const spelling of [word, word.toUpperCase(), word.replaceAll("-", "_"), word.replaceAll("_", " ")]) {
          assert.strictEqual(Outcome.fromAllomia({ ...lasted, endedReason: spelling }), outcome, spelling)
          assert.strictEqual(
            Outcome.fromAllomia({ ...lasted, endedReason: null, outcome: spelling }),
            outcome,
            spelling
          )
        }
      }))
  }

  it.effect("no known word is left out here", () =>
    Effect.sync(() =>
      assert.deepStrictEqual(
        new Map(Outcome.allomia),
        new Map(allomiaWords.map(([word, outcome]) => [word.replaceAll("-", "_"), outcome]))
      )
    ))

  it.effect("an ordinary ending was answered only where the call lasted", () =>
    Effect.sync(() => {
      const ended = { endedReason: "customer-ended-call", outcome: null }
      assert.strictEqual(Outcome.fromAllomia({ ...ended, durationSeconds: 1 }), "answered")
      assert.strictEqual(Outcome.fromAllomia({ ...ended, durationSeconds: 0 }), "unknown")
      assert.strictEqual(Outcome.fromAllomia({ ...ended, durationSeconds: null }), "unknown")
    }))

  it.effect("a call that did not last may still have been missed, forwarded or have failed", () =>
    Effect.sync(() => {
      for (const [endedReason, outcome] of allomiaWords.filter(([, _]) => _ !== "answered")) {
        assert.strictEqual(Outcome.fromAllomia({ endedReason, outcome: null, durationSeconds: 0 }), outcome)
      }
    }))

  it.effect("the ending goes before what was made of it", () =>
    Effect.sync(() => {
      const both = (endedReason: string, outcome: string) =>
        Outcome.fromAllomia({ endedReason, outcome, durationSeconds: 60 })
      assert.strictEqual(both("voicemail", "transferred_to_human"), "voicemail")
      assert.strictEqual(both("customer-ended-call", "voicemail_left"), "voicemail")
      assert.strictEqual(both("silence-timed-out", "appointment_confirmed"), "answered")
    }))

  it.effect("without any ending nothing is known, however long it took", () =>
    Effect.sync(() => {
      for (const endedReason of [null, "", "  "]) {
        assert.strictEqual(Outcome.fromAllomia({ endedReason, outcome: null, durationSeconds: 60 }), "unknown")
      }
    }))
})
