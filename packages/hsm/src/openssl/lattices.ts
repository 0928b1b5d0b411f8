import * as nodeCrypto from "node:crypto"
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import {
  type EncapsulationKey,
  type MlDsaSpec,
  type MlKemSpec,
  makeWhenUsed,
  type Opener,
  pkcs8OfMaterial,
  type SigningKey,
  spkiOfMaterial,
} from "@keywright/core/suite"
import { der, plain } from "./bytes.js"
import { once } from "./once.js"

/** What node:crypto has since Node 24, and its older types do not know. */
interface NewerCrypto {
  readonly encapsulate?: (key: KeyObject) => {
    readonly sharedKey: Uint8Array
    readonly ciphertext: Uint8Array
  }
  readonly decapsulate?: (key: KeyObject, ciphertext: Uint8Array) => Uint8Array
}
const { encapsulate, decapsulate }: NewerCrypto = nodeCrypto as NewerCrypto

/** Source: FIPS 203, table 3. */
const ciphertextBytes: Readonly<Record<MlKemSpec, number>> = Object.freeze({
  ML_KEM_512: 768,
  ML_KEM_768: 1088,
  ML_KEM_1024: 1568,
})

function decodePrivateKey(spec: MlDsaSpec | MlKemSpec, material: Uint8Array): KeyObject {
  const pkcs8 = pkcs8OfMaterial(spec, material)
  try {
    return createPrivateKey(der(pkcs8, "pkcs8"))
  } finally {
    pkcs8.fill(0)
  }
}

const decodePublicKey = (spec: MlDsaSpec | MlKemSpec, material: Uint8Array): KeyObject =>
  createPublicKey(der(spkiOfMaterial(spec, material), "spki"))

/** The key, or `undefined` where this Node or its OpenSSL does not know the algorithm. */
function tryDecode(decode: () => KeyObject): KeyObject | undefined {
  if (encapsulate === undefined) return undefined
  try {
    return decode()
  } catch {
    return undefined
  }
}

/** OpenSSL where it knows the algorithm; what it does not take, the suite in TypeScript does. */
export const mlDsaOpener =
  (spec: MlDsaSpec, others: Opener<SigningKey>): Opener<SigningKey> =>
  (material, entropy) => {
    const privateKey = once(() => tryDecode(() => decodePrivateKey(spec, material)))
    const publicKey = once(() => tryDecode(() => decodePublicKey(spec, material)))
    const withOther = makeWhenUsed(() => others(material, entropy))
    return {
      sign(input) {
        const key = input.messageType === "RAW" ? privateKey() : undefined
        if (key !== undefined) return plain(sign(undefined, input.message, key))
        return withOther((opened) => opened.sign(input))
      },
      verify(input, signature) {
        const key = input.messageType === "RAW" ? publicKey() : undefined
        if (key !== undefined) return verify(undefined, input.message, key, signature)
        return withOther((opened) => opened.verify(input, signature))
      },
    }
  }

export const mlKemOpener =
  (spec: MlKemSpec, others: Opener<EncapsulationKey>): Opener<EncapsulationKey> =>
  (material, entropy) => {
    const privateKey = once(() => tryDecode(() => decodePrivateKey(spec, material)))
    const publicKey = once(() => tryDecode(() => decodePublicKey(spec, material)))
    const withOther = makeWhenUsed(() => others(material, entropy))
    return {
      encapsulate() {
        const key = encapsulate && publicKey()
        if (encapsulate === undefined || key === undefined) {
          return withOther((opened) => opened.encapsulate())
        }
        const { sharedKey, ciphertext } = encapsulate(key)
        return { sharedSecret: plain(sharedKey), ciphertext: plain(ciphertext) }
      },
      decapsulate(ciphertext) {
        if (ciphertext.length !== ciphertextBytes[spec]) return undefined
        const key = decapsulate && privateKey()
        return decapsulate === undefined || key === undefined
          ? withOther((opened) => opened.decapsulate(ciphertext))
          : plain(decapsulate(key, ciphertext))
      },
    }
  }
