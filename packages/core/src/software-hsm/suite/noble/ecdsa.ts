import type { ECDH, ECDSA } from "@noble/curves/abstract/weierstrass.js"
import { p256, p384, p521 } from "@noble/curves/nist.js"
import { secp256k1 } from "@noble/curves/secp256k1.js"
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js"
import { encodePairMaterial } from "../../../formats/keys/pair-material.js"
import type { Entropy } from "../../../ports/entropy.js"
import { equalBytes, noBytes } from "../../../vocabulary/bytes.js"
import { invariant } from "../../../vocabulary/errors.js"
import type { KeyPairSpec } from "../../../vocabulary/key-specs.js"
import type {
  AgreementKey,
  CurveSpec,
  KeyPairMaker,
  SignInput,
  SigningKey,
} from "../crypto-suite.js"
import type { Hash, HashName } from "../hashes.js"
import { signingTable } from "../signing-schemes.js"
import { openPair } from "./open-pair.js"

const curves: Readonly<Record<CurveSpec, ECDSA>> = Object.freeze({
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
})

const hashes: { readonly [name in HashName]?: Hash } = Object.freeze({ sha256, sha384, sha512 })

/** A scalar drawn with so many bits to spare that reducing it favours none. */
function generateScalar(curve: ECDH, entropy: Entropy): Uint8Array {
  const { seed: seedBytes } = curve.lengths
  invariant(seedBytes, "a curve does not say how much randomness it needs")
  const seed = entropy(new Uint8Array(seedBytes))
  try {
    return curve.utils.randomSecretKey(seed)
  } finally {
    seed.fill(0)
  }
}

/** Makes keys on a curve; an imported one must be in range and agree with its public key. */
export const curveMaker = (curve: ECDH): KeyPairMaker => ({
  generate(entropy) {
    const privateKey = generateScalar(curve, entropy)
    const publicKey = curve.getPublicKey(privateKey, false)
    const material = encodePairMaterial({ privateKey, publicKey, expanded: noBytes })
    privateKey.fill(0)
    return material
  },
  complete({ privateKey, publicKey: given }) {
    if (!curve.utils.isValidSecretKey(privateKey)) return undefined
    const publicKey = curve.getPublicKey(privateKey, false)
    if (given !== undefined && !equalBytes(given, publicKey)) return undefined
    return encodePairMaterial({ privateKey, publicKey, expanded: noBytes })
  },
})

export const ecdsaMaker = (spec: CurveSpec): KeyPairMaker => curveMaker(curves[spec])

function digestOf({ algorithm, messageType, message }: SignInput): Uint8Array {
  if (messageType !== "RAW") return message
  const { hash: name } = signingTable[algorithm]
  const hash = name && hashes[name]
  invariant(hash, "an ECDSA algorithm without a hash was used")
  return hash(message)
}

/** Digests are never hashed again, and s is not normalised: high and low are both genuine. */
const format = { prehash: false, lowS: false, format: "der" } as const

export function openEcdsaKey(spec: CurveSpec, material: Uint8Array, entropy: Entropy): SigningKey {
  const curve = curves[spec]
  const { privateKey, publicKey } = openPair(spec, material)
  return {
    sign(input) {
      const extraEntropy = entropy(new Uint8Array(32))
      try {
        return curve.sign(digestOf(input), privateKey, { ...format, extraEntropy })
      } finally {
        extraEntropy.fill(0)
      }
    },
    verify(input, signature) {
      try {
        return curve.verify(signature, digestOf(input), publicKey, format)
      } catch {
        return false
      }
    },
  }
}

/** The x-coordinate of the shared point; the cofactor of these curves is one. */
export function openCurveAgreementKey(
  curve: ECDH,
  spec: KeyPairSpec,
  material: Uint8Array,
): AgreementKey {
  const { privateKey } = openPair(spec, material)
  return {
    agree(publicKey) {
      try {
        const shared = curve.getSharedSecret(privateKey, publicKey, true)
        const secret = shared.slice(1)
        shared.fill(0)
        return secret
      } catch {
        return undefined
      }
    },
  }
}

export const openAgreementKey = (spec: CurveSpec, material: Uint8Array): AgreementKey =>
  openCurveAgreementKey(curves[spec], spec, material)
