import { createMemoryStorage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import { keyStoresKey } from "../../src/formats/stored/key-store-records.js"
import { connection } from "../../src/model/key-stores.js"
import { type Hsm, HsmError } from "../../src/ports/hsm.js"
import type { CloudHsmClusters } from "../../src/ports/key-stores.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { type ConnectionState, connectionStates } from "../../src/vocabulary/key-stores.js"
import { account, otherAccount, rootOf, userOf } from "../support/accounts.js"
import { startMs } from "../support/clock.js"
import { openHost, sealOf } from "../support/hosts.js"
import {
  certificate,
  clusterId,
  clusterOf,
  hsmStoreInput,
  openHsmStore,
  otherClusterId,
  password,
  type StoreWorld,
} from "../support/key-stores.js"
import { identityOf } from "../support/policies.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

let world: StoreWorld
let CustomKeyStoreId: string

/** Writes a connection state that the engine never leaves behind. */
async function enter(state: ConnectionState): Promise<void> {
  const key = keyStoresKey(account)
  const record = await readRecord(world.storage, key)
  const stores = (record.value["stores"] as object[]).map((store) => ({ ...store, state }))
  await tamper(world.storage, key, { ...record, value: { ...record.value, stores } })
}

beforeEach(async () => {
  const clusters = { [clusterId]: clusterOf(), [otherClusterId]: clusterOf(91) }
  world = await openHsmStore({ keyStores: clusters })
  CustomKeyStoreId = world.storeId
})

describe("a connection state", () => {
  // Source: AWS KMS Developer Guide, "Connection states of key stores".
  const table: Readonly<Record<ConnectionState, string>> = {
    DISCONNECTED: "OK X OK OK X",
    CONNECTING: "OK OK X X X",
    CONNECTED: "OK OK OK X OK",
    DISCONNECTING: "X X X X X",
    FAILED: "X OK X X X",
  }
  const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["ConnectCustomKeyStore", () => world.connect()],
    ["DisconnectCustomKeyStore", () => world.disconnect()],
    [
      "UpdateCustomKeyStore",
      () => world.root.updateCustomKeyStore({ CustomKeyStoreId, NewCustomKeyStoreName: "new" }),
    ],
    ["DeleteCustomKeyStore", () => world.root.deleteCustomKeyStore({ CustomKeyStoreId })],
    ["CreateKey", () => world.newStoreKey()],
  ]
  const cells = connectionStates.flatMap((state) =>
    calls.map(([operation, call], i) => ({
      state,
      operation,
      call,
      cell: table[state].split(" ")[i] === "OK" ? "OK" : "CustomKeyStoreInvalidStateException",
    })),
  )

  it.each(cells)("$state: $operation ends with $cell", async ({ state, call, cell }) => {
    await enter(state)
    expect(await outcomeOf(call())).toBe(cell)
  })

  it("admits nothing that the table does not say", () => {
    for (const admission of Object.values(connection)) {
      expect(Object.keys(admission).sort()).toEqual([...connectionStates].sort())
    }
  })

  it("CONNECTED admits a new name and no other change of a CloudHSM store", async () => {
    const { root } = world
    const update = (members: object) =>
      outcomeOf(root.updateCustomKeyStore({ CustomKeyStoreId, ...members }))
    expect(await update({ NewCustomKeyStoreName: "renamed" })).toBe("OK")
    const refused = "CustomKeyStoreInvalidStateException"
    expect(await update({ KeyStorePassword: "another-one" })).toBe(refused)
    expect(await update({ CloudHsmClusterId: otherClusterId })).toBe(refused)
    expect((await world.entry())["CustomKeyStoreName"]).toBe("renamed")
  })
})

describe("CreateCustomKeyStore", () => {
  const create = (members: object) =>
    world.root.createCustomKeyStore(
      hsmStoreInput({ CustomKeyStoreName: "b", CloudHsmClusterId: otherClusterId, ...members }),
    )

  it("answers an id, and makes a store that is not connected", async () => {
    const reply = await create({})
    expect(reply.CustomKeyStoreId).toMatch(/^cks-[0-9a-f]{17}$/)
    const { CustomKeyStores } = await world.root.describeCustomKeyStores({
      CustomKeyStoreName: "b",
    })
    expect(CustomKeyStores).toEqual([
      {
        CustomKeyStoreId: reply.CustomKeyStoreId,
        CustomKeyStoreName: "b",
        CustomKeyStoreType: "AWS_CLOUDHSM",
        CloudHsmClusterId: otherClusterId,
        TrustAnchorCertificate: certificate,
        ConnectionState: "DISCONNECTED",
        CreationDate: new Date(startMs),
      },
    ])
  })

  it("takes a certificate whose lines are broken elsewhere", async () => {
    await create({ TrustAnchorCertificate: certificate.replaceAll("\n", "\r\n") })
  })

  it.each([
    [{ CustomKeyStoreName: "hsm" }, "CustomKeyStoreNameInUseException"],
    [{ CloudHsmClusterId: clusterId }, "CloudHsmClusterInUseException"],
    [{ CloudHsmClusterId: "cluster-unknown23456" }, "CloudHsmClusterNotFoundException"],
    [{ TrustAnchorCertificate: "another" }, "IncorrectTrustAnchorException"],
    [{ KeyStorePassword: undefined }, "ValidationException"],
    [{ TrustAnchorCertificate: undefined }, "ValidationException"],
    [{ CloudHsmClusterId: undefined }, "ValidationException"],
    [{ XksProxyUriPath: "/kms/xks/v1" }, "ValidationException"],
    [{ CustomKeyStoreType: "EXTERNAL_KEY_STORE" }, "ValidationException"],
  ] as const)("%o: refused with %s, and nothing is made", async (members, name) => {
    await expectRefusal(create(members), name)
    const { CustomKeyStores } = await world.root.describeCustomKeyStores()
    expect(CustomKeyStores).toHaveLength(1)
  })

  it.each([
    ["isActive", { isActive: false, activeHsms: 2 }, "CloudHsmClusterNotActiveException"],
    [
      "activeHsms",
      { isActive: true, activeHsms: 1 },
      "CloudHsmClusterInvalidConfigurationException",
    ],
  ] as const)("takes a cluster as it should be: %s", async (_, status, name) => {
    const cluster = clusterOf(92, { status: () => status })
    const { root } = await openWorld({ keyStores: { [clusterId]: cluster } })
    await expectRefusal(root.createCustomKeyStore(hsmStoreInput()), name)
  })

  it("makes ten stores and no more", async () => {
    const ids = Array.from({ length: 11 }, (_, i) => `cluster-many2345${"abcdefghijk"[i]}xyz`)
    const clusters = Object.fromEntries(ids.map((id, i) => [id, clusterOf(i)]))
    const { root } = await openWorld({ keyStores: clusters })
    const createNth = (i: number) =>
      root.createCustomKeyStore(
        hsmStoreInput({ CustomKeyStoreName: `store ${i}`, CloudHsmClusterId: ids[i] }),
      )
    for (let i = 0; i < 10; i += 1) await createNth(i)
    await expectRefusal(createNth(10), "LimitExceededException")

    const pages: (string | undefined)[][] = []
    let Marker: string | undefined
    do {
      const page = await root.describeCustomKeyStores({ Limit: 4, Marker })
      pages.push((page.CustomKeyStores ?? []).map((store) => store.CustomKeyStoreName))
      Marker = page.NextMarker
    } while (Marker !== undefined)
    expect(pages.map((page) => page.length)).toEqual([4, 4, 2])
    expect(new Set(pages.flat()).size).toBe(10)
  })

  it("gives a cluster to the account that has it, and to no other", async () => {
    const keyStores = { [clusterId]: clusterOf(93, { account: otherAccount }) }
    const { root, stranger } = await openWorld({ keyStores })
    await expectRefusal(
      root.createCustomKeyStore(hsmStoreInput()),
      "CloudHsmClusterNotFoundException",
    )
    await stranger.createCustomKeyStore(hsmStoreInput())
  })
})

describe("the input of CreateCustomKeyStore", () => {
  const credential = { AccessKeyId: "A".repeat(20), RawSecretAccessKey: "a".repeat(43) }
  it.each([
    ["customKeyStoreName", { CustomKeyStoreName: "" }],
    ["customKeyStoreName", { CustomKeyStoreName: "x".repeat(257) }],
    ["cloudHsmClusterId", { CloudHsmClusterId: "cluster-0000000000000" }],
    ["cloudHsmClusterId", { CloudHsmClusterId: "cluster-abc" }],
    ["trustAnchorCertificate", { TrustAnchorCertificate: "x".repeat(5001) }],
    ["keyStorePassword", { KeyStorePassword: "short1" }],
    ["keyStorePassword", { KeyStorePassword: "x".repeat(33) }],
    ["customKeyStoreType", { CustomKeyStoreType: "OTHER" }],
    ["xksProxyUriEndpoint", { XksProxyUriEndpoint: "http://xks.example.com" }],
    ["xksProxyUriEndpoint", { XksProxyUriEndpoint: "https://xks.example.com:444" }],
    ["xksProxyUriPath", { XksProxyUriPath: "/example/kms/xks" }],
    ["xksProxyUriPath", { XksProxyUriPath: "/../kms/xks/v1" }],
    ["xksProxyVpcEndpointServiceName", { XksProxyVpcEndpointServiceName: "x".repeat(30) }],
    ["xksProxyVpcEndpointServiceOwner", { XksProxyVpcEndpointServiceOwner: "11112222333" }],
    ["xksProxyConnectivity", { XksProxyConnectivity: "PIGEON" }],
    [
      "xksProxyAuthenticationCredential.accessKeyId",
      { XksProxyAuthenticationCredential: { ...credential, AccessKeyId: "A".repeat(19) } },
    ],
    [
      "xksProxyAuthenticationCredential.accessKeyId",
      { XksProxyAuthenticationCredential: { ...credential, AccessKeyId: "1".repeat(20) } },
    ],
    [
      "xksProxyAuthenticationCredential.rawSecretAccessKey",
      { XksProxyAuthenticationCredential: { ...credential, RawSecretAccessKey: "-".repeat(43) } },
    ],
    [
      "xksProxyAuthenticationCredential.rawSecretAccessKey",
      { XksProxyAuthenticationCredential: { ...credential, RawSecretAccessKey: "a".repeat(65) } },
    ],
  ])("has bounds: %s, %o", async (place, members) => {
    const input = hsmStoreInput(members)
    const call = world.call("CreateCustomKeyStore", input)
    const { message } = await expectRefusal(call, "ValidationException")
    expect(message).toContain(` at '${place}' failed to satisfy constraint: `)
  })
})

describe("DescribeCustomKeyStores", () => {
  it("refuses a store that is not there, and an id together with a name", async () => {
    const { root } = world
    const unknown = "cks-1234567890abcdef0"
    const name = "CustomKeyStoreNotFoundException"
    await expectRefusal(root.describeCustomKeyStores({ CustomKeyStoreId: unknown }), name)
    await expectRefusal(root.describeCustomKeyStores({ CustomKeyStoreName: "none" }), name)
    const both = { CustomKeyStoreId, CustomKeyStoreName: "hsm" }
    await expectRefusal(root.describeCustomKeyStores(both), "ValidationException")
    await expectRefusal(root.describeCustomKeyStores({ Marker: "x" }), "InvalidMarkerException")
  })

  it("shows the stores of the own account and no others", async () => {
    const reply = await world.stranger.describeCustomKeyStores()
    expect(reply).toMatchObject({ CustomKeyStores: [], Truncated: false })
    const call = world.stranger.describeCustomKeyStores({ CustomKeyStoreId })
    await expectRefusal(call, "CustomKeyStoreNotFoundException")
  })
})

describe("UpdateCustomKeyStore", () => {
  const update = (members: object) =>
    world.root.updateCustomKeyStore({ CustomKeyStoreId, ...members })
  beforeEach(() => world.disconnect())

  it("moves a store to another cluster with the same certificate", async () => {
    await update({ CloudHsmClusterId: otherClusterId })
    expect((await world.entry())["CloudHsmClusterId"]).toBe(otherClusterId)
  })

  it("refuses a cluster with another certificate, and one that is not there", async () => {
    const other = clusterOf(94, { trustAnchorCertificate: "another" })
    const keyStores = { [clusterId]: clusterOf(), [otherClusterId]: other }
    const { root, storeId, disconnect } = await openHsmStore({ keyStores })
    await disconnect()
    const move = (CloudHsmClusterId: string) =>
      root.updateCustomKeyStore({ CustomKeyStoreId: storeId, CloudHsmClusterId })
    await expectRefusal(move(otherClusterId), "CloudHsmClusterNotRelatedException")
    await expectRefusal(move("cluster-unknown23456"), "CloudHsmClusterNotFoundException")
  })

  it("refuses the name of another store, and members of the other type", async () => {
    const second = hsmStoreInput({
      CustomKeyStoreName: "second",
      CloudHsmClusterId: otherClusterId,
    })
    await world.root.createCustomKeyStore(second)
    const name = "CustomKeyStoreNameInUseException"
    await expectRefusal(update({ NewCustomKeyStoreName: "second" }), name)
    const inUse = "CloudHsmClusterInUseException"
    await expectRefusal(update({ CloudHsmClusterId: otherClusterId }), inUse)
    await expectRefusal(update({ XksProxyUriPath: "/kms/xks/v1" }), "ValidationException")
    await update({ NewCustomKeyStoreName: "hsm" })
  })
})

describe("ConnectCustomKeyStore", () => {
  it("fails with a wrong password, until the right one is given", async () => {
    const { root } = world
    await world.disconnect()
    await root.updateCustomKeyStore({ CustomKeyStoreId, KeyStorePassword: "not-the-one" })
    await world.connect()
    expect(await world.entry()).toMatchObject({
      ConnectionState: "FAILED",
      ConnectionErrorCode: "INVALID_CREDENTIALS",
    })
    await expectRefusal(world.connect(), "CustomKeyStoreInvalidStateException")
    await world.disconnect()
    expect((await world.entry())["ConnectionErrorCode"]).toBeUndefined()
    await root.updateCustomKeyStore({ CustomKeyStoreId, KeyStorePassword: password })
    await world.connect()
    expect((await world.entry())["ConnectionState"]).toBe("CONNECTED")
  })

  it("fails with the code that the cluster gives", async () => {
    const status = { isActive: true, activeHsms: 2 }
    const codes = ["USER_LOGGED_IN", "USER_LOCKED_OUT", "SUBNET_NOT_FOUND"] as const
    for (const connectionErrorCode of codes) {
      const cluster = clusterOf(95, { status: () => ({ ...status, connectionErrorCode }) })
      const { entry } = await openHsmStore({ keyStores: { [clusterId]: cluster } })
      expect(await entry()).toMatchObject({
        ConnectionState: "FAILED",
        ConnectionErrorCode: connectionErrorCode,
      })
    }
  })

  it("refuses a cluster that is not active or has no HSM", async () => {
    let status = { isActive: true, activeHsms: 2 }
    const keyStores = { [clusterId]: clusterOf(96, { status: () => status }) }
    const { connect, disconnect, entry } = await openHsmStore({ keyStores })
    await disconnect()
    status = { isActive: false, activeHsms: 2 }
    await expectRefusal(connect(), "CloudHsmClusterNotActiveException")
    status = { isActive: true, activeHsms: 0 }
    await expectRefusal(connect(), "CloudHsmClusterInvalidConfigurationException")
    expect((await entry())["ConnectionState"]).toBe("DISCONNECTED")
    status = { isActive: true, activeHsms: 1 }
    await connect()
    expect((await entry())["ConnectionState"]).toBe("CONNECTED")
  })

  it("succeeds once the HSM is there again, also after a restart of it", async () => {
    const first = clusterOf()
    const restarted = clusterOf()
    let current = first.hsm
    let isThere = false
    const hsm: Hsm = {
      ...first.hsm,
      createDomain: (name) => {
        if (isThere) return current.createDomain(name)
        throw new HsmError("unavailable", "the cable is out")
      },
      openDomain: (name, state) => current.openDomain(name, state),
      generateKey: (binding) => current.generateKey(binding),
    }
    const keyStores = { [clusterId]: { ...first, hsm } }
    const { connect, disconnect, entry, newStoreKey } = await openHsmStore({ keyStores })
    expect((await entry())["ConnectionErrorCode"]).toBe("NETWORK_ERRORS")
    isThere = true
    await disconnect()
    await connect()
    await newStoreKey()
    current = restarted.hsm
    await expectRefusal(newStoreKey(), "KeyUnavailableException")
    await disconnect()
    await connect()
    await newStoreKey()
  })

  it("fails on a host that has not the cluster, and for an HSM that cannot be opened", async () => {
    const storage = createMemoryStorage()
    const { root, storeId, disconnect } = await openHsmStore({ storage })
    await root.createKey({ Origin: "AWS_CLOUDHSM", CustomKeyStoreId: storeId })
    const connectOn = async (keyStores: CloudHsmClusters) => {
      await disconnect()
      const host = await openHost({ storage, keyStores })
      const client = host.as(host.administrator)
      await client.connectCustomKeyStore({ CustomKeyStoreId: storeId })
      const { CustomKeyStores } = await client.describeCustomKeyStores()
      return CustomKeyStores?.[0]?.ConnectionErrorCode
    }
    expect(await connectOn({})).toBe("CLUSTER_NOT_FOUND")
    expect(await connectOn({ [clusterId]: clusterOf(97) })).toBe("INTERNAL_ERROR")
    const closed = clusterOf()
    await closed.hsm.close()
    expect(await connectOn({ [clusterId]: closed })).toBe("NETWORK_ERRORS")
    expect(await connectOn({ [clusterId]: clusterOf() })).toBeUndefined()
  })
})

describe("DeleteCustomKeyStore", () => {
  const remove = () => world.root.deleteCustomKeyStore({ CustomKeyStoreId })

  it("refuses a store with a key, also one that waits for its deletion", async () => {
    const KeyId = await world.newStoreKey()
    await world.disconnect()
    await expectRefusal(remove(), "CustomKeyStoreHasCMKsException")
    await world.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    await expectRefusal(remove(), "CustomKeyStoreHasCMKsException")
    world.clock.advanceDays(7)
    await remove()
    await expectRefusal(world.connect(), "CustomKeyStoreNotFoundException")
    expect((await world.kms.sweep()).keysDeleted).toBe(1)
  })

  it("minds no number of keys that are gone and were not swept", async () => {
    const ids: string[] = []
    while (ids.length < 105) ids.push(await world.newStoreKey())
    for (const KeyId of ids) await world.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    world.clock.advanceDays(7)
    await world.disconnect()
    await remove()
  })

  it("leaves nothing behind, and its name and cluster free", async () => {
    const KeyId = await world.newStoreKey()
    await world.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    world.clock.advanceDays(8)
    await world.kms.sweep()
    await world.disconnect()
    await remove()
    const ofRegion = ["domain", "domain-copy"]
    expect(Object.keys(await dumpOf(world.storage))).toEqual([...ofRegion, keyStoresKey(account)])
    expect(await world.kms.verify()).toMatchObject({ isWhole: true })
    await world.root.createCustomKeyStore(hsmStoreInput())
  })

  it("does not delete a store while another host puts a key into it", async () => {
    const keyStores = { [clusterId]: clusterOf() }
    const storage = createMemoryStorage()
    const { root, storeId } = await openHsmStore({ keyStores, storage })
    const attempts = Array.from({ length: 6 }, () =>
      outcomeOf(root.createKey({ Origin: "AWS_CLOUDHSM", CustomKeyStoreId: storeId })),
    )
    const removal = root
      .disconnectCustomKeyStore({ CustomKeyStoreId: storeId })
      .then(() => outcomeOf(root.deleteCustomKeyStore({ CustomKeyStoreId: storeId })))
    const ends = await Promise.all(attempts)
    const removed = await removal
    const { Keys = [] } = await root.listKeys()
    expect(ends.filter((end) => end === "OK")).toHaveLength(Keys.length)
    expect(removed).toBe(Keys.length === 0 ? "OK" : "CustomKeyStoreHasCMKsException")
  })
})

describe("the permission for key stores", () => {
  const actions = [
    // There is one of that name.
    ["CreateCustomKeyStore", () => hsmStoreInput(), "CustomKeyStoreNameInUseException"],
    ["DescribeCustomKeyStores", () => ({}), "OK"],
    ["UpdateCustomKeyStore", () => ({ CustomKeyStoreId }), "OK"],
    ["DeleteCustomKeyStore", () => ({ CustomKeyStoreId }), "OK"],
    ["ConnectCustomKeyStore", () => ({ CustomKeyStoreId }), "OK"],
    // It was never connected.
    [
      "DisconnectCustomKeyStore",
      () => ({ CustomKeyStoreId }),
      "CustomKeyStoreInvalidStateException",
    ],
  ] as const

  it.each(actions)(
    "%s comes from identity policies, on the resource *",
    async (name, input, ending) => {
      const identities = {
        [userOf(account)]: identityOf({ Action: `kms:${name}` }),
        [userOf(account, "bob")]: identityOf({ Effect: "Deny", Action: `kms:${name}` }, {}),
        [userOf(account, "carol")]: identityOf({
          Action: `kms:${name}`,
          Resource: `arn:aws:kms:us-east-1:${account}:key/*`,
        }),
      }
      const keyStores = { [clusterId]: clusterOf(98) }
      const { call, root } = await openWorld({ identities, keyStores })
      const made = await root.createCustomKeyStore(hsmStoreInput())
      const asked = { ...input(), ...(name === "CreateCustomKeyStore" ? {} : made) }
      const { $metadata: _, ...members } = asked as Record<string, unknown>
      for (const principal of [userOf(account, "bob"), userOf(account, "carol")]) {
        const { message } = await expectRefusal(
          call(name, members, principal),
          "AccessDeniedException",
        )
        expect(message).toContain(`kms:${name}`)
      }
      expect(await outcomeOf(call(name, members, userOf(account)))).toBe(ending)
    },
  )

  it("does not tell who may not ask whether a store is there", async () => {
    const unknown = { CustomKeyStoreId: "cks-1234567890abcdef0" }
    const call = world.call("ConnectCustomKeyStore", unknown, userOf(account))
    await expectRefusal(call, "AccessDeniedException")
    await expectRefusal(
      world.call("ConnectCustomKeyStore", unknown, rootOf(account)),
      "CustomKeyStoreNotFoundException",
    )
  })
})

describe("createKms", () => {
  it("refuses clusters without a proper id, and an HSM that has two jobs", async () => {
    const cluster = clusterOf()
    await expect(openHost({ keyStores: { main: cluster } })).rejects.toThrow(TypeError)
    const twice = { [clusterId]: cluster, [otherClusterId]: cluster }
    await expect(openHost({ keyStores: twice })).rejects.toThrow(TypeError)
    const hsm = createSoftwareHsm({ seal: sealOf(97) })
    const same = openHost({ hsm, keyStores: { [clusterId]: { ...cluster, hsm } } })
    await expect(same).rejects.toThrow(TypeError)
  })
})
