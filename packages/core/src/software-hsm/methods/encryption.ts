import { pkcs8OfMaterial, spkiOfMaterial } from "../../formats/keys/pair-material.js"
import type { BoundToken } from "../../ports/bindings.js"
import type {
  CryptoHsm,
  DataKeyPairRequest,
  DecryptRequest,
  EncryptionTarget,
} from "../../ports/crypto-hsm.js"
import { HsmError } from "../../ports/hsm.js"
import { wipe } from "../../vocabulary/bytes.js"
import { andFinally, andThen, type Eventually, orCleanUp } from "../../vocabulary/eventually.js"
import { keySpecRow } from "../../vocabulary/key-specs.js"
import type { Boundary } from "../boundary/boundary.js"
import { assertAlgorithm, openerOf, pairMakerOf, unsupported } from "../boundary/key-rules.js"
import { requirePairSpec } from "../boundary/materials.js"
import { decryptMessage, encryptMessage } from "../boundary/message-cipher.js"
import type { Opener } from "../suite/crypto-suite.js"

/** A symmetric key is used as it is. */
const openSymmetric: Opener<Uint8Array> = (material) => material

function assertSymmetric({ binding }: BoundToken): void {
  assertAlgorithm(binding, "EncryptionAlgorithms", "SYMMETRIC_DEFAULT")
}

/** Throws unless the key is a pair that encrypts so; answers what opens it. */
function pairOpener({ suite }: Boundary, { binding, algorithm }: PairTarget) {
  assertAlgorithm(binding, "EncryptionAlgorithms", algorithm)
  return openerOf(suite, binding.keySpec, "ENCRYPT_DECRYPT")
}

type PairTarget = Extract<EncryptionTarget, { readonly algorithm: unknown }>

/**
 * The plaintext comes beside the request: a copy of the request with it, made at each call, gets a
 * hidden class of its own from V8, and all of them stand until the next full collection.
 */
function encrypt(
  boundary: Boundary,
  request: EncryptionTarget,
  plaintext: Uint8Array,
): Eventually<Uint8Array> {
  const { suite, entropy, keys, device } = boundary
  if ("aad" in request) {
    assertSymmetric(request)
    return keys.use(request, openSymmetric, (key) =>
      encryptMessage(suite, device.hmacSha256, entropy, key, plaintext, request.aad),
    )
  }
  const { algorithm } = request
  return keys.use(request, pairOpener(boundary, request), (key) =>
    andThen(key.encrypt(algorithm, plaintext), (ciphertext) => {
      if (ciphertext !== undefined) return ciphertext
      throw new HsmError("wrong-length", "the key cannot encrypt a plaintext of this length")
    }),
  )
}

function decrypt(boundary: Boundary, request: DecryptRequest): Eventually<Uint8Array | undefined> {
  const { suite, keys, device } = boundary
  const { ciphertext } = request
  if ("aad" in request) {
    assertSymmetric(request)
    return keys.use(request, openSymmetric, (key) =>
      decryptMessage(suite, device.hmacSha256, key, ciphertext, request.aad),
    )
  }
  const { algorithm } = request
  return keys.use(request, pairOpener(boundary, request), (key) =>
    key.decrypt(algorithm, ciphertext),
  )
}

/** Encrypts, and wipes the plaintext. */
const encryptAndWipe = (
  boundary: Boundary,
  request: EncryptionTarget,
  plaintext: Uint8Array,
): Eventually<Uint8Array> =>
  andFinally(plaintext, () => encrypt(boundary, request, plaintext), wipe)

/** Encrypts what is to be answered as well: the plaintext is wiped when that fails. */
const encryptOrWipe = (
  boundary: Boundary,
  request: EncryptionTarget,
  plaintext: Uint8Array,
): Eventually<Uint8Array> => orCleanUp(plaintext, () => encrypt(boundary, request, plaintext), wipe)

/** A new key pair; its private key is the caller's to wipe. */
function generatePair(
  { suite, entropy, keys }: Boundary,
  request: DataKeyPairRequest,
): Eventually<{ readonly privateKey: Uint8Array; readonly publicKey: Uint8Array }> {
  assertSymmetric(request)
  const spec = requirePairSpec(request.keyPairSpec)
  if (keySpecRow(spec).pairQuota === undefined) throw unsupported()
  const maker = pairMakerOf(suite, spec)
  // A token that does not open is refused before the work of making a key pair.
  keys.withMaterial(request, () => undefined)
  return andThen(maker.generate(entropy), (material) =>
    andFinally(
      material,
      () => ({
        privateKey: pkcs8OfMaterial(spec, material),
        publicKey: spkiOfMaterial(spec, material),
      }),
      wipe,
    ),
  )
}

export type EncryptionMethods = Pick<
  CryptoHsm,
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
    return andThen(encryptOrWipe(boundary, request, plaintext), (ciphertext) => ({
      plaintext,
      ciphertext,
    }))
  },

  generateDataKeyWithoutPlaintext: (request) =>
    encryptAndWipe(boundary, request, boundary.draw(request.lengthBytes)),

  generateDataKeyPair: (request) =>
    andThen(generatePair(boundary, request), ({ privateKey, publicKey }) =>
      andThen(encryptOrWipe(boundary, request, privateKey), (ciphertext) => ({
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
