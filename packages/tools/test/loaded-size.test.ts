import { expect, it } from "vitest"
import { loadedSize } from "../src/bench/loaded-size.js"

const envelope = "core/src/envelope/index.ts"
/** As it is shipped. */
const memory = "core/lib/memory.js"

it("a page that encrypts under a KMS loads at most 40 KB for it", async () => {
  expect((await loadedSize(envelope, "createEnvelope", "kmsKeys")).all).toBeLessThan(40_000)
})

it("who imports one thing does not load the others", async () => {
  expect((await loadedSize(envelope, "nobleCipher")).all).toBeLessThan(15_000)
})

it("a whole KMS in a page loads at most 155 KB at first, and no bundler warns of it", async () => {
  const { first, all, warnings } = await loadedSize(memory, "createMemoryKms")
  expect(warnings).toEqual([])
  expect(first).toBeLessThan(155_000)
  expect(all).toBeLessThan(206_000)
})
