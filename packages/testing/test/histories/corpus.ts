import type { KmsCall, KmsOperation, KmsReply } from "../../src/histories.js"

/*
 * Histories of which everybody can see that they are right, or wrong.
 */

type Members = Readonly<Record<string, unknown>>

const ok = (output: Members = {}): KmsReply => ({ output })
const no = (error: string): KmsReply => ({ error })

/** From a moment to another: an operation, its input, and its reply. */
const at = (
  start: number,
  end: number,
  operation: string,
  input: Members,
  reply: KmsReply,
): KmsOperation => ({ call: { operation, input }, start, answer: { end, reply } })

const lost = (start: number, operation: string, input: Members): KmsOperation => ({
  call: { operation, input } satisfies KmsCall,
  start,
  answer: undefined,
})

const [K, L] = ["11111111-aaaa-4aaa-8aaa-111111111111", "22222222-bbbb-4bbb-8bbb-222222222222"]
const arn = (id: string) => `arn:aws:kms:us-east-1:111122223333:key/${id}`
const key = { KeyId: K }
const alias = { AliasName: "alias/a" }

const made = (KeyId = K, material = "m1"): KmsOperation =>
  at(0, 1, "CreateKey", {}, ok({ KeyMetadata: { ...metadata("Enabled", material), KeyId } }))

const metadata = (KeyState: string, CurrentKeyMaterialId = "m1") => ({
  KeyId: K,
  Arn: arn(K),
  KeyState,
  Description: "",
  CurrentKeyMaterialId,
})

const shown = (state: string, material = "m1") => ok({ KeyMetadata: metadata(state, material) })
const grant = { GranteePrincipal: "arn:aws:iam::111122223333:role/R", Operations: ["Decrypt"] }
const grants = (...ids: string[]) =>
  ok({ Grants: ids.map((GrantId) => ({ ...grant, GrantId })), Truncated: false })
const tags = (value: string) => ({ Tags: [{ TagKey: "t", TagValue: value }] })
const policy = (Sid: string) => ({ Policy: JSON.stringify({ Statement: [{ Sid }] }) })

type Corpus = Readonly<Record<string, readonly KmsOperation[]>>

export const bad: Corpus = {
  "a stale read after an acknowledged disable": [
    made(),
    at(2, 3, "DisableKey", key, ok()),
    at(4, 5, "DescribeKey", key, shown("Enabled")),
  ],
  "a decrypt under a disabled key": [
    made(),
    at(2, 3, "DisableKey", key, ok()),
    at(4, 5, "Decrypt", key, ok({ KeyId: arn(K) })),
  ],
  "a decrypt under a disabled key that only the reply names": [
    made(),
    at(2, 3, "DisableKey", key, ok()),
    at(4, 5, "Decrypt", {}, ok({ KeyId: arn(K) })),
  ],
  "a use of a key that waits for its deletion": [
    made(),
    at(2, 3, "ScheduleKeyDeletion", key, ok()),
    at(4, 5, "Encrypt", key, ok()),
  ],
  "a refusal as disabled, of a key that never was": [
    made(),
    at(2, 3, "Encrypt", key, no("DisabledException")),
  ],
  "a key that is seen disabled, and then enabled again by nobody": [
    made(),
    at(2, 20, "DisableKey", key, ok()),
    at(3, 4, "Encrypt", key, no("DisabledException")),
    at(5, 6, "Encrypt", key, ok()),
  ],
  "a lost update of tags": [
    made(),
    at(2, 9, "TagResource", { ...key, Tags: [{ TagKey: "a", TagValue: "1" }] }, ok()),
    at(3, 8, "TagResource", { ...key, Tags: [{ TagKey: "b", TagValue: "2" }] }, ok()),
    at(10, 11, "ListResourceTags", key, ok({ Tags: [{ TagKey: "b", TagValue: "2" }] })),
  ],
  "a write that came back": [
    made(),
    at(2, 3, "TagResource", { ...key, ...tags("old") }, ok()),
    at(4, 5, "TagResource", { ...key, ...tags("new") }, ok()),
    at(6, 7, "ListResourceTags", key, ok(tags("new"))),
    at(8, 9, "ListResourceTags", key, ok(tags("old"))),
  ],
  "an alias that points to two keys": [
    made(),
    made(L),
    at(2, 3, "CreateAlias", { ...alias, TargetKeyId: K }, ok()),
    at(4, 5, "ListAliases", { KeyId: L }, ok({ Aliases: [alias], Truncated: false })),
    at(6, 7, "ListAliases", { KeyId: K }, ok({ Aliases: [alias], Truncated: false })),
  ],
  "an alias that leads to the key of before": [
    made(),
    made(L),
    at(2, 3, "CreateAlias", { ...alias, TargetKeyId: K }, ok()),
    at(4, 5, "UpdateAlias", { ...alias, TargetKeyId: L }, ok()),
    at(6, 7, "Encrypt", { KeyId: "alias/a" }, ok({ KeyId: arn(K) })),
  ],
  "an alias that is made twice": [
    made(),
    made(L),
    at(2, 9, "CreateAlias", { ...alias, TargetKeyId: K }, ok()),
    at(3, 8, "CreateAlias", { ...alias, TargetKeyId: L }, ok()),
  ],
  "an alias that exists, although nobody made it": [
    made(),
    at(2, 3, "CreateAlias", { ...alias, TargetKeyId: K }, no("AlreadyExistsException")),
  ],
  "a key that is made twice": [
    made(),
    {
      ...made(),
      start: 2,
      answer: made().answer && { end: 3, reply: (made().answer as { reply: KmsReply }).reply },
    },
  ],
  "a call without an answer that took effect twice": [
    made(),
    lost(2, "DisableKey", key),
    at(3, 4, "Encrypt", key, no("DisabledException")),
    at(5, 6, "EnableKey", key, ok()),
    at(7, 8, "Encrypt", key, no("DisabledException")),
  ],
  "a grant without an answer that stands there twice": [
    made(),
    lost(2, "CreateGrant", { ...key, ...grant }),
    at(4, 5, "ListGrants", key, grants("g1", "g2")),
  ],
  "a grant that is gone after it was acknowledged": [
    made(),
    at(2, 3, "CreateGrant", { ...key, ...grant }, ok({ GrantId: "g1" })),
    at(4, 5, "ListGrants", key, grants()),
  ],
  "a grant that is there after it was revoked": [
    made(),
    at(2, 3, "CreateGrant", { ...key, ...grant }, ok({ GrantId: "g1" })),
    at(4, 5, "RevokeGrant", { ...key, GrantId: "g1" }, ok()),
    at(6, 7, "ListGrants", key, grants("g1")),
  ],
  "a grant that is revoked twice": [
    made(),
    at(2, 3, "CreateGrant", { ...key, ...grant }, ok({ GrantId: "g1" })),
    at(4, 9, "RevokeGrant", { ...key, GrantId: "g1" }, ok()),
    at(5, 8, "RevokeGrant", { ...key, GrantId: "g1" }, ok()),
  ],
  "a policy of before": [
    made(),
    at(2, 3, "PutKeyPolicy", { ...key, ...policy("one") }, ok()),
    at(4, 5, "PutKeyPolicy", { ...key, ...policy("two") }, ok()),
    at(6, 7, "GetKeyPolicy", key, ok(policy("one"))),
  ],
  "two default policies": [
    made(),
    at(2, 3, "GetKeyPolicy", key, ok(policy("one"))),
    at(4, 5, "GetKeyPolicy", key, ok(policy("two"))),
  ],
  "a data key under the material from before a rotation": [
    made(),
    at(2, 3, "RotateKeyOnDemand", key, ok({ KeyId: arn(K) })),
    at(4, 5, "GenerateDataKey", key, ok({ KeyId: arn(K), KeyMaterialId: "m1" })),
  ],
  "two materials for one rotation": [
    made(),
    at(2, 3, "RotateKeyOnDemand", key, ok({ KeyId: arn(K) })),
    at(4, 5, "DescribeKey", key, shown("Enabled", "m2")),
    at(6, 7, "DescribeKey", key, shown("Enabled", "m3")),
  ],
  "a material that the key never had": [
    made(),
    at(2, 3, "Decrypt", key, ok({ KeyId: arn(K), KeyMaterialId: "m9" })),
  ],
  "a key that comes back after its deletion": [
    made(),
    at(2, 3, "ScheduleKeyDeletion", key, ok()),
    at(4, 5, "DescribeKey", key, no("NotFoundException")),
    at(6, 7, "DescribeKey", key, shown("PendingDeletion")),
  ],
  "a key that is not found, although it is there": [
    made(),
    at(2, 3, "DescribeKey", key, no("NotFoundException")),
  ],
  "a key that nobody made": [at(2, 3, "Encrypt", key, ok())],
  "a deletion that is cancelled twice": [
    made(),
    at(2, 3, "ScheduleKeyDeletion", key, ok()),
    at(4, 9, "CancelKeyDeletion", key, ok()),
    at(5, 8, "CancelKeyDeletion", key, ok()),
  ],
}

export const good: Corpus = {
  "calls one after the other": [
    made(),
    at(2, 3, "DisableKey", key, ok()),
    at(4, 5, "Decrypt", key, no("DisabledException")),
    at(6, 7, "EnableKey", key, ok()),
    at(8, 9, "Decrypt", key, ok({ KeyId: arn(K), KeyMaterialId: "m1" })),
    at(10, 11, "ScheduleKeyDeletion", key, ok({ KeyId: arn(K) })),
    at(12, 13, "Decrypt", key, no("KMSInvalidStateException")),
    at(14, 15, "CancelKeyDeletion", key, ok({ KeyId: arn(K) })),
    at(16, 17, "DescribeKey", key, shown("Disabled")),
  ],
  "a use while the key is being disabled": [
    made(),
    at(2, 9, "DisableKey", key, ok()),
    at(3, 4, "Encrypt", key, ok()),
    at(5, 6, "Encrypt", key, no("DisabledException")),
  ],
  "a call without an answer that took effect later": [
    made(),
    lost(2, "DisableKey", key),
    at(3, 4, "Encrypt", key, ok()),
    at(5, 6, "Encrypt", key, no("DisabledException")),
  ],
  "a call without an answer that never took effect": [
    made(),
    lost(2, "ScheduleKeyDeletion", key),
    at(3, 4, "Encrypt", key, ok()),
  ],
  "a grant whose id the first list tells": [
    made(),
    lost(2, "CreateGrant", { ...key, ...grant }),
    at(3, 4, "ListGrants", key, grants()),
    at(5, 6, "ListGrants", key, grants("g1")),
    at(7, 8, "RevokeGrant", { ...key, GrantId: "g1" }, ok()),
    at(9, 10, "RevokeGrant", { ...key, GrantId: "g1" }, no("NotFoundException")),
    at(11, 12, "ListGrants", key, grants()),
  ],
  "an alias that is moved while it is used": [
    made(),
    made(L),
    at(2, 3, "CreateAlias", { ...alias, TargetKeyId: arn(K) }, ok()),
    at(4, 20, "UpdateAlias", { ...alias, TargetKeyId: L }, ok()),
    at(5, 6, "Encrypt", { KeyId: "alias/a" }, ok({ KeyId: arn(K) })),
    at(7, 8, "Encrypt", { KeyId: "alias/a" }, ok({ KeyId: arn(L) })),
    at(21, 22, "ListAliases", { KeyId: K }, ok({ Aliases: [], Truncated: false })),
    at(23, 24, "DeleteAlias", alias, ok()),
    at(25, 26, "Encrypt", { KeyId: "alias/a" }, no("NotFoundException")),
  ],
  "a rotation, and what was encrypted before it": [
    made(),
    at(2, 9, "RotateKeyOnDemand", key, ok({ KeyId: arn(K) })),
    at(3, 4, "GenerateDataKey", key, ok({ KeyId: arn(K), KeyMaterialId: "m1" })),
    at(5, 6, "GenerateDataKey", key, ok({ KeyId: arn(K), KeyMaterialId: "m2" })),
    at(7, 8, "Decrypt", key, ok({ KeyId: arn(K), KeyMaterialId: "m1" })),
  ],
  "a key that is gone when its time is over, and its aliases with it": [
    made(),
    at(2, 3, "CreateAlias", { ...alias, TargetKeyId: K }, ok()),
    at(4, 5, "ScheduleKeyDeletion", key, ok()),
    at(6, 7, "DescribeKey", key, shown("PendingDeletion")),
    at(8, 9, "DescribeKey", key, no("NotFoundException")),
    at(10, 11, "DescribeKey", { KeyId: "alias/a" }, no("NotFoundException")),
    at(12, 13, "DeleteAlias", alias, no("NotFoundException")),
  ],
  "refusals that say nothing of the key": [
    made(),
    at(2, 3, "DisableKey", key, no("ThrottlingException")),
    at(4, 5, "DisableKey", key, no("AccessDeniedException")),
    at(6, 7, "Encrypt", key, ok()),
  ],
  "a page of a longer list": [
    made(),
    at(2, 3, "CreateGrant", { ...key, ...grant }, ok({ GrantId: "g1" })),
    at(4, 5, "CreateGrant", { ...key, ...grant }, ok({ GrantId: "g2" })),
    at(6, 7, "ListGrants", { ...key, Limit: 1 }, { output: { ...page("g1"), Truncated: true } }),
    at(8, 9, "ListGrants", { ...key, Limit: 1, Marker: "m" }, { output: page("g2") }),
  ],
  "a dry run, which does nothing": [
    made(),
    at(2, 3, "CreateGrant", { ...key, ...grant, DryRun: true }, no("DryRunOperationException")),
    at(4, 5, "ListGrants", key, grants()),
  ],
}

function page(id: string): Members {
  return { Grants: [{ ...grant, GrantId: id }] }
}
