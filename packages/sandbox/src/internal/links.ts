/** Signed links to recordings and transcripts: good for an hour, then refused. */
import { type Answer, answer } from "./Answer.js"
import { foldSeed, hash, hex } from "./random.js"

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

export interface File {
  readonly path: string
}

/** The file a link asks for, or why it may not have it. */
export const openLink = (seed: number, path: string, query: URLSearchParams, now: number): File | Answer => {
  const expires = Number(query.get("expires"))
  if (query.get("signature") !== signature(seed, path, expires)) {
    return answer(403, { error: "The link is not signed." })
  }
  return now / 1000 > expires ? answer(403, { error: "The link has expired." }) : { path }
}
