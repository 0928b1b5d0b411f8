import { HsmError, type Seal } from "../../ports/hsm.js"
import { base64Of } from "../../vocabulary/base64.js"
import { concatBytes } from "../../vocabulary/bytes.js"

interface KmsRequest {
  KeyId: string
  EncryptionContext: Record<string, string>
}

/** What this seal asks of a KMS: a client of AWS or of another Keywright has it. */
export interface SealingKms {
  encrypt(request: KmsRequest & { Plaintext: Uint8Array }): Promise<{
    readonly CiphertextBlob?: Uint8Array | undefined
  }>
  decrypt(request: KmsRequest & { CiphertextBlob: Uint8Array }): Promise<{
    readonly Plaintext?: Uint8Array | undefined
  }>
}

/** "KM", and the version of the format: what a KMS has sealed. The ciphertext follows. */
const prefix = Uint8Array.of(0x4b, 0x4d, 0x01)

/** Source: AWS KMS API reference, Decrypt: what it says of a ciphertext that is not this key's. */
const notOurs = ["InvalidCiphertextException", "IncorrectKeyException"]

const isNotOurs = (error: unknown): boolean =>
  error instanceof Error && notOurs.includes(error.name)

const closed = (): HsmError => new HsmError("unavailable", "the seal is closed")
const failed = (cause: unknown): HsmError =>
  new HsmError("unavailable", "the KMS of the seal does not answer", { cause })

/** What a KMS answers; a reply without it is none. */
function nonEmpty(blob: Uint8Array | undefined): Uint8Array {
  if (blob instanceof Uint8Array && blob.length > 0) return blob
  throw new TypeError("the reply of the KMS has no bytes")
}

/**
 * A seal that is a key in another KMS: AWS KMS, or another Keywright. What is sealed are 32 bytes,
 * encrypted under that key once when a domain is made, resealed or gets a new domain key, and
 * decrypted once when it is opened. The name of the domain is in the encryption context, under
 * `keywright:seal`, so a key policy can insist on it.
 *
 * `keyId` is best a key ARN: another key of that KMS opens nothing. When the KMS cannot be reached,
 * or refuses, the seal throws `unavailable` with that error as its cause.
 *
 * @example
 * const seal = kmsSeal(new KMS({ region: "eu-central-1" }), keyArn)
 */
export function kmsSeal(client: SealingKms, keyId: string): Seal {
  if (typeof keyId !== "string" || keyId === "") {
    throw new TypeError("`keyId` must be the id, ARN or alias of a key")
  }
  let isClosed = false

  const request = (context: Uint8Array): KmsRequest => {
    if (isClosed) throw closed()
    return { KeyId: keyId, EncryptionContext: { "keywright:seal": base64Of(context) } }
  }

  return Object.freeze<Seal>({
    async seal(state, context) {
      const asked = { ...request(context), Plaintext: state }
      try {
        const { CiphertextBlob } = await client.encrypt(asked)
        return concatBytes(prefix, nonEmpty(CiphertextBlob))
      } catch (error) {
        throw failed(error)
      }
    },
    async open(sealed, context) {
      if (!prefix.every((byte, i) => sealed[i] === byte)) return undefined
      const asked = { ...request(context), CiphertextBlob: sealed.slice(prefix.length) }
      try {
        const { Plaintext } = await client.decrypt(asked)
        return nonEmpty(Plaintext)
      } catch (error) {
        if (isNotOurs(error)) return undefined
        throw failed(error)
      }
    },
    close() {
      isClosed = true
    },
  })
}
