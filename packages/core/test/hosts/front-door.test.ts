import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { connectRegions } from "../../src/connect-regions.js"
import { storageAnchor } from "../../src/engine/hsms/anchoring.js"
import type { Kms, PeerRegion } from "../../src/kms.js"
import { createMemoryKms } from "../../src/memory.js"
import { openSealedStorage } from "../../src/open-sealed-storage.js"
import { restoreBackup } from "../../src/restore-backup.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account } from "../support/accounts.js"
import { inPieces, memoryBackup } from "../support/backups.js"
import { openHost, sealOf } from "../support/hosts.js"
import { clusterId, clusterOf } from "../support/key-stores.js"

const newHsm = () => createSoftwareHsm({ seal: sealOf() })
const closed = new TypeError("the engine is closed")

describe("a closed engine", () => {
  const client = (kms: Kms) => kms.as(kms.administrator)
  const asks: Readonly<Record<string, (kms: Kms) => Promise<unknown>>> = {
    "a call of a client": (kms) => client(kms).listKeys(),
    "a call by name": (kms) => kms.call({ principal: kms.administrator }, "ListKeys", {}),
    "an explanation": (kms) => kms.explain(kms.administrator, "ListKeys", {}),
    "a sweep": (kms) => kms.sweep(),
    "a verification": (kms) => kms.verify(),
    "a backup": (kms) => kms.backup(memoryBackup()),
    "a new domain key": (kms) => kms.rotateDomainKey(),
    "a new seal": (kms) => kms.reseal(),
    "its replication key": (kms) => kms.regions.replicationKey(),
    "another region": (kms) => kms.regions.connect({} as PeerRegion),
    "no region any more": (kms) => kms.regions.disconnect("eu-west-1"),
    "a message": (kms) => kms.regions.receive(new Uint8Array()),
  }

  it.each(Object.keys(asks))("is asked for %s in vain", async (what) => {
    const kms = await openHost()
    await kms.close()
    await expect(asks[what]?.(kms)).rejects.toThrow(closed)
  })

  it("is closed once, by `await using` as well, with all that belongs to it", async () => {
    const ended: string[] = []
    const watched = <Port extends { close(): unknown }>(name: string, port: Port): Port => ({
      ...port,
      close: () => {
        ended.push(name)
        return port.close()
      },
    })
    const cluster = clusterOf()
    const options = {
      storage: watched("storage", createMemoryStorage()),
      hsm: watched("hsm", newHsm()),
      keyStores: { [clusterId]: { ...cluster, hsm: watched("cluster", cluster.hsm) } },
    }
    {
      await using kms = await openHost(options)
      await Promise.all([kms.close(), kms.close()])
    }
    expect(ended).toEqual(["hsm", "cluster", "storage"])
  })

  it("has written how keys were last used, and its anchor where that lags", async () => {
    const memory = createMemoryStorage()
    const [storage, outside] = [{ ...memory, close: async () => undefined }, createMemoryStorage()]
    const timer = () => ({ over: new Promise<void>(() => undefined), stop: () => undefined })
    const anchor = storageAnchor(outside)
    const kms = await openHost({ storage, anchor, anchorLagMs: 60_000, timer })
    const { KeyMetadata } = await client(kms).createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    await client(kms).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    const before = await anchor.read()
    await kms.close()
    expect(await anchor.read()).not.toEqual(before)
    const again = await openHost({ storage })
    expect(await client(again).getKeyLastUsage({ KeyId })).toMatchObject({
      KeyLastUsage: { Operation: "Encrypt" },
    })
  })

  it("closes all the same where its anchor cannot be written, and where usages cannot", async () => {
    const inner = createMemoryStorage()
    let isBroken = false
    const commit: Storage["commit"] = async (change) => {
      if (isBroken) throw new Error("the disk is full")
      return inner.commit(change)
    }
    const outside = createMemoryStorage()
    const anchor = storageAnchor({
      ...outside,
      commit: (change) => {
        if (isBroken) throw new Error("the disk is full")
        return outside.commit(change)
      },
    })
    let closes = 0
    const close = async () => {
      closes += 1
    }
    const timer = () => ({ over: new Promise<void>(() => undefined), stop: () => undefined })
    const storage = { ...inner, commit, close }
    const kms = await openHost({ storage, anchor, anchorLagMs: 60_000, timer })
    const { KeyMetadata } = await client(kms).createKey({})
    const KeyId = KeyMetadata?.KeyId ?? ""
    await client(kms).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
    isBroken = true
    await kms.close()
    expect(closes).toBe(1)
  })
})

describe("an engine", () => {
  it("answers a client with the id of the request, and a call by name beside the reply", async () => {
    const kms = await openHost()
    const { $metadata } = await kms.as(kms.administrator).listKeys()
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
    const { requestId, reply } = await kms.call({ principal: kms.administrator }, "ListKeys", {})
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/)
    expect(reply).toEqual({ Keys: [], Truncated: false })
  })

  it("explains a call of a caller in a context, and of one that is named alone", async () => {
    const Condition = { StringEquals: { "aws:SourceVpce": "vpce-1" } }
    const statement = { Effect: "Allow", Action: "kms:ListKeys", Resource: "*", Condition }
    const policies = [{ Version: "2012-10-17", Statement: [statement] }] as never
    const principal = `arn:aws:iam::${account}:user/alice`
    const kms = await openHost({ identities: { [principal]: { policies } } })
    const effect = async (caller: Parameters<Kms["explain"]>[0]) =>
      (await kms.explain(caller, "ListKeys", {})).effect
    expect(await effect(principal)).toBe("implicitDeny")
    expect(await effect({ principal, context: { sourceVpce: "vpce-1" } })).toBe("allow")
  })

  it("is resealed with what becomes of former seals, in two words", async () => {
    const kms = await openHost()
    for (const former of ["dropped", "", null]) {
      const options = { former } as never
      await expect(kms.reseal(options)).rejects.toThrow('`former` must be "kept" or "retired"')
    }
    for (const former of [undefined, "kept", "retired"] as const) await kms.reseal({ former })
  })

  it("knows other regions of its partition alone, by a key of 32 bytes", async () => {
    const kms = await openHost()
    const link = { deliver: async (bytes: Uint8Array) => bytes }
    const replicationKey = new Uint8Array(32).fill(7)
    const peer = { region: "eu-west-1", replicationKey, link }
    for (const [wrong, message] of [
      [{ region: "us-east-1" }, "`region` must be the name of another region"],
      [{ region: "nowhere" }, "`region` must be the name of another region"],
      [{ region: "cn-north-1" }, "`region` must be of the same partition"],
      [{ replicationKey: new Uint8Array(31) }, "`replicationKey`"],
      [{ replicationKey: "a".repeat(32) }, "`replicationKey`"],
    ] as const) {
      const refused = kms.regions.connect({ ...peer, ...wrong } as PeerRegion)
      await expect(refused).rejects.toThrow(message)
    }
    for (const region of ["us-east-1", "nowhere"]) {
      await expect(kms.regions.disconnect(region)).rejects.toThrow(TypeError)
    }
    await kms.regions.connect(peer)
  })

  it("tells of a new domain key when another region is trusted no more", async () => {
    const told: unknown[] = []
    const kms = await openHost({ events: (event) => void told.push(event.detail) })
    await kms.regions.replicationKey()
    await kms.regions.disconnect("eu-west-1")
    expect(told).toEqual([{ change: "rotated", "domain-key-ids": [expect.any(String)] }])
  })
})

describe("regions of one process", () => {
  it("are connected when each is another, and all of one partition", async () => {
    const [one, same] = [await openHost(), await openHost()]
    const [other, china] = [
      await openHost({ region: "eu-west-1" }),
      await openHost({ region: "cn-north-1" }),
    ]
    await expect(connectRegions([one, same])).rejects.toThrow(
      "`hosts` must be of different regions",
    )
    await expect(connectRegions([one, other, china])).rejects.toThrow(
      "`hosts` must be of one partition",
    )
    expect(await connectRegions([])).toEqual([])
    expect(await connectRegions([one, other])).toEqual([one, other])
    const client = one.as(one.administrator)
    const { KeyMetadata } = await client.createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    await client.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
    const there = await other.as(other.administrator).describeKey({ KeyId })
    expect(there.KeyMetadata?.MultiRegionConfiguration?.PrimaryKey?.Region).toBe("us-east-1")
  })
})

describe("a backup", () => {
  it("is restored in the partition that is named, and in no other", async () => {
    const kms = await openHost({ partition: "aws-iso-b" })
    const target = memoryBackup()
    await kms.backup(target)
    const restored = (options: object) =>
      restoreBackup(inPieces(target.bytes()), {
        region: "us-east-1",
        storage: createMemoryStorage(),
        hsm: newHsm(),
        ...options,
      })
    await expect(restored({})).rejects.toThrow("the backup is of the domain `aws-iso-b:us-east-1`")
    const clock = () => 1_900_000_000_000
    expect(await restored({ partition: "aws-iso-b", clock })).toMatchObject({ restoredMs: clock() })
  })
})

describe("a KMS in memory", () => {
  it("is closed with its HSM, and its key with that", async () => {
    const kms = await createMemoryKms()
    const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
    expect(KeyMetadata?.AWSAccountId).toBe(account)
    await kms.close()
    await kms.close()
  })

  it("that is given an HSM, an anchor or a word on its domain opens at once", async () => {
    const stale = storageAnchor(createMemoryStorage())
    await stale.write(new Uint8Array(40))
    for (const options of [{ anchor: stale }, { create: "never" as const }]) {
      await expect(createMemoryKms(options)).rejects.toThrow("the storage holds no domain")
    }
    const opened: string[] = []
    const hsm = newHsm()
    const createDomain: typeof hsm.createDomain = (name) => {
      opened.push(name)
      return hsm.createDomain(name)
    }
    await createMemoryKms({ hsm: { ...hsm, createDomain } })
    expect(opened).toEqual(["aws:us-east-1"])
  })
})

describe("a storage beside the engine's", () => {
  it("draws at random, and wipes its HSM and closes its storage once", async () => {
    const ended: string[] = []
    const [hsm, disk] = [newHsm(), createMemoryStorage()]
    const { generateRandom, close } = await openSealedStorage({
      name: "identity",
      hsm: { ...hsm, close: async () => void ended.push("hsm") },
      storage: { ...disk, close: async () => void ended.push("storage") },
    })
    const [one, other] = [await generateRandom(16), await generateRandom(16)]
    expect(one).toHaveLength(16)
    expect(one).not.toEqual(other)
    await Promise.all([close(), close()])
    expect(ended).toEqual(["hsm", "storage"])
  })

  it("is made where there is none, unless that is never to be", async () => {
    const options = { name: "identity", storage: createMemoryStorage(), hsm: newHsm() }
    await expect(openSealedStorage({ ...options, create: "never" })).rejects.toThrow(
      "the storage holds no domain",
    )
  })
})
