/** The options of a bucket, and what is wrong with them. */
import type * as Duration from "effect/Duration"
import type * as Credentials from "../Credentials.js"
import { isKey } from "./objectKey.js"
import type { Location } from "./s3Request.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly bucket: string
  /** All keys stand below it; without a slash at either end. */
  readonly prefix?: string | undefined
  readonly credentials: Credentials.Provider
  /** `us-east-1` unless told otherwise. */
  readonly region?: string | undefined
  /** The URL of another server than that of AWS. */
  readonly endpoint?: string | undefined
  /** Whether the bucket stands in the path of a URL or in its host: in the host at AWS, in the path elsewhere. */
  readonly addressing?: "path" | "virtual" | undefined
  /** From the request to the head of its answer, and for each piece of a body: 30 seconds. Larger bodies have longer. */
  readonly timeLimit?: Duration.DurationInput | undefined
  /** Retries that may be spent while no answer arrives. */
  readonly retryBudget?: number | undefined
  /** Files of more bytes are uploaded in parts: 64 MiB. */
  readonly partsAbove?: number | undefined
  /** Bytes of one part, at least 5 MiB: 16 MiB. */
  readonly partSize?: number | undefined
}

/** The first option that cannot be used. */
export const problem = (
  options: Omit<Options, "credentials">
): readonly [option: string, message: string] | undefined => {
  const { bucket, endpoint, partSize, partsAbove, prefix, region } = options
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/.test(bucket)) return ["bucket", "expected the name of a bucket"]
  if (prefix !== undefined && prefix !== "" && !isKey(prefix)) {
    return ["prefix", "expected names with a slash between each two, and none at either end"]
  }
  if (region !== undefined && !/^[A-Za-z0-9-]{1,64}$/.test(region)) {
    return ["region", "expected a region, such as eu-west-1"]
  }
  if (endpoint !== undefined) {
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
    if (
      url === undefined || !/^https?:$/.test(url.protocol) || `${url.username}${url.password}` !== "" ||
      /[?#]/.test(endpoint)
    ) {
      return ["endpoint", "expected an http or https URL without credentials, query or fragment"]
    }
  }
  if (partSize !== undefined && !(Number.isInteger(partSize) && partSize >= 5 * 1024 * 1024)) {
    return ["partSize", "expected a whole number of bytes, at least 5 MiB"]
  }
  return partsAbove !== undefined && !(Number.isInteger(partsAbove) && partsAbove >= 0)
    ? ["partsAbove", "expected a whole number of bytes"]
    : undefined
}

export const locationOf = (options: Omit<Options, "credentials">): Location => {
  const region = options.region ?? "us-east-1"
  return {
    bucket: options.bucket,
    region,
    endpoint: options.endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`,
    // A certificate covers one name in front of the host, and a dot makes two of it.
    addressing: options.addressing ??
      (options.endpoint === undefined && !options.bucket.includes(".") ? "virtual" : "path")
  }
}
