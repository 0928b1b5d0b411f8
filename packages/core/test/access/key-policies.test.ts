import { describe, expect, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, otherAccount, roleOf, rootOf, userOf } from "../support/accounts.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const lockout = "The new key policy will not allow you to update the key policy in the future."
const bob = userOf(account, "bob")

const refusals: readonly (readonly [string, unknown, KmsErrorName, string | RegExp])[] = [
  [
    "no text",
    undefined,
    "ValidationException",
    "1 validation error detected: Value null at 'policy' failed to satisfy constraint: Member must not be null",
  ],
  ["an object", { Version: "2012-10-17" }, "ValidationException", /at 'policy'/],
  [
    "an empty text",
    "",
    "ValidationException",
    /at 'policy' failed to satisfy constraint: .* length greater than or equal to 1;/,
  ],
  ["a character beyond Latin-1", keyPolicyOf({ Sid: "€" }), "ValidationException", /at 'policy'/],
  [
    "more than the model's bound",
    `{${" ".repeat(131_072)}`,
    "ValidationException",
    /length less than or equal to 131072/,
  ],
  ["no JSON", "not json", "MalformedPolicyDocumentException", /./],
  ["an array", "[]", "MalformedPolicyDocumentException", /./],
  ["no statement", '{"Version":"2012-10-17"}', "MalformedPolicyDocumentException", /./],
  [
    "a member twice",
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
    "MalformedPolicyDocumentException",
    /./,
  ],
  [
    "an unknown element",
    keyPolicyOf({ Sid: "x" }).replace("Sid", "Principle"),
    "MalformedPolicyDocumentException",
    /./,
  ],
  [
    "a statement without Action",
    keyPolicyOf({ Action: undefined as never }),
    "MalformedPolicyDocumentException",
    /has an `Action`/,
  ],
  [
    "a principal of another partition",
    keyPolicyOf({}, { Principal: { AWS: `arn:aws-us-gov:iam::${account}:root` } }),
    "MalformedPolicyDocumentException",
    "Policy contains a statement with one or more invalid principals.",
  ],
  [
    "an empty list of principals",
    keyPolicyOf({}, { Principal: { AWS: [] } }),
    "MalformedPolicyDocumentException",
    "Policy contains a statement with one or more invalid principals.",
  ],
  [
    "an unknown operator",
    keyPolicyOf({ Condition: { StringEqualz: { a: "b" } } }),
    "MalformedPolicyDocumentException",
    /./,
  ],
  [
    "an unknown effect",
    keyPolicyOf({ ...{ Effect: "Permit" as "Allow" } }),
    "MalformedPolicyDocumentException",
    /./,
  ],
  [
    "a principal that is none",
    keyPolicyOf({ Principal: { AWS: "arn:aws:s3:::bucket" } }),
    "MalformedPolicyDocumentException",
    "Policy contains a statement with one or more invalid principals.",
  ],
  [
    "a policy for another",
    keyPolicyOf({ Principal: { AWS: bob } }),
    "MalformedPolicyDocumentException",
    lockout,
  ],
  [
    "a policy of another account",
    keyPolicyOf({ Principal: { AWS: rootOf(otherAccount) } }),
    "MalformedPolicyDocumentException",
    lockout,
  ],
  [
    "all but PutKeyPolicy",
    keyPolicyOf({ Action: ["kms:Get*", "kms:Encrypt"] }),
    "MalformedPolicyDocumentException",
    lockout,
  ],
  [
    "a deny of PutKeyPolicy",
    keyPolicyOf({}, { Effect: "Deny", Action: "kms:PutKeyPolicy" }),
    "MalformedPolicyDocumentException",
    lockout,
  ],
]

describe("the policy of a key", () => {
  it("is answered as it was put, to the last blank, and decides the next call", async () => {
    const { root, newKey, kms } = await openWorld()
    const KeyId = await newKey()
    const Policy = ` ${keyPolicyOf(
      { Principal: { AWS: rootOf(account) } },
      { Principal: { AWS: bob }, Action: "kms:DescribeKey" },
    )}\n\t`
    await expectRefusal(kms.as(bob).describeKey({ KeyId }), "AccessDeniedException")
    await root.putKeyPolicy({ KeyId, Policy })
    expect(await root.getKeyPolicy({ KeyId, PolicyName: "default" })).toMatchObject({
      Policy,
      PolicyName: "default",
    })
    await kms.as(bob).describeKey({ KeyId })
    await root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}), PolicyName: "default" })
    await kms.as(userOf(account, "anyone")).describeKey({ KeyId })
  })

  it("has the only name there is", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    expect(await root.listKeyPolicies({ KeyId })).toMatchObject({
      PolicyNames: ["default"],
      Truncated: false,
    })
    for (const PolicyName of ["Default", "other"]) {
      await expectRefusal(root.getKeyPolicy({ KeyId, PolicyName }), "NotFoundException")
      const putting = root.putKeyPolicy({ KeyId, PolicyName, Policy: keyPolicyOf({}) })
      await expectRefusal(putting, "NotFoundException")
    }
  })

  it("may have 32,768 bytes and not one more, counted as UTF-8", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const policy = keyPolicyOf({ Sid: "é" })
    const room = 32_768 - new TextEncoder().encode(policy).length
    await root.putKeyPolicy({ KeyId, Policy: policy + " ".repeat(room) })
    const tooLong = root.putKeyPolicy({ KeyId, Policy: policy + " ".repeat(room + 1) })
    await expectRefusal(tooLong, "LimitExceededException")
  })

  it.each(refusals)("is refused, and stays as it was, for %s", async (_, Policy, name, message) => {
    const { call, newKey, storage } = await openWorld()
    const KeyId = await newKey()
    const before = await dumpOf(storage)
    await expectRefusal(call("PutKeyPolicy", { KeyId, Policy }), name, message)
    expect(await dumpOf(storage)).toEqual(before)
  })
})

describe("the lockout check", () => {
  it("can be bypassed, and then the key is out of reach for good", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey()
    const Policy = keyPolicyOf({ Principal: { AWS: bob } })
    await root.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true })
    await expectRefusal(root.getKeyPolicy({ KeyId }), "AccessDeniedException")
    await root.createKey({ Policy, BypassPolicyLockoutSafetyCheck: true })
  })

  it("looks at the caller and not at the account of the engine", async () => {
    const admin = roleOf(account, "KeyAdmin")
    const { kms, root, newKey } = await openWorld({ identities: { [admin]: identityOf({}) } })
    const KeyId = await newKey()
    const Policy = keyPolicyOf({ Principal: { AWS: admin } })
    await expectRefusal(
      root.putKeyPolicy({ KeyId, Policy }),
      "MalformedPolicyDocumentException",
      lockout,
    )
    await kms.as(admin).putKeyPolicy({ KeyId, Policy })
    await expectRefusal(root.describeKey({ KeyId }), "AccessDeniedException")
    await kms.as(admin).putKeyPolicy({ KeyId, Policy: keyPolicyOf({}) })
  })

  it("does not save a caller whose identity policy denies PutKeyPolicy", async () => {
    const maker = roleOf(account, "Maker")
    const { kms } = await openWorld({
      identities: {
        [maker]: identityOf({}, { Effect: "Deny", Action: "kms:PutKeyPolicy" }),
      },
    })
    await expectRefusal(
      kms.as(maker).createKey({ Policy: keyPolicyOf({ Principal: { AWS: maker } }) }),
      "MalformedPolicyDocumentException",
      lockout,
    )
  })

  it("can be kept from being bypassed by a condition", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        {},
        {
          Effect: "Deny",
          Action: "kms:PutKeyPolicy",
          Condition: { Bool: { "kms:BypassPolicyLockoutSafetyCheck": "true" } },
        },
      ),
    })
    const Policy = keyPolicyOf({})
    await expectRefusal(
      root.putKeyPolicy({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }),
      "AccessDeniedException",
      /with an explicit deny in a resource-based policy$/,
    )
    await root.putKeyPolicy({ KeyId, Policy })
  })
})
