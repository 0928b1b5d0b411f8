import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { generate, instantiateDrbg } from "../src/seed/hmac-drbg.js"

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"))
const hex = (data: Uint8Array) => Buffer.from(data).toString("hex")

/*
 * RFC 6979 draws its numbers from HMAC_DRBG, seeded with the private key and the digest, and
 * prints them. Source: RFC 6979, appendix A.2.5 (P-256, SHA-256); the digests are below the order
 * of the curve.
 */
const privateKey = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
const published = [
  ["sample", "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60"],
  ["test", "d16b6ae827f17175e040871a1c7ec3500192c4c92677336ec2537acaee0008e0"],
] as const

test.each(published)("the generator draws what RFC 6979 prints for %s", (message, k) => {
  const digest = createHash("sha256").update(message).digest()
  const state = instantiateDrbg(Uint8Array.from([...bytes(privateKey), ...digest]))
  const target = new Uint8Array(32)
  generate(state, target)
  expect(hex(target)).toBe(k)
})

test("a state that was kept draws the same again", () => {
  const state = instantiateDrbg(bytes(privateKey))
  const [first, second] = [new Uint8Array(100), new Uint8Array(100)]
  const after = generate(state, first)
  expect(generate(state, second)).toEqual(after)
  expect(second).toEqual(first)
  generate(after, second)
  expect(second).not.toEqual(first)
})
