import { createMemoryStorage } from "@keywright/storage"
import { createKms, type Kms } from "../../src/kms.js"
import type { KmsOptions } from "../../src/kms-options.js"
import { rootKeySeal } from "../../src/software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account, region } from "./accounts.js"
import { watched } from "./whole-replies.js"

export const rootKey = (seed = 1): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, i) => (i * 7 + seed) % 256)

/** The seal of the HSMs under test, or another one. */
export const sealOf = (seed = 1) => rootKeySeal(rootKey(seed))

/** A host with a fresh HSM under a root key that all test hosts share. */
export const openHost = async (options: Partial<KmsOptions> = {}): Promise<Kms> =>
  watched(
    await createKms({
      region,
      account,
      storage: createMemoryStorage(),
      hsm: createSoftwareHsm({ seal: sealOf() }),
      ...options,
    }),
  )
