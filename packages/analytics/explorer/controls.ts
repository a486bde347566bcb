/** Days and durations as fields of a form. */
import { make } from "./page.js"
import type { Store } from "./store.js"

const field = (label: string, input: HTMLInputElement): HTMLElement => make("label", {}, make("span", {}, label), input)

const day = ({ value }: HTMLInputElement): string | null => value === "" ? null : value

const whole = ({ value }: HTMLInputElement): number | null => /^\d{1,9}$/.test(value) ? Number(value) : null

export const days = (store: Store, first: Date, last: Date): HTMLElement => {
  const limits = { min: first.toISOString().slice(0, 10), max: last.toISOString().slice(0, 10) }
  const [from, to] = [make("input", { type: "date", ...limits }), make("input", { type: "date", ...limits })]
  const change = () => store.set({ ...store.filters, days: { from: day(from), to: day(to) } })
  const show = () => {
    from.value = store.filters.days.from ?? ""
    to.value = store.filters.days.to ?? ""
  }
  for (const input of [from, to]) input.addEventListener("change", change)
  store.listen(show)
  show()
  return make("fieldset", {}, make("legend", {}, "Days"), field("from", from), field("to", to))
}

export const seconds = (store: Store): HTMLElement => {
  const limits = { type: "number", min: 0, step: 1, inputmode: "numeric" }
  const [from, to] = [make("input", limits), make("input", limits)]
  const change = () => store.set({ ...store.filters, seconds: { from: whole(from), to: whole(to) } })
  const show = () => {
    from.value = String(store.filters.seconds.from ?? "")
    to.value = String(store.filters.seconds.to ?? "")
  }
  for (const input of [from, to]) input.addEventListener("change", change)
  store.listen(show)
  show()
  return make("fieldset", {}, make("legend", {}, "Duration in seconds"), field("from", from), field("to", to))
}
