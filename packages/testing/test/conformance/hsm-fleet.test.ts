import { createSoftwareHsm, HsmError, type RegionHsm, rootKeySeal } from "@keywright/core"
import { hsmFleet } from "@keywright/hsm/fleet"
import { opensslSuite } from "@keywright/hsm/openssl"
import { describe, it } from "vitest"
import {
  type HsmSource,
  hsmConformance,
  hsmImportConformance,
  hsmKeyConformance,
  regionHsmConformance,
} from "../../src/conformance.js"

const suite = opensslSuite()
const software = (byte: number): RegionHsm =>
  createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(byte)), suite })

function dead(byte: number): RegionHsm {
  const hsm = software(byte)
  void hsm.close()
  return hsm
}

/** Every third call is lost, and of every second one of those only the answer. */
function flaky(byte: number): RegionHsm {
  const hsm = software(byte)
  let calls = 0
  const methods = Object.entries(hsm).map(([name, method]) => {
    if (typeof method !== "function" || name === "close") return [name, method]
    const run = async (...args: readonly unknown[]) => {
      calls += 1
      if (calls % 6 === 0) throw new HsmError("unavailable", "lost")
      const answer = await (method as (...args: readonly unknown[]) => unknown)(...args)
      if (calls % 6 === 3) throw new HsmError("unavailable", "its answer is lost")
      return answer
    }
    return [name, run]
  })
  return Object.fromEntries(methods)
}

type Make = (byte: number) => RegionHsm
const fleets: Readonly<Record<string, readonly Make[]>> = {
  "three HSMs": [software, software, software],
  "three HSMs of which two are dead": [dead, software, dead],
  "an HSM among two that lose calls": [flaky, flaky, software],
}

for (const [name, makes] of Object.entries(fleets)) {
  const make = (byte: number) => () => hsmFleet(makes.map((one) => one(byte)))
  const source = { make: make(1), makeStranger: make(2) } satisfies HsmSource

  describe(`a fleet of ${name} keeps the contract`, () => {
    const cases = [
      ...hsmConformance,
      ...regionHsmConformance,
      ...hsmKeyConformance(["RSA_2048", "ECC_NIST_P256", "HMAC_256", "ML_KEM_768", "ML_DSA_44"]),
      ...hsmImportConformance(),
    ]
    for (const { name, run } of cases) it(name, () => run(source))
  })
}
