/**
 * The Allo API as typed Effect services.
 *
 * @since 0.1.0
 */
export { Account, type UsersQuery } from "./Account.js"
export { ContactActivity, ContactContext, ListedContact } from "./AddressBook.js"
export { AlloClient, type Call as AlloRequest, type Options as AlloOptions } from "./AlloClient.js"
export type { AlloError, AlloRefusal } from "./AlloError.js"
export { Analytics, type FiguresQuery, type OutboundCallsQuery, type OutboundQuery } from "./Analytics.js"
export { Companies, type CompaniesQuery } from "./Companies.js"
export { Company, Contact, Deal } from "./Contact.js"
export { Contacts, type ContactsQuery } from "./Contacts.js"
export { Conversation } from "./Conversation.js"
export { Agent, ConversationItem, ConversationItemId, TranscriptEntry } from "./ConversationItem.js"
export {
  type AddTags,
  type Batch,
  Conversations,
  type HistoryQuery,
  type ListQuery,
  type RemoveTag,
  type SearchQuery,
  type Written
} from "./Conversations.js"
export { CrmCompany, CrmDeal, type CrmList, CrmPerson, type CrmQuery } from "./Crm.js"
export { Deals, type DealsQuery } from "./Deals.js"
export { DialingQueue, QueuedNumber } from "./DialingQueue.js"
export { DialingQueues, type QueuePage, type QueueQuery } from "./DialingQueues.js"
export {
  Days,
  FunnelStage,
  HeatmapCell,
  LengthMetric,
  Metric,
  OutboundCall,
  OutboundFigures,
  SeriesPoint,
  TeamFigures,
  UserFigures
} from "./Figures.js"
export { HistoryCall, HistoryEntry, HistoryMessage } from "./HistoryEntry.js"
export { Line, SharedNumber } from "./Line.js"
export { LineCalls, type LineCallsQuery } from "./LineCalls.js"
export { Me } from "./Me.js"
export { Comment, Mention, Note, Thread } from "./Note.js"
export { Notes, type NotesQuery, type PersonNotesQuery } from "./Notes.js"
export { PartnerAccount, PartnerAccounts } from "./PartnerAccounts.js"
export { People, type PeopleQuery } from "./People.js"
export { RecordingLink, Recordings } from "./Recordings.js"
export { CallSummary, Summaries, type UpdateSummary, type WrittenSummary } from "./Summaries.js"
export { SummaryTemplate, SummaryTemplates } from "./SummaryTemplates.js"
export { Tag } from "./Tag.js"
export { Threads, type ThreadsQuery } from "./Threads.js"
export { User } from "./User.js"
export { WebhookEndpoint, WebhookEndpoints, WebhookTopic } from "./WebhookEndpoints.js"
export {
  readWebhookEvent,
  WebhookCall,
  type WebhookEvent,
  WebhookMessage,
  WebhookPerson,
  WebhookTag
} from "./WebhookEvent.js"
export {
  type Delivery as WebhookDelivery,
  type Options as WebhookOptions,
  type Request as WebhookRequest,
  WebhookRefused,
  Webhooks
} from "./Webhooks.js"
