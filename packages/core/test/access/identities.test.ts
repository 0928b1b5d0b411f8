import { describe, expect, it } from "vitest"
import type { RequestContext } from "../../src/model/caller.js"
import type { Guardrails } from "../../src/ports/guardrails.js"
import type { Identity } from "../../src/ports/identities.js"
import { account, alice, app } from "../support/accounts.js"
import { identityOf, keyPolicyOf, mayDoAll, policyOf } from "../support/policies.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const denied = "AccessDeniedException"
const session = `arn:aws:sts::${account}:assumed-role/App/blue`
const federated = `arn:aws:sts::${account}:federated-user/eve`
const all = policyOf({})
const nothing = policyOf({ Effect: "Deny" })
const lists = policyOf({ Action: "kms:ListKeys" })

type Directory = Readonly<Record<string, Identity>>

/** How ListKeys ends for a caller. */
async function outcomeFor(
  identities: Directory,
  principal: string = session,
  context?: RequestContext,
) {
  const { kms } = await openWorld({ identities })
  return outcomeOf(kms.as(principal, context).listKeys({}))
}

describe("what is known of a session", () => {
  it("comes on top of the policies of its role, which always bind", async () => {
    const sessionPolicies = [all]
    expect(await outcomeFor({ [app]: { policies: [all] }, [session]: { sessionPolicies } })).toBe(
      "OK",
    )
    const role = { policies: [all, nothing] }
    expect(await outcomeFor({ [app]: role, [session]: { sessionPolicies } })).toBe(denied)
    expect(await outcomeFor({ [app]: role, [session]: { policies: [all] } })).toBe(denied)
  })

  it("never gets rid of the permissions boundary of its role", async () => {
    const role = { policies: [all], permissionsBoundary: lists }
    const identities = { [app]: role, [session]: { policies: [all], tags: { team: "blue" } } }
    expect(await outcomeFor(identities)).toBe("OK")
    const { kms } = await openWorld({ identities })
    await expectRefusal(kms.as(session).listAliases({}), denied)
  })

  it("binds also where a key policy names the session or everybody", async () => {
    const identities = {
      [app]: { policies: [policyOf({ Effect: "Deny", Action: "kms:Encrypt" })] },
      [session]: { sessionPolicies: [all] },
    }
    const { kms, newKey } = await openWorld({ identities })
    const KeyId = await newKey({ Policy: keyPolicyOf({}, { Principal: { AWS: session } }) })
    await kms.as(session).describeKey({ KeyId })
    await expectRefusal(kms.as(session).encrypt({ KeyId, Plaintext: Uint8Array.of(1) }), denied)
  })

  it("comes with the request where only that knows the session, and binds as well", async () => {
    const { kms, newKey } = await openWorld({ identities: { [app]: { policies: [all] } } })
    await kms.as(session).listKeys({})
    await kms.as(session, { session: { sessionPolicies: [all] } }).listKeys({})
    const limited = kms.as(session, { session: { sessionPolicies: [lists] } })
    await limited.listKeys({})
    await expectRefusal(limited.listAliases({}), denied)
    // What is said with one request holds for no other.
    await kms.as(session).listAliases({})
    // A session of a role that nobody knows has no more than it was given.
    const other = `arn:aws:sts::${account}:assumed-role/Other/x`
    await expectRefusal(kms.as(other, { session: { sessionPolicies: [all] } }).listKeys({}), denied)
    const Condition = { StringEquals: { "aws:PrincipalTag/team": "blue" } }
    const owner = { Principal: { AWS: account } }
    const Policy = keyPolicyOf(owner, { Action: "kms:DescribeKey", Principal: "*", Condition })
    const KeyId = await newKey({ Policy })
    await kms.as(other, { session: { tags: { Team: "blue" } } }).describeKey({ KeyId })
    await expectRefusal(kms.as(other, { session: { tags: {} } }).describeKey({ KeyId }), denied)
  })

  it("adds session policies, tags and condition keys, and its tags win in any letter case", async () => {
    const asks = (key: string, value: string) => ({
      policies: [policyOf({ Condition: { StringEquals: { [key]: value } } })],
      tags: { Team: "red", cost: "1" },
      conditionKeys: { "aws:SourceIdentity": "nobody" },
    })
    const onTop = { tags: { team: "blue" }, conditionKeys: { "aws:sourceidentity": "eve" } }
    for (const [key, value, outcome] of [
      ["aws:PrincipalTag/team", "blue", "OK"],
      ["aws:PrincipalTag/team", "red", denied],
      ["aws:PrincipalTag/cost", "1", "OK"],
      ["aws:SourceIdentity", "eve", "OK"],
      ["aws:SourceIdentity", "nobody", denied],
    ] as const) {
      expect([key, value, await outcomeFor({ [app]: asks(key, value), [session]: onTop })]).toEqual(
        [key, value, outcome],
      )
    }
    const limited = { [app]: { policies: [all] }, [session]: { sessionPolicies: [nothing] } }
    expect(await outcomeFor(limited)).toBe(denied)
  })

  it("is found for a caller that is named by its role, too", async () => {
    const identities = { [app]: { policies: [nothing] }, [session]: mayDoAll }
    expect(await outcomeFor(identities, app, { sessionName: "blue" })).toBe(denied)
  })

  it("holds of a federated user and of the user that issued its credentials", async () => {
    const issued = { issuerUserArn: alice }
    const user = { policies: [all], permissionsBoundary: lists }
    const eve = { sessionPolicies: [all] }
    expect(await outcomeFor({ [alice]: user, [federated]: eve }, federated, issued)).toBe("OK")
    const without = { [alice]: { permissionsBoundary: lists }, [federated]: eve }
    expect(await outcomeFor(without, federated, issued)).toBe(denied)
  })

  it("is refused when both it and its role have a boundary: neither would be the limit of both", async () => {
    for (const role of [app, app.replace("role/", "role/team/blue/")]) {
      const identities = {
        [role]: { policies: [all], permissionsBoundary: all },
        [session]: { permissionsBoundary: lists },
      }
      await expect(openWorld({ identities })).rejects.toThrow(/permissionsBoundary/)
      const { kms } = await openWorld({ identities: (arn) => identities[arn] })
      const call = kms.as(session, { roleArn: role }).listKeys({})
      expect(await outcomeOf(call)).toBe("KMSInternalException")
    }
  })

  it("has no tag that passes for one of its role by a letter that looks alike", async () => {
    const denies = { StringEquals: { "aws:PrincipalTag/Kind": "restricted" } }
    const policies = [all, policyOf({ Effect: "Deny", Condition: denies })]
    const role = { policies, tags: { Kind: "restricted" } }
    const kelvin = { tags: { "\u212Aind": "free" } }
    expect(await outcomeFor({ [app]: role, [session]: kelvin })).toBe(denied)
  })
})

describe("identities and guardrails that are given as objects", () => {
  const open = (more: object) => openWorld(more as Parameters<typeof openWorld>[0])

  it("refuse to be changed in place, because the engine has compiled them", async () => {
    const policies = [policyOf({ Action: ["kms:ListKeys"] })]
    const identities: Record<string, { policies: object[] }> = { [alice]: { policies } }
    const scp = policyOf({})
    const guardrails = {
      scps: [{ account, levels: [{ target: "r-1", policies: [scp] }] }],
    } satisfies Guardrails
    const { kms } = await openWorld({ identities, guardrails })
    await kms.as(alice).listKeys({})
    expect(() => policies.push(nothing)).toThrow(TypeError)
    expect(() => Object.assign(identities[alice] ?? {}, { policies: [nothing] })).toThrow(TypeError)
    expect(() => Object.assign(identities, { [app]: mayDoAll })).toThrow(TypeError)
    expect(() => (policies[0] as ReturnType<typeof policyOf>).Statement.pop()).toThrow(TypeError)
    expect(() => scp.Statement.pop()).toThrow(TypeError)
  })

  it("refuse it also below what the host has frozen already", async () => {
    const policies = [policyOf({})]
    await openWorld({ identities: Object.freeze({ [alice]: Object.freeze({ policies }) }) })
    expect(() => policies.push(nothing)).toThrow(TypeError)
  })

  const workedOut = { enumerable: true, get: () => [all] }

  it.each<[string, () => object]>([
    [
      "an entry of a class",
      () =>
        new (class {
          policies = [all]
        })(),
    ],
    ["an entry that inherits", () => Object.create({ policies: [all] })],
    ["an entry that is worked out", () => Object.defineProperty({}, "policies", workedOut)],
    ["a policy of a class", () => ({ policies: [Object.assign(new (class {})(), all)] })],
  ])("refuse %s, which goes on changing when it is frozen", async (_, entry) => {
    await expect(open({ identities: { [alice]: entry() } })).rejects.toThrow(/plain objects/)
  })

  const level = { target: "r-1", policies: [all] }

  it.each<[string, object, RegExp]>([
    ["a member that there is not", { identities: { [alice]: { policy: [all] } } }, /"policy"/],
    [
      "a boundary misspelt",
      { identities: { [alice]: { permissionBoundary: all } } },
      /permissionB/,
    ],
    ["a policy that is no list", { identities: { [alice]: { policies: all } } }, /"policies"/],
    ["a policy that is none", { identities: { [alice]: { policies: [null] } } }, /a policy doc/],
    ["a policy that is a number", { identities: { [alice]: { policies: [7] } } }, /a policy doc/],
    ["a policy that cannot be read", { identities: { [alice]: { policies: ["{"] } } }, /\[0\]/],
    [
      "a boundary that cannot be read",
      { identities: { [alice]: { permissionsBoundary: {} } } },
      /Bound/,
    ],
    ["a tag that is no text", { identities: { [alice]: { tags: { team: 1 } } } }, /"team"/],
    ["a name that no caller has", { identities: { alice: mayDoAll } }, /"alice"/],
    ["an entry that is none", { identities: { [alice]: null } }, /alice/],
    ["a guardrail misspelt", { guardrails: { scp: [] } }, /"scp"/],
    [
      "a level without policies",
      { guardrails: { scps: [{ account, levels: [{ target: "r" }] }] } },
      /"levels"/,
    ],
    [
      "an account that is none",
      { guardrails: { rcps: [{ account: "1", levels: [level] }] } },
      /"account"/,
    ],
    [
      "an endpoint policy that cannot be read",
      { guardrails: { vpcEndpointPolicies: { "vpce-1": "" } } },
      /vpce-1/,
    ],
  ])("refuse %s when the engine is made, and say where", async (_, more, place) => {
    await expect(open(more)).rejects.toThrow(TypeError)
    await expect(open(more)).rejects.toThrow(place)
  })

  it("hold what a function answers at the time of each call", async () => {
    let known: Identity | undefined
    const { kms } = await openWorld({ identities: () => known })
    await expectRefusal(kms.as(alice).listKeys({}), denied)
    known = identityOf({})
    await kms.as(alice).listKeys({})
  })
})
