import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { signRequest, type UnsignedRequest } from "../../src/formats/xks/sigv4.js"
import {
  encodeXksCiphertext,
  parseXksCiphertext,
  xksIntegrityValue,
} from "../../src/formats/xks/xks-ciphertext.js"
import { hexOf } from "../../src/vocabulary/bytes.js"

describe("a request signature", () => {
  /** The credential, time and place of the Signature Version 4 test suite. */
  const credential = {
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  }
  const request: UnsignedRequest = {
    method: "POST",
    host: "example.amazonaws.com",
    path: "/",
    body: "",
    region: "us-east-1",
    service: "service",
    timeMs: Date.UTC(2015, 7, 30, 12, 36),
  }
  const signatureOf = (members: Partial<UnsignedRequest>) =>
    signRequest({ ...request, ...members }, credential).authorization.split("Signature=")[1]

  // Source: the AWS Signature Version 4 test suite, by the names of its cases.
  it.each([
    ["post-vanilla", {}, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"],
    [
      "get-vanilla",
      { method: "GET" },
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ],
    [
      "get-unreserved",
      {
        method: "GET",
        path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
      },
      "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    ],
  ] as const)("is that of the test suite: %s", (_, members, signature) => {
    expect(signatureOf(members)).toBe(signature)
  })

  it("names who signed, where, when and what", () => {
    expect(signRequest(request, credential)).toEqual({
      authorization:
        "AWS4-HMAC-SHA256 " +
        "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, " +
        "SignedHeaders=host;x-amz-date, " +
        "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
      "x-amz-date": "20150830T123600Z",
    })
  })

  it("is another one for every change of the request", () => {
    const changes: readonly Partial<UnsignedRequest>[] = [
      {},
      { method: "PUT" },
      { host: "example.amazonaws.co" },
      { path: "/a" },
      { body: "{}" },
      { region: "us-east-2" },
      { service: "kms-xks-proxy" },
      { timeMs: request.timeMs + 1000 },
    ]
    expect(new Set(changes.map(signatureOf)).size).toBe(changes.length)
  })
})

describe("the integrity value of a ciphertext", () => {
  it("is that of the example in the specification", () => {
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
    const value = xksIntegrityValue(new TextEncoder().encode("project=nile,department=marketing"), {
      ciphertextMetadata: new TextEncoder().encode("key_version=1"),
      initializationVector: bytes("1c ca e5 47 0f 39 70 02 54 77 90 31"),
      ciphertext: bytes("82 1c 64 2b 5b 71 78 33 67 de af 18"),
      authenticationTag: bytes("bc 1c 4d da 77 07 d6 81 24 47 c5 95 5e 99 b2 61"),
    })
    expect(hexOf(value)).toBe("a8703f2260bd8791ec2d15ea0b23e65a0631eedcf2a13a65cc82db3f47cf5ec7")
  })
})

describe("a ciphertext under an external key", () => {
  const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max })
  const parts = fc.record({
    ciphertext: bytes(1, 300),
    initializationVector: fc.oneof(bytes(12), bytes(16)),
    authenticationTag: bytes(16),
    ciphertextMetadata: bytes(0, 20),
  })

  it("comes back as it was", () => {
    fc.assert(
      fc.property(parts, (one) => {
        expect(parseXksCiphertext(encodeXksCiphertext(one))).toEqual(one)
      }),
    )
  })

  it("is the only one with its bytes", () => {
    fc.assert(
      fc.property(bytes(0, 120), (random) => {
        const parsed = parseXksCiphertext(random)
        if (parsed !== undefined) expect(encodeXksCiphertext(parsed)).toEqual(random)
      }),
      { numRuns: 2000 },
    )
    fc.assert(
      fc.property(parts, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, mask) => {
        const encoded = encodeXksCiphertext(one)
        encoded[at % encoded.length] = (encoded[at % encoded.length] ?? 0) ^ mask
        const parsed = parseXksCiphertext(encoded)
        if (parsed !== undefined) expect(encodeXksCiphertext(parsed)).toEqual(encoded)
      }),
      { numRuns: 2000 },
    )
  })

  it("has fixed bytes", () => {
    const one = {
      ciphertext: Uint8Array.of(1, 2, 3),
      initializationVector: new Uint8Array(12).fill(4),
      authenticationTag: new Uint8Array(16).fill(5),
      ciphertextMetadata: Uint8Array.of(6),
    }
    expect(hexOf(encodeXksCiphertext(one))).toBe(
      `01${"0000000c"}${"04".repeat(12)}${"00000010"}${"05".repeat(16)}${"0000000106"}${"00000003010203"}`,
    )
  })

  it("is not made of parts that no proxy may answer", () => {
    const good = {
      ciphertext: new Uint8Array(1),
      initializationVector: new Uint8Array(12),
      authenticationTag: new Uint8Array(16),
      ciphertextMetadata: new Uint8Array(20),
    }
    expect(encodeXksCiphertext(good)).toHaveLength(1 + 4 * 4 + 1 + 12 + 16 + 20)
    for (const members of [
      { ciphertext: new Uint8Array(0) },
      { initializationVector: new Uint8Array(13) },
      { authenticationTag: new Uint8Array(15) },
      { ciphertextMetadata: new Uint8Array(21) },
    ]) {
      expect(() => encodeXksCiphertext({ ...good, ...members })).toThrow(TypeError)
    }
  })
})
