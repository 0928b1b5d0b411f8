import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { CKA, CKR, type Handle } from "../../src/pkcs11/cryptoki.js"
import { sharedSecret, stayingKeys } from "../../src/pkcs11/objects.js"
import { createFindKey, domainKeyOf } from "../../src/pkcs11/token-keys.js"
import {
  agree,
  decryptOaep,
  decryptRaw,
  hmac,
  sha256Hmac,
  signEcdsa,
  signRsa,
} from "../../src/pkcs11/token-work.js"
import { handleOf, session, tokenError } from "../support/fake-token.js"

/*
 * What a token is asked to do with a key, and what is made of its answers.
 */

const none = new Uint8Array(0)

describe("the work of a key in a token", () => {
  const key = handleOf("key")
  const handle = handleOf("session")
  const message = Uint8Array.of(1, 2, 3)
  const digestOf = (name: string) => Uint8Array.from(createHash(name).update(message).digest())

  it.each([
    ["RSASSA_PSS_SHA_256", "sha256", 0x250, 2, 32],
    ["RSASSA_PSS_SHA_384", "sha384", 0x260, 3, 48],
    ["RSASSA_PSS_SHA_512", "sha512", 0x270, 4, 64],
  ] as const)("signs by %s with a salt as long as the hash", (algorithm, name, hash, mgf, salt) => {
    for (const messageType of ["RAW", "DIGEST"] as const) {
      const { asked, session: its } = session({ C_Sign: () => Uint8Array.of(9) })
      const input = messageType === "RAW" ? message : digestOf(name)
      const made = signRsa(its, key, { algorithm, messageType, message: input })
      expect(made).toEqual(Uint8Array.of(9))
      const parameter = { type: 5, hashAlg: hash, mgf, saltLen: salt }
      expect(asked).toEqual([
        ["C_SignInit", handle, { mechanism: 0xd, parameter }, key],
        ["C_Sign", handle, expect.anything(), new Uint8Array(512)],
      ])
      expect(Uint8Array.from(asked[1]?.[2] as Uint8Array)).toEqual(digestOf(name))
    }
  })

  it("signs by PKCS #1 v1.5 what names its hash", () => {
    const { asked, session: its } = session({ C_Sign: (_: Handle, info: Uint8Array) => info })
    const algorithm = "RSASSA_PKCS1_V1_5_SHA_256"
    const made = signRsa(its, key, { algorithm, messageType: "RAW", message })
    expect(asked[0]).toEqual(["C_SignInit", handle, { mechanism: 1 }, key])
    // Source: RFC 8017, section 9.2, note 1.
    const head = Buffer.from("3031300d060960864801650304020105000420", "hex")
    expect(made).toEqual(Uint8Array.from([...head, ...digestOf("sha256")]))
  })

  it("signs by ECDSA, whose two numbers are put in DER", () => {
    const raw = Uint8Array.from([0x80, ...new Uint8Array(31), 0, 7, ...new Uint8Array(30)])
    const { asked, session: its } = session({ C_Sign: () => raw })
    const input = { algorithm: "ECDSA_SHA_256", messageType: "RAW", message } as const
    const made = Buffer.from(signEcdsa(its, key, input)).toString("hex")
    const r = `0080${"00".repeat(31)}`
    const s = `07${"00".repeat(30)}`
    expect(made).toBe(`30440221${r}021f${s}`)
    expect(asked[0]).toEqual(["C_SignInit", handle, { mechanism: 0x1041 }, key])
  })

  it.each([
    ["sha1", 0x220, 1],
    ["sha256", 0x250, 2],
  ] as const)("decrypts by OAEP with %s, and leaves nothing behind", (name, hash, mgf) => {
    let output: Uint8Array | undefined
    const { asked, session: its } = session({
      C_Decrypt: (_: Handle, __: Uint8Array, target: Uint8Array) => {
        output = target
        target.set([5, 6])
        return target.subarray(0, 2)
      },
    })
    expect(decryptOaep(its, key, name, message)).toEqual(Uint8Array.of(5, 6))
    expect(output).toEqual(new Uint8Array(512))
    const parameter = { type: 4, hashAlg: hash, mgf, source: 1 }
    expect(asked).toEqual([
      ["C_DecryptInit", handle, { mechanism: 9, parameter }, key],
      ["C_Decrypt", handle, message, output],
    ])
  })

  it("decrypts by the bare power to as many bytes as the ciphertext has", () => {
    const answers: Uint8Array[] = []
    const { asked, session: its } = session({
      C_Decrypt: (_: Handle, __: Uint8Array, target: Uint8Array) => {
        answers.push(target)
        target.set([5, 6])
        return target.subarray(0, 2)
      },
    })
    expect(decryptRaw(its, key, message)).toEqual(Uint8Array.of(0, 5, 6))
    expect(asked[0]).toEqual(["C_DecryptInit", handle, { mechanism: 3 }, key])
    expect(answers[0]).toEqual(new Uint8Array(512))
  })

  it("leaves nothing of a decryption behind that failed", () => {
    let output: Uint8Array = none
    const { session: its } = session({
      C_Decrypt: (_: Handle, __: Uint8Array, target: Uint8Array) => {
        output = target.fill(7)
        throw tokenError(CKR.encryptedDataInvalid)
      },
    })
    expect(() => decryptRaw(its, key, message)).toThrow("CKR")
    expect(output).toEqual(new Uint8Array(512))
  })

  it("agrees on as many bytes as the field has, and destroys the secret", () => {
    const shared = handleOf("shared")
    const value = Uint8Array.of(5, 6)
    const { asked, session: its } = session({
      C_DeriveKey: () => shared,
      C_GetAttributeValue: () => [{ type: CKA.value, value }],
    })
    expect(agree(its, key, message, 4)).toEqual(Uint8Array.of(0, 0, 5, 6))
    expect(value).toEqual(new Uint8Array(2))
    const parameter = { type: 6, kdf: 1, publicData: message }
    expect(asked).toEqual([
      ["C_DeriveKey", handle, { mechanism: 0x1050, parameter }, key, sharedSecret(4)],
      ["C_GetAttributeValue", handle, shared, [{ type: CKA.value }]],
      ["C_DestroyObject", handle, shared],
    ])
  })

  it("makes a MAC", () => {
    const { asked, session: its } = session({ C_Sign: () => Uint8Array.of(9) })
    expect(hmac(its, sha256Hmac, key, message)).toEqual(Uint8Array.of(9))
    expect(asked).toEqual([
      ["C_SignInit", handle, { mechanism: 0x251 }, key],
      ["C_Sign", handle, message, new Uint8Array(64)],
    ])
  })
})

describe("a domain key in a token", () => {
  const finding = (found: readonly Handle[], state = 3) =>
    session({ C_FindObjects: () => found, C_GetSessionInfo: () => ({ state }) })
  const id = "00aa"

  it("is looked for once in a login", () => {
    const find = createFindKey()
    const one = finding([handleOf("one")])
    expect(find(one.session, id)).toEqual(handleOf("one"))
    expect(find(one.session, id)).toEqual(handleOf("one"))
    expect(one.names()).toEqual(["C_FindObjectsInit", "C_FindObjects", "C_FindObjectsFinal"])
    expect(one.asked[0]?.[2]).toEqual(stayingKeys(domainKeyOf(id)))
    expect(one.asked[1]?.[2]).toBe(1000)
    const other = finding([handleOf("other")])
    expect(find(other.session, id)).toEqual(handleOf("other"))
  })

  it("is not there, and is looked for again", () => {
    const find = createFindKey()
    const { session: its, names } = finding([])
    expect(find(its, id)).toBeUndefined()
    expect(find(its, id)).toBeUndefined()
    expect(names()).toHaveLength(8)
  })

  it("is nowhere to be seen for a session that was logged out", () => {
    expect(() => createFindKey()(finding([], 2).session, id)).toThrow("CKR_USER_NOT_LOGGED_IN")
  })

  it("is not chosen out of two", () => {
    const two = finding([handleOf("one"), handleOf("two")])
    expect(() => createFindKey()(two.session, id)).toThrow(
      expect.objectContaining({
        code: "unavailable",
        message: "the token has two domain keys of that id",
      }),
    )
  })
})
