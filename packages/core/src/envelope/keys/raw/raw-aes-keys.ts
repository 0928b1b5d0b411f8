import { assertBytes, concatBytes, startsWith, utf8 } from "../../../vocabulary/bytes.js"
import { encodeContext } from "../../message/encryption-context.js"
import { uint32 } from "../../message/numbers.js"
import type { KeySource } from "../key-source.js"
import {
  ivBytes,
  openDataKey,
  openInEitherOrder,
  sealDataKey,
  tagBytes,
  wrapLocally,
} from "../local-wrapping.js"
import { firstUnwrapped } from "../refusals.js"
import { checkNames, type RawKeyNames } from "./raw-key-names.js"

export interface RawAesKeysOptions extends RawKeyNames {
  /** 16, 24 or 32 bytes, drawn from a good source and kept secret. */
  readonly key: Uint8Array
}

/** The name, the bits of the tag, the bytes of the IV; the IV follows. */
const infoPrefix = (name: Uint8Array): Uint8Array =>
  concatBytes(name, uint32(tagBytes * 8), uint32(ivBytes))

/**
 * Data keys wrapped under an AES key that the program holds.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/raw-aes-keyring.md.
 */
export function rawAesKeys(options: RawAesKeysOptions): KeySource {
  checkNames(options)
  assertBytes(options.key, "key")
  if (![16, 24, 32].includes(options.key.length)) {
    throw new RangeError("`key` must have 16, 24 or 32 bytes")
  }
  const { namespace } = options
  const key = Uint8Array.from(options.key)
  const prefix = infoPrefix(utf8(options.name))
  return Object.freeze<KeySource>({
    wrap: (request) =>
      wrapLocally(request, async (dataKey, context) => {
        const iv = request.entropy(new Uint8Array(ivBytes))
        const aad = encodeContext(context)
        const ciphertext = await sealDataKey(request.cipher, key, iv, aad, dataKey)
        return { providerId: namespace, providerInfo: concatBytes(prefix, iv), ciphertext }
      }),
    async unwrap({ suite, context, encryptedDataKeys, cipher }) {
      const own = encryptedDataKeys.filter(
        ({ providerId, providerInfo, ciphertext }) =>
          providerId === namespace &&
          providerInfo.length === prefix.length + ivBytes &&
          startsWith(providerInfo, prefix) &&
          ciphertext.length === suite.keyBytes + tagBytes,
      )
      return firstUnwrapped(own, suite.keyBytes, ({ providerInfo, ciphertext }) =>
        openInEitherOrder(context, (aad) =>
          openDataKey(cipher, key, providerInfo.subarray(prefix.length), aad, ciphertext),
        ),
      )
    },
  })
}
