import {
  type Binding,
  createSoftwareHsm,
  type Hsm,
  type KeySpec,
  type KeyUsage,
  rootKeySeal,
} from "@keywright/core"
import { describe, expect, it } from "vitest"
import { opensslSuite } from "../src/openssl.js"

type SignRequest = Parameters<Hsm["sign"]>[0]

const seal = rootKeySeal(new Uint8Array(32).fill(1))
const native = createSoftwareHsm({ seal, suite: opensslSuite() })
const pure = createSoftwareHsm({ seal })
await pure.openDomain("d", await native.createDomain("d"))

const sides: readonly (readonly [string, Hsm])[] = [
  ["OpenSSL", native],
  ["TypeScript", pure],
]

async function newKey(keySpec: KeySpec, keyUsage: KeyUsage) {
  const binding: Binding = {
    partition: "aws",
    account: "111122223333",
    keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
    keyMaterialId: "5e".repeat(32),
    keySpec,
    keyUsage,
    origin: "AWS_KMS",
    keyStoreId: undefined,
    xksKeyId: undefined,
  }
  return { token: await native.generateKey(binding), binding }
}

/** A message whose signature begins with a zero byte, which one in 256 does. */
async function signedWithLeadingZero(request: Omit<SignRequest, "message">) {
  const message = new Uint8Array(32)
  const numbers = new DataView(message.buffer)
  for (let i = 0; ; i += 1) {
    numbers.setUint32(0, i)
    const signature = await native.sign({ ...request, message })
    if (signature[0] === 0) return { message, signature }
  }
}

describe("a signature of RSA", () => {
  it.each([
    ["RSASSA_PKCS1_V1_5_SHA_256", "RAW"],
    ["RSASSA_PKCS1_V1_5_SHA_256", "DIGEST"],
    ["RSASSA_PSS_SHA_256", "RAW"],
    ["RSASSA_PSS_SHA_256", "DIGEST"],
  ] as const)("is as long as its modulus, zeros in front included: %s, %s", async (...kind) => {
    const [algorithm, messageType] = kind
    const request = { ...(await newKey("RSA_2048", "SIGN_VERIFY")), algorithm, messageType }
    const { message, signature } = await signedWithLeadingZero(request)
    const longer = new Uint8Array(signature.length + 1)
    longer.set(signature, 1)
    for (const [name, hsm] of sides) {
      const verify = async (bytes: Uint8Array) =>
        hsm.verify({ ...request, message, signature: bytes })
      expect(await verify(signature), name).toBe(true)
      expect(await verify(signature.subarray(1)), `${name}, without its zero`).toBe(false)
      expect(await verify(longer), `${name}, with one more`).toBe(false)
      expect(await verify(new Uint8Array(0)), `${name}, empty`).toBe(false)
    }
  })
})

describe("a ciphertext of ML-KEM", () => {
  it.each(["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"] as const)(
    "is as long as its parameters say: %s",
    async (keySpec) => {
      const key = await newKey(keySpec, "ENCAPSULATE_DECAPSULATE")
      const request = { ...key, algorithm: "ML_KEM" } as const
      const { ciphertext, sharedSecret } = await native.encapsulate(request)
      const longer = new Uint8Array(ciphertext.length + 1)
      longer.set(ciphertext)
      for (const [name, hsm] of sides) {
        const open = async (bytes: Uint8Array) => hsm.decapsulate({ ...request, ciphertext: bytes })
        expect(await open(ciphertext), name).toEqual(sharedSecret)
        for (const wrong of [ciphertext.subarray(1), longer, new Uint8Array(0)]) {
          expect(await open(wrong), `${name}, ${wrong.length} bytes`).toBeUndefined()
        }
      }
    },
  )
})
