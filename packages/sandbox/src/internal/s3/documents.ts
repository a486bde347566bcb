/** The XML that S3 answers and reads. */

export const escapeXml = (text: string): string =>
  text.replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`)

const element = (name: string, content: string): string => `<${name}>${content}</${name}>`

export const documentOf = (name: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`

export const errorDocument = (code: string, message: string, requestId: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${
    element("Error", element("Code", code) + element("Message", escapeXml(message)) + element("RequestId", requestId))
  }`

export const elements = (fields: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(fields).map(([name, value]) => element(name, escapeXml(`${value}`))).join("")

/** As the servers of S3 escape a key in a list: a space is a plus sign, and a slash stays. */
export const escapeKey = (key: string): string => encodeURIComponent(key).replaceAll("%20", "+").replaceAll("%2F", "/")

/** The parts that the end of an upload lists; none where the document is not one. */
export const readParts = (
  document: string
): ReadonlyArray<{ readonly number: number; readonly etag: string }> | undefined => {
  const body = /^\s*(?:<\?xml[^>]*\?>)?\s*<CompleteMultipartUpload[^>]*>([^]*)<\/CompleteMultipartUpload>\s*$/.exec(
    document
  )?.[1]
  if (body === undefined) return undefined
  const parts = [...body.matchAll(/<Part>([^]*?)<\/Part>/g)].map(([, part = ""]) => ({
    number: Number(/<PartNumber>(\d{1,5})<\/PartNumber>/.exec(part)?.[1]),
    etag: (/<ETag>([^<]*)<\/ETag>/.exec(part)?.[1] ?? "").replace(/&#34;|&quot;|&#x22;/gi, "\"")
  }))
  return parts.every(({ number }) => Number.isInteger(number)) ? parts : undefined
}
