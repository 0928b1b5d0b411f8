import { constants, createCipheriv, createPublicKey, publicEncrypt } from "node:crypto"
import { describe, expect, it } from "vitest"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { utf8 } from "../../src/vocabulary/bytes.js"
import { symmetricBinding } from "../support/bindings.js"
import { sealOf } from "../support/hosts.js"
import { quickRsaSuite } from "../support/quick-rsa.js"

const { keyMaterialId: _, ...of } = symmetricBinding
const binding = { ...of, origin: "EXTERNAL" } as const
const { partition, account, keyId } = binding
const material = new Uint8Array(32).fill(7)
const aesKey = new Uint8Array(32).fill(8)

/** RFC 5649 by another library. */
function wrapped(): Uint8Array {
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"))
  return Buffer.concat([cipher.update(material), cipher.final()])
}

describe("key material from outside", () => {
  it.each([
    ["RSAES_OAEP_SHA_1", "sha1", false],
    ["RSAES_OAEP_SHA_256", "sha256", false],
    ["RSA_AES_KEY_WRAP_SHA_1", "sha1", true],
    ["RSA_AES_KEY_WRAP_SHA_256", "sha256", true],
  ] as const)("comes in under %s", async (wrappingAlgorithm, oaepHash, isHybrid) => {
    const hsm = createSoftwareHsm({ seal: sealOf(), suite: quickRsaSuite() })
    await hsm.createDomain("d")
    const wrapping = {
      ...{ partition, account, keyId, validToMs: 0 },
      wrappingKeySpec: "RSA_2048",
      wrappingAlgorithm,
    } as const
    const { token, publicKey } = await hsm.generateWrappingKey(wrapping)
    const key = createPublicKey({ key: Buffer.from(publicKey), format: "der", type: "spki" })
    const padded = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }
    const encrypted = publicEncrypt(padded, isHybrid ? aesKey : material)
    const wrappedMaterial = isHybrid ? Buffer.concat([encrypted, wrapped()]) : encrypted
    const request = { wrapping: { token, binding: wrapping }, wrappedMaterial, binding }
    const imported = await hsm.importKey(request)
    if (imported.outcome !== "imported") throw new Error(imported.outcome)
    const used = { ...imported, binding: { ...binding, keyMaterialId: imported.keyMaterialId } }
    const ciphertext = await hsm.encrypt({ ...used, plaintext: utf8("x"), aad: utf8("a") })
    expect(await hsm.decrypt({ ...used, ciphertext, aad: utf8("a") })).toEqual(utf8("x"))
  })
})
