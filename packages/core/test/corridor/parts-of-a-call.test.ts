import { createMemoryStorage, type Storage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { explainCall } from "../../src/engine/corridor/explain.js"
import type { Host } from "../../src/engine/host/host.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { alice } from "../support/accounts.js"
import { sealOf } from "../support/hosts.js"
import { clusterId, clusterOf, hsmStoreInput } from "../support/key-stores.js"
import { keyPolicyOf } from "../support/policies.js"
import { outcomeOf } from "../support/refusals.js"
import { openWorld } from "../support/world.js"

const Plaintext = Uint8Array.of(1)

describe("a call", () => {
  it("in a key store works with the HSM of that, also where it is about no key", async () => {
    const inner = createSoftwareHsm({ seal: sealOf(90) })
    const drawn: number[] = []
    const generateRandom: (typeof inner)["generateRandom"] = (lengthBytes) => {
      drawn.push(lengthBytes)
      return inner.generateRandom(lengthBytes)
    }
    const keyStores = { [clusterId]: clusterOf(90, { hsm: { ...inner, generateRandom } }) }
    const { root } = await openWorld({ keyStores })
    const { CustomKeyStoreId } = await root.createCustomKeyStore(hsmStoreInput())
    await root.connectCustomKeyStore({ CustomKeyStoreId })
    await root.generateRandom({ NumberOfBytes: 7 })
    expect(drawn).toEqual([])
    await root.generateRandom({ NumberOfBytes: 8, CustomKeyStoreId })
    expect(drawn).toEqual([8])
  })

  it("that uses a key is counted before it is decided, with the other hosts of its region", async () => {
    const requestQuotas = { "Cryptographic operations (symmetric)": 1 } as const
    const { root } = await openWorld({ requestQuotas, requestQuotasOf: "region" })
    const outcomes: string[] = []
    for (let i = 0; i < 3; i += 1)
      outcomes.push(await outcomeOf(root.generateRandom({ NumberOfBytes: 1 })))
    expect(outcomes).toEqual(["OK", "ThrottlingException", "ThrottlingException"])
  })

  it("that writes lets the next decide before it is written: many go with few commits", async () => {
    const inner = createMemoryStorage()
    let commits = 0
    const commit: Storage["commit"] = async (change) => {
      commits += 1
      await new Promise((resolve) => setImmediate(resolve))
      return inner.commit(change)
    }
    const { root, newKey } = await openWorld({ storage: { ...inner, commit } })
    const KeyId = await newKey()
    commits = 0
    const calls = Array.from({ length: 12 }, (_, i) =>
      root.tagResource({ KeyId, Tags: [{ TagKey: `k${i}`, TagValue: "v" }] }),
    )
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(new Array(12).fill("OK"))
    expect(commits).toBeLessThan(6)
    expect((await root.listResourceTags({ KeyId })).Tags).toHaveLength(12)
  })

  it("is decided by how long its key was not used, where a policy asks for that", async () => {
    const { root, newKey, kms, clock } = await openWorld()
    const Condition = { NumericGreaterThanEquals: { "kms:TrailingDaysWithoutKeyUsage": "30" } }
    const owner = {
      Principal: { AWS: kms.administrator },
      Action: ["kms:Encrypt", "kms:PutKeyPolicy"],
    }
    const Policy = keyPolicyOf(owner, {
      Principal: { AWS: kms.administrator },
      Action: "kms:DisableKey",
      Condition,
    })
    const KeyId = await newKey({ Policy })
    await root.encrypt({ KeyId, Plaintext })
    clock.advanceDays(29)
    expect(await outcomeOf(root.disableKey({ KeyId }))).toBe("AccessDeniedException")
    clock.advanceDays(1)
    expect(await outcomeOf(root.disableKey({ KeyId }))).toBe("OK")
  })
})

it("what was copied of a call that is explained is given back, however that ends", async () => {
  const given: string[] = []
  const scratch = { allocate: (length: number) => new Uint8Array(length), wipe: () => true }
  const host = {
    scratches: {
      borrow: () => scratch,
      giveBack: (one: unknown) => given.push(String(one === scratch)),
    },
  } as unknown as Host
  const unknown = { name: "UnknownOperationException" }
  await expect(explainCall(host, { arn: alice } as never, "Invent", {})).rejects.toMatchObject(
    unknown,
  )
  expect(given).toEqual(["true"])
})
