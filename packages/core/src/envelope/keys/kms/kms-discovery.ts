import type { KeySource } from "../key-source.js"
import { inRegion, isMultiRegion, type KmsArn } from "./kms-arn.js"
import { checkClient, type KmsDataKeys } from "./kms-client.js"
import { kmsSource } from "./kms-source.js"

/** Whose keys a source may use that reads the name of the key in the message. */
export interface KmsDiscoveryFilter {
  readonly partition: string
  /** One or more. */
  readonly accounts: readonly string[]
  /** Default: all, as far as the client can call them. */
  readonly regions?: readonly string[] | undefined
}

export interface KmsDiscoveryOptions {
  /** Default: any key that the client may use, whoever owns it. */
  readonly filter?: KmsDiscoveryFilter | undefined
  readonly grantTokens?: readonly string[] | undefined
}

export interface KmsMultiRegionDiscoveryOptions extends KmsDiscoveryOptions {
  /** Where the client calls. */
  readonly region: string
}

function passes(filter: KmsDiscoveryFilter | undefined): (arn: KmsArn) => boolean {
  if (filter === undefined) return () => true
  const { partition, regions } = filter
  const accounts = new Set(filter.accounts)
  if (accounts.size === 0) throw new TypeError("`filter.accounts` may not be empty")
  if (typeof partition !== "string" || partition === "") {
    throw new TypeError("`filter.partition` may not be empty")
  }
  const allowed = regions && new Set(regions)
  return (arn) =>
    arn.partition === partition && accounts.has(arn.account) && (allowed?.has(arn.region) ?? true)
}

const exactly = (keyId: string) => ({
  keyId,
  isAnsweredBy: ({ text }: KmsArn) => text === keyId,
})

/**
 * Decrypts with whichever KMS key the message names, and encrypts nothing. Who writes a message
 * chooses the key, and so whom the KMS is asked about: filter by the accounts that you trust.
 *
 * A client calls one region. For several, put one such source for each client behind
 * `severalKeys`, each with the region of its client as the filter.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-discovery-keyring.md.
 */
export function kmsDiscovery(
  client: Pick<KmsDataKeys, "decrypt">,
  { filter, grantTokens }: KmsDiscoveryOptions = {},
): KeySource {
  checkClient(client, "decrypt")
  const isOurs = passes(filter)
  const ask = (arn: KmsArn) => (isOurs(arn) ? exactly(arn.text) : undefined)
  return kmsSource(client, { keyId: undefined, grantTokens, ask })
}

/**
 * As {@link kmsDiscovery} in one region, and asks the replica there about data keys under a
 * multi-Region key of any other region.
 *
 * Source: framework/aws-kms/aws-kms-mrk-discovery-keyring.md.
 */
export function kmsMultiRegionDiscovery(
  client: Pick<KmsDataKeys, "decrypt">,
  { region, filter, grantTokens }: KmsMultiRegionDiscoveryOptions,
): KeySource {
  checkClient(client, "decrypt")
  if (typeof region !== "string" || region === "") throw new TypeError("`region` may not be empty")
  const isOurs = passes(filter)
  function ask(arn: KmsArn) {
    if (!isOurs(arn)) return undefined
    if (isMultiRegion(arn)) return exactly(inRegion(arn, region))
    return arn.region === region ? exactly(arn.text) : undefined
  }
  return kmsSource(client, { keyId: undefined, grantTokens, ask })
}
