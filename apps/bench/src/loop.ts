/** What many would write: pages one after the other, parsed, mapped and written by hand. */
import { Agent, fetch, setGlobalDispatcher } from "@effect/platform-node/Undici"
import { measured } from "./processes.js"
import { organization } from "./records.js"
import { type Call, type Item, type Row, rowOfCall, rowOfItem, rowsOfTranscript } from "./rows.js"
import { isKind, type Kind } from "./world.js"
import { ways, type Writer } from "./writers.js"

const [, , name = "", kind, url = "", folder = ""] = process.argv
setGlobalDispatcher(new Agent({ connections: 8 }))

const get = async (path: string, body?: object): Promise<string> => {
  const answer = await fetch(`${url}${path}`, {
    headers: { authorization: "key", "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) })
  })
  return answer.text()
}

interface Items {
  readonly data: ReadonlyArray<Item>
  readonly pagination: { readonly has_more: boolean }
}

interface Calls {
  readonly calls: ReadonlyArray<{ readonly id: string }>
  readonly pagination: { readonly has_more: boolean }
}

/** Every page of items, or of calls with their details. */
async function* pages(
  kind: Kind
): AsyncGenerator<{ readonly items?: ReadonlyArray<Item>; readonly calls?: ReadonlyArray<Call> }> {
  for (let page = 1;; page++) {
    if (kind === "calls") {
      const answer: Calls = JSON.parse(
        await get(`/api/calls?organizationId=${organization.id}&sort=asc&limit=50&page=${page}`)
      )
      const calls = await Promise.all(answer.calls.map(async ({ id }) => {
        const call: Call = JSON.parse(await get(`/api/calls/${id}?organizationId=${organization.id}`))
        return call
      }))
      yield { calls }
      if (!answer.pagination.has_more) return
    } else {
      const answer: Items = JSON.parse(
        await get("/v2/api/conversations/items/search", {
          sort: "DATE_ASC",
          size: 100,
          page,
          ...(kind === "transcripts" ? { extend: "transcript" } : {})
        })
      )
      yield { items: answer.data }
      if (!answer.pagination.has_more) return
    }
  }
}

const floor = async (kind: Kind): Promise<number> => {
  let rows = 0
  for await (const { calls, items } of pages(kind)) rows += items?.length ?? calls?.length ?? 0
  return rows
}

const written = async (kind: Kind, name: keyof typeof ways): Promise<number> => {
  const { instant, open } = ways[name]
  const now = new Date().toISOString()
  const calls = await open(folder, "calls")
  const utterances: Writer | null = kind === "transcripts" ? await open(folder, "utterances") : null
  let rows = 0
  for await (const page of pages(kind)) {
    const found: ReadonlyArray<Row> = page.calls?.map((call) => rowOfCall(call, instant, now)) ??
      page.items?.map((item) => rowOfItem(item, instant, now)) ?? []
    rows += found.length
    await calls.write(found)
    if (utterances !== null) {
      await utterances.write(page.items?.flatMap((item) => rowsOfTranscript(item, instant, now)) ?? [])
    }
  }
  await calls.end()
  await utterances?.end()
  return rows
}

const isWay = (name: string): name is keyof typeof ways => Object.hasOwn(ways, name)

if (isKind(kind)) await measured(() => isWay(name) ? written(kind, name) : floor(kind))
