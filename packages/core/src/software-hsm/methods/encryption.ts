import { pkcs8OfMaterial, spkiOfMaterial } from "../../formats/keys/key-material.js"
import {
  type BoundToken,
  type EncryptionTarget,
  type Eventually,
  type Hsm,
  HsmError,
} from "../../ports/hsm.js"
import { andFinally, andThen } from "../../vocabulary/eventually.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertAlgorithm, requirePairSpec, supported, unsupported } from "../boundary/key-rules.js"
import { decryptMessage, encryptMessage } from "../boundary/message-cipher.js"
import type { Opener } from "../suite/crypto-suite.js"

/** A symmetric key is used as it is. */
const openSymmetric: Opener<Uint8Array> = (material) => material

function assertSymmetric({ binding }: BoundToken): void {
  assertAlgorithm(binding, "EncryptionAlgorithms", "SYMMETRIC_DEFAULT")
}

type PairTarget = Extract<EncryptionTarget, { readonly algorithm: unknown }>

function encryptionKeyOf({ suite }: Boundary, { binding, algorithm }: PairTarget) {
  assertAlgorithm(binding, "EncryptionAlgorithms", algorithm)
  return supported(suite.encryptionKeys[binding.keySpec])
}

function encrypt(
  boundary: Boundary,
  target: EncryptionTarget,
  plaintext: Uint8Array,
): Eventually<Uint8Array> {
  const { suite, entropy, keys } = boundary
  if ("aad" in target) {
    assertSymmetric(target)
    return keys.use(target, openSymmetric, (key) =>
      encryptMessage(suite, entropy, key, plaintext, target.aad),
    )
  }
  const { algorithm } = target
  return keys.use(target, encryptionKeyOf(boundary, target), (key) =>
    andThen(key.encrypt(algorithm, plaintext), (ciphertext) => {
      if (ciphertext !== undefined) return ciphertext
      throw new HsmError("malformed", "the plaintext has a length that the key cannot encrypt")
    }),
  )
}

function decrypt(
  boundary: Boundary,
  target: EncryptionTarget & { readonly ciphertext: Uint8Array },
): Eventually<Uint8Array | undefined> {
  const { suite, keys } = boundary
  const { ciphertext } = target
  if ("aad" in target) {
    assertSymmetric(target)
    return keys.use(target, openSymmetric, (key) =>
      decryptMessage(suite, key, ciphertext, target.aad),
    )
  }
  const { algorithm } = target
  return keys.use(target, encryptionKeyOf(boundary, target), (key) =>
    key.decrypt(algorithm, ciphertext),
  )
}

/** Encrypts and wipes. */
const encryptAndWipe = (
  boundary: Boundary,
  target: EncryptionTarget,
  plaintext: Uint8Array,
): Eventually<Uint8Array> =>
  andFinally(
    () => encrypt(boundary, target, plaintext),
    () => plaintext.fill(0),
  )

/** A new key pair; its private key is the caller's to wipe. */
function generatePair(
  { suite, entropy, keys }: Boundary,
  request: Parameters<Hsm["generateDataKeyPair"]>[0],
): Eventually<{ readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }> {
  assertSymmetric(request)
  const spec = requirePairSpec(request.keyPairSpec)
  if (spec === "ML_DSA_44" || spec === "ML_DSA_65" || spec === "ML_DSA_87") throw unsupported()
  const maker = supported(suite.keyPairs[spec])
  // A token that does not open is refused before the work of making a key pair.
  keys.withMaterial(request, () => undefined)
  return andThen(maker.generate(entropy), (material) =>
    andFinally(
      () => ({
        privateKey: pkcs8OfMaterial(spec, material),
        publicKey: spkiOfMaterial(spec, material),
      }),
      () => material.fill(0),
    ),
  )
}

export type EncryptionMethods = Pick<
  Hsm,
  | "encrypt"
  | "decrypt"
  | "reEncrypt"
  | "generateDataKey"
  | "generateDataKeyWithoutPlaintext"
  | "generateDataKeyPair"
  | "generateDataKeyPairWithoutPlaintext"
>

export const encryptionMethods = (boundary: Boundary): EncryptionMethods => ({
  encrypt: (request) => encrypt(boundary, request, request.plaintext),

  decrypt: (request) => decrypt(boundary, request),

  reEncrypt: (from, to) =>
    andThen(decrypt(boundary, from), (plaintext) =>
      plaintext === undefined ? undefined : encryptAndWipe(boundary, to, plaintext),
    ),

  generateDataKey(request) {
    const plaintext = boundary.draw(request.lengthBytes)
    return andThen(encrypt(boundary, request, plaintext), (ciphertext) => ({
      plaintext,
      ciphertext,
    }))
  },

  generateDataKeyWithoutPlaintext: (request) =>
    encryptAndWipe(boundary, request, boundary.draw(request.lengthBytes)),

  generateDataKeyPair: (request) =>
    andThen(generatePair(boundary, request), ({ privateKey, publicKey }) =>
      andThen(encrypt(boundary, request, privateKey), (ciphertext) => ({
        privateKey,
        publicKey,
        ciphertext,
      })),
    ),

  generateDataKeyPairWithoutPlaintext: (request) =>
    andThen(generatePair(boundary, request), ({ privateKey, publicKey }) =>
      andThen(encryptAndWipe(boundary, request, privateKey), (ciphertext) => ({
        publicKey,
        ciphertext,
      })),
    ),
})
