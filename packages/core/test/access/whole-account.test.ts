import { describe, expect, it } from "vitest"
import { account, alice, otherAccount, rootOf } from "../support/accounts.js"
import { identityOf, policyOf } from "../support/policies.js"
import { outcomeOf } from "../support/refusals.js"
import { openWorld, type World } from "../support/world.js"

/*
 * Operations that are about no key: what a statement must name to be about them.
 *
 * Source: AWS KMS Developer Guide, "AWS KMS permissions".
 */

const operations: readonly (readonly [string, object])[] = [
  ["CreateKey", {}],
  ["ListKeys", {}],
  ["ListAliases", {}],
  ["GenerateRandom", { NumberOfBytes: 1 }],
  ["DescribeCustomKeyStores", {}],
]

const arn = (where: string, owner: string, rest: string) => `arn:aws:kms:${where}:${owner}:${rest}`

const covering = [
  "*",
  arn("us-east-1", account, "*"),
  arn("*", account, "*"),
  arn("us-east-?", "*", "*"),
]
const missing = [
  arn("eu-west-1", account, "*"),
  arn("us-east-1", otherAccount, "*"),
  arn("us-east-1", account, "key/*"),
  arn("us-east-1", account, "alias/*"),
]

/** How a call ends in a world. */
const outcomeIn = ({ kms }: World, operation: string, input: object, principal = alice) =>
  outcomeOf(kms.call({ principal, context: { sourceVpce: "vpce-1" } }, operation, input))

describe.each(operations)("%s", (operation, input) => {
  it("is allowed on everything, or on the account in the region, and on nothing less", async () => {
    for (const [Resource, outcome] of [
      ...covering.map((one) => [one, "OK"] as const),
      ...missing.map((one) => [one, "AccessDeniedException"] as const),
    ]) {
      const world = await openWorld({ identities: { [alice]: identityOf({ Resource }) } })
      expect([Resource, await outcomeIn(world, operation, input)]).toEqual([Resource, outcome])
    }
  })

  it("is denied on the account in the region, in every kind of policy", async () => {
    const identity = identityOf({})
    for (const [Resource, outcome] of [
      ...covering.map((one) => [one, "AccessDeniedException"] as const),
      ...missing.map((one) => [one, "OK"] as const),
    ]) {
      const denying = policyOf({}, { Effect: "Deny", Resource })
      const levels = [{ target: "r-1", policies: [denying] }]
      const vpcEndpointPolicies = {
        "vpce-1": policyOf({ Principal: "*" }, { Effect: "Deny", Principal: "*", Resource }),
      }
      const identities = { [alice]: identity }
      for (const options of [
        { identities: { [alice]: { policies: [denying] } } },
        { identities: { [alice]: { ...identity, permissionsBoundary: denying } } },
        { identities, guardrails: { scps: [{ account, levels }] } },
        { identities, guardrails: { vpcEndpointPolicies } },
      ]) {
        const ended = await outcomeIn(await openWorld(options), operation, input)
        expect([Resource, Object.keys(options), ended]).toEqual([
          Resource,
          Object.keys(options),
          outcome,
        ])
      }
    }
  })

  it("is about `*` in the words of a refusal and of an explanation", async () => {
    const { kms } = await openWorld()
    const { permissions } = await kms.explain(alice, operation, input)
    expect(permissions.map(({ resource }) => resource)).toEqual(["*"])
    expect(permissions[0]?.refusal).toContain(`kms:${operation} on resource: * because`)
  })

  it("is open to the root user without any policy", async () => {
    expect(await outcomeIn(await openWorld(), operation, input, rootOf(account))).toBe("OK")
  })
})
