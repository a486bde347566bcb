/** Allomia: the calls of clinics, and the organisations themselves. */
import type { AllomiaWorld, Organization } from "./AllomiaWorld.js"
import { callTypes, endedReasons, uuid } from "./AllomiaWorld.js"
import { type Answer, answer, type Ask, instant, type Json } from "./Answer.js"
import { linkTo } from "./files.js"
import { Kept } from "./Kept.js"
import type { Key } from "./keys.js"
import { type Cut, cut } from "./page.js"
import { dayOf, whole } from "./parameters.js"
import { allomia as refusal, type FieldError } from "./refusal.js"
import type { Endpoint } from "./routes.js"

export interface AllomiaSwitches {
  /** The newer document says 50, and 20 when left out; the older document says 20, and 10 when left out. */
  readonly limitCap: 20 | 50
  /** The stamp that `from` and `to` are compared with. */
  readonly filterStamp: "callStartedAt" | "createdAt"
  /** One document requires `organizationId` in every request; the document of a single call does not mention it. */
  readonly callNeedsOrganization: boolean
}

const endpoint = (name: string, path: string): Endpoint => ({ name, method: "GET", path, scope: null })

export const endpoints: ReadonlyArray<Endpoint> = [
  endpoint("calls", "/api/calls"),
  endpoint("call", "/api/calls/{id}"),
  endpoint("organizations", "/api/organization"),
  endpoint("organization", "/api/organization/{id}"),
  endpoint("outbound", "/api/outbound/{id}/status")
]

const timeOf = (text: string): number => {
  const shape = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/.exec(text)
  return shape === null || Number.isNaN(dayOf(shape[1])) ? Number.NaN : Date.parse(text)
}

const invalid = (details: ReadonlyArray<FieldError>): Answer => refusal(400, "Invalid request data", details)

const sorts = ["asc", "desc", "duration_desc", "duration_asc"]

/** As the API words it. */
const enumeration = (words: ReadonlyArray<string>, received: string): string =>
  `Invalid enum value. Expected ${words.map((word) => `'${word}'`).join(" | ")}, received '${received.slice(0, 40)}'`

/** What a reason is called among the states of a call that went out. */
const statuses = new Map([["no-answer", "no-answer"], ["busy", "busy"], ["system-error", "failed"]])

/** A call that is placed and never ends. */
const ringing = "00000000-0000-4000-8000-000000000001"

const noOrganization = (): Answer => refusal(404, "Organization not found")

export class Allomia {
  private readonly kept = new Kept(12)

  constructor(
    private readonly world: AllomiaWorld,
    private readonly switches: AllomiaSwitches,
    private readonly seed: number,
    private readonly failing: ReadonlyMap<string, number>
  ) {}

  handle(name: string, part: string, key: Key, ask: Ask): Answer {
    switch (name) {
      case "calls":
        return this.calls(key, ask)
      case "call":
        return this.call(part, key, ask)
      case "organizations":
        return this.organizations(key, ask)
      case "outbound":
        return this.outbound(part, key)
      default:
        return this.organization(part, key)
    }
  }

  /** An organisation's key sees its own organisation only. */
  private mayRead(key: Key, owner: number): boolean {
    return key.organization === null || key.organization === owner
  }

  private brokenAnswer(owner: number): Answer | null {
    const status = this.failing.get(this.world.organizations[owner]?.id ?? "")
    return status === undefined
      ? null
      : refusal(status, status === 500 ? "Internal server error occurred" : "Something broke on our side")
  }

  private calls(key: Key, ask: Ask): Answer {
    const { query, quirks } = ask
    const errors: Array<FieldError> = []
    const wrong = (field: string, code: string, message: string) => {
      errors.push({ field, code, message })
    }
    const page = whole(query.get("page") ?? "1")
    const cap = this.switches.limitCap
    const limit = whole(query.get("limit") ?? (cap === 50 ? "20" : "10"))
    const organizationId = query.get("organizationId")
    if (organizationId === null || organizationId === "") {
      wrong("organizationId", "invalid_type", "Needed with every request")
    }
    if (Number.isNaN(page)) wrong("page", "invalid_type", "Must be a whole number")
    else if (page < 1) wrong("page", "too_small", "Pages are counted from 1")
    else if (page > quirks.deepest) wrong("page", "too_big", "Out of reach")
    if (Number.isNaN(limit)) wrong("limit", "invalid_type", "Must be a whole number")
    else if (limit < 1) wrong("limit", "too_small", "At least 1")
    else if (limit > cap) wrong("limit", "too_big", `At most ${cap}`)
    const type = query.get("callType")
    const typeIndex = callTypes.findIndex((_) => _ === type)
    if (type !== null && typeIndex < 0) {
      wrong("callType", "invalid_enum_value", enumeration(callTypes, type))
    }
    const sort = query.get("sort") ?? "desc"
    if (!sorts.includes(sort)) {
      wrong("sort", "invalid_enum_value", enumeration(sorts, sort))
    }
    const [from, to] = (["from", "to"] as const).map((field) => {
      const text = query.get(field)
      if (text === null) return field === "from" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      const time = timeOf(text)
      if (Number.isNaN(time)) {
        wrong(field, "custom", "Invalid date format. Expected ISO 8601 format (e.g., 2025-05-01T00:00:00Z)")
      }
      return time
    })
    const low = from ?? Number.NEGATIVE_INFINITY
    const high = to ?? Number.POSITIVE_INFINITY
    if (low > high) wrong("from", "custom", "The 'from' date must be before or equal to the 'to' date")
    if (errors.length > 0) return invalid(errors)
    const owner = this.world.organizationIndex(organizationId ?? "")
    if (owner < 0 || !this.mayRead(key, owner)) return noOrganization()
    const broken = this.brokenAnswer(owner)
    if (broken !== null) return broken

    const { world } = this
    const timeline = world.timelines[owner]
    const agentName = query.get("agentName")?.toLowerCase() ?? null
    const intent = query.get("userPrimaryIntent")
    const byStart = this.switches.filterStamp === "callStartedAt"
    const within = timeline === undefined
      ? new Uint32Array(0)
      : byStart
      ? timeline.slice(timeline.from(low), timeline.from(high + 1))
      : timeline.all()
    const byDuration = sort.startsWith("duration")
    const plain = type === null && agentName === null && intent === null && !byDuration &&
      (byStart || (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY))
    const entries = plain
      ? within
      : this.kept.get(
        JSON.stringify([owner, type, agentName, intent, String(low), String(high), byDuration]),
        `${world.version} ${intent === null ? "" : Math.floor(ask.now / 1000)}`,
        () => {
          const matched = within.filter((index) =>
            (type === null || world.typeOf(index) === typeIndex) &&
            (agentName === null || world.agentOf(index).name.toLowerCase().includes(agentName)) &&
            (intent === null || (world.intentOf(index)?.name === intent && ask.now >= world.analysedAt(index))) &&
            (byStart || (world.createdOf(index) >= low && world.createdOf(index) <= high))
          )
          return byDuration
            ? matched.toSorted((one, other) =>
              world.durationOf(one) - world.durationOf(other) || world.startOf(one) - world.startOf(other) ||
              one - other
            )
            : matched
        }
      )
    const found = cut({
      entries,
      newestFirst: sort === "desc" || sort === "duration_desc",
      rankOf: (index) => byDuration ? world.durationOf(index) : world.startOf(index),
      page: page - 1,
      size: limit,
      quirks
    })
    return answer(200, {
      calls: found.indices.map((index) => this.row(index)),
      pagination: pagination(found, limit)
    }, {
      shown: { source: "allomia", indices: found.indices }
    })
  }

  private row(index: number) {
    const { world } = this
    const organization = world.organizations[world.ownerOf(index)]
    const agent = world.agentOf(index)
    return {
      id: world.idOf(index),
      organizationId: organization?.id ?? "",
      callType: callTypes[world.typeOf(index)] ?? "Inbound",
      agentId: agent.id,
      agentName: agent.name,
      teamId: agent.teamId,
      teamName: agent.teamName,
      phoneNumber: organization?.phoneNumber ?? "",
      callStartedAt: instant(world.startOf(index)),
      callEndedAt: instant(world.endOf(index)),
      callDurationSeconds: String(world.durationOf(index)),
      userPhoneNumber: world.patientNumberOf(index),
      createdAt: instant(world.createdOf(index))
    }
  }

  private call(id: string, key: Key, ask: Ask): Answer {
    const { world } = this
    const named = ask.query.get("organizationId")
    if (named === null && this.switches.callNeedsOrganization) {
      return invalid([{ field: "organizationId", code: "invalid_type", message: "Needed with every request" }])
    }
    if (named !== null && world.organizationIndex(named) < 0) return noOrganization()
    const index = world.find(id)
    const owner = world.ownerOf(Math.max(0, index))
    if (index < 0 || !this.mayRead(key, owner) || (named !== null && world.organizations[owner]?.id !== named)) {
      return refusal(404, "There is no such call")
    }
    const broken = this.brokenAnswer(owner)
    if (broken !== null) return broken
    const analysed = ask.now >= world.analysedAt(index)
    const intent = world.intentOf(index)
    const talked = world.talked(index)
    return answer(200, {
      ...this.row(index),
      callEndedReason: endedReasons[world.reasonOf(index)] ?? null,
      userName: world.patientNameOf(index),
      userPrimaryIntent: analysed ? intent?.name ?? null : null,
      userSentiment: analysed ? world.sentimentOf(index) : null,
      callOutcome: analysed ? world.outcomeOf(index) : null,
      callSummary: world.summaryOf(index, ask.now),
      callSummaryFr: analysed ? intent?.french ?? null : null,
      transcriptUrl: talked && analysed ? linkTo(ask, this.seed, `transcripts/${id}.txt`) : null,
      recordingUrl: talked ? linkTo(ask, this.seed, `call-recordings/${id}.mp3`) : null
    }, { shown: { source: "allomia", indices: [index] } })
  }

  /** A call that went out has its own id here, too. */
  private outbound(id: string, key: Key): Answer {
    const { world } = this
    if (id === ringing) return answer(200, { outboundCallId: id, contactId: ringing, status: "calling" })
    const index = world.find(id)
    const owner = world.ownerOf(Math.max(0, index))
    if (index < 0 || callTypes[world.typeOf(index)] !== "Outbound" || !this.mayRead(key, owner)) {
      return refusal(404, "Outbound call not found")
    }
    const broken = this.brokenAnswer(owner)
    if (broken !== null) return broken
    const reason = endedReasons[world.reasonOf(index)] ?? null
    return answer(200, {
      outboundCallId: id,
      contactId: uuid(this.seed, 15, index),
      status: statuses.get(reason ?? "") ?? "completed",
      callDetails: {
        startedAt: instant(world.startOf(index)),
        endedAt: instant(world.endOf(index)),
        // A number here, though lists send it as text.
        duration: world.durationOf(index),
        endedReason: reason
      }
    }, { shown: { source: "allomia", indices: [index] } })
  }

  private organizationRow(organization: Organization): Json {
    return {
      id: organization.id,
      tenantId: "tenant-sandbox",
      name: organization.name,
      email: "office@example.com",
      image: null,
      ownerId: "user-sandbox",
      address: "1 Main Street",
      city: organization.city,
      stateProvince: null,
      postalCode: null,
      country: organization.country,
      phoneNumber: organization.phoneNumber,
      timezone: organization.timezone,
      isActive: true,
      createdBy: "user-sandbox",
      lastModifiedBy: null,
      createdAt: instant(organization.createdAt),
      updatedAt: instant(organization.createdAt),
      deletedAt: null
    }
  }

  private organizations(key: Key, ask: Ask): Answer {
    if (key.organization !== null) return refusal(401, "This needs the key of a tenant")
    const { query } = ask
    const page = whole(query.get("page") ?? "1")
    const limit = whole(query.get("limit") ?? "10")
    const sort = query.get("sort") ?? "createdAt"
    const field = sort.startsWith("-") ? sort.slice(1) : sort
    const errors: Array<FieldError> = []
    if (!(page >= 1)) errors.push({ field: "page", code: "too_small", message: "Pages are counted from 1" })
    if (!(limit >= 1 && limit <= 100)) {
      errors.push({ field: "limit", code: limit > 100 ? "too_big" : "too_small", message: "From 1 to 100" })
    }
    if (!["createdAt", "name"].includes(field)) {
      errors.push({
        field: "sort",
        code: "invalid_enum_value",
        message: "createdAt or name, with '-' for the other way"
      })
    }
    if (errors.length > 0) return invalid(errors)
    const search = query.get("search")?.toLowerCase() ?? ""
    const order = (one: Organization, other: Organization): number =>
      field === "name" ? (one.name < other.name ? -1 : one.name > other.name ? 1 : 0) : one.createdAt - other.createdAt
    const matched = this.world.organizations.filter((_) => _.name.toLowerCase().includes(search)).toSorted(order)
    const found = cut({
      entries: matched.map((_) => this.world.organizations.indexOf(_)),
      newestFirst: sort.startsWith("-"),
      rankOf: (index) => index,
      page: page - 1,
      size: limit,
      quirks: { ...ask.quirks, ties: null }
    })
    const organizations = found.indices.flatMap((index) => {
      const organization = this.world.organizations[index]
      return organization === undefined ? [] : [this.organizationRow(organization)]
    })
    return answer(200, { organizations, pagination: pagination(found, limit) })
  }

  private organization(id: string, key: Key): Answer {
    if (key.organization !== null) return refusal(401, "This needs the key of a tenant")
    const organization = this.world.organizations[this.world.organizationIndex(id)]
    return organization === undefined
      ? noOrganization()
      : answer(200, { currentOrg: this.organizationRow(organization), userOrgs: [this.organizationRow(organization)] })
  }
}

const pagination = (found: Cut, limit: number): Json => ({
  page: found.page + 1,
  limit,
  total: found.told.count,
  totalPages: found.told.pages,
  hasNextPage: found.more,
  hasPreviousPage: found.page > 0
})
