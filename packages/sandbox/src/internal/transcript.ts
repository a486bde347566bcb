/** The transcript of a call, and the search for words in items. */
import type { AlloWorld } from "./AlloWorld.js"
import { pick } from "./random.js"
import phrases from "./tables/phrases.json" with { type: "json" }

export interface Utterance {
  readonly agent: boolean
  readonly text: string
  readonly start: number
  readonly end: number
}

interface Spoken {
  readonly agent: boolean
  readonly text: string
}

interface Part {
  readonly opening: ReadonlyArray<Spoken>
  readonly middle: ReadonlyArray<Spoken>
  readonly closing: ReadonlyArray<Spoken>
}

const voicemail = 1

const say = (agent: boolean, options: ReadonlyArray<string>, turn: number): Spoken => ({
  agent,
  text: pick(options, turn, "…")
})

const partOf = (language: number, topic: number, variant: number, result: number): Part => {
  const speech = phrases.languages[language]
  const script = speech?.scripts[topic]
  if (speech === undefined || script === undefined) return { opening: [], middle: [], closing: [] }
  if (result === voicemail) return { opening: [say(false, speech.voicemails, variant)], middle: [], closing: [] }
  return {
    opening: [say(true, speech.greetings, variant), say(false, script.openings, variant)],
    middle: [
      say(true, script.replies, variant),
      say(false, script.details, variant),
      say(true, script.replies, variant + 1),
      say(false, script.details, variant + 1)
    ],
    closing: [say(true, speech.closings, variant), say(false, speech.farewells, variant)]
  }
}

const parts = new Map<number, Part>()

const keyOf = (language: number, topic: number, variant: number, result: number): number =>
  ((language * 8 + topic) * 4 + variant) * 2 + (result === voicemail ? 1 : 0)

const partFor = (world: AlloWorld, index: number): Part => {
  const [language, topic, variant, result] = [
    world.languageOf(index),
    world.topicIndexOf(index),
    world.variantOf(index),
    world.resultOf(index)
  ]
  const key = keyOf(language, topic, variant, result)
  const kept = parts.get(key)
  if (kept !== undefined) return kept
  const part = partOf(language, topic, variant, result)
  parts.set(key, part)
  return part
}

const agentName = (world: AlloWorld, index: number): string =>
  world.agents[world.agentOf(index)]?.name.split(" ")[0] ?? "…"

/** Each half minute has one exchange; a long call repeats the middle part. */
export const transcript = (world: AlloWorld, index: number): ReadonlyArray<Utterance> => {
  const part = partFor(world, index)
  const duration = Math.max(1, world.durationOf(index))
  const turns = part.middle.length === 0 ? 0 : 2 + 2 * Math.min(20, Math.floor(duration / 30))
  const spoken = [
    ...part.opening,
    ...Array.from({ length: turns }, (_, turn) => part.middle[turn % part.middle.length] ?? { agent: true, text: "…" }),
    ...part.closing
  ]
  const name = agentName(world, index)
  const half = Math.max(1, Math.floor((duration * 2) / Math.max(1, spoken.length))) / 2
  return spoken.map((line, turn) => ({
    agent: line.agent,
    text: line.text.replace("{agent}", name),
    start: turn * half,
    end: (turn + 1) * half
  }))
}

const wordsOf = (text: string): ReadonlyArray<string> =>
  text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "")

/** The words of a search; an item matches where each of them begins one of its words. */
export const searchTerms = (search: string): ReadonlyArray<string> => wordsOf(search).slice(0, 20)

/** Bit n is set where term n is found. A term in Japanese may stand inside a word, for Japanese has no spaces. */
const maskOf = (terms: ReadonlyArray<string>, text: string): number => {
  const words = wordsOf(text)
  let mask = 0
  for (const [position, term] of terms.entries()) {
    const inside = /[\u3000-\u9fff]/.test(term)
    if (words.some((word) => inside ? word.includes(term) : word.startsWith(term))) mask |= 1 << position
  }
  return mask
}

/** The score of an item: 0 without a match, 2 where the summary has all terms, else 1. */
export const matcher = (world: AlloWorld, terms: ReadonlyArray<string>, now: number): (index: number) => number => {
  const wanted = 2 ** terms.length - 1
  const texts = new Map<string, number>()
  const textMask = (text: string): number => {
    const kept = texts.get(text)
    if (kept !== undefined) return kept
    const mask = maskOf(terms, text)
    if (texts.size < 4096) texts.set(text, mask)
    return mask
  }
  const scripts = [new Map<Part, number>(), new Map<Part, number>()]
  // A call shorter than half a minute has the first half of the middle part.
  const scriptMask = (part: Part, short: boolean): number => {
    const known = scripts[short ? 1 : 0]
    const kept = known?.get(part)
    if (kept !== undefined) return kept
    const middle = short ? part.middle.slice(0, 2) : part.middle
    const text = [...part.opening, ...middle, ...part.closing].map((_) => _.text.replace("{agent}", "")).join(" ")
    const mask = maskOf(terms, text)
    known?.set(part, mask)
    return mask
  }
  return (index) => {
    if (!world.isCall(index)) return textMask(world.contentOf(index)) === wanted ? 1 : 0
    const summary = world.summaryOf(index, now)
    const said = summary === null ? 0 : textMask(summary)
    if (said === wanted) return 2
    if (now < world.transcriptAt(index)) return 0
    const spoken = said | scriptMask(partFor(world, index), world.durationOf(index) < 30)
    if (spoken === wanted) return 1
    if (world.resultOf(index) === voicemail) return 0
    return (spoken | textMask(agentName(world, index))) === wanted ? 1 : 0
  }
}
