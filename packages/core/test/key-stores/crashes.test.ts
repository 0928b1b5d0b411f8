import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import { account } from "../support/accounts.js"
import { createClock } from "../support/clock.js"
import { openHost } from "../support/hosts.js"
import { clusterId, clusterOf, hsmStoreInput, otherClusterId } from "../support/key-stores.js"
import { dumpOf } from "../support/records.js"
import { outcomeOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { faultyStorage } from "../support/storages.js"
import { disagreementsIn } from "../support/tied.js"

const Plaintext = Uint8Array.of(1, 2, 3)

/** The life of a store, as steps that can each be made again. */
const steps: readonly (readonly [string, (client: KmsClient) => Promise<unknown>])[] = [
  ["CreateCustomKeyStore", (client) => client.createCustomKeyStore(hsmStoreInput())],
  ["ConnectCustomKeyStore", async (client) => client.connectCustomKeyStore(await theStore(client))],
  [
    "CreateKey",
    async (client) => client.createKey({ Origin: "AWS_CLOUDHSM", ...(await theStore(client)) }),
  ],
  [
    "UpdateCustomKeyStore",
    async (client) =>
      client.updateCustomKeyStore({ ...(await theStore(client)), NewCustomKeyStoreName: "new" }),
  ],
  [
    "DisconnectCustomKeyStore",
    async (client) => client.disconnectCustomKeyStore(await theStore(client)),
  ],
]

async function theStore(client: KmsClient): Promise<{ CustomKeyStoreId: string }> {
  const { CustomKeyStores = [] } = await client.describeCustomKeyStores()
  return { CustomKeyStoreId: CustomKeyStores[0]?.CustomKeyStoreId ?? "cks-0" }
}

const host = (storage: Storage): Promise<Kms> =>
  openHost({ storage, keyStores: { [clusterId]: clusterOf() } })

/** What a step may end with when it is made again after it was done. */
const doneBefore: Readonly<Record<string, string>> = {
  CreateCustomKeyStore: "CustomKeyStoreNameInUseException",
  DisconnectCustomKeyStore: "CustomKeyStoreInvalidStateException",
}

/** Storage calls that no step has more of. */
const callsMax = 12

describe.each(["before", "after"] as const)("a store that fails %s a storage call", (moment) => {
  it.each(steps.map(([name], i) => [name, i] as const))(
    "leaves %s to be made again, on this host or another",
    async (name, nth) => {
      let broken = 0
      for (let calls = 0; calls < callsMax; calls += 1) {
        const memory = createMemoryStorage()
        const storage = faultyStorage(memory)
        const kms = await host(storage)
        const client = kms.as(kms.administrator)
        for (const [, step] of steps.slice(0, nth)) await step(client)
        const step = steps[nth]?.[1] ?? (() => Promise.reject(new Error("no such step")))

        storage.breakAfter(calls, moment)
        const end = await outcomeOf(step(client))
        if (!storage.mend()) {
          expect(end).toBe("OK")
          break
        }
        broken += 1
        expect(end).toBe("KMSInternalException")
        const other = await host(memory)
        const again = await outcomeOf(step(other.as(other.administrator)))
        expect(["OK", doneBefore[name]]).toContain(again)
        for (const [, rest] of steps.slice(nth + 1)) await rest(client)
        await expectConsistent(memory, client)
      }
      expect(broken).toBeGreaterThan(1)
    },
  )
})

/** One store, every key of it listed once, and every key in working order. */
async function expectConsistent(storage: Storage, client: KmsClient): Promise<void> {
  const { CustomKeyStores = [] } = await client.describeCustomKeyStores()
  expect(CustomKeyStores).toHaveLength(1)
  const { CustomKeyStoreId = "" } = CustomKeyStores[0] ?? {}
  expect(await disagreementsIn(storage)).toEqual([])
  const { findings } = await (await host(storage)).verify()
  expect(findings).toEqual([])
  const dump = Object.keys(await dumpOf(storage))
  const { Keys = [] } = await client.listKeys()
  const entries = Keys.map(({ KeyId }) => `key-store-key/${account}/${CustomKeyStoreId}/${KeyId}`)
  expect(dump.filter((key) => key.startsWith("key-store-key/"))).toEqual(entries.sort())
  await client.connectCustomKeyStore({ CustomKeyStoreId })
  for (const { KeyId } of Keys) {
    const reply = await client.encrypt({ KeyId: KeyId ?? "", Plaintext })
    const opened = await client.decrypt({ CiphertextBlob: blobIn(reply) })
    expect(opened.Plaintext).toEqual(Plaintext)
  }
}

describe("two hosts at once", () => {
  const twoHosts = async () => {
    const storage = createMemoryStorage()
    const open = async () => {
      const clusters = { [clusterId]: clusterOf(), [otherClusterId]: clusterOf(91) }
      const kms = await openHost({ storage, keyStores: clusters, clock: createClock() })
      return kms.as(kms.administrator)
    }
    return [await open(), await open()] as const
  }

  it("make one store of a name, and one of a cluster", async () => {
    const [a, b] = await twoHosts()
    const other = hsmStoreInput({ CloudHsmClusterId: otherClusterId })
    const names = [a.createCustomKeyStore(hsmStoreInput()), b.createCustomKeyStore(other)]
    const ends = await Promise.all(names.map(outcomeOf))
    expect(ends.sort()).toEqual(["CustomKeyStoreNameInUseException", "OK"])
    const rest = hsmStoreInput({
      CustomKeyStoreName: "b",
      CloudHsmClusterId: (await a.describeCustomKeyStores()).CustomKeyStores?.[0]
        ?.CloudHsmClusterId,
    })
    expect(await outcomeOf(b.createCustomKeyStore(rest))).toBe("CloudHsmClusterInUseException")
  })

  it("agree on one domain when they connect a store together", async () => {
    const [a, b] = await twoHosts()
    const { CustomKeyStoreId = "" } = await a.createCustomKeyStore(hsmStoreInput())
    await Promise.all([a, b].map((one) => one.connectCustomKeyStore({ CustomKeyStoreId })))
    const input = { Origin: "AWS_CLOUDHSM", CustomKeyStoreId } as const
    const made = await Promise.all([a, b, a, b].map((one) => one.createKey(input)))
    for (const [i, { KeyMetadata }] of made.entries()) {
      const [one, other] = i % 2 === 0 ? [a, b] : [b, a]
      const reply = await one.encrypt({ KeyId: KeyMetadata?.KeyId ?? "", Plaintext })
      const opened = await other.decrypt({ CiphertextBlob: blobIn(reply) })
      expect(opened.Plaintext).toEqual(Plaintext)
    }
  })
})
