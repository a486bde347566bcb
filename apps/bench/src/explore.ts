/** How long the explorer takes to open and to follow a selection, and how much memory it has, over a million calls. */
import { DuckDBInstance } from "@duckdb/node-api"
import { ParquetFiles } from "@trunkline/dataset"
import { spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { chromium } from "playwright-core"
import { million } from "./million.js"
import { median, table } from "./print.js"
import { command, peakOf } from "./processes.js"

const calls = Number(process.env["TRUNKLINE_BENCH_CALLS"] ?? "1000000")

/** In the page: ticks the words of every chart, one after the other, and says how long each took to show everywhere. */
const ticking = `(async () => {
  const ticked = async (box) => {
    const began = performance.now()
    const shown = new Promise((resolve) => {
      const watching = new MutationObserver(() => {
        if (document.body.getAttribute("aria-busy") !== "false") return
        watching.disconnect()
        requestAnimationFrame(() => resolve(performance.now() - began))
      })
      watching.observe(document.body, { attributes: true })
    })
    box.click()
    return shown
  }
  const box = (id, index) => document.querySelectorAll("#" + id + " input[type=checkbox]")[index]
  const times = []
  for (const index of [0, 1, 2]) {
    for (const { id } of [...document.querySelectorAll("table.facet")].map((table) => table.closest("section"))) {
      const one = box(id, index)
      if (one === undefined) continue
      times.push(await ticked(one))
      await ticked([...document.querySelectorAll("#" + id + " input[type=checkbox]")].find(({ value }) => value === one.value))
    }
  }
  return times
})()`

/** What a selection asks, of the files: one question for each chart. */
const scanned = async (folder: string): Promise<number> => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  const from = `FROM ${ParquetFiles.tree(folder, "calls")}`
  const columns = [
    "source",
    "organization_id",
    "agent_id",
    "line_number",
    "direction",
    "primary_intent",
    "started_at::DATE",
    "hour(started_at)"
  ]
  const times: Array<number> = []
  for (const outcome of ["answered", "missed", "transferred"]) {
    const began = performance.now()
    for (const column of columns) {
      await connection.run(
        `SELECT ${column}, count(*), avg(duration_seconds) ${from} WHERE outcome = '${outcome}' GROUP BY 1`
      )
    }
    times.push(performance.now() - began)
  }
  connection.closeSync()
  instance.closeSync()
  return median(times)
}

const peak = (pid: number | undefined): string =>
  (pid === undefined ? null : peakOf(pid))?.toFixed(0) ?? "not told here"

const measured = async (folder: string): Promise<string> => {
  const instance = await DuckDBInstance.create()
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = 'UTC';\n${million(folder, calls)}`)
  connection.closeSync()
  instance.closeSync()
  const began = performance.now()
  const server = spawn(process.execPath, [command, "explore", "--out", folder], { stdio: ["ignore", "pipe", "ignore"] })
  const browser = await chromium.launch({
    executablePath: process.env["TRUNKLINE_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"]
  })
  try {
    const [address] = await new Promise<ReadonlyArray<string>>((resolve, reject) => {
      createInterface({ input: server.stdout }).once("line", (line) => resolve([line]))
      server.once("exit", (code) => reject(new Error(`trunkline explore ended with ${code}`)))
    })
    const serving = performance.now() - began
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
    await page.goto(address ?? "")
    await page.waitForSelector("body[aria-busy=false]")
    const opened = performance.now() - began
    const times = await page.evaluate<ReadonlyArray<number>>(ticking)
    const scan = await scanned(folder)
    return table(["what", "measured"], [
      ["calls", String(calls)],
      ["until the address is printed, ms", serving.toFixed(0)],
      ["until every chart is drawn, ms", opened.toFixed(0)],
      ["selections", String(times.length)],
      ["a selection, until everything follows: median, ms", median(times).toFixed(0)],
      ["the longest, ms", Math.max(...times).toFixed(0)],
      ["the same questions to the files, ms", scan.toFixed(0)],
      ["peak memory of the server, MB", peak(server.pid)]
    ])
  } finally {
    await browser.close()
    server.kill()
  }
}

export const explore = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), "trunkline-explore-"))
  try {
    mkdirSync(join(folder, "calls"))
    return await measured(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
