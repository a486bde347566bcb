/** Which groups of columns an item of Allo knows. */
import type { ConversationItem } from "@trunkline/allo"
import type * as Calls from "../Calls.js"
import { linked } from "./values.js"

/** How it was read: see `ItemReading`. */
interface Reading {
  readonly transcripts: boolean
  readonly lean?: boolean | undefined
}

type Told = (item: ConversationItem) => boolean

const always: Told = () => true
const never: Told = () => false

/** Whether a lean answer tells each group of columns that both kinds of item have. Parts of `extra` cannot be told apart. */
const told = {
  agent: ({ user }) => user !== null && user.id !== null && user.name !== null && user.email !== null,
  contacts: ({ contacts }) =>
    contacts.length > 0 && contacts.every(({ company, deals }) => company !== null && deals.length > 0),
  name: ({ contacts: [first] }) => first !== undefined && first.name !== null,
  tags: ({ tags }) => tags.length > 0,
  extra: never,
  gone: always
} satisfies Record<string, Told>

const hasNumbers: Told = ({ alloNumber, contactNumber, direction }) =>
  alloNumber !== null && contactNumber !== null && direction !== null

/** The groups of a kind of item, made once: most answers are not lean, and tell all of them. */
const groupsIn = (told: Record<string, Told>) => ({
  told: Object.entries(told),
  all: Object.keys(told),
  withTranscript: [...Object.keys(told), "transcript"]
})

const ofCalls = {
  list: (item) => hasNumbers(item) && item.duration !== null,
  outcome: ({ result }) => result !== null,
  recording: ({ recordingUrl }) => linked(recordingUrl),
  details: ({ summary }) => summary !== null,
  ...told
} satisfies Record<Exclude<Calls.Group, "transcript">, Told>

const callGroups = groupsIn(ofCalls)

const messageGroups = groupsIn({
  row: hasNumbers,
  content: ({ content, messageType }) => content !== null && messageType !== null,
  status: ({ status }) => status !== null,
  ...told
})

const known = (
  item: ConversationItem,
  lean: boolean | undefined,
  { all, told }: ReturnType<typeof groupsIn>
): ReadonlyArray<string> => lean === true ? told.filter(([, isTold]) => isTold(item)).map(([name]) => name) : all

export const ofMessage = (item: ConversationItem, { lean }: Reading): ReadonlyArray<string> =>
  known(item, lean, messageGroups)

export const ofCall = (item: ConversationItem, { lean, transcripts }: Reading): ReadonlyArray<string> =>
  !transcripts
    ? known(item, lean, callGroups)
    : lean === true
    ? [...known(item, lean, callGroups), "transcript"]
    : callGroups.withTranscript
