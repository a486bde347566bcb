/** Rules of this repository that the linter does not bring. */

/** Refuses a pattern anywhere in a file, comments included. */
const noText = {
  meta: {
    schema: {
      type: "array",
      items: {
        type: "object",
        properties: { pattern: { type: "string" }, message: { type: "string" } },
        required: ["pattern", "message"],
        additionalProperties: false
      }
    }
  },
  create: (context) => ({
    Program() {
      for (const { message, pattern } of context.options) {
        const { text } = context.sourceCode
        for (const found of text.matchAll(new RegExp(pattern, "gi"))) {
          const at = (index) => context.sourceCode.getLocFromIndex(index)
          context.report({ message, loc: { start: at(found.index), end: at(found.index + found[0].length) } })
        }
      }
    }
  })
}

export default { meta: { name: "trunkline" }, rules: { "no-text": noText } }
