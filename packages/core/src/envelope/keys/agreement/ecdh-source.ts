import { concatBytes, equalBytes, utf8 } from "../../../vocabulary/bytes.js"
import type { EncryptionContext } from "../../message/encryption-context.js"
import { encodeContext } from "../../message/encryption-context.js"
import { readUint32, uint32 } from "../../message/numbers.js"
import { deriveInCounterMode } from "../counter-mode.js"
import type { KeySource, UnwrapRequest, WrapRequest } from "../key-source.js"
import { ivBytes, openDataKey, sealDataKey, tagBytes, wrapLocally } from "../local-wrapping.js"
import { copyOf } from "../own-bytes.js"
import { firstUnwrapped, onlyFor, wrapFailed } from "../refusals.js"
import type { Curve } from "./curves.js"

/** Whose public keys stand in a message, as compressed points. */
export interface Parties {
  readonly sender: Uint8Array
  readonly recipient: Uint8Array
}

export interface Agreement extends Parties {
  readonly sharedSecret: Uint8Array
}

export interface EcdhSourceOptions {
  readonly curve: Curve
  /** Which id these keys write. Both are read. */
  readonly providerId: "raw-ecdh" | "aws-kms-ecdh"
  /** Agrees on a secret to wrap under; `undefined` of a source that only decrypts. */
  readonly agreeToWrap: ((request: WrapRequest) => Promise<Agreement>) | undefined
  /**
   * The secret of these parties, or `undefined` when they are strangers. The option itself is
   * `undefined` of a source that only encrypts.
   */
  readonly agreeToUnwrap: ((parties: Parties) => Promise<Uint8Array | undefined>) | undefined
}

/** Source: framework/raw-ecdh-keyring.md and framework/key-agreement-schemas.md. */
const providerIds = ["raw-ecdh", "aws-kms-ecdh"]
const version = Uint8Array.of(1)
const [saltBytes, commitmentBytes, wrappingKeyBytes] = [32, 32, 32]
const zeroIv = new Uint8Array(ivBytes)
const separator = Uint8Array.of(0)

/** What stands between the parties and the data key: in the derivation and as the AAD. */
const fixedInfo = ({ name }: Curve, parties: Parties, context: EncryptionContext): Uint8Array =>
  concatBytes(
    utf8("ecdh-key-derivation"),
    separator,
    utf8(name),
    separator,
    utf8("HMAC_SHA384"),
    separator,
    parties.sender,
    parties.recipient,
    separator,
    version,
    separator,
    encodeContext(context),
  )

const encodeParties = ({ sender, recipient }: Parties): Uint8Array =>
  concatBytes(version, uint32(recipient.length), recipient, uint32(sender.length), sender)

/** The inverse of {@link encodeParties} for points of that curve. */
function parseParties({ pointBytes }: Curve, info: Uint8Array): Parties | undefined {
  const senderAt = 1 + 4 + pointBytes
  if (info.length !== senderAt + 4 + pointBytes || info[0] !== version[0]) return undefined
  if (readUint32(info, 1) !== pointBytes || readUint32(info, senderAt) !== pointBytes) {
    return undefined
  }
  return {
    recipient: copyOf(info.subarray(5, senderAt)),
    sender: copyOf(info.subarray(senderAt + 4)),
  }
}

/** The commitment and the wrapping key. */
function deriveKeys(sharedSecret: Uint8Array, info: Uint8Array, salt: Uint8Array) {
  const length = commitmentBytes + wrappingKeyBytes
  const material = deriveInCounterMode("sha384", sharedSecret, info, salt, length)
  return {
    commitment: material.subarray(0, commitmentBytes),
    wrappingKey: material.subarray(commitmentBytes),
  }
}

/** A source that agrees on its wrapping keys, the same whoever holds the private key. */
export function ecdhSource(options: EcdhSourceOptions): KeySource {
  const { curve, providerId, agreeToWrap, agreeToUnwrap } = options

  function wrap(request: WrapRequest) {
    if (agreeToWrap === undefined) throw onlyFor("decryption")
    return wrapLocally(request, async (dataKey, context) => {
      const agreement = await agreeToWrap(request).catch((error: unknown) => {
        throw wrapFailed(error)
      })
      const info = fixedInfo(curve, agreement, context)
      const salt = request.entropy(new Uint8Array(saltBytes))
      const { commitment, wrappingKey } = deriveKeys(agreement.sharedSecret, info, salt)
      agreement.sharedSecret.fill(0)
      const sealed = await sealDataKey(request.cipher, wrappingKey, zeroIv, info, dataKey)
      wrappingKey.fill(0)
      const ciphertext = concatBytes(salt, commitment, sealed)
      return { providerId, providerInfo: encodeParties(agreement), ciphertext }
    })
  }

  function candidatesIn({ suite, encryptedDataKeys }: UnwrapRequest) {
    const bytes = saltBytes + commitmentBytes + suite.keyBytes + tagBytes
    return encryptedDataKeys.flatMap(({ providerId, providerInfo, ciphertext }) => {
      if (!providerIds.includes(providerId) || ciphertext.length !== bytes) return []
      const parties = parseParties(curve, providerInfo)
      return parties === undefined ? [] : [{ parties, ciphertext }]
    })
  }

  async function unwrap(request: UnwrapRequest) {
    const { suite, context, cipher } = request
    const candidates = candidatesIn(request)
    if (candidates.length === 0) return undefined
    if (agreeToUnwrap === undefined) throw onlyFor("encryption")
    return firstUnwrapped(candidates, suite.keyBytes, async ({ parties, ciphertext }) => {
      const sharedSecret = await agreeToUnwrap(parties)
      if (sharedSecret === undefined) return undefined
      const info = fixedInfo(curve, parties, context)
      const salt = ciphertext.subarray(0, saltBytes)
      const { commitment, wrappingKey } = deriveKeys(sharedSecret, info, salt)
      sharedSecret.fill(0)
      const sealedAt = saltBytes + commitmentBytes
      const isCommitted = equalBytes(commitment, ciphertext.subarray(saltBytes, sealedAt))
      const dataKey = isCommitted
        ? await openDataKey(cipher, wrappingKey, zeroIv, info, ciphertext.subarray(sealedAt))
        : undefined
      wrappingKey.fill(0)
      return dataKey
    })
  }

  return Object.freeze<KeySource>({ wrap: async (request) => wrap(request), unwrap })
}

/** Whether these are the two, in either direction: they agree on the same secret. */
export function areBetween(own: Uint8Array, other: Uint8Array, { sender, recipient }: Parties) {
  return (
    (equalBytes(own, sender) && equalBytes(other, recipient)) ||
    (equalBytes(own, recipient) && equalBytes(other, sender))
  )
}
