import type { KeySource } from "../key-source.js"
import { isMultiRegion, isSameMultiRegion, type KmsArn, parseKmsArn } from "./kms-arn.js"
import { checkClient, type KmsDataKeys, type KmsEncrypts } from "./kms-client.js"
import { kmsSource } from "./kms-source.js"

export interface KmsKeysOptions {
  /** The ARN or id of the key, or the name or ARN of an alias of it. */
  readonly keyId: string
  readonly grantTokens?: readonly string[] | undefined
}

type IsSame = (a: KmsArn, b: KmsArn) => boolean

const isEqual: IsSame = (a, b) => a.text === b.text

/** Whether the identifier may stand for the key of that ARN, as far as that can be told here. */
function mayMean(keyId: string, isSame: IsSame): (arn: KmsArn) => boolean {
  const own = parseKmsArn(keyId)
  if (own?.type === "key") return (arn) => isSame(own, arn)
  if (own !== undefined) {
    // Replicas of one key may have aliases of one name: which of them this is, the KMS knows.
    return (arn) =>
      own.partition === arn.partition &&
      own.account === arn.account &&
      (own.region === arn.region || (isSame === isSameMultiRegion && isMultiRegion(arn)))
  }
  return keyId.startsWith("alias/") ? () => true : ({ id }) => id === keyId
}

function strictKeys(
  client: KmsDataKeys & Partial<KmsEncrypts>,
  { keyId, grantTokens }: KmsKeysOptions,
  isSame: IsSame,
): KeySource {
  checkClient(client, "generateDataKey", "decrypt")
  if (typeof keyId !== "string" || keyId === "") throw new TypeError("`keyId` may not be empty")
  const isOurs = mayMean(keyId, isSame)
  const own = parseKmsArn(keyId)
  const ask = (arn: KmsArn) =>
    isOurs(arn)
      ? {
          keyId,
          isAnsweredBy: own?.type === "key" ? isEqual.bind(null, own) : isSame.bind(null, arn),
        }
      : undefined
  return kmsSource(client, { keyId, grantTokens, ask })
}

/**
 * Data keys of one KMS key: made and wrapped under it, and unwrapped by it and no other.
 *
 * The client is `kms.as(…)` of Keywright, a `KMS` of the AWS SDK v3, or a `KMSClient` behind
 * `withCommands`; it needs `encrypt` only where these are not the first of several keys.
 *
 * To decrypt, the KMS is told which key to use, so a message under another one is refused. Name
 * the key by its ARN where you can: of an id or an alias only the KMS knows which key it means, so
 * it is asked about data keys that are not ours, too.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-keyring.md.
 *
 * @example
 * ```ts
 * const envelope = createEnvelope({ keys: kmsKeys(client, { keyId: "alias/orders" }) })
 * ```
 */
export const kmsKeys = (
  client: KmsDataKeys & Partial<KmsEncrypts>,
  options: KmsKeysOptions,
): KeySource => strictKeys(client, options, isEqual)

/**
 * As {@link kmsKeys}, and opens with a multi-Region key what was encrypted under a replica of it
 * in another region. Give the ARN of the replica that stands where the client calls.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-mrk-keyring.md.
 */
export const kmsMultiRegionKeys = (
  client: KmsDataKeys & Partial<KmsEncrypts>,
  options: KmsKeysOptions,
): KeySource => strictKeys(client, options, isSameMultiRegion)
