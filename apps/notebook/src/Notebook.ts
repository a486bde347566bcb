/** A notebook file (nbformat 4.5): what of it is kept, and the one form in which it is committed. */
import * as Array from "effect/Array"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/** Text, in the file as a list of its lines. */
const Lines = Schema.transform(Schema.Union(Schema.String, Schema.Array(Schema.String)), Schema.String, {
  strict: true,
  decode: (lines) => typeof lines === "string" ? lines : lines.join(""),
  encode: (text) => text === "" ? [] : text.split(/(?<=\n)/)
})

/** Times of execution, widths and whatever else an editor notes: dropped. */
const Notes = Schema.transform(Schema.Unknown, Schema.Struct({}), {
  strict: true,
  decode: () => ({}),
  encode: () => ({})
})
const Count = Schema.NullOr(Schema.Int)
const Data = Schema.Record({ key: Schema.String, value: Lines })

const Stream = Schema.Struct({ output_type: Schema.Literal("stream"), name: Schema.String, text: Lines })
const Output = Schema.Union(
  Stream,
  Schema.Struct({ output_type: Schema.Literal("display_data"), data: Data, metadata: Notes }),
  Schema.Struct({
    output_type: Schema.Literal("execute_result"),
    data: Data,
    metadata: Notes,
    execution_count: Count
  }),
  Schema.Struct({
    output_type: Schema.Literal("error"),
    ename: Schema.String,
    evalue: Schema.String,
    traceback: Schema.Array(Schema.String)
  })
)
export type Output = typeof Output.Type

const Markdown = Schema.Struct({
  cell_type: Schema.Literal("markdown"),
  id: Schema.String,
  metadata: Notes,
  source: Lines
})
const Code = Schema.Struct({
  cell_type: Schema.Literal("code"),
  id: Schema.String,
  metadata: Notes,
  source: Lines,
  execution_count: Count,
  outputs: Schema.Array(Output)
})
export type Code = typeof Code.Type

export const Notebook = Schema.Struct({
  cells: Schema.Array(Schema.Union(Markdown, Code)),
  metadata: Schema.Struct({ kernelspec: Schema.Struct({ name: Schema.String }) }),
  nbformat: Schema.Literal(4),
  nbformat_minor: Schema.Int.pipe(Schema.greaterThanOrEqualTo(5))
})
export interface Notebook extends Schema.Schema.Type<typeof Notebook> {}

const Json = Schema.parseJson(Notebook)

export const read = Schema.decode(Json)

export const codeOf = (notebook: Notebook): ReadonlyArray<Code> =>
  Array.filterMap(notebook.cells, (cell) => cell.cell_type === "code" ? Option.some(cell) : Option.none())

/** What one print after another wrote is one text, however the kernel cut it. */
const joined = (outputs: ReadonlyArray<Output>): ReadonlyArray<Output> =>
  outputs.reduce<ReadonlyArray<Output>>((done, output) => {
    const last = done.at(-1)
    return output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name
      ? [...done.slice(0, -1), { ...last, text: last.text + output.text }]
      : [...done, output]
  }, [])

/** Cells count from one, without a jump. */
export const normal = (notebook: Notebook): Notebook => {
  const numbers = new Map(codeOf(notebook).map(({ id }, index) => [id, index + 1]))
  return {
    ...notebook,
    cells: notebook.cells.map((cell) => {
      if (cell.cell_type === "markdown") return cell
      const execution_count = numbers.get(cell.id) ?? null
      return {
        ...cell,
        execution_count,
        outputs: joined(cell.outputs).map((output) =>
          output.output_type === "execute_result" ? { ...output, execution_count } : output
        )
      }
    })
  }
}

/** Keys in order, as Jupyter writes them. */
const ordered = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(ordered)
    : Predicate.isRecord(value)
    ? Object.fromEntries(Object.keys(value).toSorted().map((key) => [key, ordered(value[key])]))
    : value

const metadata = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: {
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript"
  }
}

/** The text of the file. */
export const print = (notebook: Notebook) =>
  Effect.map(
    Schema.encode(Notebook)(notebook),
    (file) => `${JSON.stringify(ordered({ ...file, metadata, nbformat: 4, nbformat_minor: 5 }), null, 1)}\n`
  )
