/** The `extra` column: what a record said that no column holds, in the shape and under the names it was sent with. */
import type { Contact } from "@trunkline/allo"
import type { Extra } from "@trunkline/http/Wire"
import * as Either from "effect/Either"
import { text } from "./json.js"

export const isNothing = (extra: Extra | undefined): boolean => {
  for (const _ in extra) return false
  return true
}

const some = (extra: Extra): boolean => !isNothing(extra)

/** What is undeclared in one part of a record, or in each of its parts of one name. */
type Part = Extra | ReadonlyArray<Extra>

const present = (part: Part): boolean => Array.isArray(part) ? part.some((one: Extra) => some(one)) : some({ ...part })

/** These parts, where anything is in them. What stands under the same name in `extra` is the whole raw value. */
export const within = (extra: Extra, parts: { readonly [field: string]: Part }): Extra => ({
  ...Object.fromEntries(Object.entries(parts).filter(([, part]) => present(part))),
  ...extra
})

const ofContact = (contact: Contact): Extra =>
  within(contact.extra, { company: contact.company?.extra ?? {}, deals: contact.deals.map((deal) => deal.extra) })

/** Whether no contact has anything, which most have not. */
export const areNothing = (contacts: ReadonlyArray<Contact>): boolean =>
  contacts.every(({ company, deals, extra }) =>
    isNothing(extra) && isNothing(company?.extra) && deals.every((deal) => isNothing(deal.extra))
  )

/** One part for each contact, so that places in the list are the same as in the column. */
export const ofContacts = (contacts: ReadonlyArray<Contact>): ReadonlyArray<Extra> => contacts.map(ofContact)

/** Null where there is nothing. */
export const column = (extra: Extra): Either.Either<string | null, string> =>
  some(extra)
    ? Either.mapLeft(text(extra), () => "extra cannot be written as JSON")
    : Either.right(null)
