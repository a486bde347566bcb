/** The writes of Allo's second interface that the sandbox does: tags of calls, and their summaries. */
import type { AlloWorld } from "./AlloWorld.js"
import { type Answer, answer, type Ask, zoneless } from "./Answer.js"
import * as Read from "./parameters.js"
import { hash } from "./random.js"
import { v2 as refusal } from "./refusal.js"
import { badId, isAnswer, itemId, noItem, readBody, refuseFields } from "./v2Requests.js"

const longestSummary = 100_000
const templates = ["MARKDOWN_CLASSIC", "MARKDOWN_SHORT_CALL"] as const

const isCallId = (id: string): boolean => id.startsWith("cll") && itemId.test(id)

export class V2Writes {
  private readonly versions = new Map<number, number>()

  constructor(private readonly world: AlloWorld, private readonly seed: number) {}

  addTags(id: string, ask: Ask): Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    if (!isCallId(id)) return badId(id, "id", ask)
    const tags = Read.readTexts("tags", body["tags"])
    const refused = refuseFields(ask.requestId, [tags])
    if (refused !== null) return refused
    if (tags.value.length === 0 || tags.value.some((tag) => tag.trim() === "")) {
      return refusal("TAGS_REQUIRED", ask.requestId, { message: "Name one tag at least.", param: "tags" })
    }
    const index = this.world.find(id)
    if (index < 0) return noItem(id, ask)
    const own = this.world.tagsOf(index, ask.now) ?? []
    const again = tags.value.find((tag) => own.includes(tag))
    if (again !== undefined) {
      return refusal("TAG_ALREADY_EXISTS", ask.requestId, {
        message: `The call has the tag '${again.slice(0, 80)}' already.`,
        param: "tags"
      })
    }
    return this.setTags(index, [...own, ...new Set(tags.value)])
  }

  removeTag(id: string, tag: string, ask: Ask): Answer {
    if (!isCallId(id)) return badId(id, "id", ask)
    const index = this.world.find(id)
    if (index < 0) return noItem(id, ask)
    const own = this.world.tagsOf(index, ask.now) ?? []
    if (!own.includes(tag)) {
      return refusal("TAG_NOT_FOUND", ask.requestId, {
        message: `The call does not have the tag '${tag.slice(0, 80)}'.`,
        param: "tag"
      })
    }
    return this.setTags(index, own.filter((_) => _ !== tag))
  }

  private setTags(index: number, tags: ReadonlyArray<string>): Answer {
    this.world.setTags(index, tags)
    return answer(200, { data: { id: this.world.idOf(index), tags } })
  }

  /** A call without a summary has none to replace; one with several wants to know which. */
  updateSummary(id: string, ask: Ask): Answer {
    const body = readBody(ask, false)
    if (isAnswer(body)) return body
    if (!isCallId(id)) return badId(id, "id", ask)
    const content = Read.readText("content", body["content"])
    const template = Read.readWord("template_key", body["template_key"], templates)
    const wrong = content.error !== null
      ? content
      : content.value === null || content.value.length > longestSummary
      ? Read.wrong(null, "content", "INVALID_VALUE", `Text of at most ${longestSummary} characters.`)
      : content
    const refused = refuseFields(ask.requestId, [wrong, template])
    if (refused !== null) return refused
    const { world } = this
    const index = world.find(id)
    if (index < 0) return noItem(id, ask)
    if (world.summaryOf(index, ask.now) === null) {
      return refusal("SUMMARY_TEMPLATE_NOT_FOUND", ask.requestId, { message: "The call has no summary.", param: "id" })
    }
    if (template.value === null && this.hasSeveral(index)) {
      return refusal("SUMMARY_TEMPLATE_KEY_REQUIRED", ask.requestId, {
        message: "The call has several summaries.",
        param: "template_key"
      })
    }
    const version = (this.versions.get(index) ?? 1) + 1
    this.versions.set(index, version)
    world.setSummary(index, content.value ?? "")
    const [author] = world.agents
    return answer(200, {
      data: {
        id: world.idOf(index),
        content: content.value,
        version,
        updated_at: zoneless(ask.now),
        updated_by: author === undefined ? null : { id: author.id, name: author.name }
      }
    })
  }

  private hasSeveral(index: number): boolean {
    return index !== 0 && hash({ seed: this.seed, stream: 116 }, index) % 12 === 5
  }
}
