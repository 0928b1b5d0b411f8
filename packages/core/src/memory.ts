import { createMemoryStorage } from "@keywright/storage"
import { createKms, type Kms } from "./kms.js"
import type { KmsOptions } from "./kms-options.js"
import { rootKeySeal } from "./software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "./software-hsm/software-hsm.js"
import { freshEntropy } from "./software-hsm/suite/fresh-entropy.js"
import { systemEntropy } from "./software-hsm/suite/noble-suite.js"
import { exampleAccount, exampleRegion } from "./vocabulary/arns.js"

/**
 * A host that keeps everything in memory: a memory storage, a software HSM and a root key that
 * dies with the process. For tests and for trying things out. No option is needed.
 */
export async function createMemoryKms(options: Partial<KmsOptions> = {}): Promise<Kms> {
  const entropy = options.entropy ?? freshEntropy(systemEntropy)
  const rootKey = entropy(new Uint8Array(32))
  const seal = rootKeySeal(rootKey)
  rootKey.fill(0)
  const hsm = createSoftwareHsm({ seal, entropy })
  return createKms({
    region: exampleRegion,
    account: exampleAccount,
    storage: createMemoryStorage(),
    hsm: {
      ...hsm,
      close: async () => {
        await hsm.close()
        await seal.close()
      },
    },
    ...options,
  })
}
