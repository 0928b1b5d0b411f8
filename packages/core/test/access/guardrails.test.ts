import type { PolicyDocument } from "@keywright/policy"
import { describe, it } from "vitest"
import type { RequestContext } from "../../src/model/caller.js"
import type { Guardrails } from "../../src/ports/guardrails.js"
import type { Identity } from "../../src/ports/identities.js"
import { account, app, keyArnOf, rootOf } from "../support/accounts.js"
import { keyPolicyOf, mayDoAll, policyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const appSession = `arn:aws:sts::${account}:assumed-role/App/keywright`
const denied = "AccessDeniedException"

/** What stands around an allow, and the words for what it takes away. */
describe("a limit", () => {
  const limits: readonly (readonly [string, Identity, Guardrails, RequestContext, string])[] = [
    [
      "permissions boundary",
      { ...mayDoAll, permissionsBoundary: policyOf({ Action: "kms:ListKeys" }) },
      {},
      {},
      "permissions boundary",
    ],
    [
      "session policy",
      { ...mayDoAll, sessionPolicies: [policyOf({ Action: "kms:ListKeys" })] },
      {},
      {},
      "session policy",
    ],
    [
      "service control policy",
      mayDoAll,
      guard("scps", policyOf({ Action: "kms:ListKeys" })),
      {},
      "service control policy",
    ],
    [
      "VPC endpoint policy",
      mayDoAll,
      { vpcEndpointPolicies: { "vpce-1": endpoint("kms:ListKeys") } },
      { sourceVpce: "vpce-1" },
      "VPC endpoint policy",
    ],
  ]

  it.each(limits)("that is silent refuses: %s", async (_, identity, guardrails, context, words) => {
    const { kms } = await openWorld({ identities: { [app]: identity }, guardrails })
    const client = kms.as(app, context)
    await client.listKeys({})
    await expectRefusal(
      client.listAliases({}),
      denied,
      `User: ${appSession} is not authorized to perform: kms:ListAliases on resource: * because no ` +
        `${words} allows the kms:ListAliases action`,
    )
  })

  const deny = policyOf({}, { Effect: "Deny", Action: "kms:Encrypt" })
  const denies: readonly (readonly [string, Identity, Guardrails, RequestContext, string])[] = [
    ["identity policy", { policies: [deny] }, {}, {}, "an identity-based policy"],
    [
      "permissions boundary",
      { ...mayDoAll, permissionsBoundary: deny },
      {},
      {},
      "a permissions boundary",
    ],
    ["session policy", { ...mayDoAll, sessionPolicies: [deny] }, {}, {}, "a session policy"],
    ["service control policy", mayDoAll, guard("scps", deny), {}, "a service control policy"],
    ["resource control policy", mayDoAll, guard("rcps", rcp()), {}, "a resource control policy"],
    [
      "VPC endpoint policy",
      mayDoAll,
      { vpcEndpointPolicies: { "vpce-1": endpoint("kms:*", "kms:Encrypt") } },
      { sourceVpce: "vpce-1" },
      "a VPC endpoint policy",
    ],
  ]

  it.each(denies)(
    "that denies beats every allow: %s",
    async (_, identity, guardrails, context, words) => {
      const { kms, newKey } = await openWorld({ identities: { [app]: identity }, guardrails })
      const KeyId = await newKey({ Policy: keyPolicyOf({}) })
      const client = kms.as(app, context)
      await client.describeKey({ KeyId })
      await expectRefusal(
        client.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }),
        denied,
        `User: ${appSession} is not authorized to perform: kms:Encrypt on resource: ` +
          `${keyArnOf(KeyId)} with an explicit deny in ${words}`,
      )
    },
  )

  it("of an endpoint counts only for calls through it, and an unknown endpoint has none", async () => {
    const guardrails = { vpcEndpointPolicies: { "vpce-1": endpoint("kms:ListKeys") } }
    const { kms } = await openWorld({ guardrails })
    await kms.as(rootOf(account)).listAliases({})
    await kms.as(rootOf(account), { sourceVpce: "vpce-2" }).listAliases({})
    await expectRefusal(kms.as(rootOf(account), { sourceVpce: "vpce-1" }).listAliases({}), denied)
    await kms.as(rootOf(account), { sourceVpce: "constructor" }).listAliases({})
  })
})

function guard(kind: "scps" | "rcps", policy: PolicyDocument): Guardrails {
  return { [kind]: [{ account, levels: [{ target: "root", policies: [policy] }] }] }
}

function endpoint(allowed: string, forbidden?: string): string {
  return keyPolicyOf(
    { Action: allowed, Principal: "*" },
    ...(forbidden === undefined
      ? []
      : [{ Effect: "Deny" as const, Action: forbidden, Principal: "*" }]),
  )
}

function rcp(): string {
  return keyPolicyOf({ Effect: "Deny", Action: "kms:Encrypt", Principal: "*" })
}
