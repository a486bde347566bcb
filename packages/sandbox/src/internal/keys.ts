/** The keys of the sandbox, and what each key may read. They work in the sandbox only. */
import { hash, hex } from "./random.js"

export interface Key {
  /** What tests and the history call it. */
  readonly name: string
  readonly id: string
  readonly text: string
  readonly api: "allo" | "allomia"
  readonly scopes: ReadonlyArray<string>
  readonly trial: boolean
  /** An organisation's index; null for a tenant key, which opens all. */
  readonly organization: number | null
}

const every = [
  "CONVERSATIONS_READ",
  "CONVERSATIONS_WRITE",
  "TAGS_READ",
  "TAGS_WRITE",
  "USERS_READ",
  "PHONE_NUMBERS_READ",
  "CONTACTS_READ",
  "WEBHOOKS_READ_WRITE",
  "SUMMARY_TEMPLATES_READ",
  "CRM_READ",
  "DIALING_QUEUE_READ_WRITE",
  "PARTNER",
  "NOTES_READ",
  "THREADS_READ"
]

export class KeyRing {
  private readonly byText = new Map<string, Key>()
  private readonly revoked = new Set<string>()
  readonly keys: ReadonlyArray<Key>

  constructor(seed: number, organizations: number) {
    const text = (number: number) =>
      `${hex(hash({ seed, stream: 80 }, number))}${hex(hash({ seed, stream: 81 }, number))}`
    const allo = (number: number, name: string, scopes: ReadonlyArray<string>, trial = false): Key => ({
      name,
      id: `api-${text(100 + number)}`,
      text: `ak_live_sandbox_${text(number)}`,
      api: "allo",
      scopes,
      trial,
      organization: null
    })
    const allomia = (number: number, name: string, organization: number | null): Key => ({
      name,
      id: name,
      text: `sandbox-${organization === null ? "tenant" : "organization"}-${text(number)}`,
      api: "allomia",
      scopes: [],
      trial: false,
      organization
    })
    this.keys = [
      allo(0, "allo", every),
      allo(1, "alloReadOnly", every.filter((scope) => scope.endsWith("_READ"))),
      allo(2, "alloConversationsOnly", ["CONVERSATIONS_READ"]),
      allo(3, "alloNoScopes", []),
      allo(4, "alloRevoked", every),
      allo(5, "alloTrial", every, true),
      allomia(10, "allomia", null),
      allomia(11, "allomiaRevoked", null),
      ...Array.from({ length: organizations }, (_, index) => allomia(20 + index, `allomiaOrganization${index}`, index))
    ]
    for (const key of this.keys) this.byText.set(key.text, key)
    this.revoke(this.text("alloRevoked"))
    this.revoke(this.text("allomiaRevoked"))
  }

  text(name: string): string {
    return this.keys.find((key) => key.name === name)?.text ?? ""
  }

  find(text: string): Key | null {
    return this.byText.get(text) ?? null
  }

  revoke(text: string): void {
    this.revoked.add(text)
  }

  isRevoked(key: Key): boolean {
    return this.revoked.has(key.text)
  }
}
