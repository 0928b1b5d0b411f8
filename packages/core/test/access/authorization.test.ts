import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import type { RequestContext } from "../../src/model/caller.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { Identity } from "../../src/ports/identities.js"
import { KmsError } from "../../src/vocabulary/errors.js"
import {
  account,
  aliasArnOf,
  alice,
  app,
  keyArnOf,
  otherAccount,
  roleOf,
  rootOf,
  userOf,
} from "../support/accounts.js"
import { identityOf, keyPolicyOf, mayDoAll } from "../support/policies.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const appSession = `arn:aws:sts::${account}:assumed-role/App/keywright`
const denied = "AccessDeniedException"

const noResource = (principal: string, action: string, resource: string) =>
  `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because no ` +
  `resource-based policy allows the ${action} action`
const noIdentity = (principal: string, action: string, resource: string) =>
  `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because no ` +
  `identity-based policy allows the ${action} action`

describe("without a policy that allows", () => {
  it("nobody may do anything, and root only what key policies and accounts give it", async () => {
    const { kms, call, newKey } = await openWorld()
    const KeyId = await newKey()
    for (const principal of [alice, app, "logs.us-east-1.amazonaws.com"]) {
      for (const [operation, input] of [
        ["DescribeKey", { KeyId }],
        ["Encrypt", { KeyId, Plaintext: Uint8Array.of(1) }],
        ["ListKeys", {}],
        ["ListAliases", {}],
        ["GenerateRandom", { NumberOfBytes: 1 }],
        ["CreateKey", {}],
      ] as const) {
        expect([principal, operation, await outcomeOf(call(operation, input, principal))]).toEqual([
          principal,
          operation,
          denied,
        ])
      }
    }
    await kms.as(kms.administrator).listKeys({})
  })

  it("the text says which side is silent", async () => {
    const { kms, newKey } = await openWorld()
    const delegating = await newKey()
    await expectRefusal(
      kms.as(alice).describeKey({ KeyId: delegating }),
      denied,
      noIdentity(alice, "kms:DescribeKey", keyArnOf(delegating)),
    )
    const closed = await newKey({
      Policy: keyPolicyOf({ Principal: { AWS: alice } }),
      BypassPolicyLockoutSafetyCheck: true,
    })
    for (const [principal, shown] of [
      [app, appSession],
      [rootOf(account), rootOf(account)],
    ] as const) {
      await expectRefusal(
        kms.as(principal).describeKey({ KeyId: closed }),
        denied,
        noResource(shown, "kms:DescribeKey", keyArnOf(closed)),
      )
    }
  })
})

describe("a call that is refused, or only tried,", () => {
  it("changes nothing, also when a rotation is due", async () => {
    const { call, newKey, storage, clock } = await openWorld()
    const KeyId = await newKey()
    await call("EnableKeyRotation", { KeyId, RotationPeriodInDays: 90 })
    clock.advanceDays(91)
    const before = await dumpOf(storage)
    const KeyArn = keyArnOf(KeyId)
    await expectRefusal(call("DescribeKey", { KeyId: KeyArn }, rootOf(otherAccount)), denied)
    await expectRefusal(call("DescribeKey", { KeyId }, alice), denied)
    expect(await dumpOf(storage)).toEqual(before)
  })
})

describe("an allow", () => {
  it("comes from the key policy alone, for a principal that it names", async () => {
    const { kms, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        { Principal: { AWS: rootOf(account) } },
        { Principal: { AWS: app }, Action: "kms:Encrypt" },
      ),
    })
    await kms.as(app).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await kms.as(appSession).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    await expectRefusal(kms.as(app).describeKey({ KeyId }), denied)
  })

  it("comes from an identity policy where the key policy trusts the account", async () => {
    const { kms, newKey } = await openWorld({
      identities: { [app]: identityOf({ Action: ["kms:Encrypt", "kms:ListKeys"] }) },
    })
    const trusting = await newKey()
    await kms.as(app).encrypt({ KeyId: trusting, Plaintext: Uint8Array.of(1) })
    await kms.as(app).listKeys({})
    const closed = await newKey({
      Policy: keyPolicyOf({ Principal: { AWS: rootOf(otherAccount) } }),
      BypassPolicyLockoutSafetyCheck: true,
    })
    await expectRefusal(
      kms.as(app).encrypt({ KeyId: closed, Plaintext: Uint8Array.of(1) }),
      denied,
      noResource(appSession, "kms:Encrypt", keyArnOf(closed)),
    )
  })

  it("in an identity policy counts only for the key that it names", async () => {
    let resource = ""
    const { kms, newKey } = await openWorld({
      identities: (arn) =>
        arn === alice ? identityOf({ Action: "kms:Encrypt", Resource: resource }) : undefined,
    })
    const [mine, other] = [await newKey(), await newKey()]
    resource = keyArnOf(mine)
    await kms.as(alice).encrypt({ KeyId: mine, Plaintext: Uint8Array.of(1) })
    await expectRefusal(
      kms.as(alice).encrypt({ KeyId: other, Plaintext: Uint8Array.of(1) }),
      denied,
    )
  })

  it("for an alias as resource gives no use of its key", async () => {
    const { kms, root, newKey } = await openWorld({
      identities: { [alice]: identityOf({ Resource: aliasArnOf("alias/x") }) },
    })
    await root.createAlias({ AliasName: "alias/x", TargetKeyId: await newKey() })
    await expectRefusal(
      kms.as(alice).encrypt({ KeyId: "alias/x", Plaintext: Uint8Array.of(1) }),
      denied,
    )
  })

  it("of a service is a matter of the key policy", async () => {
    const { kms, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        { Principal: { AWS: rootOf(account) } },
        {
          Principal: { Service: "logs.us-east-1.amazonaws.com" },
          Action: "kms:GenerateDataKey",
          Condition: { StringEquals: { "aws:SourceAccount": account } },
        },
      ),
    })
    const service = (context: RequestContext) => kms.as("logs.us-east-1.amazonaws.com", context)
    await service({ sourceAccount: account }).generateDataKey({ KeyId, KeySpec: "AES_256" })
    const wrong = service({ sourceAccount: otherAccount })
    await expectRefusal(wrong.generateDataKey({ KeyId, KeySpec: "AES_256" }), denied)
    const silent = service({}).generateDataKey({ KeyId, KeySpec: "AES_256" })
    await expectRefusal(silent, denied)
  })
})

describe("the identities port", () => {
  const listing = identityOf({ Action: "kms:ListKeys" })

  it.each<readonly [string, () => unknown, string]>([
    ["answers at once", () => listing, "OK"],
    ["answers later", async () => listing, "OK"],
    ["knows nobody", () => undefined, denied],
    ["knows nobody, later", async () => undefined, denied],
    [
      "throws",
      () => {
        throw new Error("directory down")
      },
      "KMSInternalException",
    ],
    [
      "rejects",
      async () => {
        throw new Error("directory down")
      },
      "KMSInternalException",
    ],
    [
      "throws an error of an HSM",
      () => {
        throw new HsmError("unsupported", "smoke")
      },
      "KMSInternalException",
    ],
    [
      "answers what is only like a promise, and rejects",
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: what a library may hand out
        then: (_: unknown, no: (error: unknown) => void) => no(new KmsError("NotFoundException")),
      }),
      "KMSInternalException",
    ],
    [
      "throws what looks like a refusal",
      () => {
        throw Object.assign(new Error("x"), { name: "NotFoundException", retryable: false })
      },
      "KMSInternalException",
    ],
    ["answers null", () => null, "KMSInternalException"],
    ["answers a policy that is no policy", () => ({ policies: ["{"] }), denied],
    ["answers policies that are no list", () => ({ policies: 5 }), "KMSInternalException"],
    [
      "answers a good policy and a broken one",
      () => ({ policies: [...(listing.policies ?? []), "{"] }),
      denied,
    ],
    ["answers a broken boundary", () => ({ ...listing, permissionsBoundary: "{" }), denied],
    ["answers a broken session policy", () => ({ ...listing, sessionPolicies: ["{"] }), denied],
    [
      "answers an unknown operator",
      () => identityOf({ Condition: { StringMatchesRoughly: { a: "b" } } }),
      denied,
    ],
  ])("decides nothing by itself: one that %s", async (_, answer, ending) => {
    const { kms } = await openWorld({ identities: answer as () => Identity | undefined })
    expect(await outcomeOf(kms.as(alice).listKeys({}))).toBe(ending)
  })

  it("is asked by session first and by role second, and not for root or services", async () => {
    const asked: string[] = []
    const { kms } = await openWorld({
      identities: (arn) => {
        asked.push(arn)
        return undefined
      },
    })
    await outcomeOf(kms.as(app, { sessionName: "s1" }).listKeys({}))
    await outcomeOf(kms.as(kms.administrator).listKeys({}))
    await outcomeOf(kms.as("s3.amazonaws.com").listKeys({}))
    expect(asked).toEqual([`arn:aws:sts::${account}:assumed-role/App/s1`, app])
  })

  it("does not grow the memory of a host by answering a new object each time", async () => {
    setFlagsFromString("--expose-gc")
    const collect = runInNewContext("gc") as () => void
    const { kms, newKey } = await openWorld({
      identities: () => identityOf({ Action: "kms:DescribeKey" }),
      audit: undefined,
    })
    const KeyId = await newKey()
    const client = kms.as(alice)
    const heapAfter = async (calls: number): Promise<number> => {
      for (let i = 0; i < calls; i += 1) await client.describeKey({ KeyId })
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = await heapAfter(500)
    expect((await heapAfter(1500)) - before).toBeLessThan(1_500_000)
  })

  it("as an object with inherited members is refused", async () => {
    const inherited = Object.create({ [alice]: mayDoAll })
    await expect(openWorld({ identities: inherited })).rejects.toThrow(TypeError)
  })

  it("is honoured at the next call when its answer changes", async () => {
    let identity: Identity | undefined = listing
    const { kms } = await openWorld({ identities: () => identity })
    const client = kms.as(alice)
    await client.listKeys({})
    identity = identityOf({ Action: "kms:ListAliases" })
    await expectRefusal(client.listKeys({}), denied)
    await client.listAliases({})
    identity = undefined
    await expectRefusal(client.listAliases({}), denied)
  })
})

describe("a key policy in storage that cannot be read", () => {
  it.each(["", "{", "null", "[]", '{"Version":"2012-10-17","Statement":{"Effect":"Maybe"}}'])(
    "refuses everybody: %s",
    async (policy) => {
      const { root, newKey, storage, call } = await openWorld({ identities: { [alice]: mayDoAll } })
      const KeyId = await newKey()
      const key = `key/${account}/${KeyId}`
      const record = await readRecord(storage, key)
      await tamper(storage, key, { ...record, value: { ...record.value, policy } })
      for (const principal of [rootOf(account), alice]) {
        for (const operation of ["DescribeKey", "DisableKey", "GetKeyPolicy"]) {
          const ended = await outcomeOf(call(operation, { KeyId }, principal))
          expect([denied, "KMSInternalException"]).toContain(ended)
        }
      }
      const encrypting = outcomeOf(root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
      expect([denied, "KMSInternalException"]).toContain(await encrypting)
      expect(Object.keys(await dumpOf(storage))).toContain(key)
    },
  )
})

describe("as()", () => {
  const session = `arn:aws:sts::${account}:assumed-role/App/s1`
  const federated = `arn:aws:sts::${account}:federated-user/bob`

  it.each<readonly [string, RequestContext]>([
    [app, { sessionName: "a/b" }],
    [app, { sessionName: "two words" }],
    [app, { sessionName: "" }],
    [app, { sessionName: "x".repeat(65) }],
    [session, { roleArn: roleOf(otherAccount) }],
    [session, { roleArn: roleOf(account, "Admin") }],
    [session, { roleArn: "App" }],
    [federated, { issuerUserArn: userOf(otherAccount) }],
    [federated, { issuerUserArn: roleOf(account) }],
  ])(
    "throws TypeError for %s with the context %o, which no session has",
    async (principal, context) => {
      const { kms } = await openWorld()
      expect(() => kms.as(principal, context)).toThrow(TypeError)
    },
  )

  it("takes the role of a session with its path, and the issuer of a federated user", async () => {
    const { kms } = await openWorld()
    kms.as(session, { roleArn: `arn:aws:iam::${account}:role/team/App` })
    kms.as(federated, { issuerUserArn: userOf(account) })
    kms.as(app, { sessionName: "alice@example.com" })
  })

  it.each([
    "",
    "root",
    "*",
    account,
    "arn:aws:iam::1234:root",
    `arn:aws:iam::${account}:group/g`,
    `arn:aws:iam::${account}:user/`,
    `arn:aws:iam::${account}:user/a*`,
    `arn:aws:iam:us-east-1:${account}:root`,
    `arn:aws:sts::${account}:assumed-role/App`,
    `arn:aws:s3:::bucket`,
    "evil.example.com",
    "amazonaws.com",
  ])("throws TypeError for %j, which names no principal", async (principal) => {
    const { kms } = await openWorld()
    expect(() => kms.as(principal)).toThrow(TypeError)
    await expect(kms.call({ principal }, "ListKeys", {})).rejects.toThrow(TypeError)
  })
})
