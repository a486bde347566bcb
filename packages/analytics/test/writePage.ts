/** Announces a change: `node packages/analytics/dist-test/writePage.js`, then `npm run fix`. */
import { writeFileSync } from "node:fs"
import { page } from "./page.js"
import { isName, names } from "./support.js"

writeFileSync(new URL("../../../docs/analytics.md", import.meta.url), page(names.filter(isName)))
