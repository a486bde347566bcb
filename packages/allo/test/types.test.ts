/**
 * The signatures, word for word: what a method can fail with, and that it needs nothing. The compiler is the test; a
 * wrong signature is an error in this file.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { it } from "@effect/vitest"
import type {
  Account,
  AddTags,
  AlloClient,
  AlloError,
  AlloOptions,
  AlloRefusal,
  AlloRequest,
  Analytics,
  Batch,
  Companies,
  Contacts,
  Conversation,
  ConversationItem,
  Conversations,
  Deals,
  DialingQueues,
  HistoryEntry,
  HistoryQuery,
  Line,
  LineCalls,
  ListQuery,
  Me,
  Notes,
  PartnerAccounts,
  People,
  Recordings,
  RemoveTag,
  SearchQuery,
  SharedNumber,
  Summaries,
  SummaryTemplates,
  Tag,
  Threads,
  User,
  UsersQuery,
  WebhookEndpoints,
  Written
} from "@trunkline/allo"
import type { ApiError, Page, Wire } from "@trunkline/http"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { assertType, type Equal } from "../../http/test/fixtures/types.js"

type Calls = Context.Tag.Service<Conversations>
type Desk = Context.Tag.Service<Account>
type Client = Context.Tag.Service<AlloClient>

type Asked<Value> = Effect.Effect<Value, AlloError>
type Pages<Row> = Stream.Stream<Page.Page<Row>, AlloError>
type Rows<Row> = Stream.Stream<Row, AlloError>

it("a call to Allo fails with one of eleven errors", () => {
  assertType<
    AlloError["_tag"],
    | "Unauthorized"
    | "Forbidden"
    | "NotFound"
    | "Invalid"
    | "Conflict"
    | "RateLimited"
    | "QuotaExceeded"
    | "PaymentRequired"
    | "ServerFault"
    | "Unreachable"
    | "Undecodable"
  >(true)
  assertType<AlloError, ApiError.ApiError>(true)
  assertType<AlloError, AlloRefusal | ApiError.Unreachable | ApiError.Undecodable>(true)
  assertType<AlloRefusal, ApiError.Refusal>(true)
})

it("conversations need nothing, and fail with exactly that", () => {
  assertType<Calls["list"], (query?: ListQuery) => Asked<Page.Page<Conversation>>>(true)
  assertType<Calls["pages"], (query?: ListQuery) => Pages<Conversation>>(true)
  assertType<Calls["stream"], (query?: ListQuery) => Rows<Conversation>>(true)
  assertType<
    Calls["item"],
    (id: string, options?: { readonly extend?: Wire.Open<"transcript"> | undefined }) => Asked<ConversationItem>
  >(true)
  assertType<Calls["search"], (query?: SearchQuery) => Asked<Page.Page<ConversationItem>>>(true)
  assertType<Calls["itemPages"], (query?: SearchQuery) => Pages<ConversationItem>>(true)
  assertType<Calls["items"], (query?: SearchQuery) => Rows<ConversationItem>>(true)
  assertType<Calls["batch"], (ids: ReadonlyArray<string>) => Asked<Batch>>(true)
  assertType<Calls["addTags"], (write: AddTags) => Asked<Written>>(true)
  assertType<Calls["removeTag"], (write: RemoveTag) => Asked<Written>>(true)
  assertType<Calls["contactHistoryPage"], (query: HistoryQuery) => Asked<Page.Page<HistoryEntry>>>(true)
  assertType<Calls["contactHistoryPages"], (query: HistoryQuery) => Pages<HistoryEntry>>(true)
  assertType<Calls["contactHistory"], (query: HistoryQuery) => Rows<HistoryEntry>>(true)
  assertType<
    keyof Calls,
    | "list"
    | "pages"
    | "stream"
    | "item"
    | "search"
    | "itemPages"
    | "items"
    | "batch"
    | "addTags"
    | "removeTag"
    | "contactHistoryPage"
    | "contactHistoryPages"
    | "contactHistory"
  >(true)
})

it("so does the account", () => {
  assertType<Desk["me"], Asked<Me & Page.Origin>>(true)
  assertType<Desk["users"], (query?: UsersQuery) => Asked<Page.Page<User>>>(true)
  assertType<Desk["tags"], Asked<Page.Page<Tag>>>(true)
  assertType<Desk["numbers"], Asked<Page.Page<Line>>>(true)
  assertType<Desk["user"], (id: string) => Asked<User>>(true)
  assertType<Desk["sharedNumbers"], Asked<Page.Page<SharedNumber>>>(true)
  assertType<keyof Desk, "me" | "users" | "user" | "tags" | "numbers" | "sharedNumbers">(true)
})

/** What a method gives, whether it is asked something or not. */
type Given<Method> = Method extends (...asked: ReadonlyArray<never>) => infer Value ? Value : Method

/** The errors of a method, and what it needs besides the client that its layer had. */
type FailsWith<Method> = Given<Method> extends Effect.Effect<unknown, infer E, infer R> ? [E, R]
  : Given<Method> extends Stream.Stream<unknown, infer E, infer R> ? [E, R]
  : "neither"

type Every<Service> = { readonly [Name in keyof Service]: FailsWith<Service[Name]> }[keyof Service]

it("every other service needs nothing, and fails with exactly that", () => {
  assertType<Every<Context.Tag.Service<Analytics>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Companies>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Contacts>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Deals>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<DialingQueues>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<LineCalls>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Notes>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<PartnerAccounts>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<People>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Recordings>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Summaries>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<SummaryTemplates>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<Threads>>, [AlloError, never]>(true)
  assertType<Every<Context.Tag.Service<WebhookEndpoints>>, [AlloError, never]>(true)
})

it("the client's call is for endpoints without a method, and gives what its reader gives", () => {
  assertType<Client["call"], <Value>(call: AlloRequest<Value>) => Asked<Value>>(true)
  assertType<Client["readsPerSecond"], Effect.Effect<number>>(true)
  assertType<Client["writesPerSecond"], Effect.Effect<number>>(true)
})

it("layers need the client, and the client needs HttpClient and nothing else", () => {
  assertType<typeof Conversations.layer, Layer.Layer<Conversations, never, AlloClient>>(true)
  assertType<typeof Account.layer, Layer.Layer<Account, never, AlloClient>>(true)
  assertType<typeof AlloClient.layer, (options: AlloOptions) => Layer.Layer<AlloClient, never, HttpClient.HttpClient>>(
    true
  )
  assertType<
    typeof AlloClient.layerConfig,
    (options: Config.Config.Wrap<AlloOptions>) => Layer.Layer<
      AlloClient,
      ConfigError.ConfigError,
      HttpClient.HttpClient
    >
  >(true)
})

it("the measure itself tells types apart", () => {
  assertType<Equal<Asked<Me>, Effect.Effect<Me, AlloError | Error>>, false>(true)
  assertType<Equal<Asked<Me>, Effect.Effect<Me, AlloRefusal>>, false>(true)
  assertType<Equal<Asked<Me>, Effect.Effect<Me, AlloError, AlloClient>>, false>(true)
  assertType<Equal<Asked<Me>, Effect.Effect<unknown, AlloError>>, false>(true)
  assertType<Equal<FailsWith<(id: string) => Effect.Effect<Me, AlloRefusal>>, [AlloError, never]>, false>(true)
  assertType<Equal<FailsWith<() => Stream.Stream<Me, AlloError, AlloClient>>, [AlloError, never]>, false>(true)
})
