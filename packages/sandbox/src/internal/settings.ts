/** What a team has set up in Allo: where its events go, and how its summaries are written. Nothing changes it. */
import { instant, type Json, zoneless } from "./Answer.js"

export interface Settings {
  readonly webhooks: ReadonlyArray<
    { readonly id: string; readonly row: { readonly [field: string]: Json }; readonly secret: string }
  >
  readonly eventTypes: ReadonlyArray<Json>
  readonly templates: ReadonlyArray<{ readonly id: string; readonly row: Json }>
  readonly partnerAccounts: ReadonlyArray<{ readonly id: string; readonly row: Json }>
}

const topics = [
  ["call.received", "A call rings"],
  ["call.triggered", "A call is placed"],
  ["call.answered", "A call is answered"],
  ["call.completed", "A call is over"],
  ["tag.added", "A call has one more tag"],
  ["tag.removed", "A call has one tag less"],
  ["sms.received", "A message came in"],
  ["sms.sent", "A message went out"],
  ["contact.created", "There is a new contact"],
  ["contact.updated", "A contact changed"],
  ["summary.updated", "A summary was rewritten"]
] as const

/** As they were at this time. */
export const settings = (epoch: number): Settings => {
  const day = 86_400_000
  return {
    webhooks: [
      {
        id: "ep_sandboxproduction0001",
        secret: "whsec_c2FuZGJveCBzZWNyZXQgb25l",
        row: {
          id: "ep_sandboxproduction0001",
          url: "https://example.com/webhooks/allo",
          topics: ["call.completed", "sms.received"],
          description: "Production",
          enabled: true,
          created_at: instant(epoch - 30 * day)
        }
      },
      {
        id: "ep_sandboxstaging0000002",
        secret: "whsec_c2FuZGJveCBzZWNyZXQgdHdv",
        row: {
          id: "ep_sandboxstaging0000002",
          url: "https://staging.example.com/webhooks/allo",
          topics: topics.map(([name]) => name),
          description: null,
          enabled: false,
          created_at: instant(epoch - 20 * day)
        }
      }
    ],
    eventTypes: topics.map(([name, description]) => ({ name, description })),
    templates: [{
      id: "tst-abc123",
      row: {
        id: "tst-abc123",
        name: "Sales call",
        call_context: "Calls about our product",
        icon: null,
        sections: [
          { title: "Needs", instructions: "What the caller needs", order: 0 },
          { title: "Next steps", instructions: "Who does what", order: 1 }
        ],
        created_at: zoneless(epoch - 40 * day),
        updated_at: zoneless(epoch - 10 * day)
      }
    }],
    partnerAccounts: [{
      id: "usr_sandboxcustomer0001",
      row: {
        id: "usr_sandboxcustomer0001",
        // The key is told only when the account is made.
        api_key: null,
        phone_numbers: ["+33700000001"],
        status: "ACTIVE",
        activated: false,
        partner_client_ref: "crm-12345"
      }
    }]
  }
}
