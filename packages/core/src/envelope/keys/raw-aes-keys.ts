import { assertBytes, concatBytes, startsWith, utf8 } from "../../vocabulary/bytes.js"
import type { BulkCipher } from "../cipher/bulk-cipher.js"
import { encodeContext } from "../message/encryption-context.js"
import { uint32 } from "../message/numbers.js"
import type { KeySource, UnwrapRequest, WrapRequest } from "./key-source.js"

const [ivBytes, tagBytes] = [12, 16]

export interface RawAesKeysOptions {
  /** Who gave the key its name; not `aws-kms`. Decryption finds its own by both. */
  readonly namespace: string
  readonly name: string
  /** 16, 24 or 32 bytes, drawn from a good source and kept secret. */
  readonly key: Uint8Array
}

/** The name, the bits of the tag, the bytes of the IV; the IV follows. */
const infoPrefix = (name: Uint8Array): Uint8Array =>
  concatBytes(name, uint32(tagBytes * 8), uint32(ivBytes))

function checkOptions({ namespace, name, key }: RawAesKeysOptions): void {
  assertBytes(key, "key")
  if (![16, 24, 32].includes(key.length)) {
    throw new RangeError("`key` must have 16, 24 or 32 bytes")
  }
  if (namespace.startsWith("aws-kms")) throw new TypeError("`namespace` may not begin with aws-kms")
  if (name.length === 0) throw new TypeError("`name` may not be empty")
}

/**
 * Data keys wrapped under an AES key that the program holds.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/raw-aes-keyring.md.
 */
export function rawAesKeys(options: RawAesKeysOptions): KeySource {
  checkOptions(options)
  const { namespace } = options
  const key = Uint8Array.from(options.key)
  const prefix = infoPrefix(utf8(options.name))

  async function withKey<Result>(
    cipher: BulkCipher,
    use: (key: Awaited<ReturnType<BulkCipher["key"]>>) => Promise<Result>,
  ): Promise<Result> {
    const opened = await cipher.key(key)
    try {
      return await use(opened)
    } finally {
      opened.wipe()
    }
  }

  async function wrap({ suite, terms, dataKey: given, cipher, entropy }: WrapRequest) {
    const { context } = terms()
    const aad = encodeContext(context)
    const dataKey = given?.slice() ?? entropy(new Uint8Array(suite.keyBytes))
    const iv = entropy(new Uint8Array(ivBytes))
    const ciphertext = new Uint8Array(dataKey.length + tagBytes)
    await withKey(cipher, async (opened) => opened.sealInto(ciphertext, iv, aad, dataKey))
    const encrypted = {
      providerId: namespace,
      providerInfo: concatBytes(prefix, iv),
      ciphertext,
    }
    return { dataKey, encryptedDataKeys: [encrypted], terms: terms() }
  }

  async function unwrap(request: UnwrapRequest): Promise<Uint8Array | undefined> {
    const { suite, context, encryptedDataKeys, cipher } = request
    const own = encryptedDataKeys.filter(
      ({ providerId, providerInfo, ciphertext }) =>
        providerId === namespace &&
        providerInfo.length === prefix.length + ivBytes &&
        startsWith(providerInfo, prefix) &&
        ciphertext.length === suite.keyBytes + tagBytes,
    )
    if (own.length === 0) return undefined
    const aad = encodeContext(context)
    return withKey(cipher, async (opened) => {
      for (const { providerInfo, ciphertext } of own) {
        const iv = providerInfo.subarray(prefix.length)
        const dataKey = await opened.open(iv, aad, ciphertext)
        if (dataKey !== undefined) return dataKey
      }
      return undefined
    })
  }

  return Object.freeze<KeySource>({ wrap, unwrap })
}
