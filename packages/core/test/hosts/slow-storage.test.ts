import { createMemoryStorage, type Storage } from "@keywright/storage"
import { expect, it } from "vitest"
import { openHost } from "../support/hosts.js"
import { outcomeOf } from "../support/refusals.js"
import { newKey } from "../support/world.js"

/** A storage that answers late, and never in the order in which it was asked. */
function slowStorage(inner: Storage): Storage {
  let asked = 0
  const later = async (): Promise<void> => {
    asked += 1
    // Some wait long, whoever is asked after them for less.
    for (let turns = (asked * 7) % 11; turns > 0; turns -= 1) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const slowly = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    await later()
    const answer = await ask()
    await later()
    return answer
  }
  return {
    ...inner,
    get: (keys) => slowly(() => inner.get(keys)),
    list: (range) => slowly(() => inner.list(range)),
    commit: (change) => slowly(() => inner.commit(change)),
  }
}

it("a storage that answers late and out of order loses nothing and refuses nobody", async () => {
  const inner = createMemoryStorage()
  const hosts = await Promise.all([1, 2].map(() => openHost({ storage: slowStorage(inner) })))
  const [one, two] = hosts.map((kms) => kms.as(kms.administrator))
  if (one === undefined || two === undefined) throw new Error("there are two")
  const ids = [await newKey(one), await newKey(two)] as const
  const Plaintext = Uint8Array.of(1)
  const calls = Array.from({ length: 120 }, (_, i) => {
    const client = i % 2 === 0 ? one : two
    const KeyId = ids[i % 3 === 0 ? 0 : 1]
    if (i % 5 === 0) return client.createKey({})
    if (i % 5 === 1) return client.encrypt({ KeyId, Plaintext })
    if (i % 5 === 2) return client.describeKey({ KeyId })
    return client.tagResource({ KeyId, Tags: [{ TagKey: `k${i % 40}`, TagValue: `${i}` }] })
  })
  const sweeping = hosts.map((kms) => kms.sweep())
  const endings = await Promise.all(calls.map(outcomeOf))
  expect(new Set(endings)).toEqual(new Set(["OK"]))
  await Promise.all(sweeping)
  const { Keys = [] } = await one.listKeys({ Limit: 1000 })
  expect(Keys).toHaveLength(2 + 24)
  for (const kms of hosts) expect(await kms.verify()).toMatchObject({ isWhole: true })
})
