/** Metrics and traces over OTLP, as the standard variables ask for; without them nothing of this is even loaded. */
import * as OtlpMetrics from "@effect/opentelemetry/OtlpMetrics"
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as Destination from "./Destination.js"
import { type Environment, InvalidSetting, originOf } from "./Environment.js"
import { remember } from "./terminal/secrets.js"
import { version } from "./Version.js"

type Signal = "traces" | "metrics"

/** A signal has variables of its own, which win over those of both. */
const variable = ({ values }: Environment, signal: Signal, name: string): string => {
  const own = `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`
  return values[own] === undefined ? `OTEL_EXPORTER_OTLP_${name}` : own
}

const of = (environment: Environment, signal: Signal, name: string): string | undefined =>
  environment.values[variable(environment, signal, name)]

/** The endpoint of both is a folder, that of one signal is its very URL. */
const endpoint = ({ values }: Environment, signal: Signal): string | undefined => {
  const own = values[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]
  const both = values["OTEL_EXPORTER_OTLP_ENDPOINT"]
  return own ?? (both === undefined ? undefined : `${both.trim().replace(/\/+$/, "")}/v1/${signal}`)
}

const decoded = (text: string): string => Either.getOrElse(Either.try(() => decodeURIComponent(text)), () => text)

/** `name=value,other=value`, percent-encoded. */
const pairs = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(
    (text ?? "").split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]]
    })
  )

const interval = (
  environment: Environment,
  name: string,
  standard: number
): Effect.Effect<Duration.Duration, InvalidSetting> => {
  const text = environment.values[name]?.trim()
  if (text === undefined) return Effect.succeed(Duration.millis(standard))
  return /^\d{1,8}$/.test(text) && Number(text) >= 100
    ? Effect.succeed(Duration.millis(Number(text)))
    : new InvalidSetting({ name, reason: "must be a number of milliseconds of at least 100" })
}

const serialization = (environment: Environment, signal: Signal) => {
  const protocol = of(environment, signal, "PROTOCOL")?.trim() ?? "http/protobuf"
  return protocol === "http/protobuf"
    ? Effect.succeed(OtlpSerialization.layerProtobuf)
    : protocol === "http/json"
    ? Effect.succeed(OtlpSerialization.layerJson)
    : new InvalidSetting({ name: "OTEL_EXPORTER_OTLP_PROTOCOL", reason: "must be http/protobuf or http/json" })
}

const isUrl = (text: string): boolean => {
  if (!URL.canParse(text)) return false
  const { password, protocol, username } = new URL(text)
  return /^https?:$/.test(protocol) && `${username}${password}` === ""
}

const options = (environment: Environment, signal: Signal, url: string) => {
  const headers = pairs(of(environment, signal, "HEADERS"))
  // They may open the collector, and stand in no line of ours.
  for (const value of Object.values(headers)) remember(value)
  const attributes = pairs(environment.values["OTEL_RESOURCE_ATTRIBUTES"])
  return {
    url,
    headers,
    resource: {
      serviceName: environment.values["OTEL_SERVICE_NAME"] ?? attributes["service.name"] ?? "trunkline",
      serviceVersion: version
    }
  }
}

/** A span that is not exported. It goes by the ids of the span above it, so that spans below it hang on that one. */
const unexported = (span: Omit<Tracer.Span, "spanId" | "traceId">, above: Tracer.AnySpan): Tracer.Span => ({
  ...span,
  spanId: above.spanId,
  traceId: above.traceId
})

/** `@effect/sql` makes a span of each statement and transaction: some hundreds in a run, all of them the ledger's. */
const withoutStatements = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    context: (run, fiber) => tracer.context(run, fiber),
    span: (name, parent, context, links, startTime, kind, options) =>
      name.startsWith("sql.") && Option.isSome(parent)
        ? unexported({
          _tag: "Span",
          name,
          parent,
          context,
          links,
          kind,
          sampled: false,
          status: { _tag: "Started", startTime },
          attributes: new Map(),
          end: () => {},
          attribute: () => {},
          event: () => {},
          addLinks: () => {}
        }, parent.value)
        : tracer.span(name, parent, context, links, startTime, kind, options)
  })
/** Headers may open the collector: they go only to the host they were configured with, as keys do. */
const mayGo = (environment: Environment, signal: Signal, url: string): Effect.Effect<void, InvalidSetting> => {
  const [endpoint, headers] = [variable(environment, signal, "ENDPOINT"), variable(environment, signal, "HEADERS")]
  const keyFrom = originOf(environment, headers)
  if (keyFrom === null) return Effect.void
  const urlFrom = originOf(environment, endpoint)
  // Collectors are often asked over plain http, inside a network of one's own.
  return Destination.refusal({ url, vendor: null, urlFrom, keyFrom, allowHttp: true }) === null
    ? Effect.void
    : new InvalidSetting({
      name: endpoint,
      reason: `stands in .env, and ${headers} in the environment. Headers go only to the host they were configured ` +
        "with: set both in the same place"
    })
}

const layerOf = (environment: Environment, signal: Signal) =>
  Effect.gen(function*() {
    const url = endpoint(environment, signal)
    if (
      url === undefined || environment.values[`OTEL_${signal.toUpperCase()}_EXPORTER`]?.trim() === "none"
    ) return Layer.empty
    if (!isUrl(url)) {
      return yield* new InvalidSetting({
        name: "OTEL_EXPORTER_OTLP_ENDPOINT",
        reason: "must be an http or https URL without credentials"
      })
    }
    yield* mayGo(environment, signal, url)
    const told = options(environment, signal, url)
    const written = yield* serialization(environment, signal)
    return signal === "traces"
      ? Layer.unwrapScoped(
        OtlpTracer.make({ ...told, exportInterval: yield* interval(environment, "OTEL_BSP_SCHEDULE_DELAY", 5000) })
          .pipe(
            Effect.map((tracer) => Layer.setTracer(withoutStatements(tracer)))
          )
      ).pipe(Layer.provide(written))
      : OtlpMetrics.layer({
        ...told,
        exportInterval: yield* interval(environment, "OTEL_METRIC_EXPORT_INTERVAL", 60_000)
      }).pipe(Layer.provide(written))
  })

export const layer = (environment: Environment): Layer.Layer<never, InvalidSetting> =>
  Layer.mergeAll(
    Layer.unwrapEffect(layerOf(environment, "traces")),
    Layer.unwrapEffect(layerOf(environment, "metrics"))
  ).pipe(Layer.provide(NodeHttpClient.layerUndici))
