/** Hands cases to processes, so many at once, and ends a process whose case takes too long. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { type ChildProcess, fork } from "node:child_process"
import { decodeDone, type Done } from "./Results.js"
import type { Row } from "./Row.js"

export interface Job {
  readonly row: Row
  readonly seed: number
  readonly number: number
}

interface Worker {
  readonly child: ChildProcess
  readonly ask: (job: Job) => Effect.Effect<Done>
}

/** A process that does not leave by itself within so many milliseconds is killed. */
const leaving = 3000

/** Cases of a row that one process takes at a time, so that few of them share what few cases need. */
const atOnce = 4

/** What a row shares is made within the time of its first case in a process. */
const making = 120

// A group of its own, so that what a case has started ends with it.
const kill = (child: ChildProcess): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    child.kill("SIGKILL")
  }
}

const worker = (program: string): Effect.Effect<Worker, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        fork(program, {
          detached: true,
          execArgv: ["--enable-source-maps"],
          stdio: ["ignore", "ignore", "pipe", "ipc"]
        })
      ),
      // It removes its folders when nobody asks any more.
      (child) =>
        Effect.async<void>((resume) => {
          if (child.exitCode !== null || child.signalCode !== null) return resume(Effect.void)
          child.once("exit", () => resume(Effect.void))
          if (child.connected) child.disconnect()
          const timer = setTimeout(() => kill(child), leaving)
          return Effect.sync(() => clearTimeout(timer))
        })
    ),
    (child) => {
      let said = ""
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        said = `${said}${text}`.slice(-2000)
      })
      const ask = ({ number, row, seed }: Job) =>
        Effect.async<Done>((resume) => {
          const began = performance.now()
          const onMessage = (message: unknown) => {
            for (const done of Option.toArray(decodeDone(message))) end(done)
          }
          const onExit = (code: number | null, signal: string | null) =>
            end({
              row: row.name,
              seed,
              number,
              wrong: [{ kind: "misreported", text: `the process ended with ${signal ?? code}: ${said}` }],
              skipped: null,
              seconds: (performance.now() - began) / 1000
            })
          const end = (done: Done) => {
            child.off("message", onMessage)
            child.off("exit", onExit)
            resume(Effect.succeed(done))
          }
          child.on("message", onMessage)
          child.on("exit", onExit)
          child.send({ row: row.name, seed, number })
        })
      return { child, ask }
    }
  )

const hung = ({ number, row, seed }: Job, seconds: number): Done => ({
  row: row.name,
  seed,
  number,
  wrong: [{ kind: "hung", text: `it was not done after ${seconds} s` }],
  skipped: null,
  seconds
})

interface Options {
  readonly program: string
  readonly processes: number
  readonly jobs: ReadonlyArray<Job>
  readonly onDone: (done: Done) => Effect.Effect<void>
}

const inOrder = (options: Options): Effect.Effect<void> => {
  const left = [...options.jobs]
  /** Some cases of the next row. */
  const some = (): ReadonlyArray<Job> => {
    const row = left[0]?.row
    const end = left.findIndex((job) => job.row !== row)
    return left.splice(0, Math.min(atOnce, end < 0 ? left.length : end))
  }
  /** A process, until there is nothing more to do or one of its cases has ended it. */
  const turn: Effect.Effect<boolean> = Effect.scoped(Effect.gen(function*() {
    const { ask, child } = yield* worker(options.program)
    const known = new Set<string>()
    for (let jobs = [...some()]; jobs.length > 0; jobs = jobs.length > 1 ? jobs.slice(1) : [...some()]) {
      const [job] = jobs
      if (job === undefined) break
      const seconds = job.row.seconds + (known.has(job.row.name) ? 0 : making)
      known.add(job.row.name)
      const done = yield* Effect.timeoutOption(ask(job), seconds * 1000)
      yield* options.onDone(Option.getOrElse(done, () => hung(job, seconds)))
      if (Option.isNone(done)) kill(child)
      if (Option.isNone(done) || child.exitCode !== null || child.signalCode !== null) {
        left.unshift(...jobs.slice(1))
        return true
      }
    }
    return false
  }))
  return Effect.all(
    Array.from(
      { length: Math.min(options.processes, Math.ceil(options.jobs.length / atOnce)) },
      () => Effect.repeat(turn, { while: (more) => more })
    ),
    { concurrency: "unbounded", discard: true }
  )
}

/** So many times as many processes run cases that wait. */
const waiting = 4

const waits = ({ row }: Job): boolean => row.waits === true

/** Runs jobs in their order, those that wait at the end; `onDone` is told of each. */
export const run = (options: Options): Effect.Effect<void> =>
  Effect.zipRight(
    inOrder({ ...options, jobs: options.jobs.filter((job) => !waits(job)) }),
    inOrder({ ...options, jobs: options.jobs.filter(waits), processes: options.processes * waiting })
  )
