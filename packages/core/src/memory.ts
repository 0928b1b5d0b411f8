import { createMemoryStorage } from "@keywright/storage"
import { createKms, type Kms } from "./kms.js"
import type { KmsOptions } from "./kms-options.js"
import { rootKeySeal } from "./software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "./software-hsm/software-hsm.js"
import { systemEntropy } from "./software-hsm/suite/noble-suite.js"
import { pooledEntropy } from "./software-hsm/suite/pooled-entropy.js"
import { exampleAccount, exampleRegion } from "./vocabulary/arns.js"

/**
 * A host that keeps everything in memory: a memory storage, a software HSM and a root key that
 * dies with the process. For tests and for trying things out. No option is needed.
 */
export async function createMemoryKms(options: Partial<KmsOptions> = {}): Promise<Kms> {
  const entropy = options.entropy ?? pooledEntropy(systemEntropy)
  const hsm = createSoftwareHsm({ seal: rootKeySeal(entropy(new Uint8Array(32))), entropy })
  return createKms({
    region: exampleRegion,
    account: exampleAccount,
    storage: createMemoryStorage(),
    hsm,
    ...options,
  })
}
