/** The anchors of a page, as GitHub makes them of its headings. */
export const anchors = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    )
  )
