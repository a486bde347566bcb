/** Loaded before a program by `node --import`: its clock starts at TRUNKLINE_NOTEBOOK_NOW and runs on from there. */
const now = Date.parse(process.env["TRUNKLINE_NOTEBOOK_NOW"] ?? "")
if (!Number.isFinite(now)) throw new Error("TRUNKLINE_NOTEBOOK_NOW is no instant")

const shift = now - Date.now()

globalThis.Date = new Proxy(Date, {
  construct: (target, given, self) =>
    Reflect.construct(target, given.length === 0 ? [target.now() + shift] : given, self),
  apply: (target) => new target(target.now() + shift).toString(),
  get: (target, name, self) => name === "now" ? () => target.now() + shift : Reflect.get(target, name, self)
})
