import { createMemoryStorage, type MemoryStorage, type Storage } from "@keywright/storage"
import { beforeAll, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { encodeImportToken, parseImportToken } from "../../src/formats/opaque/import-token.js"
import type { KeyRecord } from "../../src/formats/stored/key-records.js"
import type { Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { isKmsError } from "../../src/vocabulary/errors.js"
import { account, rootOf, userOf } from "../support/accounts.js"
import { createClock, impatient } from "../support/clock.js"
import { openHost, rootKey, sealOf } from "../support/hosts.js"
import { wrappedMaterial } from "../support/importing.js"
import { keyPolicyOf } from "../support/policies.js"
import { dumpOf, readRecord, tamper } from "../support/records.js"
import { expectRefusal, outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { recordingStorage } from "../support/storages.js"
import { madeAliases, newKey } from "../support/world.js"
import {
  hostOptions,
  prepareScene,
  type Scene,
  writingCalls,
  writingOperations,
} from "../support/writes.js"

interface Host {
  readonly kms: Kms
  readonly root: KmsClient
}

async function hostOn(storage: Storage, options: Partial<KmsOptions> = {}): Promise<Host> {
  const kms = await openHost({ storage, ...options })
  return { kms, root: kms.as(kms.administrator) }
}

async function twoHosts(options: Partial<KmsOptions> = {}) {
  const storage = createMemoryStorage()
  const clock = createClock()
  const a = await hostOn(storage, { clock, ...options })
  const b = await hostOn(storage, { clock, ...options })
  const KeyId = await newKey(a.root)
  // Both have the key in their memory.
  await a.root.describeKey({ KeyId })
  await b.root.describeKey({ KeyId })
  return { storage, clock, a, b, KeyId }
}

const Plaintext = Uint8Array.of(1, 2, 3)

describe("what one host changes, the next call on another honours:", () => {
  it("a key that is made, disabled, enabled, scheduled and cancelled", async () => {
    const { a, b, KeyId } = await twoHosts()
    const stateAtB = async () => (await b.root.describeKey({ KeyId })).KeyMetadata?.KeyState
    await a.root.disableKey({ KeyId })
    await expectRefusal(b.root.encrypt({ KeyId, Plaintext }), "DisabledException")
    await a.root.enableKey({ KeyId })
    await b.root.encrypt({ KeyId, Plaintext })
    await a.root.scheduleKeyDeletion({ KeyId })
    expect(await stateAtB()).toBe("PendingDeletion")
    await b.root.cancelKeyDeletion({ KeyId })
    expect((await a.root.describeKey({ KeyId })).KeyMetadata?.KeyState).toBe("Disabled")
  })

  it("an alias that is made, moved and deleted", async () => {
    const { a, b, KeyId } = await twoHosts()
    const AliasName = "alias/x"
    const targetAtB = async () =>
      (await b.root.describeKey({ KeyId: AliasName })).KeyMetadata?.KeyId
    await expectRefusal(targetAtB(), "NotFoundException")
    await a.root.createAlias({ AliasName, TargetKeyId: KeyId })
    expect(await targetAtB()).toBe(KeyId)
    const next = await newKey(a.root)
    await a.root.updateAlias({ AliasName, TargetKeyId: next })
    expect(await targetAtB()).toBe(next)
    await a.root.deleteAlias({ AliasName })
    await expectRefusal(targetAtB(), "NotFoundException")
    await b.root.createAlias({ AliasName, TargetKeyId: KeyId })
  })

  it("a policy, a tag, a description", async () => {
    const { a, b, KeyId } = await twoHosts()
    const alice = b.kms.as(userOf(account))
    await expectRefusal(alice.describeKey({ KeyId }), "AccessDeniedException")
    await a.root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}) })
    await alice.describeKey({ KeyId })
    await a.root.putKeyPolicy({
      KeyId,
      Policy: keyPolicyOf({ Principal: { AWS: rootOf(account) } }),
    })
    await expectRefusal(alice.describeKey({ KeyId }), "AccessDeniedException")
    await a.root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "b" }] })
    expect((await b.root.listResourceTags({ KeyId })).Tags).toHaveLength(1)
    await a.root.updateKeyDescription({ KeyId, Description: "new" })
    expect((await b.root.describeKey({ KeyId })).KeyMetadata?.Description).toBe("new")
  })

  it("a key that was destroyed", async () => {
    const { a, b, KeyId, clock } = await twoHosts()
    const CiphertextBlob = blobIn(await b.root.encrypt({ KeyId, Plaintext }))
    await a.root.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    await a.kms.sweep()
    await expectRefusal(b.root.describeKey({ KeyId }), "NotFoundException")
    await expectRefusal(b.root.decrypt({ CiphertextBlob }), "AccessDeniedException")
  })

  it("a ciphertext", async () => {
    const { a, b, KeyId } = await twoHosts()
    const CiphertextBlob = blobIn(await a.root.encrypt({ KeyId, Plaintext }))
    expect((await b.root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })
})

const clock = createClock()

/** The world before two calls, made once. */
let origin: { readonly storage: MemoryStorage; readonly scene: Scene }
beforeAll(async () => {
  const storage = createMemoryStorage()
  origin = { storage, scene: await prepareScene(storage, clock) }
})

/** What a region that never answers makes of every order of calls alike has tests of its own. */
const racing = Object.keys(writingCalls).filter((name) => name !== "UpdatePrimaryRegion")
const aboutImports = ["DeleteImportedKeyMaterial", "ImportKeyMaterial"]

const pairs = racing.flatMap((first, i) => racing.slice(i).map((second) => ({ first, second })))

/** Everything that callers can see, and whether indexes and records agree. */
async function sightOf(storage: Storage, KeyId: string) {
  const { root } = await hostOn(storage, { clock, ...hostOptions() })
  const { Keys = [] } = await root.listKeys({})
  const { KeyMetadata } = await root.describeKey({ KeyId })
  const { Policy } = await root.getKeyPolicy({ KeyId })
  const { Tags } = await root.listResourceTags({ KeyId })
  const { Grants = [] } = await root.listGrants({ KeyId })
  const rotation = await outcomeOf(root.getKeyRotationStatus({ KeyId }))
  const { Rotations = [] } = await root.listKeyRotations({
    KeyId,
    IncludeKeyMaterial: "ALL_KEY_MATERIAL",
  })
  const { CustomKeyStores = [] } = await root.describeCustomKeyStores({})
  const Aliases = await madeAliases(root)
  for (const { AliasName = "", TargetKeyId = "" } of Aliases) {
    const ofKey = await root.listAliases({ KeyId: TargetKeyId })
    expect(ofKey.Aliases?.map((alias) => alias.AliasName)).toContain(AliasName)
  }
  const { state, grantsCount, rotation: plan } = await recordOf(storage, KeyId)
  expect(grantsCount).toBe(Grants.length)
  const dump = Object.entries(await dumpOf(storage))
  const agenda = dump.filter(([key]) => key.startsWith("due/") && key.endsWith(KeyId))
  const due = (state === "PendingDeletion" ? 1 : 0) + (plan === undefined ? 0 : 1)
  expect(agenda).toHaveLength(due)
  const counts = dump.filter(([key]) => key.startsWith("count/"))
  const counted = counts.reduce((sum, [, text]) => sum + JSON.parse(text).value.keys, 0)
  expect(counted).toBe(Keys.length)
  return {
    keys: Keys.length,
    state: KeyMetadata?.KeyState,
    replicas: KeyMetadata?.MultiRegionConfiguration?.ReplicaKeys,
    description: KeyMetadata?.Description,
    Policy,
    Tags,
    grants: Grants.map(({ Name, Operations }) => [Name, Operations]),
    rotation,
    plan,
    materials: Rotations.map((one) => [one.KeyMaterialState, one.ImportState, one.RotationType]),
    stores: CustomKeyStores.map(
      (store) => `${store.CustomKeyStoreName} ${store.ConnectionState}`,
    ).sort(),
    aliases: Aliases.map(({ AliasName, TargetKeyId }) => `${AliasName} ${TargetKeyId === KeyId}`),
  }
}

async function recordOf(storage: Storage, KeyId: string) {
  const { value } = await readRecord(storage, `key/${account}/${KeyId}`)
  return value as unknown as KeyRecord
}

describe("two hosts that write at once lose nothing:", () => {
  it("is tried with every operation that writes", () => {
    expect([...racing, "UpdatePrimaryRegion"].toSorted()).toEqual(writingOperations)
  })

  it.each(pairs)("$first and $second", async ({ first, second }) => {
    const { storage, scene } = origin
    const isAboutImports = aboutImports.some((name) => name === first || name === second)
    const KeyId = isAboutImports ? scene.imported : scene.own
    const call = (name: string, { kms, root }: Host) =>
      outcomeOf(writingCalls[name]?.(root, KeyId, scene, kms) ?? Promise.reject(new Error(name)))
    /** The sights that some order of the two calls leads to. */
    const possible: unknown[] = []
    for (const isReversed of [false, true]) {
      const fork = storage.fork()
      const host = await hostOn(fork, { clock, ...hostOptions() })
      const order = isReversed ? [second, first] : [first, second]
      const endings: string[] = []
      for (const name of order) endings.push(await call(name, host))
      if (isReversed) endings.reverse()
      possible.push({ endings, sight: await sightOf(fork, KeyId) })
    }
    const fork = storage.fork()
    const open = () => hostOn(fork, { clock, ...hostOptions() })
    const [a, b] = [await open(), await open()]
    const endings = await Promise.all([call(first, a), call(second, b)])
    expect(possible).toContainEqual({ endings, sight: await sightOf(fork, KeyId) })
  })
})

describe("two hosts that write to one key at once lose nothing:", () => {
  it("five hosts, each with a tag of its own", async () => {
    const storage = createMemoryStorage()
    const hosts = await Promise.all(Array.from({ length: 5 }, () => hostOn(storage)))
    const KeyId = await newKey((hosts[0] as Host).root)
    await Promise.all(
      hosts.map(({ root }, i) =>
        root.tagResource({ KeyId, Tags: [{ TagKey: `k${i}`, TagValue: "" }] }),
      ),
    )
    const { Tags } = await (hosts[0] as Host).root.listResourceTags({ KeyId })
    expect(Tags).toHaveLength(5)
  })

  it("one alias name goes to one key", async () => {
    const { a, b, storage } = await twoHosts()
    const [first, second] = [await newKey(a.root), await newKey(b.root)]
    const endings = await Promise.all([
      outcomeOf(a.root.createAlias({ AliasName: "alias/x", TargetKeyId: first })),
      outcomeOf(b.root.createAlias({ AliasName: "alias/x", TargetKeyId: second })),
    ])
    expect(endings.toSorted()).toEqual(["AlreadyExistsException", "OK"])
    const record = await readRecord(storage, `alias/${account}/x`)
    expect(record.value["keyId"]).toBe(endings[0] === "OK" ? first : second)
  })

  it("the fiftieth alias and the fiftieth tag go to one of two", async () => {
    const { a, b, KeyId } = await twoHosts()
    for (let i = 0; i < 49; i += 1) {
      await a.root.createAlias({ AliasName: `alias/${i}`, TargetKeyId: KeyId })
    }
    await a.root.tagResource({
      KeyId,
      Tags: Array.from({ length: 49 }, (_, i) => ({ TagKey: `${i}`, TagValue: "" })),
    })
    const endings = await Promise.all([
      outcomeOf(a.root.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId })),
      outcomeOf(b.root.createAlias({ AliasName: "alias/b", TargetKeyId: KeyId })),
    ])
    expect(endings.toSorted()).toEqual(["LimitExceededException", "OK"])
    const tagging = await Promise.all([
      outcomeOf(a.root.tagResource({ KeyId, Tags: [{ TagKey: "a", TagValue: "" }] })),
      outcomeOf(b.root.tagResource({ KeyId, Tags: [{ TagKey: "b", TagValue: "" }] })),
    ])
    expect(tagging.toSorted()).toEqual(["OK", "TagException"])
  })

  it("a policy that takes a permission away is honoured by a write that raced it", async () => {
    const { a, b, KeyId, storage } = await twoHosts()
    await a.root.putKeyPolicy({ KeyId, Policy: keyPolicyOf({}) })
    const alice = b.kms.as(userOf(account))
    await alice.describeKey({ KeyId })
    const endings = await Promise.all([
      outcomeOf(
        a.root.putKeyPolicy({
          KeyId,
          Policy: keyPolicyOf({ Principal: { AWS: rootOf(account) } }),
        }),
      ),
      outcomeOf(alice.updateKeyDescription({ KeyId, Description: "mine" })),
    ])
    expect(endings[0]).toBe("OK")
    const { value } = await readRecord(storage, `key/${account}/${KeyId}`)
    expect(value["description"]).toBe(endings[1] === "OK" ? "mine" : "")
    expect(["OK", "AccessDeniedException"]).toContain(endings[1])
  })
})

describe("a change that another host was quicker to make", () => {
  const losing = (inner: Storage, rounds: number): { storage: Storage; tries: () => number } => {
    let tries = 0
    return {
      tries: () => tries,
      storage: {
        ...inner,
        get: (keys) => inner.get(keys),
        list: (range) => inner.list(range),
        stamp: () => inner.stamp(),
        close: () => inner.close(),
        commit: async (change) => {
          const isKey = change.put.some(({ key }) => key.startsWith("key/"))
          if (isKey) tries += 1
          return isKey && tries <= rounds ? false : inner.commit(change)
        },
      },
    }
  }

  it.each([1, 2, 5])("is made again after %i lost rounds", async (rounds) => {
    const inner = createMemoryStorage()
    const { storage, tries } = losing(inner, rounds)
    const { root } = await hostOn(storage)
    await newKey(root)
    expect(tries()).toBe(rounds + 1)
  })

  it("is given up at last with an error that can be retried, and nothing is written", async () => {
    const inner = createMemoryStorage()
    const { storage } = losing(inner, Number.POSITIVE_INFINITY)
    const { root } = await hostOn(storage, { timer: impatient })
    const before = await dumpOf(inner)
    const error = await expectRefusal(root.createKey({}), "ThrottlingException")
    expect(error.retryable).toBe(true)
    expect(await dumpOf(inner)).toEqual(before)
  })
})

describe("the domain of a region", () => {
  it("is one for hosts that start together", async () => {
    const storage = createMemoryStorage()
    const hosts = await Promise.all(Array.from({ length: 4 }, () => hostOn(storage)))
    const [first] = hosts as [Host]
    const KeyId = await newKey(first.root)
    const CiphertextBlob = blobIn(await first.root.encrypt({ KeyId, Plaintext }))
    for (const { root } of hosts) {
      expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
      await root.decrypt({ CiphertextBlob: blobIn(await root.encrypt({ KeyId, Plaintext })) })
    }
  })

  it("does not open under another root key, and no byte of storage changes", async () => {
    const inner = createMemoryStorage()
    await newKey((await hostOn(inner)).root)
    const storage = recordingStorage(inner)
    const before = await dumpOf(inner)
    const hsm = createSoftwareHsm({ seal: sealOf(2) })
    const opening = openHost({ storage, hsm })
    await expect(opening).rejects.toMatchObject({ name: "HsmError", code: "sealed-by-another" })
    expect(storage.counts().commit).toBe(0)
    expect(await dumpOf(inner)).toEqual(before)
    await hostOn(inner)
  })

  it.each([{ region: "eu-west-1" }, { partition: "aws-cn" }])(
    "is not that of %o, and no byte of storage changes",
    async (options) => {
      const inner = createMemoryStorage()
      await newKey((await hostOn(inner)).root)
      const before = await dumpOf(inner)
      await expect(openHost({ storage: inner, ...options })).rejects.toThrow(/domain/)
      expect(await dumpOf(inner)).toEqual(before)
    },
  )

  it("may get a new domain key on one host while others work on", async () => {
    const { a, b, KeyId } = await twoHosts()
    const old = blobIn(await b.root.encrypt({ KeyId, Plaintext }))
    await a.kms.rotateDomainKey()
    const fresh = await newKey(a.root)
    for (const { root } of [a, b]) {
      expect((await root.decrypt({ CiphertextBlob: old })).Plaintext).toEqual(Plaintext)
      for (const id of [KeyId, fresh]) {
        const CiphertextBlob = blobIn(await root.encrypt({ KeyId: id, Plaintext }))
        for (const reader of [a, b]) {
          expect((await reader.root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
        }
      }
    }
    const moved = await b.root.reEncrypt({ CiphertextBlob: old, DestinationKeyId: fresh })
    expect((await a.root.decrypt({ CiphertextBlob: blobIn(moved) })).Plaintext).toEqual(Plaintext)
  })

  it("may get new keys on all hosts at once, and none is lost", async () => {
    const { a, b, storage } = await twoHosts()
    const ids: string[] = []
    for (let round = 0; round < 4; round += 1) {
      await Promise.all([a.kms.rotateDomainKey(), b.kms.rotateDomainKey()])
      ids.push(await newKey(a.root), await newKey(b.root))
    }
    const third = await hostOn(storage)
    for (const KeyId of ids) {
      for (const { root } of [a, b, third]) await root.encrypt({ KeyId, Plaintext })
    }
  })

  it("is opened again when it has changed, and for no token under a key that nobody has", async () => {
    const storage = createMemoryStorage()
    const a = await hostOn(storage)
    const inner = createSoftwareHsm({ seal: sealOf() })
    let opened = 0
    const openDomain = (...state: Parameters<typeof inner.openDomain>) => {
      opened += 1
      return inner.openDomain(...state)
    }
    const b = await hostOn(storage, { hsm: { ...inner, openDomain } })
    const KeyId = await newKey(b.root, { Origin: "EXTERNAL" })
    const wrapped = await wrappedMaterial(b.root, KeyId)
    const parsed = parseImportToken(wrapped.ImportToken as Uint8Array)
    if (parsed === undefined) throw new Error("the import token is none")
    parsed.token[1] = (parsed.token[1] ?? 0) ^ 1
    const ImportToken = encodeImportToken(parsed)
    const before = opened
    for (let i = 0; i < 3; i += 1) {
      const call = b.root.importKeyMaterial({ ...wrapped, ImportToken })
      await expectRefusal(call, "InvalidImportTokenException")
    }
    expect(opened - before).toBe(0)
    await a.kms.rotateDomainKey()
    const ids = [await newKey(a.root), await newKey(a.root), await newKey(a.root)]
    await Promise.all(ids.map((id) => b.root.encrypt({ KeyId: id, Plaintext })))
    const call = b.root.importKeyMaterial({ ...wrapped, ImportToken })
    await expectRefusal(call, "InvalidImportTokenException")
    const once = opened
    for (const id of ids) await b.root.encrypt({ KeyId: id, Plaintext })
    expect(opened).toBe(once)
    expect(once).toBeGreaterThan(before)
  })

  it("is never made anew under a running host when storage has lost it", async () => {
    const { a, storage } = await twoHosts()
    const [KeyId, other] = [await newKey(a.root), await newKey(a.root)]
    const key = `key/${account}/${KeyId}`
    const record = await readRecord(storage, key)
    const [material] = record.value["materials"] as { token: string }[]
    if (material === undefined) throw new Error("the key has no material")
    const token = Buffer.from(material.token, "base64")
    token[3] = (token[3] ?? 0) ^ 1
    material.token = token.toString("base64")
    await tamper(storage, key, record)
    await storage.commit({ expect: [], put: [], remove: ["domain"] })
    const error = await a.root.encrypt({ KeyId, Plaintext }).catch((thrown: unknown) => thrown)
    expect(isKmsError(error) && error.retryable).toBe(true)
    expect(Object.keys(await dumpOf(storage))).not.toContain("domain")
    await a.root.encrypt({ KeyId: other, Plaintext })
  })
})

describe("createKms", () => {
  it.each([
    [{ region: "" }],
    [{ region: "us east 1" }],
    [{ region: "us-east-1:x" }],
    [{ account: "1234" }],
    [{ account: "11112222333a" }],
    [{ partition: "azure" }],
    [{ partition: "aws:x" }],
  ])("throws TypeError for %o, before it touches storage", async (options) => {
    const storage = createMemoryStorage()
    await expect(openHost({ storage, ...options })).rejects.toThrow(TypeError)
    expect(await dumpOf(storage)).toEqual({})
  })

  it("that is closed says so to every call, and closing again is nothing", async () => {
    const { a, KeyId } = await twoHosts()
    await a.kms.close()
    for (const call of [
      () => a.root.describeKey({ KeyId }),
      () => a.root.encrypt({ KeyId, Plaintext }),
      () => a.root.createKey({}),
      () => a.root.generateRandom({ NumberOfBytes: 1 }),
      () => a.kms.call({ principal: a.kms.administrator }, "ListKeys", {}),
      () => a.kms.explain(a.kms.administrator, "ListKeys", {}),
      () => a.kms.sweep(),
      () => a.kms.rotateDomainKey(),
      () => a.kms.regions.replicationKey(),
      () => a.kms.regions.receive(new Uint8Array(1)),
    ]) {
      await expect(call()).rejects.toThrow(new TypeError("the engine is closed"))
    }
    await a.kms.close()
  })

  it("is closed at the end of the block that uses it", async () => {
    const { a, KeyId } = await twoHosts()
    {
      await using kms = a.kms
      await kms.as(kms.administrator).describeKey({ KeyId })
    }
    await expect(a.root.describeKey({ KeyId })).rejects.toThrow("the engine is closed")
  })
})

describe("a root key", () => {
  it.each([
    ["a Uint8Array", (bytes: Uint8Array) => bytes.slice()],
    ["a Buffer", (bytes: Uint8Array) => Buffer.from(bytes)],
    ["a part of a larger buffer", (bytes: Uint8Array) => new Uint8Array([0, ...bytes]).subarray(1)],
  ])("is copied: the host may wipe %s after use", async (_, copyOf) => {
    const storage = createMemoryStorage()
    const given = copyOf(rootKey())
    const seal = rootKeySeal(given)
    given.fill(0)
    const { root } = await hostOn(storage, { hsm: createSoftwareHsm({ seal }) })
    const KeyId = await newKey(root)
    const again = await hostOn(storage)
    await again.root.encrypt({ KeyId, Plaintext })
  })
})
