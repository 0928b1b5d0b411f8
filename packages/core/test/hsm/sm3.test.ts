import { createHash } from "node:crypto"
import { expect, it } from "vitest"
import { sm3 } from "../../src/software-hsm/suite/noble/sm3.js"

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")
const text = (value: string): Uint8Array => new TextEncoder().encode(value)

it.each([
  ["abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"],
  ["abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"],
])("SM3 answers as the examples of GB/T 32905 do: %s", (message, digest) => {
  expect(hex(sm3(text(message)))).toBe(digest)
})

it("SM3 answers as OpenSSL does, whatever the length and however it is divided", () => {
  for (let length = 0; length <= 300; length += 1) {
    const message = Uint8Array.from({ length }, (_, i) => (i * 167 + length) % 256)
    const digest = createHash("sm3").update(message).digest("hex")
    expect(hex(sm3(message))).toBe(digest)
    const at = length % 70
    expect(hex(sm3(message.subarray(0, at), message.subarray(at)))).toBe(digest)
  }
})
