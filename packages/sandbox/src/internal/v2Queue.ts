/** The dialing queues of Allo's second interface: numbers that an agent means to call, and what came of each. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, type Json, zoneless } from "./Answer.js"
import { cut } from "./page.js"
import * as Read from "./parameters.js"
import { longId } from "./people.js"
import { hash } from "./random.js"
import { v2 as refusal } from "./refusal.js"
import { day } from "./time.js"
import { pagination, refuseFields, tooDeep } from "./v2Requests.js"

const routes = ["ANSWERED", "VOICEMAIL", "TRANSFERRED_EXTERNAL", "CLOSED", "FAILED", "BLOCKED"] as const
const reasons = ["BUSY", "RING_TIMEOUT", "DECLINED"] as const

/** 1 January 2026: the queues were filled by then. */
const settledAt = 1_767_225_600_000

export class V2Queue {
  constructor(private readonly world: AlloWorld, private readonly seed: number) {}

  /** Every third agent has no queue: that is answered, too. */
  current(ask: Ask): Answer {
    const { query } = ask
    const page = Read.readPage(query.get("page"))
    const size = Read.readSize(query.get("size"))
    const refused = refuseFields(ask.requestId, [page, size]) ?? tooDeep(page.value, ask)
    if (refused !== null) return refused
    const { agents } = this.world
    const [id, email] = [query.get("user_id"), query.get("email")]
    const agent = id !== null
      ? agents.findIndex((_) => _.id === id)
      : email !== null
      ? agents.findIndex((_) => _.email === email)
      : 0
    if (agent < 0) {
      return refusal("ASSIGNEE_NOT_FOUND", ask.requestId, {
        message: "No member of the team has this id or address.",
        param: id === null ? "email" : "user_id",
        suggestion: "GET /v2/api/users lists the team."
      })
    }
    const hasQueue = agent % 3 !== 2
    const found = cut({
      entries: hasQueue ? this.partiesOf(agent) : [],
      newestFirst: false,
      rankOf: (party) => party,
      page: page.value - 1,
      size: size.value,
      quirks: { ...ask.quirks, ties: null }
    })
    const first = found.page * size.value
    return answer(200, {
      data: found.indices.map((party, offset) => this.row(party, first + offset)),
      pagination: pagination(found, size.value),
      queue: hasQueue ? this.queue(agent) : undefined
    })
  }

  private partiesOf(agent: number): ReadonlyArray<number> {
    const { parties } = this.world
    return Array.from({ length: Math.min(137, parties - 1) }, (_, position) => 1 + (agent + position) % (parties - 1))
  }

  private queue(agent: number): Json {
    const id = this.world.agents[agent]?.id ?? null
    return {
      id: `pdl_${longId(this.seed, 10, agent).slice(0, 12)}`,
      name: agent === 0 ? "My queue" : null,
      creator_id: id,
      assignee_id: id,
      voicemail_handling: agent % 2 === 0 ? "NO_SKIP" : "SKIP",
      do_not_disturb: "DISABLED",
      created_at: zoneless(settledAt - 9 * day),
      updated_at: zoneless(settledAt)
    }
  }

  /** A number that was called names its newest call. */
  private row(party: number, position: number): Json {
    const { world } = this
    const drawn = hash({ seed: this.seed, stream: 114 }, party)
    const called = [0, 1].flatMap((slot) => world.conversations.itemsOf(party * 4 + slot))
      .find((index) => world.isCall(index) && world.isOutbound(index))
    const result = called === undefined ? null : world.resultOf(called)
    return {
      number_to: world.people.numberOf(party),
      position,
      created_at: zoneless(settledAt - day),
      updated_at: zoneless(settledAt),
      call_start_date: called === undefined ? null : zoneless(world.startOf(called)),
      call_id: called === undefined ? null : world.idOf(called),
      routing_result: result === null ? null : routes[result] ?? null,
      sync_status: called === undefined ? "NOT_SYNCED" : "SYNCED",
      detected_outbound_voicemail: result === null ? null : result === 1,
      not_reached_destination_reason: result === null || result < 3 ? null : reasons[drawn % 3] ?? null,
      voicemail_left: result === null ? null : result === 1 && drawn % 2 === 0
    }
  }
}
