import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { sameBinding } from "../../src/formats/binding.js"
import {
  encodeCiphertextHeader,
  messageAad,
  parseCiphertext,
} from "../../src/formats/opaque/ciphertext.js"
import {
  type DomainState,
  domainKeysMax,
  encodeDomainState,
  parseDomainState,
} from "../../src/formats/opaque/domain-state.js"
import {
  bindingAad,
  encodeKeyToken,
  encodeKeyTokenHeader,
  keyTokenBytesMax,
  parseKeyToken,
} from "../../src/formats/opaque/key-token.js"
import { encodeMarker, parseMarker } from "../../src/formats/opaque/marker.js"
import {
  encodeSealedState,
  encodeSealHeader,
  isScryptCost,
  parseSealedState,
} from "../../src/formats/opaque/sealed-state.js"
import type { Binding } from "../../src/ports/bindings.js"
import { concatBytes, hexOf } from "../../src/vocabulary/bytes.js"
import { flipped, hex, parsesOnlyWhatItCanWrite, publishedVectors } from "./vectors.js"

interface CiphertextVector {
  header: { account: string; keyId: string; keyMaterialId: string }
  partition: string
  context: Record<string, string>
  headerBytes: string
  aad: string
  ciphertext: string
}

describe("the ciphertext format", () => {
  const vectors = publishedVectors<CiphertextVector>("ciphertext")

  it("writes and reads the published vectors", () => {
    for (const vector of vectors) {
      expect(hexOf(encodeCiphertextHeader(vector.header))).toBe(vector.headerBytes)
      const parsed = parseCiphertext(hex(vector.ciphertext))
      expect(parsed?.header).toEqual(vector.header)
      expect(hexOf(parsed?.headerBytes as Uint8Array)).toBe(vector.headerBytes)
      expect(vector.headerBytes + hexOf(parsed?.body as Uint8Array)).toBe(vector.ciphertext)
      const aad = messageAad(vector.partition, hex(vector.headerBytes), vector.context)
      expect(hexOf(aad)).toBe(vector.aad)
    }
    expect(vectors.length).toBeGreaterThan(2)
  })

  it("reads another header, or none, from every header with a flipped bit", () => {
    for (const { ciphertext, header } of vectors) {
      const blob = hex(ciphertext)
      for (const headerBytes of flipped(blob.subarray(0, 57))) {
        const parsed = parseCiphertext(concatBytes(headerBytes, blob.subarray(57)))
        expect(parsed?.header).not.toEqual(header)
      }
    }
  })

  it("answers for every input and reads only what it can write", () => {
    parsesOnlyWhatItCanWrite(hex("4b5701"), parseCiphertext, ({ header, body }) =>
      concatBytes(encodeCiphertextHeader(header), body),
    )
  })

  it("is refused when it is too short or too long", () => {
    const blob = hex((vectors[0] as CiphertextVector).ciphertext)
    for (let length = 0; length < 101; length += 1) {
      expect(parseCiphertext(blob.subarray(0, length))).toBeUndefined()
    }
    const filled = (length: number) => concatBytes(blob, new Uint8Array(length - blob.length))
    expect(parseCiphertext(filled(6144))).toBeDefined()
    expect(parseCiphertext(filled(6145))).toBeUndefined()
  })

  it("writes no header from members that are malformed", () => {
    const { header } = vectors[0] as CiphertextVector
    const wrong = [
      { account: "1" },
      { account: "11112222333x" },
      { keyId: "alias/x" },
      { keyId: header.keyId.toUpperCase() },
      { keyMaterialId: "00" },
    ]
    for (const members of wrong) {
      expect(() => encodeCiphertextHeader({ ...header, ...members })).toThrow(TypeError)
    }
  })

  it("authenticates partition, header and context so that none runs into another", () => {
    const header = hex((vectors[0] as CiphertextVector).headerBytes)
    const seen = new Set(
      [
        messageAad("aws", header, {}),
        messageAad("aws-cn", header, {}),
        messageAad("aws", header, { a: "b" }),
        messageAad("aws", concatBytes(header, Uint8Array.of(0)), {}),
        messageAad("aw", concatBytes(Uint8Array.of(0x73), header), {}),
      ].map(hexOf),
    )
    expect(seen.size).toBe(5)
    expect(hexOf(messageAad("aws", header, undefined))).toBe(hexOf(messageAad("aws", header, {})))
  })
})

interface TokenVector {
  binding: Binding
  domainKeyId: string
  aad: string
  token: string
}

describe("the key token format", () => {
  const vectors = publishedVectors<TokenVector>("key-token")

  it("writes and reads the published vectors", () => {
    for (const { token, domainKeyId, aad, binding } of vectors) {
      const parsed = parseKeyToken(hex(token))
      if (parsed === undefined) throw new Error("the vector was refused")
      expect(parsed.domainKeyId).toBe(domainKeyId)
      expect(hexOf(parsed.headerBytes)).toBe(hexOf(encodeKeyTokenHeader(domainKeyId)))
      expect(hexOf(encodeKeyToken(parsed))).toBe(token)
      expect(hexOf(bindingAad(binding)(parsed.headerBytes))).toBe(aad)
    }
    expect(vectors.length).toBeGreaterThan(1)
  })

  it("answers for every input and reads only what it can write", () => {
    parsesOnlyWhatItCanWrite(hex("02"), parseKeyToken, encodeKeyToken)
  })

  it("is refused when it is too short or too long", () => {
    const sized = (length: number) => parseKeyToken(new Uint8Array(length).fill(2))
    expect(sized(37)).toBeUndefined()
    expect(sized(38)).toBeDefined()
    expect(sized(keyTokenBytesMax)).toBeDefined()
    expect(sized(keyTokenBytesMax + 1)).toBeUndefined()
  })

  it("authenticates every member of the binding, none running into another", () => {
    // The last vector has all of them.
    const binding = (vectors.at(-1) as TokenVector).binding as unknown as Record<string, string>
    const header = encodeKeyTokenHeader("00".repeat(8))
    const members = Object.keys(binding)
    expect(members.length).toBe(9)
    const variants = members.flatMap((member, i) => {
      const next = members[(i + 1) % members.length] as string
      const [text = "", following = ""] = [binding[member], binding[next]]
      return [
        { ...binding, [member]: `${text}x` },
        { ...binding, [member]: undefined },
        { ...binding, [member]: text + following.slice(0, 1), [next]: following.slice(1) },
        { ...binding, [member]: text + following, [next]: undefined },
      ]
    })
    const aadOf = (one: object) => hexOf(bindingAad(one as Binding)(header))
    expect(new Set([binding, ...variants].map(aadOf)).size).toBe(1 + variants.length)
    for (const member of members) {
      expect(() => aadOf({ ...binding, [member]: "" })).toThrow(TypeError)
    }
  })

  it("keeps apart bindings that differ, and knows one that is the same", () => {
    const binding = (vectors.at(-1) as TokenVector).binding
    expect(sameBinding(binding, { ...binding })).toBe(true)
    for (const member of Object.keys(binding)) {
      expect(sameBinding(binding, { ...binding, [member]: "other" })).toBe(false)
      expect(sameBinding({ ...binding, [member]: undefined }, binding)).toBe(false)
    }
  })

  it("has a header only for a domain key id of eight bytes", () => {
    expect(() => encodeKeyTokenHeader("00")).toThrow(TypeError)
    expect(() => encodeKeyTokenHeader("zz".repeat(8))).toThrow(TypeError)
  })
})

interface StateVector {
  name: string
  currentKeyId: string
  keys: { id: string; key: string }[]
  trustGeneration: number
  bytes: string
}

describe("the domain state format", () => {
  const vectors = publishedVectors<StateVector>("domain-state")
  const stateOf = (vector: StateVector): DomainState => ({
    name: vector.name,
    currentKeyId: vector.currentKeyId,
    keys: vector.keys.map(({ id, key }) => ({ id, key: hex(key) })),
    trustGeneration: vector.trustGeneration,
  })

  it("writes and reads the published vectors", () => {
    for (const vector of vectors) {
      expect(hexOf(encodeDomainState(stateOf(vector)))).toBe(vector.bytes)
      const parsed = parseDomainState(hex(vector.bytes))
      expect(parsed?.name).toBe(vector.name)
      expect(parsed?.currentKeyId).toBe(vector.currentKeyId)
      expect(parsed?.trustGeneration).toBe(vector.trustGeneration)
      expect(parsed?.keys.map(({ id, key }) => ({ id, key: hexOf(key) }))).toEqual(vector.keys)
    }
    expect(vectors.length).toBeGreaterThan(1)
  })

  it("answers for every input and reads only what it can write", () => {
    parsesOnlyWhatItCanWrite(hex("4b4402"), parseDomainState, encodeDomainState)
    const [vector] = vectors as [StateVector]
    for (const bytes of flipped(hex(vector.bytes))) {
      const state = parseDomainState(bytes)
      if (state !== undefined) expect(hexOf(encodeDomainState(state))).toBe(hexOf(bytes))
    }
  })

  it("is refused without its current key, with a key twice and with too many keys", () => {
    const state = stateOf(vectors[1] as StateVector)
    const [first] = state.keys as [DomainState["keys"][number]]
    const many = Array.from({ length: domainKeysMax + 1 }, (_, i) => ({
      id: i.toString(16).padStart(16, "0"),
      key: first.key,
    }))
    const current = many[0]?.id as string
    const full = { ...state, keys: many.slice(1), currentKeyId: many.at(-1)?.id as string }
    expect(parseDomainState(encodeDomainState(full))?.keys.length).toBe(domainKeysMax)
    const wrong = [
      { ...state, currentKeyId: "00".repeat(8) },
      { ...state, currentKeyId: "00" },
      { ...state, keys: [first, first], currentKeyId: first.id },
      { ...state, keys: [] },
      { ...state, keys: many, currentKeyId: current },
      { ...state, name: "" },
      { ...state, name: "x".repeat(256) },
      { ...state, name: "\ud800" },
      { ...state, trustGeneration: -1 },
      { ...state, trustGeneration: 2 ** 32 },
      { ...state, trustGeneration: 0.5 },
    ]
    for (const one of wrong) expect(() => encodeDomainState(one)).toThrow(TypeError)
  })
})

describe("the sealed state format", () => {
  it("answers for every input and reads only what it can write", () => {
    parsesOnlyWhatItCanWrite(hex("4b530100000000"), parseSealedState, (sealed) =>
      encodeSealedState({
        ...sealed,
        headerBytes: encodeSealHeader(sealed.salt, sealed.cost),
      }),
    )
    parsesOnlyWhatItCanWrite(hex("4b5301010a0801"), parseSealedState, (sealed) =>
      encodeSealedState({
        ...sealed,
        headerBytes: encodeSealHeader(sealed.salt, sealed.cost),
      }),
    )
  })

  it("demands no more than 256 MiB for a passphrase, whatever it says", () => {
    for (let costLog2 = 0; costLog2 < 256; costLog2 += 1) {
      for (const blockSize of [0, 1, 7, 8, 9, 16, 32, 33, 255]) {
        for (const parallelism of [0, 1, 4, 5, 255]) {
          const cost = { costLog2, blockSize, parallelism }
          const header = concatBytes(
            hex("4b530101"),
            Uint8Array.of(costLog2, blockSize, parallelism),
          )
          const parsed = parseSealedState(concatBytes(header, new Uint8Array(80)))
          expect(parsed !== undefined).toBe(isScryptCost(cost))
          if (parsed === undefined) continue
          expect(128 * blockSize * 2 ** costLog2).toBeLessThanOrEqual(256 * 1024 * 1024)
          expect(parsed.cost).toEqual(cost)
        }
      }
    }
    expect(isScryptCost({ costLog2: 10.5, blockSize: 8, parallelism: 1 })).toBe(false)
  })
})

describe("the page marker format", () => {
  interface MarkerVector {
    list: string
    account: string
    after: string
    marker: string
  }
  const vectors = publishedVectors<MarkerVector>("marker")

  it("writes and reads the published vectors", () => {
    for (const vector of vectors) {
      expect(encodeMarker(vector)).toBe(vector.marker)
      expect(parseMarker(vector.marker, vector)).toBe(vector.after)
    }
    expect(vectors.length).toBeGreaterThan(2)
  })

  it("is refused by another list and by another account", () => {
    const list = { list: "ListKeys", account: "111122223333" }
    const marker = encodeMarker({ ...list, after: "x" })
    expect(parseMarker(marker, list)).toBe("x")
    expect(parseMarker(marker, { ...list, list: "ListAliases" })).toBeUndefined()
    expect(parseMarker(marker, { ...list, account: "111122223334" })).toBeUndefined()
  })

  it("has one text for one place: padding, other alphabets and loose bits are refused", () => {
    const list = { list: "l", account: "a" }
    const marker = encodeMarker({ ...list, after: "b~?" })
    expect(parseMarker(`${marker}=`, list)).toBeUndefined()
    expect(parseMarker(`${marker} `, list)).toBeUndefined()
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        const after = parseMarker(text, list)
        if (after !== undefined) expect(encodeMarker({ ...list, after })).toBe(text)
      }),
    )
    fc.assert(
      fc.property(
        fc.nat(marker.length - 1),
        fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
        (i, digit) => {
          const text = marker.slice(0, i) + digit + marker.slice(i + 1)
          const after = parseMarker(text, list)
          if (after !== undefined) expect(encodeMarker({ ...list, after })).toBe(text)
        },
      ),
    )
  })

  it("comes back whole for any text that fits, and is at most 1024 characters", () => {
    const list = { list: "ListKeys", account: "111122223333" }
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (after) => {
        const marker = encodeMarker({ ...list, after })
        expect(marker).toMatch(/^[A-Za-z0-9_-]{1,1024}$/)
        expect(parseMarker(marker, list)).toBe(after)
      }),
    )
    expect(encodeMarker({ ...list, after: "x".repeat(735) }).length).toBe(1024)
    expect(() => encodeMarker({ ...list, after: "x".repeat(736) })).toThrow(RangeError)
    expect(() => encodeMarker({ ...list, after: "\ud800" })).toThrow(TypeError)
    expect(parseMarker("A".repeat(1025), list)).toBeUndefined()
  })
})
