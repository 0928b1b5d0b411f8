import { utf8 } from "../../../vocabulary/bytes.js"
import { EnvelopeError } from "../../envelope-error.js"
import type { EncryptedDataKey } from "../../message/encrypted-data-key.js"
import type { KeySource, UnwrapRequest, WrappedDataKey, WrapRequest } from "../key-source.js"
import { copyOf } from "../own-bytes.js"
import { firstUnwrapped, onlyFor, wrapFailed } from "../refusals.js"
import { type KmsArn, keyArnIn, parseKmsArn } from "./kms-arn.js"
import { grantsOf, type KmsDataKeys, type KmsEncrypts } from "./kms-client.js"

/** A client as the sources under symmetric KMS keys take it. */
export type KmsSourceClient = Pick<KmsDataKeys, "decrypt"> &
  Partial<KmsDataKeys> &
  Partial<KmsEncrypts>

/** What to ask a KMS for one encrypted data key. */
export interface Asking {
  readonly keyId: string
  /** Whether a reply under that key is the one that was asked for. */
  isAnsweredBy(keyArn: KmsArn): boolean
}

export interface KmsSourceOptions {
  /** The key to encrypt under; `undefined` of a source that only decrypts. */
  readonly keyId: string | undefined
  readonly grantTokens: readonly string[] | undefined
  /** How to ask for a data key under the key of that ARN; `undefined` when it is not ours. */
  ask(keyArn: KmsArn): Asking | undefined
}

/** Source: framework/aws-kms/aws-kms-keyring.md. */
const providerId = "aws-kms"

const strange = (): EnvelopeError =>
  new EnvelopeError("keys", "the KMS answered something else than it was asked for")

interface Reply {
  readonly KeyId?: string | undefined
  readonly CiphertextBlob?: Uint8Array | undefined
}

/** The wrapped data key of a reply. */
function wrappedIn({ KeyId, CiphertextBlob }: Reply): EncryptedDataKey {
  if (KeyId === undefined || parseKmsArn(KeyId)?.type !== "key") throw strange()
  if (CiphertextBlob === undefined || CiphertextBlob.length === 0) throw strange()
  return { providerId, providerInfo: utf8(KeyId), ciphertext: copyOf(CiphertextBlob) }
}

/** A source under symmetric KMS keys. */
export function kmsSource(
  client: KmsSourceClient,
  { keyId: KeyId, grantTokens, ask }: KmsSourceOptions,
): KeySource {
  const grants = grantsOf(grantTokens)

  /** A new data key from the KMS, or the given one under it. */
  async function wrapUnder(
    KeyId: string,
    { suite, dataKey }: WrapRequest,
    EncryptionContext: Record<string, string>,
  ): Promise<{ readonly dataKey: Uint8Array; readonly wrapped: EncryptedDataKey }> {
    const common = { KeyId, EncryptionContext, ...grants }
    if (dataKey !== undefined) {
      if (client.encrypt === undefined) throw new TypeError("`client` must have `encrypt`")
      const reply = await client.encrypt({ ...common, Plaintext: copyOf(dataKey) })
      return { dataKey: copyOf(dataKey), wrapped: wrappedIn(reply) }
    }
    if (client.generateDataKey === undefined) {
      throw new TypeError("`client` must have `generateDataKey`")
    }
    const reply = await client.generateDataKey({ ...common, NumberOfBytes: suite.keyBytes })
    if (reply.Plaintext?.length !== suite.keyBytes) throw strange()
    return { wrapped: wrappedIn(reply), dataKey: copyOf(reply.Plaintext) }
  }

  async function wrap(request: WrapRequest): Promise<WrappedDataKey> {
    if (KeyId === undefined) throw onlyFor("decryption")
    const terms = request.terms()
    try {
      const { dataKey, wrapped } = await wrapUnder(KeyId, request, { ...terms.context })
      return { dataKey, encryptedDataKeys: [wrapped], terms }
    } catch (error) {
      throw wrapFailed(error)
    }
  }

  async function unwrap({
    suite,
    context,
    encryptedDataKeys,
  }: UnwrapRequest): Promise<Uint8Array | undefined> {
    const own = encryptedDataKeys.flatMap((one) => {
      const arn = one.providerId === providerId ? keyArnIn(one.providerInfo) : undefined
      const asking = arn && ask(arn)
      return asking === undefined ? [] : [{ asking, ciphertext: one.ciphertext }]
    })
    return firstUnwrapped(own, suite.keyBytes, async ({ asking, ciphertext }) => {
      const { KeyId, Plaintext } = await client.decrypt({
        KeyId: asking.keyId,
        CiphertextBlob: ciphertext,
        EncryptionContext: { ...context },
        ...grants,
      })
      const answering = parseKmsArn(KeyId ?? "")
      if (answering !== undefined && asking.isAnsweredBy(answering)) {
        if (Plaintext?.length === suite.keyBytes) return copyOf(Plaintext)
      }
      throw strange()
    })
  }

  return Object.freeze<KeySource>({ wrap, unwrap })
}
