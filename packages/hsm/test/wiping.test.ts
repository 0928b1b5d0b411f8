import { type CryptoSuite, nobleSuite } from "@keywright/core/suite"
import { describe, expect, it } from "vitest"
import { type HsmCase, hsmCases } from "../../core/test/support/secrets/hsm-cases.js"
import { boundTo, createHsmFixture } from "../../core/test/support/secrets/hsm-fixture.js"
import { premadeRsa } from "../../core/test/support/secrets/premade-rsa.js"
import { tryCall } from "../../core/test/support/secrets/try-call.js"
import { opensslSuite } from "../src/openssl.js"

const suites: Readonly<Record<string, CryptoSuite>> = {
  noble: await premadeRsa(nobleSuite()),
  OpenSSL: await premadeRsa(opensslSuite()),
}

/** Of these every answer is a failure. */
const isFailure = /damaged|of another|too long|of fewer|too short/

const given = boundTo("RSA_2048", "SIGN_VERIFY")
const rsaKey: HsmCase = { given, run: (hsm) => hsm.generateKey(given) }

const timer = () => ({ over: new Promise<void>(() => undefined), stop: () => undefined })
const keepOpen = { ms: 60_000, keysMax: 3, clock: () => 0, timer }

for (const [which, suite] of Object.entries(suites)) {
  const fixture = await createHsmFixture(suite)
  const cases = Object.entries(await hsmCases(fixture))

  describe(`a closed HSM on ${which} leaves no secret in memory but what was answered`, () => {
    it.each(cases)("after %s, whichever step of it fails", async (name, hsmCase) => {
      const { failures, left, hasAnswered } = await tryCall(fixture, hsmCase)
      expect(left).toEqual([])
      if (!isFailure.test(name)) expect(hasAnswered).toBe(true)
      for (const failing of failures) {
        const tried = await tryCall(fixture, hsmCase, { failing })
        expect(tried.left, `${failing.failure} at ${failing.step}`).toEqual([])
      }
    })

    it("where it kept keys open", async () => {
      for (const [name, hsmCase] of cases) {
        const { left } = await tryCall(fixture, hsmCase, { keepOpen })
        expect(left, name).toEqual([])
      }
    })

    if (which !== "OpenSSL") return
    it("after an RSA key was made", async () => {
      const making = { ...fixture, suite: opensslSuite() }
      const { left, hasAnswered } = await tryCall(making, rsaKey)
      expect({ left, hasAnswered }).toEqual({ left: [], hasAnswered: true })
    })
  })
}
