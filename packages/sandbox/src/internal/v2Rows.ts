/** The rows in which Allo's second interface shows items, contacts and agents. */
import type { AlloWorld } from "./AlloWorld.js"
import { results } from "./AlloWorld.js"
import { type Ask, instant, type Json } from "./Answer.js"
import { linkTo } from "./files.js"
import { lines } from "./people.js"
import { hash } from "./random.js"
import { transcript } from "./transcript.js"

/** What an answer of the real API held once, though no document names it; the word "null" stands for the unknown. */
const extractedData = {
  contact: {
    name: "null",
    emails: ["N/A"],
    address: "NOT AVAILABLE",
    company: "null",
    website: "-",
    job_title: "JOB_TITLE"
  }
}

export class V2Rows {
  private readonly contactsInItems = new Map<number, ReadonlyArray<Json>>()
  private readonly contactsInLists = new Map<number, ReadonlyArray<Json>>()

  constructor(
    private readonly world: AlloWorld,
    private readonly documentedResults: boolean,
    private readonly seed: number
  ) {}

  agent(agent: number): Json {
    const found = this.world.agents[agent]
    return found === undefined ? null : { id: found.id, name: found.name, email: found.email }
  }

  /** Kept, because the contacts of a number never change and most pages show the same people. */
  contacts(party: number, lowerCase: boolean): ReadonlyArray<Json> {
    const known = lowerCase ? this.contactsInLists : this.contactsInItems
    const kept = known.get(party)
    if (kept !== undefined) return kept
    const rows = Array.from({ length: this.world.people.contactCount(party) }, (_, position): Json => {
      const contact = this.world.people.contact(party, position)
      return {
        id: contact.id,
        name: `${contact.firstName} ${contact.lastName}`,
        company: contact.company === null ? null : { id: contact.company.id, name: contact.company.name },
        deals: contact.deals.map((deal) => ({
          id: deal.id,
          name: deal.name,
          status: lowerCase ? deal.status.toLowerCase() : deal.status
        }))
      }
    })
    if (known.size >= 10_000) known.clear()
    known.set(party, rows)
    return rows
  }

  private resultOf(index: number): string | null {
    const result = this.world.resultOf(index)
    return !this.world.isCall(index) || (result > 2 && this.documentedResults) ? null : results[result] ?? null
  }

  /** A new link, which works for an hour. */
  recording(index: number, ask: Ask): string | null {
    return this.world.hasRecording(index) ? linkTo(ask, this.seed, `recordings/${this.world.idOf(index)}.mp3`) : null
  }

  item(index: number, ask: Ask, extended: boolean): Json {
    const { world } = this
    const call = world.isCall(index)
    const party = world.partyOf(index)
    const agent = world.agentOf(index)
    const id = world.idOf(index)
    const tags = world.tagsOf(index, ask.now)
    const extracted = call && hash({ seed: this.seed, stream: 51 }, index) % 12 === 0
    return {
      id,
      type: call ? "CALL" : "SMS",
      direction: world.isOutbound(index) ? "OUTBOUND" : "INBOUND",
      // A message sent under a name has no line, and its row no field for it.
      allo_number: lines[world.lineOf(index)]?.number ?? undefined,
      contact_number: world.people.numberOf(party),
      contacts: this.contacts(party, false),
      user: agent < 0 ? null : this.agent(agent),
      date: instant(world.startOf(index)),
      duration: call ? world.durationOf(index) : null,
      result: this.resultOf(index),
      recording_url: this.recording(index, ask),
      summary: call ? world.summaryOf(index, ask.now) : null,
      tags: tags === null ? null : [...tags],
      transcript: extended && call && ask.now >= world.transcriptAt(index)
        ? transcript(world, index).map((_) => ({
          source: _.agent ? "USER" : "EXTERNAL",
          time: instant(world.startOf(index) + Math.floor(_.start) * 1000),
          text: _.text
        }))
        : null,
      content: call ? null : world.contentOf(index),
      status: call ? null : world.statusOf(index),
      message_type: call ? null : world.messageTypeOf(index),
      extracted_data: extracted ? extractedData : undefined,
      data_collected: extracted ? {} : undefined
    }
  }

  items(indices: ReadonlyArray<number>, ask: Ask, extended: boolean): ReadonlyArray<Json> {
    return indices.map((index) => this.item(index, ask, extended))
  }
}
