import { createMemoryKms } from "@keywright/core/memory"
import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { type AccountsInput, createDirectory } from "../src/index.js"
import {
  account,
  openAccounts,
  openStore,
  otherAccount,
  policy,
  roleArn,
  seenOn,
  startMs,
  trust,
  userArn,
} from "./support/accounts.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const denied = { name: "AccessDeniedException" }

const accounts: AccountsInput = {
  accounts: {
    [account]: {
      policies: {
        Encrypters: { document: policy({ Action: ["kms:Encrypt", "kms:DescribeKey"] }) },
        OnlyDescribe: { document: policy({ Action: "kms:DescribeKey" }) },
      },
      groups: { ops: { managedPolicies: ["Encrypters"] } },
      users: {
        alice: { groups: ["ops"], tags: { team: "orders" } },
        bob: { groups: ["ops"], permissionsBoundary: "OnlyDescribe", path: "/staff/" },
        carol: {},
      },
      roles: {
        App: {
          path: "/services/",
          trustPolicy: trust({ AWS: account }),
          policies: { all: policy({}) },
        },
      },
    },
  },
}

/** An engine that asks the directory, and a key that leaves everything to it. */
async function openWorld(given: AccountsInput = accounts) {
  const world = await openAccounts(given)
  const { directory } = world
  const kms = await createMemoryKms({
    account,
    identities: directory.identities,
    guardrails: await directory.guardrails(),
  })
  const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
  const KeyId = KeyMetadata?.Arn as string
  const encrypt = (principal: string, context?: object) =>
    kms.as(principal, context).encrypt({ KeyId, Plaintext })
  const describeKey = (principal: string) => kms.as(principal).describeKey({ KeyId })
  return { ...world, kms, KeyId, encrypt, describeKey }
}

describe("a directory", () => {
  it("says what users and roles may do: by groups, managed and inline policies", async () => {
    const { encrypt } = await openWorld()
    await encrypt(userArn("alice"))
    await encrypt(roleArn("App", "/services/"))
    await expect(encrypt(userArn("carol"))).rejects.toMatchObject(denied)
    await expect(encrypt(userArn("mallory"))).rejects.toMatchObject(denied)
    // Of another path or another letter case nobody has that ARN.
    await expect(encrypt(userArn("alice", "/x/"))).rejects.toMatchObject(denied)
    await expect(encrypt(userArn("ALICE"))).rejects.toMatchObject(denied)
  })

  it("limits whoever has a permissions boundary", async () => {
    const { encrypt, describeKey } = await openWorld()
    await describeKey(userArn("bob", "/staff/"))
    await expect(encrypt(userArn("bob", "/staff/"))).rejects.toMatchObject(denied)
  })

  it("answers the same object as long as nothing has changed, and at once", async () => {
    const { directory } = await openAccounts(accounts)
    const first = await directory.identities(userArn("alice"))
    expect(directory.identities(userArn("alice"))).toBe(first)
    await directory.putUser(account, "dave", {})
    expect(await directory.identities(userArn("alice"))).toBe(first)
    await directory.putGroup(account, "ops", {})
    expect(await directory.identities(userArn("alice"))).not.toBe(first)
  })

  it("honours with the next call what another host has changed", async () => {
    const { encrypt, disk } = await openWorld()
    await encrypt(userArn("alice"))
    const other = createDirectory({ store: await openStore(disk), clock: () => startMs })
    await other.putGroup(account, "ops", {})
    await expect(encrypt(userArn("alice"))).rejects.toMatchObject(denied)
    await other.putUser(account, "alice", { policies: { p: policy({}) } })
    await encrypt(userArn("alice"))
    await other.remove("user", account, "alice")
    await expect(encrypt(userArn("alice"))).rejects.toMatchObject(denied)
  })

  it("keeps the unique id of what is replaced, and has a new one for what is made again", async () => {
    const { directory } = await openAccounts(accounts)
    const idOf = async () =>
      (await directory.identities(userArn("alice")))?.conditionKeys["aws:userid"]
    const id = await idOf()
    expect(id).toMatch(/^AIDA[A-Z2-7]{17}$/)
    await directory.fill(accounts)
    expect(await idOf()).toBe(id)
    await directory.remove("user", account, "alice")
    await directory.putUser(account, "alice", {})
    expect(await idOf()).not.toBe(id)
  })

  it("removes no group and no policy that others name", async () => {
    const { directory } = await openAccounts(accounts)
    const conflict = { name: "DeleteConflict" }
    await expect(directory.remove("group", account, "ops")).rejects.toMatchObject(conflict)
    await expect(directory.remove("policy", account, "onlydescribe")).rejects.toMatchObject(
      conflict,
    )
    await directory.putUser(account, "bob", {})
    await directory.remove("policy", account, "OnlyDescribe")
    const missing = { name: "NoSuchEntity" }
    await expect(directory.remove("role", account, "None")).rejects.toMatchObject(missing)
    const dangling = directory.putUser(account, "bob", { permissionsBoundary: "OnlyDescribe" })
    await expect(dangling).rejects.toMatchObject(missing)
  })

  it("loses no change when hosts write one account at once", async () => {
    const disk = createMemoryStorage()
    const hosts = await Promise.all(
      [1, 2, 3].map(async () =>
        createDirectory({ store: await openStore(disk), clock: () => startMs }),
      ),
    )
    await hosts[0]?.putPolicy(account, "P", { document: policy({}) })
    const names = Array.from({ length: 12 }, (_, i) => `user${i}`)
    await Promise.all(
      names.map((name, i) => hosts[i % 3]?.putUser(account, name, { managedPolicies: ["P"] })),
    )
    for (const name of names) {
      expect((await hosts[0]?.identities(userArn(name)))?.policies).toHaveLength(1)
    }
  })

  it("refuses a call, and lets nothing through, when a record was edited on the disk", async () => {
    const { encrypt, disk } = await openWorld()
    const key = "group/111122223333/ops"
    const [entry] = await disk.get([key])
    const value = (entry?.value ?? new Uint8Array()).map((byte, i) => (i === 50 ? byte ^ 1 : byte))
    await disk.commit({ expect: [], put: [{ key, value }], remove: [] })
    const call = encrypt(userArn("alice"))
    await expect(call).rejects.toMatchObject({ name: "KMSInternalException" })
  })

  it("says where what it is given is wrong, writes nothing then, and tells no secret", async () => {
    const { directory, disk } = await openAccounts()
    const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    const users = (user: object) => ({ accounts: { [account]: { users: { alice: user } } } })
    const key = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey }
    const before = await seenOn(disk)
    for (const [given, where] of [
      [{ accounts: { "1": {} } }, "accounts"],
      [users({ policies: { p: { Statement: 1 } } }), "policies.p"],
      [users({ policies: { p: policy({ Action: `kms:${"x".repeat(2048)}` }) } }), "policies.p"],
      [users({ accessKeys: [key, key, key] }), "accessKeys"],
      [users({ accessKeys: [{ ...key, secret: secretAccessKey }] }), "accessKeys"],
      [users({ accessKeys: [key, key] }), "twice"],
      [users({ tags: { a: "1", A: "2" } }), "tags"],
      [users({ path: "no/slash" }), "path"],
      [users({ surprise: true }), "alice"],
      [{ accounts: { [account]: { users: { alice: {}, ALICE: {} } } } }, "twice"],
      [{ accounts: { [account]: { roles: { R: { trustPolicy: policy({}) } } } } }, "roles"],
    ] as const) {
      const error = await directory.fill(given).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toContain(where)
      expect(String(error)).not.toContain("wJalr")
    }
    expect(await seenOn(disk)).toBe(before)
  })
})

describe("an organization", () => {
  const organization = {
    id: "o-exampleorgid",
    managementAccount: otherAccount,
    root: {
      id: "r-ab12",
      accounts: [otherAccount],
      units: [
        {
          id: "ou-ab12-11111111",
          scps: [policy({}), policy({ Effect: "Deny", Action: "kms:Encrypt" })],
          accounts: [account],
        },
      ],
    },
  }

  it("limits its members by service control policies, but for its management account", async () => {
    const { encrypt, kms } = await openWorld({ ...accounts, organization })
    await expect(encrypt(userArn("alice"))).rejects.toMatchObject(denied)
    await expect(encrypt(kms.administrator)).rejects.toMatchObject(denied)
    const world = await openWorld({
      ...accounts,
      organization: { ...organization, managementAccount: account },
    })
    await world.encrypt(userArn("alice"))
  })

  it("is known to conditions: its id, and the way to the account", async () => {
    const { directory } = await openAccounts({ ...accounts, organization })
    const { conditionKeys } = (await directory.identities(userArn("alice"))) ?? {}
    expect(conditionKeys).toMatchObject({
      "aws:PrincipalOrgID": "o-exampleorgid",
      "aws:PrincipalOrgPaths": ["o-exampleorgid/r-ab12/ou-ab12-11111111/"],
    })
  })

  it("does not reach service-linked roles, which only their service can assume", async () => {
    const given: AccountsInput = {
      organization,
      accounts: {
        [account]: {
          roles: {
            AWSServiceRoleForLogs: {
              serviceLinkedTo: "logs.amazonaws.com",
              policies: { all: policy({}) },
            },
          },
        },
      },
    }
    const { encrypt } = await openWorld(given)
    await encrypt(roleArn("AWSServiceRoleForLogs", "/aws-service-role/logs.amazonaws.com/"))
  })

  it("names each account once, and its management account among them", async () => {
    const { directory } = await openAccounts()
    const { root } = organization
    for (const wrong of [
      { ...organization, managementAccount: "999999999999" },
      { ...organization, root: { ...root, accounts: [otherAccount, account] } },
    ]) {
      await expect(directory.fill({ organization: wrong })).rejects.toThrow(TypeError)
    }
  })
})
