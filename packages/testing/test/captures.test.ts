import { expect, test } from "vitest"
import { formatFixtures, parseFixtures } from "../src/fixtures/index.js"
import { createTestKms, type TestKms } from "../src/index.js"

const regions = ["us-east-1", "eu-west-1"]

/** The same world once more, by way of a text. */
async function captured(kit: TestKms): Promise<TestKms> {
  const fixtures = parseFixtures(formatFixtures(await kit.capture()))
  return createTestKms({ regions, now: kit.clock.now(), fixtures })
}

test("a primary that waits for its replicas waits on when it was captured", async () => {
  const kit = await createTestKms({ regions })
  const { KeyMetadata } = await kit.client().createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId
  await kit.client().replicateKey({ KeyId, ReplicaRegion: "eu-west-1" })
  await kit.client().scheduleKeyDeletion({ KeyId, PendingWindowInDays: 10 })
  const again = await captured(kit)
  for (const one of [kit, again]) {
    const primary = async () => (await one.client().describeKey({ KeyId })).KeyMetadata
    expect(await primary()).toMatchObject({
      KeyState: "PendingReplicaDeletion",
      PendingDeletionWindowInDays: 10,
    })
    const west = one.client(undefined, "eu-west-1")
    await west.scheduleKeyDeletion({ KeyId, PendingWindowInDays: 7 })
    const gone = await one.clock.runUntil("KeyDeletion")
    expect(await primary()).toMatchObject({
      KeyState: "PendingDeletion",
      DeletionDate: new Date(gone.getTime() + 10 * 86_400_000),
    })
    await one.close()
  }
})

test("a captured key policy comes back to the letter", async () => {
  const allow = `{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}`
  const deny = allow.replace("Allow", "Deny").replace("kms:*", "kms:Sign")
  const condition = ',"Condition":{"NumericEquals":{"aws:MultiFactorAuthAge":1.50}}}'
  const policies = [allow, `${allow},${deny.slice(0, -1)}${condition}`]
    .map((statements) => `{"Version":"2012-10-17","Statement":[${statements}]}`)
    .flatMap((text) => [text, JSON.stringify(JSON.parse(text), undefined, 2)])
  const kit = await createTestKms({ fixtures: { keys: policies.map((policy) => ({ policy })) } })
  const objects = (await kit.capture()).keys?.filter(({ policy }) => typeof policy === "object")
  expect(objects).toHaveLength(1)
  const again = await captured(kit)
  for (const one of [kit, again]) {
    const { Keys = [] } = await one.client().listKeys({})
    const texts = Keys.map(({ KeyId }) => one.client().getKeyPolicy({ KeyId }))
    const found = (await Promise.all(texts)).map(({ Policy }) => Policy)
    expect(found.toSorted()).toEqual(policies.toSorted())
    await one.close()
  }
})
