import {
  createSoftwareHsm,
  type KeySpec,
  keySpecTable,
  passphraseSeal,
  type RegionHsm,
  rootKeySeal,
} from "@keywright/core"
import { describe, it } from "vitest"
import {
  type HsmSource,
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

const rootKey = (byte: number) => rootKeySeal(new Uint8Array(32).fill(byte))
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }
const timer = () => ({ over: new Promise<void>(() => undefined), stop: () => undefined })
const keepOpen = { ms: 60_000, keysMax: 3, clock: () => 0, timer }

const sources: Readonly<Record<string, HsmSource<RegionHsm>>> = {
  "under a root key": {
    make: () => createSoftwareHsm({ seal: rootKey(1) }),
    makeStranger: () => createSoftwareHsm({ seal: rootKey(2) }),
  },
  "under a passphrase": {
    make: () => createSoftwareHsm({ seal: passphraseSeal("open sesame", cheap) }),
    makeStranger: () => createSoftwareHsm({ seal: passphraseSeal("open barley", cheap) }),
  },
  "that keeps keys open": {
    make: () => createSoftwareHsm({ seal: rootKey(1), keepOpen }),
    makeStranger: () => createSoftwareHsm({ seal: rootKey(2), keepOpen }),
  },
}

for (const [which, source] of Object.entries(sources)) {
  describe(`the software HSM ${which} keeps the contract`, () => {
    for (const { name, run } of [...hsmConformance, ...regionHsmConformance]) {
      it(name, () => run(source))
    }
  })
}

/** Primes of that size take seconds in pure TypeScript; SLOW=1 waits for them. */
const specs = (Object.keys(keySpecTable) as KeySpec[]).filter(
  (spec) => process.env.SLOW !== undefined || !["RSA_3072", "RSA_4096"].includes(spec),
)

describe("the software HSM in pure TypeScript", () => {
  const source: HsmSource = {
    make: () => createSoftwareHsm({ seal: rootKey(1) }),
    makeStranger: () => createSoftwareHsm({ seal: rootKey(2) }),
  }
  for (const { name, run } of [...hsmKeyConformance(specs), ...hsmImportConformance()]) {
    it(name, { timeout: 300_000 }, () => run(source))
  }
})
