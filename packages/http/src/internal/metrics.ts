/** Counters of requests. */
import * as Metric from "effect/Metric"

/**
 * Requests that were sent, each try counted.
 *
 * @since 0.1.0
 * @category metrics
 */
export const requests: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests", {
  description: "Requests that were sent, each try counted",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const retried: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_retried", {
  description: "Tries after the first",
  incremental: true
})

/**
 * @since 0.1.0
 * @category metrics
 */
export const throttled: Metric.Metric.Counter<number> = Metric.counter("trunkline_requests_throttled", {
  description: "Answers that refused for being asked too much",
  incremental: true
})
