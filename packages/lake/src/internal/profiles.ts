/** The profile files of AWS: sections in brackets, names and values, and lines of a nested value set in. */

export type Section = ReadonlyMap<string, string>

/** The sections of a file by name. Lines that are none of these are passed over, as the libraries of AWS do. */
export const parse = (text: string): ReadonlyMap<string, Section> => {
  const sections = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    const name = /^\[\s*([^\]]*?)\s*\]/.exec(line)?.[1]
    if (name !== undefined) {
      current = sections.get(name) ?? new Map()
      sections.set(name, current)
      continue
    }
    // A line that is set in belongs to the value above it, such as those below `s3 =`.
    const pair = /^([^\s=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line)
    if (pair !== null) current?.set((pair[1] ?? "").toLowerCase(), (pair[2] ?? "").replace(/\s[#;].*$/, ""))
  }
  return sections
}

/** What a configuration file says of a profile; nothing where it is not there. */
export const inConfig = (sections: ReadonlyMap<string, Section>, profile: string): Section | undefined =>
  sections.get(`profile ${profile}`) ?? (profile === "default" ? sections.get("default") : undefined)
