import { expect, it } from "vitest"
import { systemEntropy } from "../../src/envelope/cipher/system-entropy.js"

it("the entropy of an envelope never hands out the same bytes twice, of any length", () => {
  const entropy = systemEntropy()
  const seen = new Set<string>()
  for (let round = 0; round < 500; round += 1) {
    for (const length of [12, 16, 32, 48, 72, 1024, 5000]) {
      const target = new Uint8Array(length)
      expect(entropy(target)).toBe(target)
      // Were a page handed out past its end, zeros or old bytes would show up in one of these.
      seen.add(Buffer.from(target.subarray(0, 12)).toString("hex"))
      seen.add(Buffer.from(target.subarray(-12)).toString("hex"))
    }
  }
  // Of 12 bytes, the first and the last are the same.
  expect(seen.size).toBe(500 * 13)
})
