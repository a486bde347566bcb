/** Flags held against what a command takes, for the parser takes a misspelt flag for an argument and a lost value for none. */
import { nearest, suggested } from "../Nearest.js"
import { type CommandHelp, type CommandName, commands, describe, isCommand, taken } from "./help.js"

export interface Asked {
  readonly command: CommandName | null
  readonly help: boolean
  readonly version: boolean
  /** What each flag was given; nothing for a switch. */
  readonly values: ReadonlyMap<string, string>
  /** The same words in the order the parser wants: the command, its flags, its argument. The level of logs is ours. */
  readonly words: ReadonlyArray<string>
  /** What is wrong, in one or two lines. */
  readonly wrong: string | null
}

/** What may be shown of something typed: never what may be a key. */
const shown = (text: string): string => (/^[a-z][a-z-]{0,19}$/.test(text) ? text : "that")

/** A misspelt flag may carry anything behind its name. */
const named = (text: string): string => (/^[a-zA-Z][a-zA-Z0-9-]{0,24}$/.test(text) ? `--${text}` : "of that name")

export const check = (words: ReadonlyArray<string>): Asked => {
  let command: CommandName | null = null
  let help = false
  let version = false
  let wrong: string | null = null
  const values = new Map<string, string>()
  const ordered: Array<string> = []
  const free: Array<string> = []
  const mend = (text: string) => {
    wrong ??= text
  }
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ""
    if (word === "-h") {
      help = true
      continue
    }
    if (!word.startsWith("-") || word === "-") {
      if (command === null) {
        if (isCommand(word)) command = word
        else {
          mend(
            `there is no command ${shown(word)}${suggested(nearest(word, Object.keys(commands)))}`
          )
          break
        }
      } else free.push(word)
      continue
    }
    const [name = "", attached] = word.startsWith("--") ? split(word.slice(2)) : [word]
    if (name === "help") help = true
    if (name === "version") version = true
    const known = taken(command)
    const found = word.startsWith("--") ? known.find((one) => one === name) : undefined
    if (found === undefined) {
      const suggestion = nearest(name.replace(/^-+/, ""), known)
      const key = /key|token|secret|password/i.test(name)
        ? ". Keys are never flags: set ALLO_API_KEY or ALLOMIA_API_KEY"
        : suggested(suggestion === undefined ? undefined : `--${suggestion}`)
      mend(
        command === null
          ? `there is no flag ${named(name)} before a command${key}`
          : `trunkline ${command} has no flag ${named(name)}${key}`
      )
      continue
    }
    const flag = describe(command, found)
    if (values.has(name) && name !== "contact" && name !== "account") mend(`--${name} is given twice`)
    values.set(name, "")
    if (flag.value === null) {
      if (attached !== undefined) mend(`--${name} takes no value`)
      ordered.push(`--${name}`)
      continue
    }
    const value: string | undefined = attached ?? words[++index]
    if (value === undefined || value === "" || (attached === undefined && value.startsWith("--"))) {
      mend(`--${name} needs a value: ${flag.value}`)
      if (value?.startsWith("--") === true) index--
      continue
    }
    if (flag.words !== undefined && !flag.words.includes(value)) {
      mend(`--${name} must be one of ${flag.words.join(", ")}`)
    }
    values.set(name, value)
    if (name !== "log-level") ordered.push(`--${name}`, value)
  }
  if (command !== null && free.length > mostWords(command)) {
    mend(
      command === "sql"
        ? "one argument is enough: put the statement into quotes"
        : `trunkline ${command} takes ${argumentOf(command)}flags alone`
    )
  }
  return { command, help, version, values, wrong, words: [...(command === null ? [] : [command]), ...ordered, ...free] }
}

const mostWords = (command: CommandName): number => {
  const { argument, words = 1 }: CommandHelp = commands[command]
  return argument === undefined ? 0 : words
}

const argumentOf = (command: CommandName): string => {
  const { argument }: CommandHelp = commands[command]
  return argument === undefined ? "" : `${argument} and `
}

const split = (text: string): readonly [name: string, value?: string] => {
  const at = text.indexOf("=")
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
