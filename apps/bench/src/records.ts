/**
 * Records of the world as JSON. A few hundred are rendered once; a page is a copy of such records, in which numbers and instants
 * are overwritten in place, so that a server costs next to nothing and every record is one of its kind.
 */
import { isChanged, timeOf, type World } from "./world.js"

/** Stands where the number of a row goes. */
const number = "############"
/** Stands where an instant goes: that of the row, and so many seconds. */
const instant = (seconds: number) => `<instant${String(seconds).padStart(15, "0")}>`

const variants = 499
const pick = (values: ReadonlyArray<string>, index: number): string => values[index % values.length] ?? ""

const words = [
  "The caller asked when the order would arrive and was told that it would be tomorrow.",
  "Wants an invoice with another address, which was sent again while they spoke.",
  "Called about a refund, was passed on to accounting, and will hear from them this week.",
  "Asked to move an appointment to next Tuesday; confirmed by message."
]

const item = (variant: number, lines: number, tags: ReadonlyArray<string>) => ({
  id: `cll-${number}`,
  type: "CALL",
  direction: pick(["INBOUND", "INBOUND", "OUTBOUND"], variant),
  allo_number: "+33155550142",
  contact_number: `+3${number}`,
  contacts: [{
    id: `con-${number}`,
    name: `${pick(["Camille", "Noah", "Inès", "Hugo", "Zoé"], variant)} ${number}`,
    company: { id: `com-${variant % 50}`, name: `Company ${variant % 50}` },
    deals: variant % 3 === 0 ? [{ id: `dea-${variant}`, name: "Renewal", status: pick(["OPEN", "WON"], variant) }] : []
  }],
  user: { id: `usr-${variant % 40}`, name: `Agent ${variant % 40}`, email: `agent${variant % 40}@example.com` },
  date: instant(0),
  duration: 5 + (variant * 37) % 1800,
  result: pick(["ANSWERED", "ANSWERED", "VOICEMAIL", "TRANSFERRED"], variant),
  recording_url: `https://api.example.com/recordings/${number}`,
  summary: `${pick(words, variant)} Reference ${number}.`,
  tags,
  transcript: lines === 0 ? null : Array.from({ length: lines }, (_, line) => ({
    source: line % 2 === 0 ? "USER" : "EXTERNAL",
    time: instant(line * 4),
    text: `${pick(words, variant + line)} ${number}`,
    start_seconds: line * 4,
    end_seconds: line * 4 + 3
  })),
  content: null,
  status: null,
  message_type: null
})

const call = (variant: number) => ({
  id: `00000000-0000-4000-8000-${number}`,
  organizationId: organization.id,
  callType: pick(["Inbound", "Inbound", "Outbound"], variant),
  agentId: `agent-${variant % 4}`,
  agentName: pick(["Mia", "Léo"], variant),
  teamId: null,
  teamName: null,
  phoneNumber: "+14385550142",
  callStartedAt: instant(0),
  callEndedAt: instant(5 + (variant * 37) % 600),
  callDurationSeconds: String(5 + (variant * 37) % 600),
  userPhoneNumber: `+1${number}`,
  createdAt: instant(660)
})

const details = (variant: number) => ({
  ...call(variant),
  callEndedReason: pick(["customer-ended-call", "assistant-ended-call", "assistant-forwarded-call"], variant),
  userName: `Somebody ${number}`,
  userPrimaryIntent: pick(["BOOK_APPOINTMENT", "MOVE_APPOINTMENT", "OPENING_HOURS", "BILLING"], variant),
  userSentiment: pick(["positive", "neutral", "negative"], variant),
  outcome: pick(["booked", "answered", "transferred"], variant),
  callSummary: `${pick(words, variant)} Reference ${number}.`,
  transcriptUrl: `https://api.example.com/transcripts/${number}`,
  recordingUrl: null
})

export const organization = { id: "a1b2c3d4-e5f6-4890-abcd-123456789012", name: "Clinique du Lac", timezone: "UTC" }
const linesOfTranscript = 20

interface Template {
  readonly bytes: Buffer
  readonly numbers: ReadonlyArray<number>
  readonly instants: ReadonlyArray<{ readonly at: number; readonly seconds: number }>
}

const template = (record: object): Template => {
  const text = JSON.stringify(record)
  // Offsets are those of bytes: names have letters of two.
  const places = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => ({ at: Buffer.byteLength(text.slice(0, match.index)), match }))
  return {
    bytes: Buffer.from(text),
    numbers: places(/#{12}/g).map(({ at }) => at),
    instants: places(/<instant(\d{15})>/g).map(({ at, match }) => ({ at, seconds: Number(match[1]) }))
  }
}

const templates = (make: (variant: number) => object): ReadonlyArray<Template> =>
  Array.from({ length: variants }, (_, variant) => template(make(variant)))

const unchanged = (variant: number) => pick(["vip", "delivery", "support"], variant).split(" ")

/** The templates of a kind of record, made when they are first needed. */
const rendered = new Map<string, ReadonlyArray<Template>>()
const known = (name: string, make: (variant: number) => object): ReadonlyArray<Template> => {
  const found = rendered.get(name) ?? templates(make)
  rendered.set(name, found)
  return found
}

export type Form = "item" | "itemWithTranscript" | "call" | "callWithDetails"

const templateOf = (form: Form, changed: boolean) => {
  switch (form) {
    case "item":
      return changed
        ? known("changed item", (variant) => item(variant, 0, ["changed"]))
        : known("item", (variant) => item(variant, 0, unchanged(variant)))
    case "itemWithTranscript":
      return known("transcript", (variant) => item(variant, linesOfTranscript, unchanged(variant)))
    case "call":
      return known("call", call)
    case "callWithDetails":
      return known("details", details)
  }
}

/** Twelve digits: five that look random, and the number of the row. */
const digits = (index: number): string =>
  String((index * 7919) % 100_000).padStart(5, "0") + String(index).padStart(7, "0")

/** The number of the row in an id that ends with such digits. */
export const indexOf = (id: string): number => Number(id.slice(-7))

/** Records of these rows, separated by commas. */
export const render = (world: World, form: Form, indices: ReadonlyArray<number>): Buffer => {
  const chosen = indices.map((index) => templateOf(form, isChanged(world, index))[index % variants])
  const whole = Buffer.allocUnsafe(
    chosen.reduce((sum, one) => sum + (one?.bytes.length ?? 0) + 1, 0) - (chosen.length > 0 ? 1 : 0)
  )
  let offset = 0
  for (const [place, index] of indices.entries()) {
    const one = chosen[place]
    if (one === undefined) continue
    if (place > 0) offset += whole.write(",", offset)
    one.bytes.copy(whole, offset)
    const text = digits(index)
    for (const at of one.numbers) whole.write(text, offset + at, "latin1")
    const time = timeOf(world, index)
    for (const { at, seconds } of one.instants) {
      whole.write(new Date(time + seconds * 1000).toISOString(), offset + at, "latin1")
    }
    offset += one.bytes.length
  }
  return whole
}
