import { describe, expect, it } from "vitest"
import { account, alice, app, otherAccount, roleOf, rootOf } from "../support/accounts.js"
import { ending, openGranted } from "../support/grants.js"
import { openHost } from "../support/hosts.js"
import { keyPolicyOf } from "../support/policies.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const Plaintext = new Uint8Array([1, 2, 3])
const context = { tenant: "42" }

describe("a grant", () => {
  it("lets its grantee do what it names, and nothing else", async () => {
    const { root, KeyId, app: client } = await openGranted()
    await expectRefusal(client.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    await root.createGrant({ KeyId, GranteePrincipal: app, Operations: ["Encrypt"] })
    const { CiphertextBlob } = await client.encrypt({ KeyId, Plaintext })
    await expectRefusal(client.decrypt({ CiphertextBlob }), "AccessDeniedException")
  })

  it.each([
    ["a role, for each of its sessions", app, roleOf(account)],
    ["one session of a role", `arn:aws:sts::${account}:assumed-role/App/one`, undefined],
    ["a user", alice, alice],
    ["a federated user", `arn:aws:sts::${account}:federated-user/fed`, undefined],
    ["the account, for its root user", rootOf(account), rootOf(account)],
    ["a role of another account", roleOf(otherAccount), roleOf(otherAccount)],
  ])("may name %s as its grantee", async (_, GranteePrincipal, caller = GranteePrincipal) => {
    const { root, kms, newKey } = await openWorld()
    const Policy = keyPolicyOf({ Principal: { AWS: alice } })
    const KeyId = await newKey({ Policy, BypassPolicyLockoutSafetyCheck: true })
    const Operations = ["DescribeKey" as const]
    await expectRefusal(
      root.createGrant({ KeyId, GranteePrincipal, Operations }),
      "AccessDeniedException",
    )
    await kms.as(alice).createGrant({ KeyId, GranteePrincipal, Operations })
    const { KeyMetadata } = await kms.as(caller).describeKey({
      KeyId: `arn:aws:kms:us-east-1:${account}:key/${KeyId}`,
    })
    expect(KeyMetadata?.KeyId).toBe(KeyId)
  })

  it("has one constraint on the encryption context at most, be one of them empty", async () => {
    const { root, KeyId } = await openGranted()
    for (const EncryptionContextEquals of [context, {}]) {
      const Constraints = { EncryptionContextEquals, EncryptionContextSubset: context }
      await expectRefusal(
        root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"], Constraints }),
        "ValidationException",
        "More than one constraint supplied",
      )
    }
  })

  it("keeps a pair called __proto__ in its constraint", async () => {
    const { root, app: grantee, KeyId } = await openGranted()
    const pair = JSON.parse('{"__proto__":"x"}')
    const Constraints = { EncryptionContextSubset: pair }
    await root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"], Constraints })
    await expectRefusal(grantee.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    await grantee.encrypt({ KeyId, Plaintext, EncryptionContext: pair })
    const { Grants } = await root.listGrants({ KeyId })
    expect(JSON.stringify(Grants?.[0]?.Constraints)).toContain('{"__proto__":"x"}')
  })

  it.each([
    ["EncryptionContextEquals", { tenant: "42" }, { tenant: "42" }, "OK"],
    [
      "EncryptionContextEquals",
      { tenant: "42" },
      { tenant: "42", more: "1" },
      "AccessDeniedException",
    ],
    ["EncryptionContextEquals", { tenant: "42" }, {}, "AccessDeniedException"],
    ["EncryptionContextSubset", { tenant: "42" }, { tenant: "42", more: "1" }, "OK"],
    ["EncryptionContextSubset", { tenant: "42" }, { Tenant: "42" }, "AccessDeniedException"],
    ["EncryptionContextSubset", { tenant: "42" }, { tenant: "43" }, "AccessDeniedException"],
  ])("with %s %j and the context %j ends in %s", async (constraint, wanted, given, outcome) => {
    const { root, KeyId, app: client } = await openGranted()
    const Constraints = { [constraint]: wanted }
    await root.createGrant({ KeyId, GranteePrincipal: app, Operations: ["Encrypt"], Constraints })
    const call = client.encrypt({ KeyId, Plaintext, EncryptionContext: given })
    expect(await outcomeOf(call)).toBe(outcome)
  })

  it("with a source ARN counts for a service that acts for that resource", async () => {
    const { root, kms, KeyId } = await openGranted()
    const service = "dynamodb.amazonaws.com"
    const table = `arn:aws:dynamodb:us-east-1:${account}:table/orders`
    await root.createGrant({
      KeyId,
      GranteeServicePrincipal: service,
      RetiringPrincipal: app,
      Operations: ["Encrypt"],
      Constraints: { SourceArn: table },
    })
    const from = (sourceArn: string) => kms.as(service, { sourceArn }).encrypt({ KeyId, Plaintext })
    expect(await outcomeOf(from(table))).toBe("OK")
    expect(await outcomeOf(from(`${table}2`))).toBe("AccessDeniedException")
  })

  it("does not stand against an explicit deny", async () => {
    const { root, kms, newKey } = await openWorld()
    const Policy = keyPolicyOf(
      { Principal: { AWS: rootOf(account) } },
      { Effect: "Deny", Principal: { AWS: app }, Action: "kms:Encrypt" },
    )
    const KeyId = await newKey({ Policy })
    await root.createGrant({ KeyId, GranteePrincipal: app, Operations: ["Encrypt"] })
    await expectRefusal(
      kms.as(app).encrypt({ KeyId, Plaintext }),
      "AccessDeniedException",
      /explicit deny in a resource-based policy$/,
    )
  })

  it("is honoured and ended by the next request to any host", async () => {
    const { kms, root, storage, KeyId, clock } = await openGranted()
    const other = await openHost({ storage, clock })
    const elsewhere = other.as(app)
    await expectRefusal(elsewhere.encrypt({ KeyId, Plaintext }), "AccessDeniedException")
    const { GrantId } = await root.createGrant({
      KeyId,
      GranteePrincipal: app,
      Operations: ["Encrypt"],
    })
    await elsewhere.encrypt({ KeyId, Plaintext })
    await other.as(kms.administrator).revokeGrant({ KeyId, GrantId })
    await expectRefusal(kms.as(app).encrypt({ KeyId, Plaintext }), "AccessDeniedException")
  })

  it("ends with its key", async () => {
    const { root, kms, storage, clock, KeyId } = await openGranted()
    for (let i = 0; i < 45; i += 1) {
      await root.createGrant({
        KeyId,
        GranteePrincipal: app,
        RetiringPrincipal: alice,
        Operations: ["Encrypt"],
        Name: `n${i}`,
      })
    }
    await root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(8)
    const { Grants } = await kms
      .as(kms.administrator)
      .listRetirableGrants({ RetiringPrincipal: alice })
    expect(Grants).toEqual([])
    expect(await kms.sweep()).toMatchObject({ keysDeleted: 1 })
    expect(Object.keys(await dumpOf(storage))).toEqual(["domain", "domain-copy"])
  })
})

describe("the name of a grant", () => {
  const named = { GranteePrincipal: app, Operations: ["Encrypt" as const], Name: "retry" }

  it("makes the same request answer the same grant under a fresh token", async () => {
    const { root, KeyId } = await openGranted()
    const first = await root.createGrant({ KeyId, ...named })
    const second = await root.createGrant({ KeyId, ...named })
    expect(second.GrantId).toBe(first.GrantId)
    expect(second.GrantToken).not.toBe(first.GrantToken)
    expect((await root.listGrants({ KeyId })).Grants).toHaveLength(1)
  })

  it("does not join requests that differ, and no name joins none", async () => {
    const { root, KeyId } = await openGranted()
    const ids = new Set<string | undefined>()
    for (const other of [
      named,
      { ...named, Operations: ["Encrypt" as const, "Decrypt" as const] },
      { ...named, GranteePrincipal: alice },
      { ...named, Constraints: { EncryptionContextEquals: context } },
      { ...named, Constraints: { EncryptionContextSubset: context } },
      { ...named, Name: undefined },
      { ...named, Name: undefined },
    ]) {
      ids.add((await root.createGrant({ KeyId, ...other })).GrantId)
    }
    expect(ids.size).toBe(7)
  })

  it("can be used again once its grant has ended", async () => {
    const { root, KeyId } = await openGranted()
    const { GrantId } = await root.createGrant({ KeyId, ...named })
    await root.revokeGrant({ KeyId, GrantId })
    const again = await root.createGrant({ KeyId, ...named })
    expect(again.GrantId).not.toBe(GrantId)
  })
})

describe("a child grant", () => {
  async function openParent() {
    const world = await openGranted()
    await world.root.createGrant({
      KeyId: world.KeyId,
      GranteePrincipal: app,
      Operations: ["CreateGrant", "Encrypt"],
      Constraints: { EncryptionContextSubset: context },
    })
    return world
  }

  it.each([
    ["no more and no less", "OK", ["Encrypt"], { EncryptionContextSubset: context }],
    ["a stricter subset", "OK", ["Encrypt"], { EncryptionContextSubset: { ...context, a: "1" } }],
    [
      "an exact context that holds the pairs",
      "OK",
      ["Encrypt"],
      { EncryptionContextEquals: context },
    ],
    [
      "an operation more",
      "AccessDeniedException",
      ["Encrypt", "Decrypt"],
      { EncryptionContextSubset: context },
    ],
    [
      "another context",
      "AccessDeniedException",
      ["Encrypt"],
      { EncryptionContextSubset: { tenant: "43" } },
    ],
    ["no constraint", "AccessDeniedException", ["Encrypt"], undefined],
  ] as const)("may permit %s: %s", async (_, outcome, Operations, Constraints) => {
    const { app: client, KeyId } = await openParent()
    const call = client.createGrant({
      KeyId,
      GranteePrincipal: alice,
      Operations: [...Operations],
      Constraints,
    })
    expect(await outcomeOf(call)).toBe(outcome)
  })
})

describe("a grant token", () => {
  it("that opens no grant of the key is as if it were not there", async () => {
    const { root, app: grantee, KeyId } = await openGranted()
    const made = () => root.createGrant({ KeyId, ...ending, Operations: ["Encrypt"] })
    const [retired, revoked] = [await made(), await made()]
    await root.retireGrant({ GrantToken: retired.GrantToken })
    await root.revokeGrant({ KeyId, GrantId: revoked.GrantId })
    const other = (await root.createKey({})).KeyMetadata?.KeyId
    const elsewhere = await root.createGrant({ KeyId: other, ...ending, Operations: ["Encrypt"] })
    const stale = [retired, revoked, elsewhere].map(({ GrantToken = "" }) => GrantToken)
    for (const GrantTokens of [["grant"], ["S0cB"], stale]) {
      const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext, GrantTokens })
      await root.decrypt({ CiphertextBlob, GrantTokens })
      await root.generateDataKey({ KeyId, KeySpec: "AES_256", GrantTokens })
      await root.describeKey({ KeyId, GrantTokens })
      await root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId, GrantTokens })
      await root.createGrant({ KeyId, ...ending, Operations: ["Decrypt"], GrantTokens })
      // And they allow nothing.
      const unallowed = grantee.encrypt({ KeyId, Plaintext, GrantTokens })
      await expectRefusal(unallowed, "AccessDeniedException")
    }
  })
})

describe("the lists of grants", () => {
  it("page through all grants, by key, grantee and id", async () => {
    const { root, KeyId } = await openGranted()
    const ids: (string | undefined)[] = []
    for (let i = 0; i < 7; i += 1) {
      const GranteePrincipal = i % 2 === 0 ? app : alice
      const { GrantId } = await root.createGrant({
        KeyId,
        GranteePrincipal,
        Operations: ["Encrypt"],
      })
      ids.push(GrantId)
    }
    const seen: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await root.listGrants({ KeyId, Limit: 3, Marker })
      seen.push(...(page.Grants ?? []).map((grant) => grant.GrantId))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(seen.toSorted()).toEqual(ids.toSorted())
    const ofApp = await root.listGrants({ KeyId, GranteePrincipal: app })
    expect(ofApp.Grants).toHaveLength(4)
    const one = await root.listGrants({ KeyId, GrantId: ids[3] })
    expect(one.Grants).toMatchObject([
      {
        GrantId: ids[3],
        GranteePrincipal: alice,
        IssuingAccount: rootOf(account),
        Name: "",
        Operations: ["Encrypt"],
      },
    ])
  })

  it("are of one grantee, who is a principal or a service", async () => {
    const { root, KeyId } = await openGranted()
    const both = { GranteePrincipal: app, GranteeServicePrincipal: "dynamodb.amazonaws.com" }
    await expectRefusal(
      root.listGrants({ KeyId, ...both }),
      "ValidationException",
      "Specify either GranteePrincipal or GranteeServicePrincipal.",
    )
  })

  it("tell a retiring principal of its account's what it may retire", async () => {
    const { root, stranger, kms, KeyId } = await openGranted()
    await root.createGrant({
      KeyId,
      GranteePrincipal: app,
      RetiringPrincipal: roleOf(otherAccount),
      Operations: ["Encrypt"],
    })
    const asked = { RetiringPrincipal: roleOf(otherAccount) }
    expect((await stranger.listRetirableGrants(asked)).Grants).toHaveLength(1)
    await expectRefusal(root.listRetirableGrants(asked), "AccessDeniedException")
    await kms.as(roleOf(otherAccount)).retireGrant({
      KeyId: `arn:aws:kms:us-east-1:${account}:key/${KeyId}`,
      GrantId: (await root.listGrants({ KeyId })).Grants?.[0]?.GrantId,
    })
    expect((await stranger.listRetirableGrants(asked)).Grants).toEqual([])
  })
})

describe("CreateGrant refuses", () => {
  const grantee = { GranteePrincipal: app }
  it.each([
    ["no grantee", {}, "ValidationException"],
    ["two grantees", { ...grantee, GranteeServicePrincipal: "a.b.com" }, "ValidationException"],
    [
      "a service without a source ARN",
      { GranteeServicePrincipal: "a.b.com", RetiringPrincipal: app },
      "ValidationException",
    ],
    [
      "a grantee of another partition",
      { GranteePrincipal: `arn:aws-cn:iam::${account}:root` },
      "InvalidArnException",
    ],
    [
      "a retiring principal of another partition",
      { ...grantee, RetiringPrincipal: app.replace("arn:aws:", "arn:aws-us-gov:") },
      "InvalidArnException",
    ],
    ["a group", { GranteePrincipal: `arn:aws:iam::${account}:group/x` }, "InvalidArnException"],
    [
      "two retiring principals",
      { ...grantee, RetiringPrincipal: app, RetiringServicePrincipal: "a.b.com" },
      "ValidationException",
    ],
    [
      "an operation that the key does not have",
      { ...grantee, Operations: ["Sign"] },
      "ValidationException",
    ],
    ["no operation", { ...grantee, Operations: [] }, "ValidationException"],
    [
      "nine pairs",
      {
        ...grantee,
        Constraints: {
          EncryptionContextEquals: Object.fromEntries(Array.from({ length: 9 }, (_, i) => [i, ""])),
        },
      },
      "ValidationException",
    ],
    [
      "both kinds of context",
      {
        ...grantee,
        Constraints: { EncryptionContextEquals: context, EncryptionContextSubset: context },
      },
      "ValidationException",
    ],
  ])("%s", async (_, members, name) => {
    const { call, KeyId, root } = await openGranted()
    const asked = call("CreateGrant", { KeyId, Operations: ["Encrypt"], ...members })
    expect(await outcomeOf(asked)).toBe(name)
    expect((await root.listGrants({ KeyId })).Grants).toEqual([])
  })
})
