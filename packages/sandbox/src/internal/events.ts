/** The events of the Allo team as the bodies of webhooks. */
import type { Topic } from "../Webhook.js"
import type { AlloWorld } from "./AlloWorld.js"
import { results } from "./AlloWorld.js"
import { instant, type Json } from "./Answer.js"
import { lines } from "./people.js"
import { transcript } from "./transcript.js"

const person = (world: AlloWorld, index: number): Json => {
  const party = world.partyOf(index)
  if (world.people.contactCount(party) === 0) return null
  const { firstName, id, jobTitle, lastName } = world.people.contact(party, 0)
  return {
    id,
    name: firstName,
    last_name: lastName,
    job_title: jobTitle,
    emails: [],
    numbers: [world.people.numberOf(party)]
  }
}

const sides = (world: AlloWorld, index: number) => {
  const line = lines[world.lineOf(index)]?.number ?? null
  const other = world.people.numberOf(world.partyOf(index))
  const outbound = world.isOutbound(index)
  return {
    from_number: outbound ? line : other,
    to_number: outbound ? other : line,
    user_email: world.agents[world.agentOf(index)]?.email ?? null,
    person: person(world, index)
  }
}

/** What `call.triggered` says: it has no id. */
const ringing = (world: AlloWorld, index: number) => ({
  ...sides(world, index),
  type: world.isOutbound(index) ? "OUTBOUND" : "INBOUND",
  started_at: instant(world.startOf(index))
})

const completed = (world: AlloWorld, index: number, now: number): Json => ({
  id: world.idOf(index),
  ...ringing(world, index),
  length_in_minutes: world.durationOf(index) / 60,
  result: results[world.resultOf(index)] ?? null,
  summary: world.summaryOf(index, now),
  tags: world.tagsOf(index, now) ?? [],
  transcript: now < world.transcriptAt(index) ? null : transcript(world, index).map((_) => ({
    source: _.agent ? "USER" : "EXTERNAL",
    time: instant(world.startOf(index) + Math.floor(_.start) * 1000),
    text: _.text
  }))
})

const message = (world: AlloWorld, index: number): Json => ({
  id: world.idOf(index),
  ...sides(world, index),
  content: world.contentOf(index),
  sent_at: instant(world.startOf(index))
})

export interface Happening {
  readonly topic: Topic
  readonly data: Json
}

/** What is told of a call or message that has arrived. */
export const ofArrival = (world: AlloWorld, index: number, now: number): ReadonlyArray<Happening> => {
  const outbound = world.isOutbound(index)
  if (!world.isCall(index)) {
    return [{ topic: outbound ? "sms.sent" : "sms.received", data: message(world, index) }]
  }
  const id = world.idOf(index)
  const rings = ringing(world, index)
  const answered = ["ANSWERED", "TRANSFERRED"].includes(results[world.resultOf(index)] ?? "")
  return [
    outbound ? { topic: "call.triggered", data: rings } : { topic: "call.received", data: { id, ...rings } },
    ...(answered ? [{ topic: "call.answered", data: { id, ...rings } } as const] : []),
    { topic: "call.completed", data: completed(world, index, now) }
  ]
}

/** What is told of a call whose tags become these. */
export const ofTags = (
  world: AlloWorld,
  index: number,
  tags: ReadonlyArray<string>,
  now: number
): ReadonlyArray<Happening> => {
  const before = world.tagsOf(index, now) ?? []
  const told = (topic: Topic) => (tag: string): Happening => ({
    topic,
    data: { call_id: world.idOf(index), tag, user_email: world.agents[0]?.email ?? null }
  })
  return [
    ...tags.filter((tag) => !before.includes(tag)).map(told("tag.added")),
    ...before.filter((tag) => !tags.includes(tag)).map(told("tag.removed"))
  ]
}
