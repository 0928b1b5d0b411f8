import { ed25519, ed25519ph } from "@noble/curves/ed25519.js"
import { encodePairMaterial } from "../../../formats/keys/pair-material.js"
import { equalBytes, noBytes } from "../../../vocabulary/bytes.js"
import type { KeyPairMaker, SignInput, SigningKey } from "../crypto-suite.js"
import { signingTable } from "../signing-schemes.js"
import { openPair } from "./open-pair.js"

export const ed25519Maker: KeyPairMaker = Object.freeze<KeyPairMaker>({
  generate(entropy) {
    const privateKey = entropy(new Uint8Array(32))
    const publicKey = ed25519.getPublicKey(privateKey)
    const material = encodePairMaterial({ privateKey, publicKey, expanded: noBytes })
    privateKey.fill(0)
    return material
  },
  complete({ privateKey, publicKey: given }) {
    const publicKey = ed25519.getPublicKey(privateKey)
    if (given !== undefined && !equalBytes(given, publicKey)) return undefined
    return encodePairMaterial({ privateKey, publicKey, expanded: noBytes })
  },
})

const schemeOf = ({ algorithm }: SignInput) =>
  signingTable[algorithm].scheme === "ed25519ph" ? ed25519ph : ed25519

/** Signing is deterministic; verification is that of RFC 8032, not the laxer one of ZIP 215. */
export function openEd25519Key(material: Uint8Array): SigningKey {
  const { privateKey, publicKey } = openPair("ECC_NIST_EDWARDS25519", material)
  return {
    sign: (input) => schemeOf(input).sign(input.message, privateKey),
    verify(input, signature) {
      try {
        return schemeOf(input).verify(signature, input.message, publicKey, { zip215: false })
      } catch {
        return false
      }
    },
  }
}
