/** Keeps the last filtered lists, so that a client who reads many pages of a list does not filter it for each page. */

export class Kept {
  private readonly lists = new Map<string, { readonly version: string; readonly entries: Uint32Array }>()

  constructor(private readonly most: number) {}

  get(key: string, version: string, make: () => Uint32Array): Uint32Array {
    const kept = this.lists.get(key)
    if (kept !== undefined && kept.version === version) return kept.entries
    const entries = make()
    this.lists.delete(key)
    this.lists.set(key, { version, entries })
    for (const oldest of this.lists.keys()) {
      if (this.lists.size <= this.most) break
      this.lists.delete(oldest)
    }
    return entries
  }
}
