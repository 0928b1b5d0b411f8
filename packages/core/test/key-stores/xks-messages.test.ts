import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import type { XksCiphertext } from "../../src/formats/xks/xks-ciphertext.js"
import {
  encodeDecrypt,
  encodeEncrypt,
  encodeMetadataOnly,
  parseDecryptAnswer,
  parseEncryptAnswer,
  parseErrorName,
  parseHealth,
  parseKeyMetadata,
} from "../../src/formats/xks/xks-messages.js"

/*
 * Source of all members, their limits and which are optional: External Key Store Proxy API
 * Specification, version 1.
 */

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value)
const base64 = (of: Uint8Array): string => Buffer.from(of).toString("base64")

const requestMetadata = {
  awsPrincipalArn: "arn:aws:iam::123456789012:user/Alice",
  kmsOperation: "Encrypt",
  kmsRequestId: "4112f4d6-db54-4af4-ae30-c55a22a8dfae",
}
const aad = new TextEncoder().encode("project=nile,department=marketing")
const parts: XksCiphertext = {
  ciphertext: bytes(3, 1),
  initializationVector: bytes(12, 2),
  authenticationTag: bytes(16, 3),
  ciphertextMetadata: bytes(20, 4),
}
const { ciphertext, initializationVector, authenticationTag, ciphertextMetadata } = parts

/** The answer of a proxy to what it encrypted, with the integrity value of appendix C. */
function answerOf(one: XksCiphertext): Record<string, unknown> {
  const { ciphertextMetadata, initializationVector, ciphertext, authenticationTag } = one
  const hash = createHash("sha256")
  for (const part of [
    aad,
    ciphertextMetadata,
    initializationVector,
    ciphertext,
    authenticationTag,
  ]) {
    hash.update(part)
  }
  return {
    authenticationTag: base64(authenticationTag),
    ciphertext: base64(ciphertext),
    ciphertextDataIntegrityValue: hash.digest("base64"),
    ciphertextMetadata: base64(ciphertextMetadata),
    initializationVector: base64(initializationVector),
  }
}

const without = (value: object, member: string): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== member))

describe("a request to a proxy", () => {
  it("to encrypt says what is encrypted, how, and what is authenticated with it", () => {
    expect(JSON.parse(encodeEncrypt(requestMetadata, bytes(3, 9), aad))).toEqual({
      requestMetadata,
      plaintext: "CQkJ",
      encryptionAlgorithm: "AES_GCM",
      additionalAuthenticatedData: "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
      ciphertextDataIntegrityValueAlgorithm: "SHA_256",
    })
  })

  it("to decrypt gives back what the proxy made, with metadata only where it made some", () => {
    const written = {
      requestMetadata,
      additionalAuthenticatedData: "cHJvamVjdD1uaWxlLGRlcGFydG1lbnQ9bWFya2V0aW5n",
      ciphertext: "AQEB",
      ciphertextMetadata: base64(ciphertextMetadata),
      encryptionAlgorithm: "AES_GCM",
      initializationVector: base64(initializationVector),
      authenticationTag: base64(authenticationTag),
    }
    const read = (one: XksCiphertext) => JSON.parse(encodeDecrypt(requestMetadata, one, aad))
    expect(read(parts)).toEqual(written)
    expect(read({ ...parts, ciphertextMetadata: bytes(1, 0) })).toEqual({
      ...written,
      ciphertextMetadata: "AA==",
    })
    expect(read({ ...parts, ciphertextMetadata: bytes(0, 0) })).toEqual(
      without(written, "ciphertextMetadata"),
    )
  })

  it("for the state of a key, or of the proxy, says only who asks", () => {
    expect(JSON.parse(encodeMetadataOnly(requestMetadata))).toEqual({ requestMetadata })
  })
})

describe("the answer of a proxy", () => {
  const encrypted = answerOf(parts)
  const parse = (answer: object) => parseEncryptAnswer(JSON.stringify(answer), 3, aad)

  it("is a ciphertext as long as the plaintext, undamaged by its integrity value", () => {
    expect(parse(encrypted)).toEqual(parts)
    expect(parse({ ...encrypted, more: 1 })).toEqual(parts)
    const longer = { ...parts, initializationVector: bytes(16, 2) }
    expect(parse(answerOf(longer))).toEqual(longer)
    const bare = { ...parts, ciphertextMetadata: bytes(0, 0) }
    expect(parse(without(answerOf(bare), "ciphertextMetadata"))).toEqual(bare)
    expect(parse(without(encrypted, "ciphertextMetadata"))).toBeUndefined()
  })

  it.each(Object.keys(encrypted))("is refused with a damaged %s, or a malformed one", (member) => {
    for (const other of [base64(bytes(16, 8)), "AB==", "?", "", 1, null]) {
      expect(parse({ ...encrypted, [member]: other }), String(other)).toBeUndefined()
    }
    if (member !== "ciphertextMetadata") expect(parse(without(encrypted, member))).toBeUndefined()
  })

  it("is refused where it has lengths that no ciphertext has, intact as it is", () => {
    for (const members of [
      { ciphertext: bytes(2, 1) },
      { ciphertext: bytes(4, 1) },
      { initializationVector: bytes(13, 2) },
      { initializationVector: bytes(0, 2) },
      { authenticationTag: bytes(15, 3) },
      { ciphertextMetadata: bytes(21, 4) },
    ]) {
      expect(parse(answerOf({ ...parts, ...members })), JSON.stringify(members)).toBeUndefined()
    }
    const empty = JSON.stringify(answerOf({ ...parts, ciphertext: bytes(0, 1) }))
    expect(parseEncryptAnswer(empty, 0, aad)).toBeUndefined()
  })

  it("is a plaintext as long as the ciphertext", () => {
    expect(parseDecryptAnswer('{"plaintext":"CQkJ","more":1}', 3)).toEqual(bytes(3, 9))
    for (const length of [0, 2, 4]) {
      expect(parseDecryptAnswer('{"plaintext":"CQkJ"}', length)).toBeUndefined()
    }
    for (const text of ["", "{", "{}", "null", '{"plaintext":1}', '{"plaintext":"CQkJCQ"}']) {
      expect(parseDecryptAnswer(text, ciphertext.length), text).toBeUndefined()
    }
  })

  it("is the state of a key", () => {
    const key = { keySpec: "AES_256", keyUsage: ["ENCRYPT", "DECRYPT"], keyStatus: "ENABLED" }
    const read = (answer: object) => parseKeyMetadata(JSON.stringify(answer))
    const uses = new Array<string>(11).fill("DECRYPT")
    for (const members of [{}, { keyStatus: "DISABLED" }, { keyUsage: uses.slice(1) }]) {
      expect(read({ ...key, more: 1, ...members })).toEqual({ ...key, ...members })
    }
    for (const members of [
      { keySpec: 1 },
      { keyUsage: "DECRYPT" },
      { keyUsage: [1] },
      { keyUsage: uses },
      { keyStatus: "enabled" },
      { keyStatus: "" },
    ]) {
      expect(read({ ...key, ...members }), JSON.stringify(members)).toBeUndefined()
    }
    for (const member of Object.keys(key)) expect(read(without(key, member))).toBeUndefined()
  })

  it("is the health of the proxy and of the key managers behind it, of which it has some", () => {
    const manager = { id: "id", model: "model", healthStatus: "ACTIVE" }
    const health = {
      xksProxyFleetSize: 1,
      xksProxyVendor: "vendor",
      xksProxyModel: "model",
      ekmVendor: "vendor",
      ekmFleetDetails: [manager],
    }
    const read = (answer: object) => parseHealth(JSON.stringify(answer))
    const fleet = (of: object) => ({ ...health, ekmFleetDetails: [of] })
    expect(read({ ...health, more: 1 })).toEqual(health)
    for (const healthStatus of ["DEGRADED", "UNAVAILABLE"]) {
      expect(read(fleet({ ...manager, healthStatus }))).toEqual(fleet({ ...manager, healthStatus }))
    }
    const managers = new Array<object>(11).fill(manager)
    expect(read({ ...health, ekmFleetDetails: managers.slice(1) })).toBeDefined()
    for (const members of [
      { xksProxyFleetSize: 0 },
      { xksProxyFleetSize: 1.5 },
      { xksProxyVendor: 1 },
      { xksProxyModel: 1 },
      { ekmVendor: 1 },
      { ekmFleetDetails: [] },
      { ekmFleetDetails: managers },
    ]) {
      expect(read({ ...health, ...members }), JSON.stringify(members)).toBeUndefined()
    }
    for (const member of Object.keys(health)) expect(read(without(health, member))).toBeUndefined()
    for (const member of Object.keys(manager)) {
      expect(read(fleet(without(manager, member)))).toBeUndefined()
      expect(read(fleet({ ...manager, [member]: 1 }))).toBeUndefined()
    }
    expect(read(fleet({ ...manager, healthStatus: "" }))).toBeUndefined()
  })

  it("is an error by its name, whatever it says besides", () => {
    const error = { errorName: "KeyNotFoundException", errorMessage: "no" }
    expect(parseErrorName(JSON.stringify(error))).toBe("KeyNotFoundException")
    for (const text of ["{}", "", '{"errorName":1}', "[]"]) {
      expect(parseErrorName(text)).toBeUndefined()
    }
  })
})
