import { describe, it } from "vitest"
import { rootKeySeal } from "../../src/software-hsm/root-key-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { keySpecs } from "../../src/vocabulary/key-specs.js"
import { hsmImportCases } from "./hsm-import-cases.js"
import { hsmKeyCases } from "./hsm-key-cases.js"

const seal = rootKeySeal(new Uint8Array(32).fill(1))
const source = {
  make: () => createSoftwareHsm({ seal }),
  makeStranger: () => createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(2)) }),
}

/** Primes of that size take seconds in pure TypeScript; SLOW=1 waits for them. */
const specs = keySpecs.filter(
  (spec) => process.env.SLOW !== undefined || !["RSA_3072", "RSA_4096"].includes(spec),
)

describe("the software HSM in pure TypeScript", () => {
  for (const { name, run } of [...hsmKeyCases(specs), ...hsmImportCases]) {
    it(name, { timeout: 300_000 }, () => run(source))
  }
})
