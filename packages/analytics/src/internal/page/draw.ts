/** Observable Plot without a browser: the one place that knows the library and the document it draws in. */
import * as Plot from "@observablehq/plot"
import { parseHTML } from "linkedom/worker"
import { html } from "./html.js"

export { Plot }

const { document } = parseHTML("<!doctype html><html><body></body></html>")

/** Everything is drawn twice: for a desk or paper, and for a phone. A style sheet shows one of them. */
export type Size = "wide" | "narrow"
export const widths: { readonly [size in Size]: number } = { wide: 720, narrow: 340 }

export const draw = (size: Size, alternative: string, options: Plot.PlotOptions): string => {
  const svg = Plot.plot({
    document,
    width: widths[size],
    margin: 0,
    axis: null,
    className: "chart",
    ...options,
    style: undefined
  })
  // The style sheet of the page speaks for it: one that stands in a drawing would need a policy that allows it.
  for (const style of svg.querySelectorAll("style")) style.remove()
  svg.removeAttribute("class")
  // One picture with words of its own: its parts speak to nobody, and a group without a role may have no label.
  for (const element of svg.querySelectorAll("[aria-label], [aria-description], [aria-hidden]")) {
    const mark: unknown = element.getAttribute("aria-label")
    for (const attribute of ["aria-label", "aria-description", "aria-hidden"]) element.removeAttribute(attribute)
    if (typeof mark === "string") element.setAttribute("data-mark", mark)
  }
  for (const element of svg.querySelectorAll("*")) {
    for (const attribute of geometry) {
      const value: unknown = element.getAttribute(attribute)
      if (typeof value === "string") element.setAttribute(attribute, brief(value))
    }
  }
  // The words hold names, and the document leaves a `<` in an attribute as it is.
  const opening = html`<svg class="chart ${size}" role="img" aria-label="${alternative}" `.text
  return String(svg.outerHTML).replace(/^<svg /, () => opening)
}

/** Tenths of a pixel are finer than any screen. */
const geometry = ["d", "transform", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "fill-opacity"]
const brief = (numbers: string): string =>
  numbers.replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
