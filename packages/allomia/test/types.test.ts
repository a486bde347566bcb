/**
 * The signatures, word for word: what a method can fail with, and that it needs nothing. The compiler is the test; a
 * wrong signature is an error in this file.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import { it } from "@effect/vitest"
import type {
  AllomiaClient,
  AllomiaError,
  AllomiaOptions,
  AllomiaRefusal,
  AllomiaRequest,
  Call,
  CallDetails,
  Calls,
  CallsQuery,
  Organization,
  Organizations,
  OrganizationsQuery,
  OutboundCalls,
  OutboundCallStatus
} from "@trunkline/allomia"
import type { ApiError, Page } from "@trunkline/http"
import type * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Stream from "effect/Stream"
import { assertType, type Equal } from "../../http/test/fixtures/types.js"

type CallsService = Context.Tag.Service<Calls>
type OrganizationsService = Context.Tag.Service<Organizations>
type Client = Context.Tag.Service<AllomiaClient>

type Asked<Value> = Effect.Effect<Value, AllomiaError>
type Pages<Row> = Stream.Stream<Page.Page<Row>, AllomiaError>
type Rows<Row> = Stream.Stream<Row, AllomiaError>

it("a call to Allomia fails with one of ten errors: it has no quota", () => {
  assertType<
    AllomiaError["_tag"],
    | "Unauthorized"
    | "Forbidden"
    | "NotFound"
    | "Invalid"
    | "Conflict"
    | "RateLimited"
    | "PaymentRequired"
    | "ServerFault"
    | "Unreachable"
    | "Undecodable"
  >(true)
  assertType<AllomiaError, AllomiaRefusal | ApiError.Unreachable | ApiError.Undecodable>(true)
  assertType<AllomiaRefusal, Exclude<ApiError.Refusal, ApiError.QuotaExceeded>>(true)
})

it("calls need nothing, and fail with exactly that", () => {
  assertType<CallsService["list"], (query: CallsQuery) => Asked<Page.Page<Call>>>(true)
  assertType<CallsService["largest"], (query: CallsQuery) => Asked<Page.Page<Call>>>(true)
  assertType<CallsService["pages"], (query: CallsQuery) => Pages<Call>>(true)
  assertType<CallsService["stream"], (query: CallsQuery) => Rows<Call>>(true)
  assertType<
    CallsService["get"],
    (id: string, options?: { readonly organizationId?: string | undefined }) => Asked<CallDetails>
  >(true)
  assertType<keyof CallsService, "list" | "largest" | "pages" | "stream" | "get">(true)
})

it("so do organisations", () => {
  assertType<OrganizationsService["list"], (query?: OrganizationsQuery) => Asked<Page.Page<Organization>>>(true)
  assertType<OrganizationsService["pages"], (query?: OrganizationsQuery) => Pages<Organization>>(true)
  assertType<OrganizationsService["stream"], (query?: OrganizationsQuery) => Rows<Organization>>(true)
  assertType<OrganizationsService["get"], (id: string) => Effect.Effect<Organization, AllomiaError>>(true)
  assertType<keyof OrganizationsService, "list" | "pages" | "stream" | "get">(true)
})

it("so do calls that went out", () => {
  assertType<Context.Tag.Service<OutboundCalls>, { readonly status: (id: string) => Asked<OutboundCallStatus> }>(true)
})

it("the client's call is for endpoints without a method, and gives what its reader gives", () => {
  assertType<Client["call"], <Value>(call: AllomiaRequest<Value>) => Asked<Value>>(true)
  assertType<Client["requestsPerSecond"], Effect.Effect<number>>(true)
})

it("layers need the client, and the client needs HttpClient and nothing else", () => {
  assertType<typeof Calls.layer, Layer.Layer<Calls, never, AllomiaClient>>(true)
  assertType<typeof Organizations.layer, Layer.Layer<Organizations, never, AllomiaClient>>(true)
  assertType<
    typeof AllomiaClient.layer,
    (options: AllomiaOptions) => Layer.Layer<AllomiaClient, never, HttpClient.HttpClient>
  >(true)
  assertType<
    typeof AllomiaClient.layerConfig,
    (options: Config.Config.Wrap<AllomiaOptions>) => Layer.Layer<
      AllomiaClient,
      ConfigError.ConfigError,
      HttpClient.HttpClient
    >
  >(true)
})

it("the measure itself tells types apart", () => {
  assertType<Equal<Asked<Call>, Effect.Effect<Call, AllomiaError | ApiError.QuotaExceeded>>, false>(true)
  assertType<Equal<Asked<Call>, Effect.Effect<Call, AllomiaRefusal>>, false>(true)
  assertType<Equal<Asked<Call>, Effect.Effect<Call, AllomiaError, AllomiaClient>>, false>(true)
})
