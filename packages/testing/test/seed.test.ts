import { nobleSuite } from "@keywright/core/suite"
import { expect, test } from "vitest"
import { createTestKms, type TestKmsOptions } from "../src/index.js"
import { expected, tellSeedStory } from "./support/seed-story.mjs"

const text = (value: string) => new TextEncoder().encode(value)

test("with a seed, keys of every kind and all that they answer come out alike", async () => {
  expect(await tellSeedStory(createTestKms)).toBe(expected)
})

test("they come out alike where there is no OpenSSL", async () => {
  const createPure = (options: TestKmsOptions = {}) =>
    createTestKms({ ...options, suite: nobleSuite() })
  expect(await tellSeedStory(createPure)).toBe(expected)
})

test("another seed makes other keys, and no seed makes other keys every time", async () => {
  const ids = new Set<string | undefined>()
  for (const options of [{ seed: "a" }, { seed: "b" }, {}, {}]) {
    const kit = await createTestKms(options)
    ids.add((await kit.client().createKey({})).KeyMetadata?.KeyId)
    await kit.close()
  }
  expect(ids.size).toBe(4)
})

test("a call more changes nothing of what other keys and later keys are", async () => {
  const run = async (isMore: boolean) => {
    const kit = await createTestKms({ seed: "more" })
    const app = kit.client()
    const first = await app.createKey({})
    if (isMore) {
      await app.encrypt({ KeyId: first.KeyMetadata?.KeyId, Plaintext: text("more") })
      await app.listKeys({})
      await app.generateRandom({ NumberOfBytes: 32 })
    }
    const { KeyMetadata } = await app.createKey({})
    const { CiphertextBlob } = await app.encrypt({
      KeyId: KeyMetadata?.KeyId,
      Plaintext: text("an order"),
    })
    await kit.close()
    return { KeyMetadata, CiphertextBlob }
  }
  expect(await run(true)).toEqual(await run(false))
})

test("a restored world and a fork go on as the world did that they came from", async () => {
  const kit = await createTestKms({ seed: "again" })
  const { KeyMetadata } = await kit.client().createKey({})
  const KeyId = KeyMetadata?.KeyId
  const snapshot = kit.snapshot()
  const fork = await kit.fork()
  const goOn = async ({ client }: typeof kit) => ({
    data: await client().generateDataKey({ KeyId, KeySpec: "AES_256" }),
    made: await client().createKey({}),
  })
  const first = await goOn(kit)
  await kit.restore(snapshot)
  expect(await goOn(kit)).toEqual(first)
  expect(await goOn(fork)).toEqual(first)
  for (const one of [kit, fork]) await one.close()
})
