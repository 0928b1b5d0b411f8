import { keySpecTable } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"

/*
 * A key of every spec and usage, made and used wherever JavaScript runs, in TypeScript alone.
 */

/** Making one takes seconds: only when the table is printed. */
const slow = ["RSA_3072", "RSA_4096"]

const Message = Uint8Array.of(1, 2, 3)
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

/** What each usage does and undoes; whether that came back. */
const acts = {
  async ENCRYPT_DECRYPT(client, { KeyId, EncryptionAlgorithms: [EncryptionAlgorithm] }) {
    const key = { KeyId, EncryptionAlgorithm }
    const { CiphertextBlob } = await client.encrypt({ ...key, Plaintext: Message })
    const { Plaintext } = await client.decrypt({ ...key, CiphertextBlob })
    return same(Plaintext, Message)
  },
  async SIGN_VERIFY(client, { KeyId, SigningAlgorithms: [SigningAlgorithm] }) {
    const call = { KeyId, SigningAlgorithm, Message, MessageType: "RAW" }
    const { Signature } = await client.sign(call)
    const { SignatureValid } = await client.verify({ ...call, Signature })
    return SignatureValid
  },
  async GENERATE_VERIFY_MAC(client, { KeyId, MacAlgorithms: [MacAlgorithm] }) {
    const call = { KeyId, MacAlgorithm, Message }
    const { Mac } = await client.generateMac(call)
    const { MacValid } = await client.verifyMac({ ...call, Mac })
    return MacValid
  },
  async KEY_AGREEMENT(client, { KeyId, KeySpec, KeyUsage }) {
    const { KeyMetadata: other } = await client.createKey({ KeySpec, KeyUsage })
    const secretWith = async (own, theirs) => {
      const { PublicKey } = await client.getPublicKey({ KeyId: theirs })
      const call = { KeyId: own, KeyAgreementAlgorithm: "ECDH", PublicKey }
      return (await client.deriveSharedSecret(call)).SharedSecret
    }
    return same(await secretWith(KeyId, other.KeyId), await secretWith(other.KeyId, KeyId))
  },
  async ENCAPSULATE_DECAPSULATE(client, { KeyId }) {
    const key = { KeyId, EncapsulationAlgorithm: "ML_KEM" }
    const { SharedSecret, SharedSecretCiphertextBlob } = await client.encapsulate(key)
    const opened = await client.decapsulate({ ...key, SharedSecretCiphertextBlob })
    return same(opened.SharedSecret, SharedSecret)
  },
}

/** Tries all of them: the usages of each spec, and those that failed. */
export async function everyKeySpec(isWhole) {
  const kms = await createMemoryKms()
  const client = kms.as(kms.administrator)
  const specs = []
  const failures = []
  for (const [KeySpec, { usages }] of Object.entries(keySpecTable)) {
    if (slow.includes(KeySpec) && !isWhole) continue
    for (const KeyUsage of Object.keys(usages)) {
      try {
        const { KeyMetadata } = await client.createKey({ KeySpec, KeyUsage })
        if (!(await acts[KeyUsage](client, KeyMetadata))) throw new Error("came back changed")
        specs.push({ KeySpec, KeyUsage })
      } catch (error) {
        failures.push(`${KeySpec}, ${KeyUsage}: ${error}`)
      }
    }
  }
  await kms.close()
  return { specs, failures }
}
