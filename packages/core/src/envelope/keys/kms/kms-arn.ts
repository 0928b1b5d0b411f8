import { parseArn } from "../../../vocabulary/arns.js"
import { readText } from "../../message/text.js"

/** The ARN of a KMS key or alias, in its parts. */
export interface KmsArn {
  readonly text: string
  readonly partition: string
  readonly region: string
  readonly account: string
  readonly type: "key" | "alias"
  readonly id: string
}

/** Source: awslabs/aws-encryption-sdk-specification, framework/aws-kms/aws-kms-key-arn.md. */
export function parseKmsArn(text: string): KmsArn | undefined {
  const arn = parseArn(text)
  if (arn?.service !== "kms" || arn.region === "" || arn.account === "") return undefined
  const slash = arn.resource.indexOf("/")
  const type = arn.resource.slice(0, slash)
  const id = arn.resource.slice(slash + 1)
  if ((type !== "key" && type !== "alias") || id === "") return undefined
  const { partition, region, account } = arn
  return { text, partition, region, account, type, id }
}

/** The ARN of a key that a message names; `undefined` for anything else. */
export function keyArnIn(providerInfo: Uint8Array): KmsArn | undefined {
  const arn = parseKmsArn(readText(providerInfo) ?? "")
  return arn?.type === "key" ? arn : undefined
}

export const isMultiRegion = ({ type, id }: KmsArn): boolean =>
  type === "key" && id.startsWith("mrk-")

/** The same multi-Region key, in another region. */
export const inRegion = (arn: KmsArn, region: string): string =>
  `arn:${arn.partition}:kms:${region}:${arn.account}:key/${arn.id}`

/**
 * Whether both name one key, or keys that share their material: multi-Region keys that differ in
 * the region only.
 *
 * Source: framework/aws-kms/aws-kms-mrk-match-for-decrypt.md.
 */
export const isSameMultiRegion = (a: KmsArn, b: KmsArn): boolean =>
  a.text === b.text || (isMultiRegion(a) && isMultiRegion(b) && inRegion(a, "") === inRegion(b, ""))
