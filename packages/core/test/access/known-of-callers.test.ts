import { describe, expect, it } from "vitest"
import type { RequestContext } from "../../src/model/caller.js"
import { account, alice, app, keyArnOf, otherAccount, rootOf } from "../support/accounts.js"
import { dayMs, startMs } from "../support/clock.js"
import { identityOf, keyPolicyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

/*
 * What conditions see of a caller and of its request, and where they see nothing.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS condition keys"; IAM User Guide, "AWS global condition
 * context keys".
 */

const denied = "AccessDeniedException"
const Plaintext = Uint8Array.of(1)
const service = "logs.us-east-1.amazonaws.com"
const federated = `arn:aws:sts::${account}:federated-user/eve`

type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** The effect of a policy that allows a caller everything where a condition holds. */
async function effectFor(
  principal: string,
  operation: string,
  condition: Condition,
  { context, input }: { context?: RequestContext; input?: object } = {},
) {
  const { policies = [] } = identityOf({ Condition: condition })
  // A federated user may do what its session policies allow, too.
  const identities = { [principal]: { policies, sessionPolicies: policies } }
  const { kms, newKey } = await openWorld({ identities })
  const KeyId = await newKey()
  const asked = operation.startsWith("List") || operation === "GenerateRandom" ? {} : { KeyId }
  const call = { ...asked, ...input }
  return kms.explain({ principal, context }, operation, call)
}

describe("the date until which key material is imported", () => {
  const days = (count: number) => new Date(startMs + count * dayMs)
  const seconds = (date: Date) => `${date.getTime() / 1000}.0`
  const importUntil = (ValidTo: Date) => ({
    input: {
      ImportToken: Plaintext,
      EncryptedKeyMaterial: Plaintext,
      ExpirationModel: "KEY_MATERIAL_EXPIRES",
      ValidTo,
    },
  })

  it.each([
    ["NumericLessThanEquals", days(30), days(10), "allow"],
    ["NumericLessThanEquals", days(30), days(30), "allow"],
    ["NumericLessThanEquals", days(30), days(31), "implicitDeny"],
    ["NumericGreaterThan", days(30), days(31), "allow"],
    ["NumericGreaterThan", days(30), days(10), "implicitDeny"],
    ["DateLessThan", days(30), days(10), "allow"],
    ["DateLessThan", days(30), days(31), "implicitDeny"],
  ] as const)(
    "is compared as Unix seconds: %s %j, given %j",
    async (operator, limit, given, effect) => {
      const condition = { [operator]: { "kms:ValidTo": seconds(limit) } }
      const asked = await effectFor(alice, "ImportKeyMaterial", condition, importUntil(given))
      expect(asked.effect).toBe(effect)
    },
  )
})

describe("kms:CallerAccount", () => {
  it("is absent for a service principal, so that a key for an account is open to no service", async () => {
    const { kms, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        {},
        {
          Effect: "Deny",
          Action: "kms:Encrypt",
          Condition: { StringNotEquals: { "kms:CallerAccount": account } },
        },
      ),
    })
    await expectRefusal(kms.as(service).encrypt({ KeyId, Plaintext }), denied)
    const open = await newKey({
      Policy: keyPolicyOf(
        { Principal: { AWS: rootOf(account) } },
        {
          Principal: "*",
          Action: "kms:Encrypt",
          Condition: { StringEquals: { "kms:CallerAccount": account } },
        },
      ),
    })
    await kms.as(alice).encrypt({ KeyId: open, Plaintext })
    await expectRefusal(kms.as(service).encrypt({ KeyId: open, Plaintext }), denied)
    await expectRefusal(
      kms.as(rootOf(otherAccount)).encrypt({ KeyId: keyArnOf(open), Plaintext }),
      denied,
    )
  })

  it.each(["ListKeys", "ListAliases", "GenerateRandom"])(
    "is absent for %s, as is kms:ViaService",
    async (operation) => {
      const context = { viaService: "s3.us-east-1.amazonaws.com" }
      const input = operation === "GenerateRandom" ? { NumberOfBytes: 1 } : {}
      for (const key of ["kms:CallerAccount", "kms:ViaService"]) {
        const absent = await effectFor(
          alice,
          operation,
          { Null: { [key]: "true" } },
          { context, input },
        )
        expect([key, absent.effect]).toEqual([key, "allow"])
      }
    },
  )

  it("is absent for the alias of an operation on an alias, and there for its key", async () => {
    const condition = { Null: { "kms:CallerAccount": "true" } }
    const identities = { [alice]: identityOf({ Condition: condition }) }
    const { kms, newKey } = await openWorld({ identities })
    const TargetKeyId = await newKey()
    const asked = await kms.explain(alice, "CreateAlias", { AliasName: "alias/y", TargetKeyId })
    const effects = asked.permissions.map(({ resource, explanation }) => [
      resource.includes(":alias/"),
      explanation.decision.effect,
    ])
    expect(effects).toEqual([
      [true, "allow"],
      [false, "implicitDeny"],
    ])
  })
})

describe("temporary credentials", () => {
  const mfa = { Bool: { "aws:MultiFactorAuthPresent": "false" } }

  it.each([app, federated])("of %s carry no MFA unless the host says so", async (principal) => {
    expect((await effectFor(principal, "ListKeys", mfa)).effect).toBe("allow")
    const context = { conditionKeys: { "aws:MultiFactorAuthPresent": true } }
    expect((await effectFor(principal, "ListKeys", mfa, { context })).effect).toBe("implicitDeny")
  })

  it("are what a user's access keys are not: of them nothing is said of MFA", async () => {
    const absent = { Null: { "aws:MultiFactorAuthPresent": "true" } }
    expect((await effectFor(alice, "ListKeys", absent)).effect).toBe("allow")
  })
})

describe("a service principal", () => {
  it("is found in aws:PrincipalServiceNamesList", async () => {
    const { kms, newKey } = await openWorld()
    const names = (name: string) => ({
      Policy: keyPolicyOf(
        { Principal: { AWS: rootOf(account) } },
        {
          Principal: "*",
          Action: "kms:Encrypt",
          Condition: { "ForAnyValue:StringEquals": { "aws:PrincipalServiceNamesList": name } },
        },
      ),
    })
    await kms.as(service).encrypt({ KeyId: await newKey(names(service)), Plaintext })
    const other = { KeyId: await newKey(names("s3.amazonaws.com")), Plaintext }
    await expectRefusal(kms.as(service).encrypt(other), denied)
  })
})
