import { createMemoryStorage } from "@keywright/storage"
import { expect, it } from "vitest"
import { connectRegions } from "../../src/connect-regions.js"
import { openRegion } from "../support/regions.js"

it("what one host tells a region is not taken for what another host has changed meanwhile", async () => {
  const base = createMemoryStorage()
  let meanwhile = async (): Promise<unknown> => undefined
  const storage = {
    ...base,
    get: async (keys: readonly string[]) => {
      // The host has read the key for one region, and goes on to what it has to tell another one.
      if (keys.length === 1 && keys[0]?.startsWith("outbox/ap-south-1")) {
        await meanwhile()
      }
      return base.get(keys)
    },
  }
  const us = await openRegion("us-east-1", { storage })
  const eu = await openRegion("eu-west-1")
  const ap = await openRegion("ap-south-1")
  await connectRegions([us.kms, eu.kms, ap.kms])
  const { KeyMetadata } = await us.root.createKey({ MultiRegion: true })
  const KeyId = KeyMetadata?.KeyId ?? ""
  for (const { name } of [eu, ap]) await us.root.replicateKey({ KeyId, ReplicaRegion: name })

  const twin = await openRegion("us-east-1", { storage: base })
  meanwhile = () => {
    meanwhile = async () => undefined
    return twin.root.disableKeyRotation({ KeyId })
  }
  await us.root.enableKeyRotation({ KeyId })
  await us.kms.sweep()
  for (const { root } of [us, eu, ap]) {
    expect((await root.getKeyRotationStatus({ KeyId })).KeyRotationEnabled).toBe(false)
  }
})
