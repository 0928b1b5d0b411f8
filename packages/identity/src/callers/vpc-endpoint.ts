import { addressMatcher, type PolicyDocument } from "@keywright/policy"

/** What a host knows of a VPC endpoint. */
export interface VpcEndpointInput {
  /** `vpce-0123456789abcdef0` */
  readonly id: string
  /** `vpc-0123456789abcdef0` */
  readonly vpc: string
  /** From where clients come through it: ranges of private addresses, in CIDR notation. */
  readonly addresses: readonly string[]
  /** By which names they reach it, its own and those of the service. */
  readonly dnsNames: readonly string[]
  /** What may be done through it: a policy. Default: everything, as in AWS. */
  readonly policy?: PolicyDocument | undefined
}

/** A VPC endpoint, for the `connection` of every request that comes through it. */
export interface VpcEndpoint {
  readonly id: string
  readonly vpc: string
  /** For the engine's `guardrails.vpcEndpointPolicies`, by its id. */
  readonly policies: Readonly<Record<string, PolicyDocument>>
  /** Why a request cannot have come through it; `undefined` where it can. */
  problemOf(address: string | undefined, host: string | undefined): string | undefined
}

/**
 * Addresses that no client has who comes from elsewhere.
 *
 * Source: RFC 1918, RFC 6598, RFC 4193; RFC 1122 for the machine itself.
 */
const privateRanges = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"],
  ...["fc00::/7", "::1/128"],
]

const isV6 = (range: string): boolean => range.includes(":")

/** A range lies in another of its kind when its first address does, and it is no longer. */
function isPrivate(range: string): boolean {
  const [first = "", bits] = range.split("/")
  return privateRanges.some((whole) => {
    const isInside = isV6(whole) === isV6(range) && addressMatcher([whole])(first)
    return isInside && Number(bits ?? 128) >= Number(whole.split("/")[1])
  })
}

const hostName = /^(?:[a-z0-9-]{1,63}\.)*[a-z0-9-]{1,63}$/

function check({ id, vpc, addresses, dnsNames }: VpcEndpointInput): void {
  if (!/^vpce-[0-9a-f]{8,17}$/.test(id)) throw new TypeError("`id` must be that of a VPC endpoint")
  if (!/^vpc-[0-9a-f]{8,17}$/.test(vpc)) throw new TypeError("`vpc` must be the id of a VPC")
  if (addresses.length === 0 || !addresses.every(isPrivate)) {
    throw new TypeError("`addresses` must be ranges of private addresses")
  }
  if (dnsNames.length === 0 || !dnsNames.every((name) => hostName.test(name))) {
    throw new TypeError("`dnsNames` must be host names in lower case")
  }
}

/**
 * A VPC endpoint as a fact: the host attaches it to what comes in where the endpoint does, by a
 * listener of its own and never by what a request says. A request from another address, or to
 * another name, is refused: then the host has attached it to what did not come through it.
 *
 * Throws `TypeError` for what is no endpoint, and for addresses that are not private.
 *
 * ```ts
 * const endpoint = vpcEndpoint({
 *   id: "vpce-0123456789abcdef0",
 *   vpc: "vpc-0123456789abcdef0",
 *   addresses: ["10.0.0.0/16"],
 *   dnsNames: ["vpce-0123456789abcdef0-abcdefgh.kms.eu-central-1.vpce.amazonaws.com"],
 * })
 * ```
 *
 * Source: AWS KMS Developer Guide, "Connect to AWS KMS through a VPC endpoint".
 */
export function vpcEndpoint(input: VpcEndpointInput): VpcEndpoint {
  check(input)
  const { id, vpc, policy } = input
  const isWithin = addressMatcher(input.addresses)
  const names: ReadonlySet<string> = new Set(input.dnsNames)
  return Object.freeze<VpcEndpoint>({
    id,
    vpc,
    policies: Object.freeze(policy === undefined ? {} : { [id]: policy }),
    problemOf: (address, host) => {
      if (address === undefined || !isWithin(address)) {
        return `No client of ${id} has this address.`
      }
      const name = host?.replace(/:\d{1,5}$/, "").toLowerCase()
      return name !== undefined && names.has(name) ? undefined : `${id} has no such name.`
    },
  })
}
