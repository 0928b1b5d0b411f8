import { randomInt } from "node:crypto"
import type { Members } from "./messages.js"

/** What a request asks, of which key or alias. */
export type Act = readonly [operation: string, input: Members]

const aliasName = (): string => `alias/${randomInt(2)}`
const tag = () => ({ TagKey: `t${randomInt(3)}`, TagValue: `${randomInt(1000)}` })
const principal = "arn:aws:iam::111122223333:root"

const policy = (): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: `Number${randomInt(1000)}`,
        Effect: "Allow",
        Principal: { AWS: principal },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  })

/** One of these at random, and more often the uses of keys. */
const acts: readonly ((KeyId: string, suffix: string) => Act)[] = [
  ...Array.from(
    { length: 6 },
    () =>
      (KeyId: string): Act => ["GenerateDataKey", { KeyId, NumberOfBytes: 16 }],
  ),
  (_, suffix) => ["GenerateDataKey", { KeyId: aliasName() + suffix, NumberOfBytes: 16 }],
  (KeyId) => ["DescribeKey", { KeyId }],
  (KeyId) => ["DescribeKey", { KeyId }],
  (KeyId) => ["DisableKey", { KeyId }],
  (KeyId) => ["EnableKey", { KeyId }],
  (KeyId) => ["EnableKey", { KeyId }],
  (KeyId) => ["UpdateKeyDescription", { KeyId, Description: `${randomInt(1000)}` }],
  (KeyId) => ["TagResource", { KeyId, Tags: [tag()] }],
  (KeyId) => ["UntagResource", { KeyId, TagKeys: [`t${randomInt(3)}`] }],
  (KeyId) => ["ListResourceTags", { KeyId }],
  (KeyId) => ["PutKeyPolicy", { KeyId, Policy: policy() }],
  (KeyId) => ["GetKeyPolicy", { KeyId }],
  (KeyId) => ["CreateGrant", { KeyId, GranteePrincipal: principal, Operations: ["Decrypt"] }],
  (KeyId) => ["ListGrants", { KeyId, Limit: 100 }],
  (TargetKeyId, suffix) => ["CreateAlias", { AliasName: aliasName() + suffix, TargetKeyId }],
  (TargetKeyId, suffix) => ["UpdateAlias", { AliasName: aliasName() + suffix, TargetKeyId }],
  (_, suffix) => ["DeleteAlias", { AliasName: aliasName() + suffix }],
  (KeyId) => ["ListAliases", { KeyId, Limit: 100 }],
]

/** `suffix` tells the aliases of some keys from all others. */
export function anyAct(keys: readonly string[], suffix: string): Act {
  const act = acts[randomInt(acts.length)] as (typeof acts)[number]
  return act(keys[randomInt(keys.length)] ?? "", suffix)
}

/** All that can be read of a key in the end. */
export const lastLooks = (KeyId: string): readonly Act[] => [
  ["DescribeKey", { KeyId }],
  ["ListResourceTags", { KeyId }],
  ["GetKeyPolicy", { KeyId }],
  ["ListGrants", { KeyId, Limit: 100 }],
  ["ListAliases", { KeyId, Limit: 100 }],
]
