import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Identity } from "../../src/ports/identities.js"
import { account, alice, otherAccount, rootOf, unknownKeyId } from "../support/accounts.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"
import { openWorld } from "../support/world.js"

const numRuns = runs(150, 2000)

const action = fc.constantFrom(
  "kms:*",
  "kms:Encrypt",
  "kms:Decrypt",
  "kms:ReEncrypt*",
  "kms:Describe*",
  "kms:ListKeys",
  "kms:CreateAlias",
)
const effect = fc.constantFrom("Allow" as const, "Allow" as const, "Deny" as const)
const condition = fc.option(
  fc.constantFrom(
    { StringEquals: { "kms:EncryptionContext:a": "b" } },
    { Null: { "kms:RequestAlias": "true" } },
    { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    { Bool: { "kms:ReEncryptOnSameKey": "true" } },
  ),
  { nil: undefined },
)
const principal = fc.constantFrom(
  { AWS: alice },
  { AWS: rootOf(account) },
  { AWS: "*" },
  { AWS: rootOf(otherAccount) },
)
const part = fc.record({ Effect: effect, Action: action, Condition: condition })
const statement = part.map(({ Condition, ...rest }) => ({
  ...rest,
  ...(Condition !== undefined && { Condition }),
}))
const keyStatement = fc
  .tuple(statement, principal)
  .map(([one, Principal]) => ({ ...one, Principal }))

describe("explain", () => {
  it("agrees with the call, for any policies", async () => {
    let identity: Identity | undefined
    const { kms, root, newKey, storage } = await openWorld({ identities: () => identity })
    const keep = {
      Principal: { AWS: rootOf(account) },
      Action: ["kms:PutKeyPolicy", "kms:Encrypt", "kms:CreateAlias"],
    }
    const KeyId = await newKey()
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: KeyId })
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const calls = [
      ["Encrypt", { KeyId, Plaintext: Uint8Array.of(1), EncryptionContext: { a: "b" } }],
      ["Encrypt", { KeyId: "alias/x", Plaintext: Uint8Array.of(1) }],
      ["Decrypt", { CiphertextBlob }],
      ["ReEncrypt", { CiphertextBlob, DestinationKeyId: KeyId }],
      ["DescribeKey", { KeyId: "alias/x" }],
      ["ListKeys", {}],
    ] as const
    const callers = [alice, rootOf(account)].flatMap((one) => [
      { principal: one, context: { sourceIp: "203.0.113.1" } },
      { principal: one, context: {} },
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.array(keyStatement, { maxLength: 3 }),
        fc.option(fc.array(statement, { minLength: 1, maxLength: 3 }), { nil: undefined }),
        fc.constantFrom(...callers),
        fc.constantFrom(...calls),
        async (key, own, caller, [operation, input]) => {
          const Policy = keyPolicyOf(keep, ...key)
          await root
            .putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
            .catch(() => undefined)
          identity = own && identityOf(...own)
          const before = await dumpOf(storage)
          const explained = await kms.explain(caller, operation, input)
          expect(await dumpOf(storage)).toEqual(before)
          const called = await kms.call(caller, operation, input).then(
            () => undefined,
            (error: Error) => error,
          )
          const first = explained.permissions.find(({ refusal }) => refusal !== undefined)
          expect(explained.effect === "allow").toBe(called === undefined)
          if (called !== undefined)
            expect(called).toMatchObject({ name: "AccessDeniedException", message: first?.refusal })
          expect(explained.text.length).toBeGreaterThan(0)
        },
      ),
      { numRuns },
    )
  })

  it("lists every permission that the call needs", async () => {
    const { kms, root, newKey } = await openWorld()
    const [KeyId, DestinationKeyId] = [await newKey(), await newKey()]
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const { effect, permissions } = await kms.explain(kms.administrator, "ReEncrypt", {
      CiphertextBlob,
      DestinationKeyId,
    })
    expect(effect).toBe("allow")
    expect(permissions.map((one) => one.action)).toEqual(["kms:ReEncryptFrom", "kms:ReEncryptTo"])
    expect(permissions.map(({ resource }) => resource)).toEqual([
      `arn:aws:kms:us-east-1:${account}:key/${KeyId}`,
      `arn:aws:kms:us-east-1:${account}:key/${DestinationKeyId}`,
    ])
  })

  it("makes no audit event, uses no key and changes nothing", async () => {
    const { kms, newKey, events, storage } = await openWorld()
    const KeyId = await newKey()
    const [count, before] = [events.length, await dumpOf(storage)]
    await kms.explain(kms.administrator, "ScheduleKeyDeletion", { KeyId })
    await kms.explain(alice, "ScheduleKeyDeletion", { KeyId })
    expect(events).toHaveLength(count)
    expect(await dumpOf(storage)).toEqual(before)
  })

  it.each([
    ["DescribeKey", {}, "ValidationException"],
    ["DescribeKey", { KeyId: unknownKeyId }, "NotFoundException"],
    ["DisableKey", { KeyId: "alias/x" }, "InvalidArnException"],
    ["Decrypt", { CiphertextBlob: Uint8Array.of(1) }, "InvalidCiphertextException"],
    ["Nothing", {}, "UnknownOperationException"],
  ] as const)(
    "fails where the call fails before it is authorized: %s %o",
    async (operation, input, name) => {
      const { kms } = await openWorld()
      const error = await expectRefusal(kms.explain(alice, operation, input), name)
      expect(error.message).toBe(
        (await refusalOf(kms.call({ principal: alice }, operation, input))).message,
      )
    },
  )

  it("throws TypeError for what is no principal", async () => {
    const { kms } = await openWorld()
    await expect(kms.explain("nobody", "ListKeys", {})).rejects.toThrow(TypeError)
  })
})
