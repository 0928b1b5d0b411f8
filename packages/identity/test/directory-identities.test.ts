import { describe, expect, it } from "vitest"
import type { AccountsInput } from "../src/index.js"
import { organizationKey } from "../src/records/records.js"
import {
  account,
  openPlain,
  otherAccount,
  policy,
  roleArn,
  trust,
  userArn,
} from "./support/accounts.js"

const of = (action: string) => policy({ Action: action })
const textOf = (action: string) => JSON.stringify(of(action))
const trustPolicy = trust({ AWS: account })

const accounts: AccountsInput = {
  accounts: {
    [account]: {
      policies: {
        P: { document: of("kms:P") },
        Q: { document: of("kms:Q") },
        B: { document: of("kms:B") },
      },
      groups: {
        g1: { policies: { own: of("kms:g1") }, managedPolicies: ["P", "Q"] },
        g2: { policies: { own: of("kms:g2") }, managedPolicies: ["P"] },
      },
      users: {
        ann: {
          ...{ groups: ["g2", "g1"], managedPolicies: ["Q"], permissionsBoundary: "B" },
          ...{ policies: { a: of("kms:a"), b: of("kms:b") }, tags: { team: "blue" } },
        },
        bob: { path: "/staff/" },
        cyd: { permissionsBoundary: "B", managedPolicies: ["B"] },
      },
      roles: {
        R: {
          trustPolicy,
          managedPolicies: ["P"],
          policies: { own: of("kms:r") },
          tags: { a: "b" },
        },
        S: { trustPolicy, permissionsBoundary: "B", path: "/s/" },
      },
    },
    [otherAccount]: { users: { ann: {} } },
  },
}

describe("what somebody may do by identity", () => {
  it("is all that it has, its groups have, and its boundary leaves of that", async () => {
    const { directory } = await openPlain(accounts)
    const ann = await directory.identities(userArn("ann"))
    const own = ["kms:a", "kms:b", "kms:g2", "kms:g1"]
    expect(ann).toEqual({
      // A policy that is there twice counts once.
      policies: [...own, "kms:Q", "kms:P"].map(textOf),
      permissionsBoundary: textOf("kms:B"),
      tags: { team: "blue" },
      conditionKeys: { "aws:userid": expect.stringMatching(/^AIDA/) },
    })
    for (const frozen of [ann, ann?.policies, ann?.conditionKeys]) {
      expect(frozen).toSatisfy(Object.isFrozen)
    }
    expect(await directory.identities(userArn("cyd"))).toMatchObject({
      ...{ policies: [textOf("kms:B")], permissionsBoundary: textOf("kms:B") },
    })
    const bob = await directory.identities(userArn("bob", "/staff/"))
    expect(bob).toMatchObject({ policies: [], tags: {} })
    expect(bob).not.toHaveProperty("permissionsBoundary")
  })

  it("is of a role without the id of a user", async () => {
    const { directory } = await openPlain(accounts)
    expect(await directory.identities(roleArn("R"))).toEqual({
      ...{ policies: ["kms:r", "kms:P"].map(textOf), tags: { a: "b" }, conditionKeys: {} },
    })
    expect(await directory.identities(roleArn("S", "/s/"))).toEqual({
      ...{ policies: [], permissionsBoundary: textOf("kms:B"), tags: {}, conditionKeys: {} },
    })
  })

  it.each([
    ...[roleArn("ann"), userArn("R"), userArn("bob"), userArn("none"), userArn("ANN")],
    ...[userArn("ann", "/x/"), userArn("bob", "/STAFF/"), userArn("bob", "/", otherAccount), ""],
    ...[`x${userArn("ann")}`, `${userArn("ann")} `, userArn("ann").replace(":aws:", ":aws-cn:")],
    ...[`arn:aws:iam::${account}:group/g1`, `arn:aws:iam::${account}:root`, userArn("a b")],
    ...[`arn:aws:sts::${account}:user/ann`, `arn:aws:iam::1:user/ann`, userArn("ann", "")],
  ])("is nothing for %s", async (arn) => {
    const { directory } = await openPlain(accounts)
    expect(await directory.identities(arn)).toBeUndefined()
  })

  it("is known anew when a part of it has changed, and is the same object until then", async () => {
    const { directory } = await openPlain(accounts)
    const ann = async () => directory.principals.user(account, "ann")
    const changes = [
      () => directory.putPolicy(account, "P", { document: of("kms:P2") }),
      () => directory.putPolicy(account, "B", { document: of("kms:B2") }),
      () => directory.putGroup(account, "g1", { managedPolicies: ["P"] }),
      () => directory.putGroup(account, "g2", {}),
      () => directory.fill({ organization: organizationOf({ accounts: [account] }) }),
      () => directory.putUser(account, "ann", {}),
    ]
    for (const change of changes) {
      const before = await ann()
      await directory.putUser(account, "somebody", {})
      expect(await ann()).toBe(before)
      await change()
      expect(await ann()).not.toBe(before)
    }
    expect((await ann())?.identity.policies).toEqual([])
  })

  it("is not known while a record is missing that it names: that may be what denies", async () => {
    for (const key of [`policy/${account}/p`, `policy/${account}/b`, `group/${account}/g1`]) {
      const { directory, store } = await openPlain(accounts)
      await store.storage.commit({ expect: [], put: [], remove: [key] })
      const asked = async () => directory.identities(userArn("ann"))
      await expect(asked()).rejects.toThrow(key)
    }
  })

  it("has managed policies by their names, all or nothing", async () => {
    const { directory } = await openPlain(accounts)
    const { principals } = directory
    const documents = async (...names: string[]) => principals.policyDocuments(account, names)
    expect(await documents("Q", "p")).toEqual([textOf("kms:Q"), textOf("kms:P")])
    expect(await documents()).toEqual([])
    expect(await documents("Q", "none")).toBeUndefined()
    expect(await principals.policyDocuments(otherAccount, ["P"])).toBeUndefined()
  })

  it("is of users and roles by account and name, in any letter case", async () => {
    const { directory } = await openPlain(accounts)
    const { principals } = directory
    expect(await principals.user(account, "BOB")).toMatchObject({
      ...{ arn: userArn("bob", "/staff/"), record: { name: "bob", account } },
    })
    expect(await principals.role(account, "s")).toMatchObject({ arn: roleArn("S", "/s/") })
    expect(await principals.user(account, "R")).toBeUndefined()
    expect(await principals.role(account, "ann")).toBeUndefined()
  })
})

/** With a unit below, and one below that. */
function organizationOf(more: object = {}) {
  const third = "777788889999"
  return {
    id: "o-exampleorgid",
    managementAccount: account,
    root: {
      id: "r-ab12",
      scps: [of("kms:root")],
      accounts: [account],
      units: [
        {
          id: "ou-ab12-11111111",
          rcps: [policy({ Effect: "Deny", Principal: "*", Action: "kms:unit" })],
          accounts: [{ account: otherAccount, scps: [of("kms:own")], rcps: [] }],
          units: [{ id: "ou-ab12-22222222", accounts: [third] }],
        },
      ],
      ...(Object.keys(more).length > 0 && { units: [], ...more }),
    },
  }
}

describe("an organization", () => {
  const everything = textOf("*")
  const everythingForAll = JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: "*", Action: "*", Resource: "*" },
  })
  const third = "777788889999"
  const [root, unit, below] = ["r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"]

  it("has its policies at every level, and everything where none were said", async () => {
    const { directory } = await openPlain({ organization: organizationOf() })
    const { scps, rcps } = await directory.guardrails()
    const ofRoot = { target: root, policies: [textOf("kms:root")] }
    const free = (target: string) => ({ target, policies: [everything] })
    expect(scps).toEqual([
      { account, isManagementAccount: true, levels: [ofRoot, free(account)] },
      {
        ...{ account: otherAccount, isManagementAccount: false },
        levels: [ofRoot, free(unit), { target: otherAccount, policies: [textOf("kms:own")] }],
      },
      {
        ...{ account: third, isManagementAccount: false },
        levels: [ofRoot, free(unit), free(below), free(third)],
      },
    ])
    const open = (target: string) => ({ target, policies: [everythingForAll] })
    const ofUnit = JSON.stringify(policy({ Effect: "Deny", Principal: "*", Action: "kms:unit" }))
    const limited = { target: unit, policies: [everythingForAll, ofUnit] }
    expect(rcps.map(({ levels }) => levels)).toEqual([
      [open(root), open(account)],
      [open(root), limited, open(otherAccount)],
      [open(root), limited, open(below), open(third)],
    ])
  })

  it("that there is not limits nobody", async () => {
    const { directory } = await openPlain(accounts)
    expect(await directory.guardrails()).toEqual({ scps: [], rcps: [] })
    expect(await directory.principals.organizationKeys(account)).toEqual({})
  })

  it("is known by the way from its root to an account, and of members alone", async () => {
    const { directory } = await openPlain({ ...accounts, organization: organizationOf() })
    const keysOf = async (of: string) => directory.principals.organizationKeys(of)
    const at = (path: string) => ({
      "aws:PrincipalOrgID": "o-exampleorgid",
      "aws:PrincipalOrgPaths": [`o-exampleorgid/${path}/`],
    })
    expect(await keysOf(account)).toEqual(at(root))
    expect(await keysOf(otherAccount)).toEqual(at(`${root}/${unit}`))
    expect(await keysOf(third)).toEqual(at(`${root}/${unit}/${below}`))
    expect(await keysOf(third)).toBe(await keysOf(third))
    expect(await keysOf("999999999999")).toEqual({})
    const ann = await directory.identities(userArn("ann", "/", otherAccount))
    expect(ann?.conditionKeys).toMatchObject(at(`${root}/${unit}`))
    const role = await directory.identities(roleArn("R"))
    expect(role?.conditionKeys).toEqual(at(root))
  })

  it("is one of which accounts are members once, and which has its management account", async () => {
    const { directory, disk } = await openPlain()
    for (const [organization, said] of [
      [
        organizationOf({ accounts: [account, account] }),
        "`organization` must name an account once",
      ],
      [
        organizationOf({ accounts: [account], units: [{ id: unit, accounts: [account] }] }),
        "`organization` must name an account once",
      ],
      [
        organizationOf({ accounts: [otherAccount] }),
        "`organization.managementAccount` must be one of its accounts",
      ],
    ] as const) {
      const filled = directory.fill({ ...accounts, organization })
      await expect(filled).rejects.toThrow(new TypeError(said))
    }
    expect(await disk.get([organizationKey, `account/${account}`])).toEqual([undefined, undefined])
    await directory.fill({ organization: organizationOf({ accounts: [account] }) })
    await directory.fill({ organization: organizationOf() })
    expect((await directory.guardrails()).scps).toHaveLength(3)
  })
})
