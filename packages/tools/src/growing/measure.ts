import process from "node:process"
import {
  createKms,
  createSoftwareHsm,
  type Kms,
  type KmsClient,
  rootKeySeal,
} from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { createMemoryStorage, type Storage } from "@keywright/storage"
import type { Parameters } from "./parameters.js"

/** Opens the store that is measured; each handle is that of another host. */
export type OpenStore = (stalenessMs: number) => Promise<Storage>

const seal = () => rootKeySeal(new Uint8Array(32).fill(9))

const openHost = (storage: Storage, cachedRecordsBytesMax?: number): Promise<Kms> =>
  createKms({
    region: "us-east-1",
    account: "111122223333",
    storage,
    hsm: createSoftwareHsm({ seal: seal(), suite: opensslSuite() }),
    cachedRecordsBytesMax,
  })

async function makeKeys(client: KmsClient, count: number): Promise<readonly string[]> {
  const made = Array.from({ length: count }, () => client.createKey({}))
  return (await Promise.all(made)).map(({ KeyMetadata }) => KeyMetadata?.KeyId ?? "")
}

const Plaintext = new Uint8Array(32)

/** Processor time of an Encrypt, over the keys in turn, so many at once. */
async function encryptUs(kms: Kms, keys: readonly string[], count: number): Promise<number> {
  const client = kms.as(kms.administrator)
  const walk = async (times: number): Promise<void> => {
    let left = times
    const caller = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1
        await client.encrypt({ KeyId: keys[left % keys.length] ?? "", Plaintext })
      }
    }
    await Promise.all(Array.from({ length: 8 }, caller))
  }
  await walk(count)
  const before = process.cpuUsage()
  await walk(count)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** How often a second something is done, with so many callers that each begin again. */
async function rateOf(act: (i: number) => Promise<unknown>, callers: number): Promise<number> {
  const [beganMs, forMs] = [performance.now(), 2000]
  let count = 0
  const caller = async (): Promise<void> => {
    while (performance.now() - beganMs < forMs) {
      count += 1
      await act(count)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return (count * 1000) / (performance.now() - beganMs)
}

async function measureStore(storage: Storage) {
  const value = new Uint8Array(800)
  const keyOf = (i: number): string => `measured/${i % 500}`
  const commit = (i: number) =>
    storage.commit({ expect: [], put: [{ key: keyOf(i), value }], remove: [] })
  const read = (i: number) => storage.get([keyOf(i), keyOf(i + 7)])
  for (let i = 0; i < 500; i += 1) await commit(i)
  const commitsPerS = await rateOf(commit, 32)
  const readsPerS = await rateOf(read, 32)
  return { commitsPerS, readsPerS, roundTripMs: 1000 / (await rateOf(read, 1)) }
}

/** How many keys a host remembers in a mebibyte: it reads the first again that is forgotten. */
async function rememberedPerMib(): Promise<number> {
  const storage = createMemoryStorage()
  let reads = 0
  const counted: Storage = {
    ...storage,
    get: (keys) => {
      reads += 1
      return storage.get(keys)
    },
  }
  const kms = await openHost(counted, 2 ** 20)
  const client = kms.as(kms.administrator)
  const keys = await makeKeys(client, 3000)
  const describe = (KeyId: string) => client.describeKey({ KeyId })
  for (const key of keys) await describe(key)
  const before = reads
  let known = 0
  for (const key of keys.toReversed()) {
    await describe(key)
    if (reads !== before) break
    known += 1
  }
  await kms.close()
  return known
}

/** What the records of one key take, by the difference that some of them make. */
async function bytesPerKey(): Promise<number> {
  const storage = createMemoryStorage()
  const sizeOf = async (): Promise<number> => {
    let [size, after] = [0, ""]
    for (;;) {
      const { entries, more } = await storage.list({ prefix: "", after, limit: 1000 })
      for (const { key, value } of entries) size += key.length + value.length
      if (!more) return size
      after = entries.at(-1)?.key ?? ""
    }
  }
  const kms = await openHost({ ...storage, close: async () => undefined })
  const client = kms.as(kms.administrator)
  await makeKeys(client, 100)
  const before = await sizeOf()
  await makeKeys(client, 500)
  return ((await sizeOf()) - before) / 500
}

/** Measures what one host and one store do on this machine. */
export async function measure(store: string, open: OpenStore): Promise<Parameters> {
  const remembering = await openHost(await open(600_000))
  const forgetful = await openHost(await open(600_000), 10_000)
  const keys = await makeKeys(remembering.as(remembering.administrator), 300)
  const hotUs = await encryptUs(remembering, keys, 5000)
  const coldUs = await encryptUs(forgetful, keys, 2000)
  const owner = remembering.as(remembering.administrator)
  const [KeyId = ""] = keys
  const writesToOneKeyPerS = await rateOf(
    (i) => owner.updateKeyDescription({ KeyId, Description: String(i) }),
    64,
  )
  await Promise.all([remembering.close(), forgetful.close()])
  const storage = await open(0)
  const figures = await measureStore(storage)
  await storage.close()
  return {
    ...{ store, hotUs, coldUs, writesToOneKeyPerS, ...figures },
    remembered: 32 * (await rememberedPerMib()),
    bytesPerKey: await bytesPerKey(),
  }
}
