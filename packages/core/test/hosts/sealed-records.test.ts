import { createMemoryStorage, type Entry, type Storage } from "@keywright/storage"
import { beforeEach, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import { account, otherAccount } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

/*
 * Whoever can write the storage tries to have a record used that the region did not store there.
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
  await world.root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
  await world.root.createAlias({ AliasName: "alias/y", TargetKeyId: other })
})

const keyEntry = (id: string, owner = account) => `key/${owner}/${id}`

async function allEntries(from: Storage): Promise<readonly Entry[]> {
  const { entries } = await from.list({ prefix: "", limit: 1000 })
  return entries.filter(({ key }) => key !== "domain")
}

const put = (to: Storage, at: string, value: Uint8Array) =>
  to.commit({ expect: [], put: [{ key: at, value }], remove: [] })

async function sealedUnder(from: Storage, at: string): Promise<Uint8Array> {
  const [entry] = await from.get([at])
  if (entry === undefined) throw new Error(`nothing under ${at}`)
  return entry.value
}

/** Everything that reads the two keys, their aliases and what hangs on them. */
async function readAll(client: KmsClient): Promise<readonly string[]> {
  const calls = [
    ...[key, "alias/x"].flatMap((KeyId) => [
      client.encrypt({ KeyId, Plaintext }),
      client.describeKey({ KeyId }),
    ]),
    client.getKeyPolicy({ KeyId: key }),
    client.listAliases({ KeyId: key }),
    client.listGrants({ KeyId: key }),
  ]
  const ended = await Promise.allSettled(calls)
  return ended.map((one) => (one.status === "fulfilled" ? "OK" : String(one.reason.name)))
}

describe("a record that was changed in storage is not used", () => {
  it("whichever bit of it was flipped", async () => {
    const at = keyEntry(key)
    const value = await sealedUnder(storage, at)
    for (let bit = 0; bit < value.length * 8; bit += 61) {
      const damaged = value.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7))
      await put(storage, at, damaged)
      const kms = await openHost({ storage })
      await expectRefusal(
        kms.as(kms.administrator).encrypt({ KeyId: key, Plaintext }),
        "KMSInternalException",
      )
    }
    await put(storage, at, value)
    await world.root.encrypt({ KeyId: key, Plaintext })
  })

  it("when it is a record of the kind, in the clear", async () => {
    await put(storage, keyEntry(key), new TextEncoder().encode('{"v":1,"value":{}}'))
    await expectRefusal(world.root.describeKey({ KeyId: key }), "KMSInternalException")
  })

  it("when two records of one kind have changed places", async () => {
    const pairs = [
      [keyEntry(key), keyEntry(other)],
      [`alias/${account}/x`, `alias/${account}/y`],
    ] as const
    for (const [one, two] of pairs) {
      const [first, second] = [await sealedUnder(storage, one), await sealedUnder(storage, two)]
      await put(storage, one, second)
      await put(storage, two, first)
      const kms = await openHost({ storage })
      const outcomes = await readAll(kms.as(kms.administrator))
      expect(outcomes).toContain("KMSInternalException")
      await put(storage, one, first)
      await put(storage, two, second)
    }
    expect(new Set(await readAll(world.root))).toEqual(new Set(["OK"]))
  })

  it("when it was moved to another account", async () => {
    await put(storage, keyEntry(key, otherAccount), await sealedUnder(storage, keyEntry(key)))
    const KeyId = `arn:aws:kms:us-east-1:${otherAccount}:key/${key}`
    await expectRefusal(world.stranger.describeKey({ KeyId }), "KMSInternalException")
  })

  it("when it comes from another store of the same region, or from another region", async () => {
    for (const options of [{}, { region: "eu-west-1" }]) {
      const elsewhere = createMemoryStorage()
      const kms = await openHost({ storage: elsewhere, ...options })
      const root = kms.as(kms.administrator)
      const { KeyMetadata } = await root.createKey()
      const at = keyEntry(KeyMetadata?.KeyId ?? "")
      await put(storage, at, await sealedUnder(elsewhere, at))
      const KeyId = KeyMetadata?.KeyId ?? ""
      const failed = world.root.describeKey({ KeyId })
      await expectRefusal(failed, "KMSInternalException")
    }
  })
})

it("a store that answers another entry than it was asked for is not believed", async () => {
  const lying: Storage = {
    ...storage,
    get: async (keys) =>
      storage.get(keys.map((at) => (at === keyEntry(key) ? keyEntry(other) : at))),
  }
  const kms = await openHost({ storage: lying })
  const client = kms.as(kms.administrator)
  await expectRefusal(client.encrypt({ KeyId: key, Plaintext }), "KMSInternalException")
  await client.encrypt({ KeyId: other, Plaintext })
})

it.each<[string, (entries: readonly Entry[]) => readonly Entry[]]>([
  ["twice", (entries) => entries.flatMap((entry) => [entry, entry])],
  ["out of order", (entries) => [...entries].reverse()],
  ["that were not asked for", (entries) => entries.map((one) => ({ ...one, key: `z${one.key}` }))],
])("a store that lists entries %s is not believed", async (_, change) => {
  const lying: Storage = {
    ...storage,
    list: async (range) => {
      const page = await storage.list(range)
      return { ...page, entries: change(page.entries) }
    },
  }
  const kms = await openHost({ storage: lying })
  await expectRefusal(kms.as(kms.administrator).listAliases(), "KMSInternalException")
})

it("nothing that is stored can be read without the HSM, but for where it is stored", async () => {
  await world.root.updateKeyDescription({ KeyId: key, Description: "a telling description" })
  await world.root.tagResource({ KeyId: key, Tags: [{ TagKey: "telling", TagValue: "secret" }] })
  const blob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext }))
  await world.root.decrypt({ CiphertextBlob: blob })
  await world.kms.sweep()
  const entries = await allEntries(storage)
  expect(entries.length).toBeGreaterThan(5)
  for (const { value } of entries) {
    const text = new TextDecoder("latin1").decode(value)
    expect(text.slice(0, 3)).toBe("KR\x01")
    expect(text).not.toMatch(/telling|Statement|AWS_KMS/)
  }
})
