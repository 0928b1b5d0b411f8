import { createSoftwareHsm, type KeySpec, keySpecTable, rootKeySeal } from "@keywright/core"
import { opensslSuite, repeatableSuite } from "@keywright/hsm/openssl"
import { describe, it } from "vitest"
import {
  type HsmSource,
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

/** Making large primes takes seconds; SLOW=1 waits for them. */
const specs = (Object.keys(keySpecTable) as KeySpec[]).filter(
  (spec) => process.env.SLOW !== undefined || !/^RSA_[34]/.test(spec),
)
const seal = (byte: number) => rootKeySeal(new Uint8Array(32).fill(byte))

for (const suite of [opensslSuite(), repeatableSuite()]) {
  const source = {
    make: () => createSoftwareHsm({ seal: seal(1), suite }),
    makeStranger: () => createSoftwareHsm({ seal: seal(2), suite }),
  } satisfies HsmSource

  describe(`the software HSM on the suite ${suite.name} keeps the contract`, () => {
    for (const { name, run } of [...hsmConformance, ...regionHsmConformance]) {
      it(name, () => run(source))
    }
    for (const { name, run } of [...hsmKeyConformance(specs), ...hsmImportConformance()]) {
      it(name, () => run(source))
    }
  })
}
