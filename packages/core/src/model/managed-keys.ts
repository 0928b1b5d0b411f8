import type { KeyRecord } from "../formats/stored/key-records.js"
import { type AccountId, type Place, rootArn } from "../vocabulary/arns.js"
import { limits } from "../vocabulary/limits.js"
import { type ManagedServiceName, managedServices } from "../vocabulary/managed-services.js"
import { enableRotation } from "./rotation.js"

/*
 * AWS managed keys: one for each service in an account, made when it is first needed. What nobody
 * may do with them, the key policy does not allow, and nobody may change it.
 *
 * Source: AWS KMS Developer Guide, "AWS managed keys".
 */

const prefix = "alias/aws/"

/** The names that are listed whether or not their keys were made, sorted. */
export const managedAliasNames: readonly string[] = Object.keys(managedServices)
  .map((name) => prefix + name)
  .sort()

/** Of a key that is not made yet; the id of none that will be. */
const idOfNone = "00000000-0000-0000-0000-000000000000"

const viaService = ({ partition, region }: Place, via: string): string =>
  `${via}.${region}.amazonaws.com${partition === "aws-cn" ? ".cn" : ""}`

/** Every principal of the account may use the key through its service, and look at it. */
function managedKeyPolicy(place: Place, account: AccountId, name: ManagedServiceName): string {
  const { title, via, grants } = managedServices[name]
  const use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
  return JSON.stringify({
    Version: "2012-10-17",
    Id: `auto-${name}-1`,
    Statement: [
      {
        Sid:
          `Allow access through ${title} for all principals in the account that are authorized ` +
          `to use ${title}`,
        Effect: "Allow",
        Principal: { AWS: "*" },
        Action: [...use, ...(grants ? ["kms:CreateGrant"] : []), "kms:DescribeKey"],
        Resource: "*",
        Condition: {
          StringEquals: {
            "kms:CallerAccount": account,
            "kms:ViaService": viaService(place, via),
          },
        },
      },
      {
        Sid: "Allow direct access to key metadata to the account",
        Effect: "Allow",
        Principal: { AWS: rootArn(place.partition, account) },
        Action: ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
        Resource: "*",
      },
    ],
  })
}

/** The key behind an alias, as it would be made now, but for its id and its material. */
export function draftManagedKey(
  place: Place,
  account: AccountId,
  aliasName: string,
  nowMs: number,
): KeyRecord | undefined {
  const name = aliasName.slice(prefix.length)
  if (!aliasName.startsWith(prefix) || !Object.hasOwn(managedServices, name)) return undefined
  const { protects } = managedServices[name as ManagedServiceName]
  const key: KeyRecord = {
    account,
    keyId: idOfNone,
    createdMs: nowMs,
    description: `Default key that protects my ${protects} when no other key is defined`,
    keySpec: "SYMMETRIC_DEFAULT",
    keyUsage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
    keyManager: "AWS",
    state: "Enabled",
    policy: managedKeyPolicy(place, account, name as ManagedServiceName),
    tags: [],
    aliases: [aliasName],
    grantsCount: 0,
    materials: [],
  }
  return enableRotation(key, nowMs, limits.rotationPeriodDaysDefault)
}
