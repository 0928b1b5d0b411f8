import { inspect } from "node:util"
import fc from "fast-check"
import { expect, test } from "vitest"
import { createTestKms, type TestKms } from "../src/index.js"

async function idsOf(kit: TestKms, region?: string): Promise<readonly (string | undefined)[]> {
  const { Keys = [] } = await kit.client(undefined, region).listKeys({})
  return Keys.map(({ KeyId }) => KeyId)
}

test("restoring goes back to the keys and the time of the snapshot, any number of times", async () => {
  const kit = await createTestKms()
  const app = kit.client()
  const { KeyMetadata } = await app.createKey({})
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await app.encrypt({ KeyId, Plaintext: new Uint8Array(5) })
  const snapshot = kit.snapshot()
  for (let time = 0; time < 3; time += 1) {
    await app.scheduleKeyDeletion({ KeyId })
    await app.createKey({})
    await kit.clock.runUntil("KeyDeletion")
    await expect(app.decrypt({ CiphertextBlob })).rejects.toThrow(
      "The ciphertext refers to a customer m",
    )
    await kit.restore(snapshot)
    expect(kit.clock.now()).toEqual(snapshot.time)
    expect(await idsOf(kit)).toEqual([KeyId])
    expect((await app.decrypt({ CiphertextBlob })).Plaintext).toEqual(new Uint8Array(5))
  }
  await kit.close()
})

test("a fork and its origin do not see what the other does", async () => {
  const kit = await createTestKms()
  const app = kit.client()
  const { KeyMetadata } = await app.createKey({})
  const KeyId = KeyMetadata?.KeyId
  const { CiphertextBlob } = await app.encrypt({ KeyId, Plaintext: new Uint8Array(5) })
  const fork = await kit.fork()
  await app.disableKey({ KeyId })
  fork.clock.advance({ days: 1 })
  expect((await fork.client().decrypt({ CiphertextBlob })).Plaintext).toEqual(new Uint8Array(5))
  await expect(app.decrypt({ CiphertextBlob })).rejects.toMatchObject({ name: "DisabledException" })
  expect(kit.clock.now()).not.toEqual(fork.clock.now())
  expect(fork.calls.map(({ operation }) => operation)).toEqual(["Decrypt"])
  await kit.close()
  expect(await idsOf(fork)).toEqual([KeyId])
  await fork.close()
})

test("a snapshot can be restored in a fork, and that of a stranger cannot", async () => {
  const [kit, stranger] = [await createTestKms(), await createTestKms()]
  await kit.client().createKey({})
  const before = kit.snapshot()
  const fork = await kit.fork()
  await fork.client().createKey({})
  await kit.client().createKey({})
  const after = kit.snapshot()
  await fork.restore(after)
  expect(await idsOf(fork)).toEqual(await idsOf(kit))
  await fork.restore(before)
  expect(await idsOf(fork)).toHaveLength(1)
  await expect(stranger.restore(before)).rejects.toThrow("`snapshot` is not of this kit")
  for (const one of [kit, fork, stranger]) await one.close()
})

test("a world from before the domain key was rotated can be restored and forked", async () => {
  const kit = await createTestKms()
  const app = kit.client()
  const snapshot = kit.snapshot()
  await kit.kms.rotateDomainKey()
  const later = kit.snapshot()
  await app.createKey({})
  await kit.restore(snapshot)
  const { KeyMetadata } = await app.createKey({})
  const fork = await kit.fork()
  const Plaintext = new Uint8Array(5)
  for (const one of [kit, fork]) {
    const encrypted = await one.client().encrypt({ KeyId: KeyMetadata?.KeyId, Plaintext })
    expect((await fork.client().decrypt(encrypted)).Plaintext).toEqual(Plaintext)
  }
  await kit.restore(later)
  expect(await idsOf(kit)).toEqual([])
  for (const one of [kit, fork]) await one.close()
})

test("a multi-Region world is restored in all of its regions", async () => {
  const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
  const app = kit.client()
  const { KeyMetadata } = await app.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId
  const snapshot = kit.snapshot()
  await app.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  expect(await idsOf(kit, "eu-west-1")).toEqual([KeyId])
  await kit.restore(snapshot)
  expect(await idsOf(kit, "eu-west-1")).toEqual([])
  await app.replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  const { CiphertextBlob } = await app.encrypt({ KeyId, Plaintext: new Uint8Array(5) })
  const fork = await kit.fork()
  const west = fork.client(undefined, "eu-west-1")
  expect((await west.decrypt({ KeyId, CiphertextBlob })).Plaintext).toEqual(new Uint8Array(5))
  for (const one of [kit, fork]) await one.close()
})

test("a world from before a region was disconnected can be restored, and trusts it again", async () => {
  const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
  const before = kit.snapshot()
  await kit.kms.regions.disconnect("eu-west-1")
  const replicate = async () => {
    const { KeyMetadata } = await kit.client().createKey({ MultiRegion: true })
    const KeyId = KeyMetadata?.KeyId ?? ""
    await kit.client().replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  }
  await expect(replicate()).rejects.toMatchObject({ name: "ValidationException" })
  await kit.restore(before)
  await replicate()
  await kit.close()
})

test("what was seen stays when a world is restored, and the engines stay the same", async () => {
  const kit = await createTestKms({ regions: ["us-east-1", "eu-west-1"] })
  const snapshot = kit.snapshot()
  await kit.client().createKey({})
  await kit.restore(snapshot)
  expect(kit.calls.map(({ operation }) => operation)).toEqual(["CreateKey"])
  expect(kit.engine("us-east-1")).toBe(kit.kms)
  expect(kit.engine("eu-west-1").region).toBe("eu-west-1")
  expect(() => kit.engine("moon-1")).toThrow("`region` must be one of us-east-1, eu-west-1")
  await kit.close()
})

test("a restored world knows nothing of what was used in the world that is gone", async () => {
  const kit = await createTestKms()
  const { KeyMetadata } = await kit.client().createKey({})
  const KeyId = KeyMetadata?.KeyId
  const snapshot = kit.snapshot()
  await kit.client().encrypt({ KeyId, Plaintext: new Uint8Array(1) })
  const lastUsed = async () => (await kit.client().getKeyLastUsage({ KeyId })).KeyLastUsage
  expect(await lastUsed()).toMatchObject({ Operation: "Encrypt" })
  await kit.restore(snapshot)
  await kit.kms.sweep()
  expect(await lastUsed()).toEqual({})
  await kit.close()
})

test("how keys were last used is in the snapshots and forks after a sweep", async () => {
  const kit = await createTestKms()
  const { KeyMetadata } = await kit.client().createKey({})
  const KeyId = KeyMetadata?.KeyId
  await kit.client().encrypt({ KeyId, Plaintext: new Uint8Array(1) })
  await kit.kms.sweep()
  const [snapshot, fork] = [kit.snapshot(), await kit.fork()]
  await kit.client().generateDataKey({ KeyId, KeySpec: "AES_256" })
  await kit.restore(snapshot)
  for (const one of [kit, fork]) {
    const { KeyLastUsage } = await one.client().getKeyLastUsage({ KeyId })
    expect(KeyLastUsage).toMatchObject({ Operation: "Encrypt" })
    await one.close()
  }
})

test("neither a kit nor a snapshot prints anything secret", async () => {
  const kit = await createTestKms({ seed: "printed" })
  await kit.client().createKey({})
  const printed = [kit.snapshot(), kit].map((value) => inspect(value, { depth: 9 }))
  expect(JSON.stringify(kit.snapshot())).toBe(`{"time":"2026-01-01T00:00:00.000Z"}`)
  expect(printed.join()).not.toMatch(/Uint8Array|printed|rootKey/)
  await kit.close()
})

/** A walk of writes, snapshots and ways back must find the world as a model of it says. */
test("any walk of writes, snapshots, restores and forks agrees with a list of key ids", async () => {
  const steps = fc.array(fc.constantFrom("create", "snapshot", "restore", "fork"), {
    minLength: 5,
    maxLength: 25,
  })
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat()), async (walk, numbers) => {
      let kit = await createTestKms()
      let keys: readonly string[] = []
      const kept: [ReturnType<TestKms["snapshot"]>, typeof keys][] = []
      for (const step of walk) {
        if (step === "create") {
          const { KeyMetadata } = await kit.client().createKey({})
          keys = [...keys, KeyMetadata.KeyId]
        }
        if (step === "snapshot") kept.push([kit.snapshot(), keys])
        const [number = 0] = numbers.take(1)
        const chosen = kept[number % Math.max(1, kept.length)]
        if (step === "restore" && chosen !== undefined) {
          await kit.restore(chosen[0])
          keys = chosen[1]
        }
        if (step === "fork") kit = await kit.fork()
        expect(await idsOf(kit)).toEqual(keys.toSorted())
        for (const KeyId of keys) await kit.client().describeKey({ KeyId })
      }
    }),
    { numRuns: 25 },
  )
})
