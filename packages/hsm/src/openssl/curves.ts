import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto"
import {
  type AgreementKey,
  type CurveSpec,
  encodePairMaterial,
  encodeSec1,
  encodeSpki,
  type KeyPairMaker,
  keyAlgorithms,
  makeWhenUsed,
  type Opener,
  type PairMaterial,
  parsePairMaterial,
  pkcs8OfMaterial,
  type SignInput,
  type SigningKey,
  signingTable,
} from "@keywright/core/suite"
import { base64url, der, plain } from "./bytes.js"
import { once } from "./once.js"

interface Curve {
  readonly name: string
  /** The name in JSON Web Keys, where OpenSSL takes public keys so faster. */
  readonly jwkName: string | undefined
  /** True where OpenSSL multiplies faster than it decodes keys. */
  readonly agreesRaw: boolean
}

const curves: Readonly<Record<CurveSpec, Curve>> = Object.freeze({
  ECC_NIST_P256: { name: "prime256v1", jwkName: "P-256", agreesRaw: true },
  ECC_NIST_P384: { name: "secp384r1", jwkName: undefined, agreesRaw: false },
  ECC_NIST_P521: { name: "secp521r1", jwkName: undefined, agreesRaw: false },
  ECC_SECG_P256K1: { name: "secp256k1", jwkName: undefined, agreesRaw: false },
})

const expanded = new Uint8Array(0)

const scalarBytesOf = (spec: CurveSpec): number => keyAlgorithms[spec].privateKeyBytes

function openPair(spec: CurveSpec | "ECC_NIST_EDWARDS25519", material: Uint8Array): PairMaterial {
  const pair = parsePairMaterial(spec, material)
  if (pair === undefined) throw new TypeError("the key material is of another key spec")
  return pair
}

/** Generates with OpenSSL; what is imported, the suite in TypeScript completes. */
export const curveMaker = (spec: CurveSpec, imported: KeyPairMaker): KeyPairMaker =>
  Object.freeze<KeyPairMaker>({
    generate() {
      const scalarBytes = scalarBytesOf(spec)
      const pair = createECDH(curves[spec].name)
      const publicKey = pair.generateKeys()
      const scalar = pair.getPrivateKey()
      const privateKey = new Uint8Array(scalarBytes)
      privateKey.set(scalar, scalarBytes - scalar.length)
      const material = encodePairMaterial({ privateKey, publicKey, expanded })
      scalar.fill(0)
      privateKey.fill(0)
      return material
    },
    complete: imported.complete,
  })

/** The coordinates of an uncompressed point, as JSON Web Keys have them. */
const coordinates = (point: Uint8Array, scalarBytes: number) => ({
  x: base64url(point.subarray(1, 1 + scalarBytes)),
  y: base64url(point.subarray(1 + scalarBytes)),
})

/**
 * In DER, whose bytes are wiped: a JSON Web Key costs less, and the text of a private key cannot be
 * wiped. PKCS #8, the common form, takes three times as long as SEC 1.
 */
function decodePrivateKey(spec: CurveSpec, { privateKey, publicKey }: PairMaterial): KeyObject {
  const key = encodeSec1(spec, privateKey, publicKey)
  try {
    return createPrivateKey(der(key, "sec1"))
  } finally {
    key.fill(0)
  }
}

function decodePublicKey(spec: CurveSpec, publicKey: Uint8Array): KeyObject {
  const { jwkName } = curves[spec]
  if (jwkName === undefined) return createPublicKey(der(encodeSpki(spec, publicKey), "spki"))
  const key = { kty: "EC", crv: jwkName, ...coordinates(publicKey, scalarBytesOf(spec)) }
  return createPublicKey({ key, format: "jwk" })
}

const hashOf = ({ algorithm }: SignInput): string => {
  const { hash } = signingTable[algorithm]
  if (hash === undefined) throw new TypeError("not an ECDSA algorithm")
  return hash
}

/**
 * OpenSSL hashes what it is given to sign with a curve, whatever that is: a digest is signed and
 * verified by the suite in TypeScript.
 */
export const ecdsaOpener =
  (spec: CurveSpec, digests: Opener<SigningKey>): Opener<SigningKey> =>
  (material, entropy) => {
    const pair = openPair(spec, material)
    const privateKey = once(() => decodePrivateKey(spec, pair))
    const publicKey = once(() => decodePublicKey(spec, pair.publicKey))
    const withDigestKey = makeWhenUsed(() => digests(material, entropy))
    return {
      sign(input) {
        if (input.messageType === "RAW") {
          return plain(sign(hashOf(input), input.message, privateKey()))
        }
        return withDigestKey((key) => key.sign(input))
      },
      verify(input, signature) {
        if (input.messageType === "RAW") {
          return verify(hashOf(input), input.message, publicKey(), signature)
        }
        return withDigestKey((key) => key.verify(input, signature))
      },
    }
  }

export const agreementOpener =
  (spec: CurveSpec): Opener<AgreementKey> =>
  (material) => {
    const pair = openPair(spec, material)
    const { name, agreesRaw } = curves[spec]
    const agreeRaw = (publicKey: Uint8Array): Uint8Array => {
      const own = createECDH(name)
      own.setPrivateKey(pair.privateKey)
      return own.computeSecret(publicKey)
    }
    const agreeDecoded = (publicKey: Uint8Array): Uint8Array =>
      diffieHellman({
        privateKey: decodePrivateKey(spec, pair),
        publicKey: decodePublicKey(spec, publicKey),
      })
    return {
      agree(publicKey) {
        try {
          return plain(agreesRaw ? agreeRaw(publicKey) : agreeDecoded(publicKey))
        } catch {
          return undefined
        }
      },
    }
  }

/** Generates with OpenSSL; what is imported, the suite in TypeScript completes. */
export const ed25519Maker = (imported: KeyPairMaker): KeyPairMaker =>
  Object.freeze<KeyPairMaker>({
    generate() {
      const { privateKey } = generateKeyPairSync("ed25519")
      const exported = privateKey.export({ format: "der", type: "pkcs8" })
      const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" })
      const material = encodePairMaterial({
        privateKey: exported.subarray(-32),
        publicKey: spki.subarray(-32),
        expanded,
      })
      exported.fill(0)
      return material
    },
    complete: imported.complete,
  })

/** Ed25519ph is for the suite in TypeScript: this OpenSSL has only the plain algorithm. */
export const ed25519Opener =
  (prehashed: Opener<SigningKey>): Opener<SigningKey> =>
  (material, entropy) => {
    const { publicKey } = openPair("ECC_NIST_EDWARDS25519", material)
    const isPlain = ({ algorithm }: SignInput): boolean =>
      signingTable[algorithm].scheme === "ed25519"
    const shared = { kty: "OKP", crv: "Ed25519" }
    const own = once(() => {
      const key = pkcs8OfMaterial("ECC_NIST_EDWARDS25519", material)
      try {
        return createPrivateKey(der(key, "pkcs8"))
      } finally {
        key.fill(0)
      }
    })
    const ownPublic = once(() =>
      createPublicKey({ key: { ...shared, x: base64url(publicKey) }, format: "jwk" }),
    )
    const withPrehashedKey = makeWhenUsed(() => prehashed(material, entropy))
    return {
      sign(input) {
        if (isPlain(input)) return plain(sign(undefined, input.message, own()))
        return withPrehashedKey((key) => key.sign(input))
      },
      verify(input, signature) {
        if (isPlain(input)) return verify(undefined, input.message, ownPublic(), signature)
        return withPrehashedKey((key) => key.verify(input, signature))
      },
    }
  }
