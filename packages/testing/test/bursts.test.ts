import { expect, it } from "vitest"
import { createTestKms } from "../src/index.js"

it("of a thousand calls at once to a kit, a few are done in each turn of the event loop", async () => {
  const kit = await createTestKms()
  const client = kit.client()
  const { KeyMetadata } = await client.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ""
  const Plaintext = new Uint8Array(32)
  let done = 0
  let most = 0
  let isOver = false
  const doneBefore = { count: 0 }
  const look = (): void => {
    most = Math.max(most, done - doneBefore.count)
    doneBefore.count = done
    if (!isOver) setImmediate(look)
  }
  setImmediate(look)
  const call = async (): Promise<void> => {
    await client.encrypt({ KeyId, Plaintext })
    done += 1
  }
  await Promise.all(Array.from({ length: 1000 }, call))
  isOver = true
  expect(done).toBe(1000)
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(100)
  await kit.close()
})
