import type { Storage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import type { KmsEvent } from "../../src/ports/events.js"
import { account, alice, keyArnOf, rootOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { clusterId, clusterOf, openHsmStore, openXksStore } from "../support/key-stores.js"
import { keysUnder, snapshotOf, theKeyUnder } from "../support/old-records.js"
import { openPartition, replicatedKey } from "../support/partition.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { newKey, openWorld, type World } from "../support/world.js"

/*
 * Every record here is genuine, and stood in its place once. It was put back there by somebody who
 * can write the storage, and another record does not agree.
 */

const Plaintext = Uint8Array.of(1, 2, 3)

let world: World
let storage: Storage
let key: string
let other: string

beforeEach(async () => {
  world = await openWorld()
  storage = world.storage
  key = await world.newKey()
  other = await world.newKey()
})

/** A host that remembers nothing of the store, and what it tells of refused records. */
async function openObserved(options: Partial<KmsOptions> = {}) {
  const refused: string[] = []
  const events = (event: KmsEvent) => {
    if (event["detail-type"] === "Keywright Record Refused") refused.push(event.detail.record)
  }
  const kms = await openHost({ storage, clock: world.clock, events, ...options })
  return { kms, root: kms.as(kms.administrator), refused }
}

/** Every call ends as an internal failure, and the host hears which record it was. */
async function expectNamed(
  record: string,
  calls: (root: KmsClient, kms: Kms) => readonly (() => Promise<unknown>)[],
  options: Partial<KmsOptions> = {},
): Promise<void> {
  const { kms, root, refused } = await openObserved(options)
  for (const call of calls(root, kms)) {
    await expectRefusal(call(), "KMSInternalException")
    expect(refused.splice(0)).toEqual([record])
  }
}

describe("an alias record that leads to a key which does not list the alias", () => {
  const at = `alias/${account}/x`
  const AliasName = "alias/x"

  const calls = (root: KmsClient) => [
    () => root.encrypt({ KeyId: AliasName, Plaintext }),
    () => root.generateDataKey({ KeyId: AliasName, KeySpec: "AES_256" }),
    () => root.describeKey({ KeyId: AliasName }),
    () => root.createAlias({ AliasName, TargetKeyId: other }),
    () => root.updateAlias({ AliasName, TargetKeyId: other }),
    () => root.deleteAlias({ AliasName }),
    () => root.listAliases({}),
  ]

  it("is refused by name when the alias was moved to another key", async () => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const { putBack } = await snapshotOf(storage, [at])
    await world.root.updateAlias({ AliasName, TargetKeyId: other })
    await putBack()
    await expectNamed(at, calls)
    const { root } = await openObserved()
    await root.encrypt({ KeyId: key, Plaintext })
    await root.encrypt({ KeyId: other, Plaintext })
  })

  it("is refused by name when the alias was deleted", async () => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const { putBack } = await snapshotOf(storage, [at])
    await world.root.deleteAlias({ AliasName })
    await putBack()
    await expectNamed(at, calls)
  })

  it("is refused by name when the key is gone", async () => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const { putBack } = await snapshotOf(storage, [at])
    await world.root.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 })
    world.clock.advanceDays(7)
    await world.kms.sweep()
    await putBack()
    await expectNamed(at, calls)
  })

  it("is explained no more than it is followed", async () => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const { putBack } = await snapshotOf(storage, [at])
    await world.root.updateAlias({ AliasName, TargetKeyId: other })
    await putBack()
    const { kms } = await openObserved()
    const asked = kms.explain(kms.administrator, "Encrypt", { KeyId: AliasName, Plaintext })
    await expectRefusal(asked, "KMSInternalException")
  })
})

describe("a key that lists an alias which leads elsewhere, or is not there", () => {
  it.each([
    ["moved", () => world.root.updateAlias({ AliasName: "alias/x", TargetKeyId: other })],
    ["deleted", () => world.root.deleteAlias({ AliasName: "alias/x" })],
  ])("is refused by name when its aliases are listed: %s", async (_, change) => {
    await world.root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
    const at = `key/${account}/${key}`
    const { putBack } = await snapshotOf(storage, [at])
    await change()
    await putBack()
    await expectNamed(at, (root) => [() => root.listAliases({ KeyId: key })])
  })
})

describe("a grant", () => {
  const grantInput = () => ({
    KeyId: key,
    GranteePrincipal: alice,
    RetiringPrincipal: rootOf(account),
    Name: "nightly",
    Operations: ["Decrypt" as const],
  })

  const makeGrant = async () => (await world.root.createGrant(grantInput())).GrantId ?? ""
  const grantKeys = async () => {
    const prefixes = ["grant/", "grantid/", "grantname/", "retiring/"]
    const [grant, pointer, name, retiring] = await Promise.all(
      prefixes.map((prefix) => theKeyUnder(storage, prefix)),
    )
    return {
      grant: grant ?? "",
      pointer: pointer ?? "",
      name: name ?? "",
      retiring: retiring ?? "",
    }
  }
  const decryptAs = (kms: Kms, who: string, CiphertextBlob: Uint8Array) =>
    kms.as(who).decrypt({ CiphertextBlob })

  it("that was revoked and put back alone permits nothing", async () => {
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext }))
    const GrantId = await makeGrant()
    await world.root.createGrant({ ...grantInput(), GranteePrincipal: rootOf(account) })
    const all = await keysUnder(storage, "grant/")
    const mine = await snapshotOf(storage, all)
    await world.root.revokeGrant({ KeyId: key, GrantId })
    const [at = ""] = all.filter((one) => one.includes(GrantId))
    await mine.putBack()
    await expectNamed(at, (root, kms) => [
      () => decryptAs(kms, alice, CiphertextBlob),
      () => root.listGrants({ KeyId: key }),
    ])
  })

  it("that was the last to go permits nothing, however many of its records came back", async () => {
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext }))
    await world.root.createGrant({ ...grantInput(), Name: "another" })
    const before = await keysUnder(storage, "")
    const GrantId = await makeGrant()
    const made = (await keysUnder(storage, "")).filter((one) => !before.includes(one))
    const { putBack } = await snapshotOf(storage, made)
    await world.root.revokeGrant({ KeyId: key, GrantId })
    await putBack()
    const at = made.find((one) => one.startsWith("grant/")) ?? ""
    await expectNamed(at, (root, kms) => [
      () => decryptAs(kms, alice, CiphertextBlob),
      () => root.listGrants({ KeyId: key }),
      () => root.listGrants({ KeyId: key, GrantId }),
      () => root.listRetirableGrants({ RetiringPrincipal: rootOf(account) }),
      () => root.retireGrant({ KeyId: keyArnOf(key), GrantId }),
      () => root.revokeGrant({ KeyId: key, GrantId }),
    ])
  })

  it("that nobody could revoke, because its pointer is gone, permits nothing", async () => {
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext }))
    await makeGrant()
    const { grant, pointer } = await grantKeys()
    await storage.commit({ expect: [], put: [], remove: [pointer] })
    await expectNamed(grant, (root, kms) => [
      () => decryptAs(kms, alice, CiphertextBlob),
      () => root.listGrants({ KeyId: key }),
    ])
  })

  it("that only pointers lead to is refused by the name of the pointer", async () => {
    const GrantId = await makeGrant()
    const { pointer, name, retiring } = await grantKeys()
    const { putBack } = await snapshotOf(storage, [pointer, name, retiring])
    await world.root.revokeGrant({ KeyId: key, GrantId })
    await putBack()
    const GrantToken = { KeyId: keyArnOf(key), GrantId }
    await expectNamed(pointer, (root) => [
      () => root.retireGrant(GrantToken),
      () => root.revokeGrant({ KeyId: key, GrantId }),
      () => root.listGrants({ KeyId: key, GrantId }),
    ])
    await expectNamed(name, (root) => [() => root.createGrant(grantInput())])
    await expectNamed(retiring, (root) => [
      () => root.listRetirableGrants({ RetiringPrincipal: rootOf(account) }),
    ])
  })
})

describe("a key in a key store", () => {
  const keyStores = { [clusterId]: clusterOf() }

  it("is not used when its store is not there", async () => {
    world = await openWorld({ keyStores })
    storage = world.storage
    const stores = `key-stores/${account}`
    const before = await snapshotOf(storage, [stores])
    const hsmStore = await openHsmStore({ storage, keyStores, clock: world.clock })
    const KeyId = await hsmStore.newStoreKey()
    await before.putBack()
    await expectNamed(
      `key/${account}/${KeyId}`,
      (root) => [() => root.encrypt({ KeyId, Plaintext }), () => root.describeKey({ KeyId })],
      { keyStores },
    )
  })

  it("is not used when its store does not know it", async () => {
    const hsmStore = await openHsmStore({ storage, keyStores, clock: world.clock })
    const KeyId = await hsmStore.newStoreKey()
    const entry = await theKeyUnder(storage, "key-store-key/")
    await storage.commit({ expect: [], put: [], remove: [entry] })
    await expectNamed(
      `key/${account}/${KeyId}`,
      (root) => [
        () => root.encrypt({ KeyId, Plaintext }),
        () => root.scheduleKeyDeletion({ KeyId }),
      ],
      { keyStores },
    )
  })

  it("is not used when another one is the external key by now", async () => {
    const xks = await openXksStore({ storage, clock: world.clock })
    xks.proxy.nowMs = world.clock
    const KeyId = await xks.newStoreKey()
    const records = [`key/${account}/${KeyId}`, `listed/${account}/${KeyId}`]
    const { putBack } = await snapshotOf(storage, records)
    await xks.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    world.clock.advanceDays(7)
    await xks.kms.sweep()
    const successor = await xks.newStoreKey()
    await putBack()
    await expectNamed(
      `key/${account}/${KeyId}`,
      (root) => [() => root.encrypt({ KeyId, Plaintext })],
      { xks: xks.proxy.xks },
    )
    await xks.root.encrypt({ KeyId: successor, Plaintext })
    await xks.proxy.close()
  })

  it("that is gone keeps its store from being deleted without a word", async () => {
    const hsmStore = await openHsmStore({ storage, keyStores, clock: world.clock })
    const KeyId = await hsmStore.newStoreKey()
    const entry = await theKeyUnder(storage, "key-store-key/")
    const { putBack } = await snapshotOf(storage, [entry])
    await hsmStore.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    world.clock.advanceDays(7)
    await hsmStore.kms.sweep()
    await putBack()
    await hsmStore.disconnect()
    const CustomKeyStoreId = hsmStore.storeId
    await expectNamed(entry, (root) => [() => root.deleteCustomKeyStore({ CustomKeyStoreId })], {
      keyStores,
    })
  })
})

describe("a replica that was deleted and put back", () => {
  it("follows its primary no more, which was not told yet that it is gone", async () => {
    const partition = await openPartition()
    const { clock } = partition
    const [us, eu] = [partition.region("us-east-1"), partition.region("eu-west-1")]
    const KeyId = await replicatedKey(partition)
    const { putBack } = await snapshotOf(eu.storage, [`key/${account}/${KeyId}`])
    await eu.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    partition.cut("eu-west-1")
    clock.advanceDays(7)
    await eu.kms.sweep()
    await putBack()
    partition.mend("eu-west-1")
    await us.root.rotateKeyOnDemand({ KeyId })
    const report = await us.kms.sweep()
    expect(report).toMatchObject({ messagesDelivered: 0, regionsUnreachable: ["eu-west-1"] })
    await partition.close()
  })
})

/** A store at which something happens after it has answered about a key. */
function interruptedAfter(key: string, inner: Storage, act: () => Promise<unknown>) {
  let isDone = false
  const interrupted: Storage = {
    ...inner,
    get: async (keys) => {
      const entries = await inner.get(keys)
      if (!isDone && keys.includes(key)) {
        isDone = true
        await act()
      }
      return entries
    },
    list: async (range) => {
      const page = await inner.list(range)
      if (!isDone && page.entries.some((entry) => entry.key === key)) {
        isDone = true
        await act()
      }
      return page
    },
  }
  return interrupted
}

describe("records that another host changes while they are read", () => {
  const AliasName = "alias/x"
  const at = `alias/${account}/x`

  it.each([
    ["Encrypt", (root: KmsClient) => root.encrypt({ KeyId: AliasName, Plaintext })],
    ["DescribeKey", (root: KmsClient) => root.describeKey({ KeyId: AliasName })],
    ["UpdateAlias", (root: KmsClient) => root.updateAlias({ AliasName, TargetKeyId: other })],
    ["DeleteAlias", (root: KmsClient) => root.deleteAlias({ AliasName })],
    ["ListAliases", (root: KmsClient) => root.listAliases({})],
  ])("are no reason to refuse %s", async (_, call) => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const third = await newKey(world.root)
    const torn = interruptedAfter(at, storage, () =>
      world.root.updateAlias({ AliasName, TargetKeyId: third }),
    )
    const { root, refused } = await openObserved({ storage: torn })
    await call(root)
    expect(refused).toEqual([])
  })

  it("answer by the key that the alias has in the end", async () => {
    await world.root.createAlias({ AliasName, TargetKeyId: key })
    const torn = interruptedAfter(at, storage, () =>
      world.root.updateAlias({ AliasName, TargetKeyId: other }),
    )
    const { root } = await openObserved({ storage: torn })
    const reply = await root.encrypt({ KeyId: AliasName, Plaintext })
    expect(reply.KeyId).toBe(keyArnOf(other))
  })

  it("leave a revoked grant out", async () => {
    const CiphertextBlob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext }))
    const input = { KeyId: key, GranteePrincipal: alice, Operations: ["Decrypt" as const] }
    const { GrantId = "" } = await world.root.createGrant(input)
    const grant = await theKeyUnder(storage, "grant/")
    const torn = interruptedAfter(grant, storage, () =>
      world.root.revokeGrant({ KeyId: key, GrantId }),
    )
    const { kms, refused } = await openObserved({ storage: torn })
    await expectRefusal(kms.as(alice).decrypt({ CiphertextBlob }), "AccessDeniedException")
    expect(refused).toEqual([])
  })
})
