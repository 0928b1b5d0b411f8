import { describe, expect, it } from "vitest"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { sharedVectors, skipReason } from "../formats/vectors.js"
import { isSlow } from "../support/slow.js"
import { thinned, type VectorFile, vectorCases } from "./suite-vectors.js"

const suite = nobleSuite()

/** All of them with SLOW=1; otherwise enough of the dear ones to notice a difference. */
const isDear = /ecdsa|ecdh|mldsa|rsa_oaep/
const strideOf = (file: string): number => (isDear.test(file) && !isSlow ? 16 : 1)

describe("the suite in TypeScript agrees with Wycheproof", () => {
  for (const { file, check } of vectorCases) {
    const data = sharedVectors<VectorFile>(file)
    it.skipIf(data === undefined)(
      `on ${file}${data ? "" : ` ${skipReason(file)}`}`,
      { timeout: 300_000 },
      async () => {
        const chosen = thinned(data as VectorFile, strideOf(file))
        expect(await check(suite, chosen)).toBeGreaterThan(1)
      },
    )
  }
})
