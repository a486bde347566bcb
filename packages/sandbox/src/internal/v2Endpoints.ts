/** The endpoints of Allo's second interface, and the scope that each needs. */
import type { Endpoint } from "./routes.js"

const endpoint = (method: string, path: string, scope: string | null, description: string): Endpoint => ({
  name: `${method} ${path}`,
  method,
  path: `/v2/api/${path}`,
  scope,
  description
})

export const endpoints: ReadonlyArray<Endpoint> = [
  endpoint("GET", "me", null, "What this key may do"),
  endpoint("GET", "users", "USERS_READ", "People of the team"),
  endpoint("GET", "users/{id}", "USERS_READ", "One of the team"),
  endpoint("GET", "webhooks", "WEBHOOKS_READ_WRITE", "Where events go"),
  endpoint("GET", "webhooks/event_types", "WEBHOOKS_READ_WRITE", "Events there are"),
  endpoint("GET", "webhooks/{id}", "WEBHOOKS_READ_WRITE", "Where some events go"),
  endpoint("GET", "summary_templates", "SUMMARY_TEMPLATES_READ", "How summaries are written"),
  endpoint("GET", "summary_templates/{id}", "SUMMARY_TEMPLATES_READ", "How some summaries are written"),
  endpoint("GET", "tags", "TAGS_READ", "Tags of the team"),
  endpoint("GET", "numbers", "PHONE_NUMBERS_READ", "Lines of the team"),
  endpoint("GET", "conversations", "CONVERSATIONS_READ", "Conversations of a line"),
  endpoint("POST", "conversations/items/search", "CONVERSATIONS_READ", "Find calls and messages"),
  endpoint("POST", "conversations/items/batch", "CONVERSATIONS_READ", "Several items by id"),
  endpoint("GET", "conversations/items/{id}", "CONVERSATIONS_READ", "One item"),
  endpoint("GET", "conversations/items/{id}/recording", "CONVERSATIONS_READ", "A link to a recording"),
  endpoint("POST", "analytics/overview", "CONVERSATIONS_READ", "What the team did"),
  endpoint("POST", "analytics/outbound", "CONVERSATIONS_READ", "What came of the calls the team made"),
  endpoint("GET", "crm/people/{id}", "CRM_READ", "One of the people of the CRM"),
  endpoint("POST", "crm/people/search", "CRM_READ", "Find people of the CRM"),
  endpoint("GET", "crm/companies/{id}", "CRM_READ", "One of the companies of the CRM"),
  endpoint("POST", "crm/companies/search", "CRM_READ", "Find companies of the CRM"),
  endpoint("GET", "crm/deals/{id}", "CRM_READ", "One of the deals of the CRM"),
  endpoint("POST", "crm/deals/search", "CRM_READ", "Find deals of the CRM"),
  endpoint("GET", "dialing-queues/current", "DIALING_QUEUE_READ_WRITE", "Numbers that somebody is about to call"),
  endpoint("GET", "partner/accounts/{id}", "PARTNER", "An account that this key made"),
  endpoint("GET", "conversations/{number}/notes", "NOTES_READ", "Notes on a conversation"),
  endpoint("GET", "conversations/notes/{id}", "NOTES_READ", "One note"),
  endpoint("GET", "crm/people/{id}/notes", "NOTES_READ", "Notes on a person"),
  endpoint("GET", "threads", "THREADS_READ", "What the team says about a call, a message or a note"),
  endpoint("GET", "threads/{id}", "THREADS_READ", "One thread with its comments"),
  endpoint("PATCH", "conversations/items/{id}/summary", "CONVERSATIONS_WRITE", "Rewrite the summary of a call"),
  endpoint("POST", "conversations/items/{id}/tags", "TAGS_WRITE", "Put tags on a call"),
  endpoint("DELETE", "conversations/items/{id}/tags/{tag}", "TAGS_WRITE", "Take a tag off a call")
]
