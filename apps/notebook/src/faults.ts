/** What must not stand in a notebook that is committed: failed cells, cells that never ran, places, numbers and keys. */
import { codeOf, type Notebook, type Output } from "./Notebook.js"

const never = [
  { what: "a path of a machine", pattern: /(?:\/(?:home|Users|root|tmp|var\/folders)|[A-Z]:\\Users)[/\\][^\s"'<]*/ },
  { what: "a phone number", pattern: /\+\d{7,15}\b/ },
  { what: "a key", pattern: /\b(?:ak|sk|key)_(?:live|test)_\w+|\b(?:Api-Key|Bearer) [\w.-]{8,}/ }
]

const texts = (output: Output): ReadonlyArray<string> => {
  switch (output.output_type) {
    case "stream":
      return [output.text]
    case "error":
      return [output.evalue, ...output.traceback]
    default:
      return Object.values(output.data)
  }
}

/** Empty when it is fit; others are places and texts of this machine besides. */
export const faults = (notebook: Notebook, others: ReadonlyArray<string> = []): ReadonlyArray<string> => [
  ...codeOf(notebook).flatMap(({ execution_count, id, outputs }) => [
    ...(execution_count === null ? [`cell ${id} was not executed`] : []),
    ...outputs.flatMap((output) =>
      output.output_type === "error" ? [`cell ${id} failed. ${output.ename}: ${output.evalue}`] : []
    )
  ]),
  ...notebook.cells.flatMap((cell) =>
    [cell.source, ...(cell.cell_type === "code" ? cell.outputs.flatMap(texts) : [])].flatMap((text) => [
      ...never.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `cell ${cell.id} holds ${what}`),
      ...others.filter((other) => text.includes(other)).map((other) => `cell ${cell.id} holds ${other}`)
    ])
  )
]
