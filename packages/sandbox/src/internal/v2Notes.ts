/** Notes on conversations and threads about items, of Allo's second interface. Its documents name few of their fields. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, instant, type Json } from "./Answer.js"
import { cut } from "./page.js"
import * as Read from "./parameters.js"
import { indexOfLongId, lines, longId } from "./people.js"
import { hash } from "./random.js"
import { v2 as refusal } from "./refusal.js"
import { day, minute } from "./time.js"
import { pageOf, refuseFields, tooDeep } from "./v2Requests.js"
import type { V2Rows } from "./v2Rows.js"

const kinds = ["CALL", "TEXT_MESSAGE", "CONVERSATION_NOTE"] as const
type Kind = (typeof kinds)[number]

/** No conversation has more notes than this. */
const most = 4

/** 1 January 2026: the people of the CRM were noted on by then. */
const settledAt = 1_767_225_600_000

/** A thing that can have a thread, and when it began. */
interface Entity {
  readonly kind: Kind
  readonly index: number
  readonly id: string
  readonly at: number
}

export class V2Notes {
  constructor(private readonly world: AlloWorld, private readonly rows: V2Rows, private readonly seed: number) {}

  notes(contactNumber: string, ask: Ask): Answer {
    const { query } = ask
    const contact = Read.readNumber("contact_number", contactNumber)
    const line = Read.readNumber("allo_number", query.get("allo_number"))
    const page = Read.readPage(query.get("page"))
    const size = Read.readSize(query.get("size"))
    const refused = refuseFields(ask.requestId, [contact, line, page, size]) ?? tooDeep(page.value, ask)
    if (refused !== null) return refused
    if (line.value === null) {
      return refusal("MISSING_ALLO_NUMBER", ask.requestId, {
        message: "Say on which line the conversation is.",
        param: "allo_number"
      })
    }
    const lineIndex = lines.findIndex((_) => _.number === line.value)
    if (lineIndex < 0) {
      return refusal("ALLO_NUMBER_FORBIDDEN", ask.requestId, {
        message: "You do not have access to this line.",
        param: "allo_number"
      })
    }
    const party = this.world.people.partyOf(contactNumber, this.world.parties)
    const pairs = party < 0 ? [] : [0, 1, 2].map((slot) => party * 4 + slot)
    const found = cut({
      entries: pairs.filter((pair) => this.world.lineOfPair(pair) === lineIndex).flatMap((pair) => this.notesOf(pair)),
      newestFirst: false,
      rankOf: (note) => note,
      page: page.value - 1,
      size: size.value,
      quirks: { ...ask.quirks, ties: null }
    })
    return pageOf(found.indices.map((note) => this.noteRow(note)), [], found, size.value)
  }

  note(id: string, ask: Ask): Answer {
    const note = this.findNote(id)
    return note < 0
      ? refusal("NOTE_NOT_FOUND", ask.requestId, { message: "There is no note with this id.", param: "id" })
      : answer(200, { data: this.noteRow(note) })
  }

  ofPerson(personId: string, ask: Ask): Answer {
    const page = Read.readPage(ask.query.get("page"))
    const size = Read.readSize(ask.query.get("size"))
    const refused = refuseFields(ask.requestId, [page, size]) ?? tooDeep(page.value, ask)
    if (refused !== null) return refused
    const { parties, people } = this.world
    const person = personId.startsWith("per-") ? people.contactAt(`cnt-${personId.slice(4)}`, parties) : null
    if (person === null) {
      return refusal("PERSON_NOT_FOUND", ask.requestId, { message: "Nobody has this id.", param: "person_id" })
    }
    const place = person.party * most + person.position
    const count = personId === "per-abc123" ? 2 : this.drawn(place + 7) % 3
    const found = cut({
      entries: Array.from({ length: count }, (_, position) => place * most + position),
      newestFirst: false,
      rankOf: (note) => note,
      page: page.value - 1,
      size: size.value,
      quirks: { ...ask.quirks, ties: null }
    })
    const rows = found.indices.map((note) =>
      this.text(`not-${longId(this.seed, 12, note)}`, note, settledAt - (note % most) * day)
    )
    return pageOf(rows, [], found, size.value)
  }

  threads(ask: Ask): Answer {
    const kind = Read.readWord("entity_type", ask.query.get("entity_type"), kinds)
    if (kind.value === null) {
      return refusal("INVALID_THREAD_ENTITY_TYPE", ask.requestId, {
        message: `entity_type must be one of ${kinds.join(", ")}.`,
        param: "entity_type"
      })
    }
    const id = ask.query.get("entity_id")
    if (id === null || id === "") {
      return refusal("MISSING_PARAMETER", ask.requestId, { message: "Say of what.", param: "entity_id" })
    }
    const entity = this.entity(kind.value, id)
    return answer(200, { data: entity === null || !this.hasThread(entity) ? [] : [this.threadRow(entity)] })
  }

  thread(id: string, ask: Ask): Answer {
    const entity = this.entityOfThread(id)
    return entity === null
      ? refusal("THREAD_NOT_FOUND", ask.requestId, { message: "There is no thread with this id.", param: "id" })
      : answer(200, { data: { ...this.threadRow(entity), comments: this.comments(entity) } })
  }

  private drawn(place: number): number {
    return hash({ seed: this.seed, stream: 115 }, place)
  }

  /** Most conversations have none. The example has one. */
  private notesOf(pair: number): ReadonlyArray<number> {
    if (this.world.conversations.newestOf(pair) < 0) return []
    const count = pair === 4 ? 1 : [0, 0, 0, 1, 1, 3][this.drawn(pair) % 6] ?? 0
    return Array.from({ length: count }, (_, position) => pair * most + position)
  }

  private noteId(note: number): string {
    return note === 4 * most ? "not-abc123" : `not-${longId(this.seed, 7, note)}`
  }

  private findNote(id: string): number {
    const note = id === "not-abc123" ? 4 * most : indexOfLongId(this.seed, 7, id.slice(4))
    return note >= 0 && this.noteId(note) === id && this.notesOf(Math.floor(note / most)).includes(note) ? note : -1
  }

  private noteAt(note: number): number {
    const pair = Math.floor(note / most)
    return this.world.conversations.activityOf(pair) + (1 + note % most) * 5 * minute
  }

  private noteRow(note: number): Json {
    const pair = Math.floor(note / most)
    return {
      contact_number: this.world.people.numberOf(pair >>> 2),
      allo_number: lines[this.world.lineOfPair(pair)]?.number ?? null,
      ...this.text(this.noteId(note), note, this.noteAt(note))
    }
  }

  /** Every third text names somebody. */
  private text(id: string, place: number, at: number): { readonly [field: string]: Json } {
    const drawn = this.drawn(place + 1_000_003)
    const { agents } = this.world
    const named = drawn % 3 === 0 ? agents[drawn % agents.length] : undefined
    return {
      id,
      content: named === undefined ? "Wants a call on Tuesday" : `@[${named.name}](${named.id}) please call back`,
      mentions: named === undefined
        ? []
        : [{ user_id: named.id, name: named.name, deleted: named.status === "BLOCKED" }],
      created_by: this.rows.agent(drawn % agents.length),
      created_at: instant(at),
      updated_at: instant(at)
    }
  }

  private entity(kind: Kind, id: string): Entity | null {
    if (kind === "CONVERSATION_NOTE") {
      const note = this.findNote(id)
      return note < 0 ? null : { kind, index: note, id: this.noteId(note), at: this.noteAt(note) }
    }
    return this.item(this.world.find(id), kind)
  }

  private item(index: number, kind: Kind): Entity | null {
    const { world } = this
    return index < 0 || !world.isVisible(index) || world.isCall(index) !== (kind === "CALL")
      ? null
      : { kind, index, id: world.idOf(index), at: world.endOf(index) }
  }

  /** Few things have one. The example has one. */
  private hasThread({ index, kind }: Entity): boolean {
    return (kind === "CALL" && index === 0) || this.drawn(index + kinds.indexOf(kind) * 7_919) % 8 === 0
  }

  private threadId({ index, kind }: Entity): string {
    return `thr-${longId(this.seed, kind === "CONVERSATION_NOTE" ? 9 : 8, index)}`
  }

  private entityOfThread(id: string): Entity | null {
    const index = indexOfLongId(this.seed, 8, id.slice(4))
    const note = indexOfLongId(this.seed, 9, id.slice(4))
    const candidates = [
      index < 0 || index >= this.world.count
        ? null
        : this.item(index, this.world.isCall(index) ? "CALL" : "TEXT_MESSAGE"),
      note < 0 ? null : this.entity("CONVERSATION_NOTE", this.noteId(note))
    ]
    return candidates.find((_) => _ !== null && this.hasThread(_) && this.threadId(_) === id) ?? null
  }

  private threadRow(entity: Entity): { readonly [field: string]: Json } {
    const isResolved = this.drawn(entity.index + 13) % 2 === 0
    return {
      id: this.threadId(entity),
      entity_type: entity.kind,
      entity_id: entity.id,
      resolved_at: isResolved ? instant(entity.at + 90 * minute) : null,
      resolved_by: isResolved ? this.rows.agent(1) : null,
      created_at: instant(entity.at + 10 * minute),
      updated_at: instant(entity.at + 30 * minute)
    }
  }

  private comments(entity: Entity): ReadonlyArray<Json> {
    const count = 1 + this.drawn(entity.index + 17) % 3
    return Array.from({ length: count }, (_, position) =>
      this.text(
        `cmt-${longId(this.seed, 11, entity.index * most + position)}`,
        entity.index * most + position,
        entity.at + (10 + 5 * position) * minute
      ))
  }
}
