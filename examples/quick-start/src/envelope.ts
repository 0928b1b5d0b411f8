import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto"
import { DecryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms"

/** A file encrypted under a data key, and the data key encrypted under the KMS key. */
export interface SealedFile {
  readonly encryptedDataKey: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

type EncryptionContext = Record<string, string>

const needed = (value: Uint8Array | undefined): Uint8Array => {
  if (value === undefined) throw new Error("the reply lacks a blob")
  return value
}

/** Envelope encryption as it is written against AWS KMS: GenerateDataKey, then AES-256-GCM. */
export async function sealFile(
  client: KMSClient,
  KeyId: string,
  file: Uint8Array,
  EncryptionContext: EncryptionContext,
): Promise<SealedFile> {
  const request = { KeyId, KeySpec: "AES_256", EncryptionContext } as const
  const { Plaintext, CiphertextBlob } = await client.send(new GenerateDataKeyCommand(request))
  const iv = randomBytes(12)
  const cipher = createCipheriv("aes-256-gcm", needed(Plaintext), iv)
  const ciphertext = Buffer.concat([cipher.update(file), cipher.final()])
  return { encryptedDataKey: needed(CiphertextBlob), iv, ciphertext, tag: cipher.getAuthTag() }
}

export async function openFile(
  client: KMSClient,
  { encryptedDataKey, iv, ciphertext, tag }: SealedFile,
  EncryptionContext: EncryptionContext,
): Promise<Uint8Array> {
  const request = { CiphertextBlob: encryptedDataKey, EncryptionContext }
  const { Plaintext } = await client.send(new DecryptCommand(request))
  const decipher = createDecipheriv("aes-256-gcm", needed(Plaintext), iv)
  decipher.setAuthTag(tag)
  return Buffer.concat([decipher.update(ciphertext), decipher.final()])
}
