import type { Kms } from "@keywright/core"
import type { HttpRequest } from "./http.js"
import { EndpointError } from "./protocol-errors.js"

/**
 * The host names of AWS KMS: standard, FIPS, dual-stack and VPC endpoints of every partition.
 *
 * Source: the endpoint rules of AWS SDK v3 clients and their list of partitions.
 */
const kmsHost =
  /^(?:vpce-[a-z0-9-]{1,63}\.)?kms(?:-fips)?\.([a-z0-9-]{1,63})\.(?:vpce\.)?([a-z0-9.-]{1,64})$/

const dnsSuffixes: ReadonlySet<string> = new Set([
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "api.amazonwebservices.com.cn",
  "api.amazonwebservices.eu",
  "api.aws",
  "api.aws.hci.ic.gov",
  "api.aws.ic.gov",
  "api.aws.scloud",
  "api.cloud-aws.adc-e.uk",
  "c2s.ic.gov",
  "cloud.adc-e.uk",
  "csp.hci.ic.gov",
  "sc2s.sgov.gov",
])

/** The engines by region; throws `TypeError` when there is none, or two of one region. */
export function readRegions(kms: Kms | readonly Kms[]): ReadonlyMap<string, Kms> {
  const hosts = "call" in kms ? [kms] : kms
  const regions = new Map(hosts.map((host) => [host.region, host]))
  if (regions.size === 0) throw new TypeError("`kms` must have at least one region")
  if (regions.size !== hosts.length) throw new TypeError("`kms` must not name a region twice")
  return regions
}

/** Finds the engine that a request is for. Throws {@link EndpointError} for none. */
export type FindRegion = (request: HttpRequest) => Kms

/** `regionOf` says which region a request means whose host is none of AWS's. */
export function createRegionFinder(
  regions: ReadonlyMap<string, Kms>,
  regionOf?: ((request: HttpRequest) => string | undefined) | undefined,
): FindRegion {
  // Nearly every request goes to one of these, and is spared the pattern.
  const usualHosts = new Map(
    Array.from(regions, ([region, kms]) => [`kms.${region}.amazonaws.com`, kms]),
  )
  return (request) => {
    const { hostname } = request
    const usual = usualHosts.get(hostname)
    if (usual !== undefined) return usual
    const said = regionOf?.(request)
    return (said === undefined ? undefined : regions.get(said)) ?? engineAt(regions, hostname)
  }
}

function engineAt(regions: ReadonlyMap<string, Kms>, hostname: string): Kms {
  const [, region = "", suffix = ""] = kmsHost.exec(String(hostname).toLowerCase()) ?? []
  const kms = dnsSuffixes.has(suffix) ? regions.get(region) : undefined
  if (kms !== undefined) return kms
  const names = [...regions.keys()].join(", ")
  throw new EndpointError(
    `${hostname} is not a host of AWS KMS in a region of this handler (${names}). ` +
      "Set `region` to one of these, and leave `endpoint` unset.",
  )
}
