import { type KeySpec, keySpecTable } from "@keywright/core"
import { type IsolatedHsm, isolatedHsm } from "@keywright/hsm/isolated"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import {
  type HsmSource,
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

const all = Object.keys(keySpecTable) as KeySpec[]
/** Making large primes takes seconds; SLOW=1 waits for them. */
const specs = all.filter((spec) => process.env.SLOW !== undefined || !/^RSA_[34]/.test(spec))

const made = new Set<IsolatedHsm>()
async function closeAll(): Promise<void> {
  await Promise.all([...made].map((hsm) => hsm.close()))
  made.clear()
}

for (const boundary of ["process", "thread"] as const) {
  const make = (byte: number) => async () => {
    const seal = { rootKey: new Uint8Array(32).fill(byte) }
    const hsm = await isolatedHsm({ boundary, hsm: { suite: "openssl", seal } })
    made.add(hsm)
    return hsm
  }
  const source = { make: make(1), makeStranger: make(2) } satisfies HsmSource

  describe(`an HSM behind a ${boundary} keeps the contract`, () => {
    afterEach(closeAll)

    it("of every key spec of its suite", async () => {
      expect((await source.make()).keySpecs).toEqual(all)
    })
    const cases = [...hsmConformance, ...regionHsmConformance, ...hsmKeyConformance(specs)]
    for (const { name, run } of cases) it(name, () => run(source))
  })

  describe(`an HSM behind a ${boundary} keeps the contract of imports`, () => {
    // These cases share what takes long to make.
    afterAll(closeAll)

    for (const { name, run } of hsmImportConformance()) it(name, () => run(source))
  })
}
