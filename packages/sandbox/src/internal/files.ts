/** Recordings and transcripts behind signed links, which work for an hour. */
import type { AllomiaWorld } from "./AllomiaWorld.js"
import type { AlloWorld } from "./AlloWorld.js"
import { answer, type Ask } from "./Answer.js"
import { foldSeed, hash, hex } from "./random.js"
import { type Reply, replyOf, whole } from "./Reply.js"
import { decode } from "./routes.js"
import { transcript } from "./transcript.js"

const lifetime = 3600

const signature = (seed: number, path: string, expires: number): string => {
  let sum = foldSeed(seed)
  for (let position = 0; position < path.length; position++) {
    sum = hash({ seed: sum, stream: path.charCodeAt(position) }, expires)
  }
  return hex(sum)
}

export const linkTo = (ask: { readonly origin: string; readonly now: number }, seed: number, path: string): string => {
  const expires = Math.floor(ask.now / 1000) + lifetime
  return `${ask.origin}/files/${path}?expires=${expires}&signature=${signature(seed, path, expires)}`
}

const text = (status: number, body: string): Reply => whole(status, "text/plain; charset=utf-8", body)

/** The file that a link names; 404 for paths that belong to no API. */
export const serveFile = (allo: AlloWorld, clinics: AllomiaWorld, seed: number, ask: Ask): Reply => {
  if (!ask.path.startsWith("/files/") || ask.method !== "GET") return text(404, "Nothing here.\n")
  const path = decode(ask.path.slice("/files/".length))
  const expires = Number(ask.query.get("expires"))
  if (ask.query.get("signature") !== signature(seed, path, expires)) {
    return replyOf(answer(403, { error: "The link is not signed." }), {})
  }
  if (ask.now / 1000 > expires) return replyOf(answer(403, { error: "The link has expired." }), {})
  const [folder = "", name = ""] = path.split("/")
  const id = name.replace(folder === "transcripts" ? /\.txt$/ : /\.mp3$/, "")
  const clinic = folder === "transcripts" || folder === "call-recordings"
  const index = clinic ? clinics.find(id) : allo.find(id)
  if (index < 0) return text(404, "Gone.\n")
  if (folder === "transcripts") {
    const lines = clinics.transcriptOf(index).map((_) => `${_.agent ? "Agent" : "Caller"}: ${_.text}\n`)
    return text(200, lines.join(""))
  }
  const lines = clinic ? 1 : transcript(allo, index).length
  return whole(200, "audio/mpeg", "ID3".padEnd(64 + lines * 16, "."))
}
