/** Announces a change: `npx tsc -b && npx vite-node packages/analytics/test/writePage.ts`, then `npm run fix`. */
import { writeFileSync } from "node:fs"
import { page } from "./page.js"
import { isName, names } from "./support.js"

writeFileSync(new URL("../../../docs/analytics.md", import.meta.url), page(names.filter(isName)))
