/** How `npm run docs` makes the reference: a page for each module that a package exports, and none for what it keeps to itself. */
export default {
  name: "Trunkline",
  entryPoints: ["../../../packages/*/src/*.ts", "../../../packages/export/src/{allo,allomia}/*Source.ts"],
  tsconfig: "tsconfig.json",
  out: "../dist",
  readme: "../README.md",
  excludeInternal: true,
  excludeExternals: true,
  excludePrivate: true,
  includeVersion: false,
  gitRevision: "main",
  sourceLinkTemplate: "https://github.com/trunkline/trunkline/blob/main/{path}#L{line}",
  treatWarningsAsErrors: true
}
