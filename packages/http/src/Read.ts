/**
 * Readers for the bodies of good answers: a page of rows, or one thing. Built once, at module level.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type * as Schema from "effect/Schema"
import * as Envelope from "./Envelope.js"
import { row } from "./internal/rows.js"
import * as Page from "./Page.js"
import * as Wire from "./Wire.js"

/**
 * The page that was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Asked {
  readonly page: number
  /** The number of the first page. */
  readonly first: number
  readonly size: number
}

/**
 * For lists that are not paged.
 *
 * @since 0.1.0
 * @category models
 */
export const whole: Asked = { page: 1, first: 1, size: Number.MAX_SAFE_INTEGER }

/**
 * Rows under one of these names, decoded one by one.
 *
 * @since 0.1.0
 * @category readers
 */
export const list = <A, I>(names: ReadonlyArray<string>, thing: Schema.Schema<A, I>) => {
  const decode = Wire.rows(thing)
  return (asked: Asked) =>
  (body: unknown, { answeredAt, requestId }: Page.Origin): Either.Either<Page.Page<A>, ReadonlyArray<string>> => {
    const sheet = Envelope.list(body, names)
    return sheet === undefined
      ? Either.left(names.slice(0, 1))
      : Either.right(Page.make({ ...asked, sheet, decode, origin: { requestId, answeredAt } }))
  }
}

/**
 * One thing, under one of these names or bare.
 *
 * @since 0.1.0
 * @category readers
 */
export const one = <A, I>(names: ReadonlyArray<string>, thing: Schema.Schema<A, I>) => {
  const decode = row(thing)
  return (body: unknown): Either.Either<A, ReadonlyArray<string>> => {
    const deepest = decode(Envelope.one(body, names))
    // A thing may have a field of such a name: then the deepest is that field, and the thing stands one wrapper deep.
    const name = names.find((name) => Predicate.hasProperty(body, name))
    const inner = name === undefined || !Predicate.isRecord(body) ? body : body[name]
    return deepest.pipe(
      Either.orElse(() => decode(inner)),
      Either.orElse(() => deepest),
      Either.mapLeft(Wire.pathsOf)
    )
  }
}
