import { expect, it } from "vitest"
import { envelopeSizeBytes } from "../../src/bench/envelope-size.js"

it("a page that encrypts under a KMS loads at most 40 KB for it", async () => {
  expect(await envelopeSizeBytes("createEnvelope", "kmsKeys")).toBeLessThan(40_000)
})

it("who imports one thing does not load the others", async () => {
  expect(await envelopeSizeBytes("nobleCipher")).toBeLessThan(15_000)
})
