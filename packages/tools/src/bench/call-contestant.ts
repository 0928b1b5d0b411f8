import process from "node:process"
import { createSoftwareHsm, type KmsClient, rootKeySeal } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import { type CryptoSuite, nobleSuite, pooledEntropy } from "@keywright/core/suite"
import { gcm } from "@noble/ciphers/aes.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { type CallName, isCallName } from "./call-names.js"
import { type Act, serveSlices } from "./slices.js"

/*
 * One contestant of the benchmark of calls, in a process of its own so that neither pays for the
 * other's garbage: `call-contestant.js engine|floor <call>`.
 */

const EncryptionContext = { tenant: "42", purpose: "orders" }
const entropy = pooledEntropy((target) => {
  target.set(randomBytes(target.length))
  return target
})

/** One use of a primitive by the engine, as a function that uses the bare primitive alike. */
interface Step {
  readonly name: "open" | "derive" | "encrypt" | "decrypt"
  readonly again: Act
}

const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

/** The suite of the engine, which notes what it was asked while `steps` is wanted. */
function recordingSuite(note: (step: Step) => void): CryptoSuite {
  const suite = nobleSuite()
  return {
    ...suite,
    aeadKey(key) {
      const kept = copy(key)
      const inner = suite.aeadKey(key)
      return {
        ...inner,
        decrypt(iv, ciphertext, aad) {
          const [nonce, message, data] = [copy(iv), copy(ciphertext), copy(aad)]
          note({ name: "open", again: () => gcm(kept, nonce, data).decrypt(message) })
          return inner.decrypt(iv, ciphertext, aad)
        },
      }
    },
    hmacSha256(key, message) {
      const [kept, data] = [copy(key), copy(message)]
      note({ name: "derive", again: () => hmac(sha256, kept, data) })
      return suite.hmacSha256(key, message)
    },
    encryptOnce(key, iv, plaintext, aad) {
      const [kept, text, data] = [copy(key), copy(plaintext), copy(aad)]
      const drawn = 28 + (plaintext.length === 32 ? 32 : 0)
      note({
        name: "encrypt",
        again: () => gcm(kept, entropy(new Uint8Array(drawn)).subarray(16, 28), data).encrypt(text),
      })
      return suite.encryptOnce(key, iv, plaintext, aad)
    },
    decryptOnce(key, iv, ciphertext, aad) {
      const [kept, nonce, message, data] = [copy(key), copy(iv), copy(ciphertext), copy(aad)]
      note({ name: "decrypt", again: () => gcm(kept, nonce, data).decrypt(message) })
      return suite.decryptOnce(key, iv, ciphertext, aad)
    },
  }
}

interface Contestant {
  readonly act: (client: KmsClient) => Promise<unknown>
  /** What the cryptography of the operation comes to; more would hide a waste in the floor. */
  readonly steps: readonly Step["name"][]
}

async function openClient(suite: CryptoSuite): Promise<KmsClient> {
  const seal = rootKeySeal(entropy(new Uint8Array(32)))
  const kms = await createMemoryKms({ hsm: createSoftwareHsm({ seal, suite }) })
  return kms.as(kms.administrator)
}

async function newKeyId(client: KmsClient): Promise<string> {
  const { KeyMetadata } = await client.createKey({})
  if (KeyMetadata?.KeyId === undefined) throw new Error("CreateKey made no key")
  return KeyMetadata.KeyId
}

async function contestants(client: KmsClient): Promise<Readonly<Record<CallName, Contestant>>> {
  const KeyId = await newKeyId(client)
  const Plaintext = entropy(new Uint8Array(4096))
  const { CiphertextBlob } = await client.generateDataKey({
    KeyId,
    KeySpec: "AES_256",
    EncryptionContext,
  })
  return {
    "GenerateDataKey, AES_256": {
      act: (kms) => kms.generateDataKey({ KeyId, KeySpec: "AES_256", EncryptionContext }),
      steps: ["open", "derive", "encrypt"],
    },
    "Encrypt, 4 KiB": {
      act: (kms) => kms.encrypt({ KeyId, Plaintext, EncryptionContext }),
      steps: ["open", "derive", "encrypt"],
    },
    "Decrypt, 32 bytes": {
      act: (kms) => kms.decrypt({ CiphertextBlob, EncryptionContext }),
      steps: ["open", "derive", "decrypt"],
    },
  }
}

/** The call through the engine. */
async function engineAct(name: CallName): Promise<Act> {
  const client = await openClient(nobleSuite())
  const { act } = (await contestants(client))[name]
  return () => act(client)
}

/** The same cryptography on bytes of the same lengths, and nothing else. */
async function floorAct(name: CallName): Promise<Act> {
  const steps: Step[] = []
  let isRecording = false
  const client = await openClient(recordingSuite((step) => isRecording && steps.push(step)))
  const { act, steps: expected } = (await contestants(client))[name]
  isRecording = true
  await act(client)
  isRecording = false
  const found = steps.map((step) => step.name).join(", ")
  if (found !== expected.join(", ")) throw new Error(`${name} does ${found}`)
  return () => {
    for (const { again } of steps) again()
  }
}

const [, , side, name] = process.argv
if (name === undefined || !isCallName(name)) throw new Error(`there is no call ${name}`)
serveSlices(await (side === "engine" ? engineAct(name) : floorAct(name)))
