/**
 * What became of a call, in the same seven words for every vendor.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category schemas
 */
export const Outcome = Schema.Literal(
  "answered",
  "voicemail",
  "transferred",
  "missed",
  "blocked",
  "failed",
  "unknown"
)
/** @since 0.1.0 */
export type Outcome = typeof Outcome.Type

/** Raw words come in any case, and with spaces, hyphens or underscores between their parts. */
const fold = (word: string): string => word.trim().toLowerCase().replaceAll(/[\s_-]+/g, "_")

const named = (words: { readonly [Made in Outcome]: ReadonlyArray<string> }): ReadonlyMap<string, Outcome> =>
  new Map(Outcome.literals.flatMap((outcome) => words[outcome].map((word) => [fold(word), outcome] as const)))

/**
 * Every word Allo is known to say. Besides, `TRANSFERRED_` and `FAILED_` may be followed by anything.
 *
 * @since 0.1.0
 * @category tables
 */
export const allo: ReadonlyMap<string, Outcome> = named({
  answered: ["ANSWERED", "COMPLETED", "CONNECTED"],
  voicemail: ["VOICEMAIL"],
  transferred: [
    "TRANSFERRED",
    "TRANSFERRED_AI",
    "TRANSFERRED_BLAND",
    "TRANSFERRED_ELEVEN_LABS",
    "TRANSFERRED_EXTERNAL"
  ],
  missed: ["MISSED", "CLOSED", "NO_ANSWER", "BUSY", "CANCELED"],
  blocked: ["BLOCKED"],
  failed: ["FAILED", "FAILED_EXTERNAL"],
  unknown: ["RECEIVED", "IN_PROGRESS"]
})

/**
 * Of an Allo call, from its `result`.
 *
 * @since 0.1.0
 * @category mapping
 */
export const fromAllo = (result: string | null): Outcome => {
  if (result === null) return "unknown"
  const usual = allo.get(result.toLowerCase())
  if (usual !== undefined) return usual
  const word = fold(result)
  const known = allo.get(word)
  if (known !== undefined) return known
  if (word.startsWith("transferred_")) return "transferred"
  return word.startsWith("failed_") ? "failed" : "unknown"
}

/**
 * Words Allomia is known to say of an ending or an outcome. Its documents name few and leave the set open, so the
 * others are read by what stands in them.
 *
 * @since 0.1.0
 * @category tables
 */
export const allomia: ReadonlyMap<string, Outcome> = named({
  answered: ["customer-ended-call", "agent-ended-call", "assistant-ended-call", "completed", "appointment_confirmed"],
  voicemail: ["voicemail", "voicemail_left"],
  transferred: ["call-forwarded", "assistant-forwarded-call", "transferred_to_human"],
  missed: ["no-answer", "customer-did-not-answer", "busy", "customer-busy"],
  blocked: [],
  failed: ["system-error", "assistant-error", "failed"],
  unknown: []
})

/** In this order: a transfer that failed is no transfer. */
const signs: ReadonlyArray<readonly [RegExp, Outcome]> = [
  [/voice_?mail|answering_machine/, "voicemail"],
  [/(?=.*(?:transfer|forward))(?=.*(?:error|fail))/, "failed"],
  [/transfer|forward/, "transferred"],
  [/no_?answer|not_answer|unanswered|busy/, "missed"],
  [/error|fail/, "failed"]
]

/** Undefined for a word that says nothing beyond that the call ended. */
const sign = (word: string | null): Outcome | undefined => {
  if (word === null) return undefined
  const folded = fold(word)
  return allomia.get(folded) ?? signs.find(([pattern]) => pattern.test(folded))?.[1]
}

/**
 * Of an Allomia call whose details are known. How it ended goes before what was made of it, and a call that ended in
 * any other way was answered, provided that it lasted.
 *
 * @since 0.1.0
 * @category mapping
 */
export const fromAllomia = (details: {
  readonly endedReason: string | null
  readonly outcome: string | null
  readonly durationSeconds: number | null
}): Outcome => {
  const found = [sign(details.endedReason), sign(details.outcome)].find((outcome) =>
    outcome !== undefined && outcome !== "answered"
  )
  if (found !== undefined) return found
  const ended = (details.endedReason ?? details.outcome ?? "").trim() !== ""
  return ended && (details.durationSeconds ?? 0) > 0 ? "answered" : "unknown"
}
