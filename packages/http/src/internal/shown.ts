/**
 * What an inspected or logged record shows: ids, words of enumerations, instants, lengths and numbers. Everything else that
 * was sent reads `<redacted>`, since it may be a number, a name or what was said. As JSON and in code a record is whole.
 */
import * as Inspectable from "effect/Inspectable"
import * as Predicate from "effect/Predicate"

const hidden = "<redacted>"

/** An id or a word is one run of letters and digits. Digits alone may be a phone number. */
const isPlain = (text: string): boolean => /^[\w.:-]{1,100}$/.test(text) && !/^[\d.:-]{7,}$/.test(text)

const show = (value: unknown, isShown: boolean): unknown => {
  if (typeof value === "string") return isShown && isPlain(value) ? value : hidden
  if (Array.isArray(value)) return value.map((one: unknown) => show(one, isShown))
  // A nested record has such a prototype of its own, and a length or an instant shows itself.
  return value
}

/** A prototype for records. `shown` are the names whose text may be shown. */
export const prototype = (shown: ReadonlySet<string>): object => {
  const summary = function(this: object) {
    return Object.fromEntries(
      Object.entries(this).map(([name, value]: readonly [string, unknown]) =>
        name === "extra" && Predicate.isRecord(value)
          ? [name, Object.keys(value).length === 0 ? {} : hidden]
          : [name, show(value, shown.has(name))]
      )
    )
  }
  return Object.create(Object.prototype, {
    [Inspectable.NodeInspectSymbol]: { value: summary },
    [Inspectable.symbolRedactable]: { value: summary }
  })
}
