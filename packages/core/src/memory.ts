import { createMemoryStorage } from "@keywright/storage"
import { whenUsed } from "./engine/host/when-used.js"
import { type Kms, kmsOf } from "./kms.js"
import type { KmsOptions } from "./kms-options.js"
import { prepareHost } from "./open-host.js"
import type { Entropy } from "./ports/entropy.js"
import type { Seal } from "./ports/hsm.js"
import type { RegionHsm } from "./ports/region-hsm.js"
import { rootKeySeal } from "./software-hsm/seals/root-key-seal.js"
import { createSoftwareHsm } from "./software-hsm/software-hsm.js"
import { freshEntropy } from "./software-hsm/suite/fresh-entropy.js"
import { systemEntropy } from "./software-hsm/suite/noble-suite.js"
import { exampleAccount, exampleRegion } from "./vocabulary/arns.js"

/** A root key that is drawn when something is to be sealed. It opens what it has sealed alone. */
function passingSeal(entropy: Entropy): Seal {
  let made: Seal | undefined
  const make = (): Seal => {
    const rootKey = entropy(new Uint8Array(32))
    const seal = rootKeySeal(rootKey)
    rootKey.fill(0)
    return seal
  }
  return {
    seal: (state, context) => {
      made ??= make()
      return made.seal(state, context)
    },
    open: (sealed, context) => made?.open(sealed, context),
    close: () => made?.close(),
  }
}

function passingHsm(entropy: Entropy): RegionHsm {
  const seal = passingSeal(entropy)
  const hsm = createSoftwareHsm({ seal, entropy })
  const close = async () => {
    await hsm.close()
    await seal.close()
  }
  return { ...hsm, close }
}

/** What may not be what it should be, and is looked at before anything is answered. */
const lookedAt = ["storage", "hsm", "anchor", "create"] as const

/**
 * A host that keeps everything in memory: a memory storage, a software HSM and a root key that
 * dies with the process. For tests and for trying things out. No option is needed.
 *
 * It draws no entropy before the first call, so it can be made where that is not allowed yet: at
 * the top level of a Worker. One that is given a storage or an HSM opens at once.
 */
export async function createMemoryKms(options: Partial<KmsOptions> = {}): Promise<Kms> {
  const { entropy = freshEntropy(systemEntropy) } = options
  const given: KmsOptions = {
    region: exampleRegion,
    account: exampleAccount,
    storage: createMemoryStorage(),
    hsm: passingHsm(entropy),
    ...options,
  }
  const { place, open } = await prepareHost(given)
  const use = whenUsed(open)
  if (lookedAt.some((name) => options[name] !== undefined)) await use(async () => undefined)
  return kmsOf(given, place, use)
}
