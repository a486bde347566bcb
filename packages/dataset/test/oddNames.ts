/** Names of folders that a pattern, a URL, a flag or a partition could be. */

/** Each beside a folder that a pattern of this name would match. */
export const names: ReadonlyArray<readonly [name: string, sibling: string]> = [
  ["data[1]", "data1"],
  ["st*ar", "stXar"],
  ["wh?t", "what"],
  ["[!a]", "b"],
  ["[a-z]*", "abc"],
  ["**", "anything"],
  ["a{b,c}", "ab"],
  ["a\\*b", "axb"],
  ["back\\slash[1]", "backslash1"],
  ["two\\\\[1]", "twoé1"],
  ["qu'ote", "quote"],
  ["double\"quote", "doublequote"],
  ["per%20cent%", "per cent%"],
  ["~", "home"],
  ["ha#sh", "ha"],
  ["ask?mode=ro&cache=shared", "ask"],
  ["new\nline", "newline"],
  ["ünï\u{1F600}", "u\u0308ni\u0308\u{1F600}"],
  ["-dash", "dash"],
  ["--out", "out"],
  ["trail ", "trail"],
  ["dot.", "dot"],
  [":memory:", "memory"],
  ["file:", "file"],
  ["s3://bucket/x", "s3"],
  ["source=allomia/month=2020-01", "source=allo/month=2020-01"],
  ["call_id=7", "call_id=8"],
  ["a,b;c", "a"]
]
