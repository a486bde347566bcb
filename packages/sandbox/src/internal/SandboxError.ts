/** The error of the sandbox, and the checks that fail with it. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * An option or a question that is out of bounds, or a port that is taken.
 *
 * @since 0.1.0
 * @category errors
 */
export class SandboxError extends Schema.TaggedError<SandboxError>("@trunkline/sandbox/Sandbox/SandboxError")(
  "SandboxError",
  { option: Schema.String, reason: Schema.String }
) {
  override get message(): string {
    return `${this.option}: ${this.reason}`
  }
}

export const bound = (
  option: string,
  value: number,
  least: number,
  most: number
): Effect.Effect<number, SandboxError> =>
  Number.isInteger(value) && value >= least && value <= most
    ? Effect.succeed(value)
    : Effect.fail(
      new SandboxError({ option, reason: `must be a whole number from ${least} to ${most}, and is ${value}` })
    )

export const refuse = (option: string, reason: string): Effect.Effect<never, SandboxError> =>
  Effect.fail(new SandboxError({ option, reason }))

export const oneOf = <A extends string | number>(
  option: string,
  value: A,
  values: ReadonlyArray<A>
): Effect.Effect<A, SandboxError> =>
  values.includes(value)
    ? Effect.succeed(value)
    : refuse(option, `must be one of ${values.join(", ")}, and is ${value}`)
