import { createCipheriv } from "node:crypto"
import { describe, expect, it } from "vitest"
import {
  domainAad,
  domainSealsMax,
  encodeDomainHeader,
  encodeSealedDomain,
  parseSealedDomain,
} from "../../src/formats/opaque/sealed-domain.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { flipped, hex, parsesOnlyWhatItCanWrite, publishedVectors } from "./vectors.js"

interface Vector {
  readonly name: string
  readonly state: string
  readonly stateKey: string
  readonly sealedKeys: readonly string[]
  readonly aad: string
  readonly sealed: string
}

describe("the sealed domain format", () => {
  const vectors = publishedVectors<Vector>("sealed-domain")
  const written = (sealedKeys: readonly Uint8Array[], iv: Uint8Array, ciphertext: Uint8Array) =>
    encodeSealedDomain({ headerBytes: encodeDomainHeader(sealedKeys), iv, ciphertext })

  it("writes and reads the published vectors", () => {
    for (const { name, state, stateKey, sealedKeys, aad, sealed } of vectors) {
      const parsed = parseSealedDomain(hex(sealed))
      expect(parsed?.sealedKeys.map(hexOf)).toEqual(sealedKeys)
      if (parsed === undefined) throw new Error("the vector does not parse")
      expect(hexOf(domainAad(parsed.headerBytes, name))).toBe(aad)
      const cipher = createCipheriv("aes-256-gcm", hex(stateKey), parsed.iv)
      cipher.setAAD(hex(aad))
      const parts = [cipher.update(hex(state)), cipher.final(), cipher.getAuthTag()]
      const ciphertext = new Uint8Array(Buffer.concat(parts))
      expect(hexOf(written(parsed.sealedKeys, parsed.iv, ciphertext))).toBe(sealed)
    }
    expect(vectors.length).toBeGreaterThan(1)
  })

  it("answers for every input and reads only what it can write", () => {
    const again = ({
      sealedKeys,
      iv,
      ciphertext,
    }: NonNullable<ReturnType<typeof parseSealedDomain>>) => written(sealedKeys, iv, ciphertext)
    parsesOnlyWhatItCanWrite(hex("4b4c0101"), parseSealedDomain, again)
    for (const bytes of flipped(hex((vectors[0] as Vector).sealed))) {
      const parsed = parseSealedDomain(bytes)
      if (parsed !== undefined) expect(hexOf(again(parsed))).toBe(hexOf(bytes))
    }
  })

  it("has one to eight sealed keys of up to 4096 bytes", () => {
    const key = (length: number) => new Uint8Array(length).fill(1)
    const rest = [new Uint8Array(12), new Uint8Array(60)] as const
    const most = Array.from({ length: domainSealsMax }, () => key(4096))
    expect(parseSealedDomain(written(most, ...rest))?.sealedKeys).toEqual(most)
    for (const wrong of [[], [...most, key(1)], [key(0)], [key(4097)]]) {
      expect(() => encodeDomainHeader(wrong)).toThrow(TypeError)
    }
    expect(parseSealedDomain(written([key(1)], rest[0], new Uint8Array(16)))).toBe(undefined)
    expect(parseSealedDomain(written([key(1)], rest[0], new Uint8Array(100_000)))).toBe(undefined)
  })
})
