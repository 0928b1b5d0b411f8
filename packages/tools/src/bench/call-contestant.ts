import process from "node:process"
import { createSoftwareHsm, type KmsClient, rootKeySeal } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import type { CryptoSuite } from "@keywright/core/suite"
import { type Backend, type BarePrimitives, backends } from "./backends.js"
import { type CallName, isCallName } from "./call-names.js"
import { type Act, serveSlices } from "./slices.js"

/*
 * One contestant of the benchmark of calls, in a process of its own so that neither pays for the
 * other's garbage: `call-contestant.js engine|floor noble|openssl <call>`.
 */

const EncryptionContext = { tenant: "42", purpose: "orders" }

/** One use of a primitive by the engine, as a function that uses the bare primitive alike. */
interface Step {
  readonly name: "open" | "derive" | "encrypt" | "decrypt" | "mac"
  readonly again: Act
}

const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes)

/** The suite of the engine, which notes what it was asked, to be done again on bare primitives. */
function recordingSuite(
  suite: CryptoSuite,
  bare: BarePrimitives,
  note: (step: Step) => void,
): CryptoSuite {
  return {
    ...suite,
    aeadKey(key) {
      const open = bare.opener(copy(key))
      const inner = suite.aeadKey(key)
      return {
        ...inner,
        decrypt(iv, ciphertext, aad) {
          const [nonce, message, data] = [copy(iv), copy(ciphertext), copy(aad)]
          note({ name: "open", again: () => open(nonce, message, data) })
          return inner.decrypt(iv, ciphertext, aad)
        },
      }
    },
    hmacSha256(key, message) {
      const [kept, data] = [copy(key), copy(message)]
      note({ name: "derive", again: () => bare.hmacSha256(kept, data) })
      return suite.hmacSha256(key, message)
    },
    encryptInto(target, key, iv, plaintext, aad) {
      const [kept, text, data] = [copy(key), copy(plaintext), copy(aad)]
      const drawn = 28 + (plaintext.length === 32 ? 32 : 0)
      const draw = () => suite.entropy(new Uint8Array(drawn)).subarray(16, 28)
      note({ name: "encrypt", again: () => bare.encrypt(kept, draw(), text, data) })
      suite.encryptInto(target, key, iv, plaintext, aad)
    },
    decryptOnce(key, iv, ciphertext, aad) {
      const [kept, nonce, message, data] = [copy(key), copy(iv), copy(ciphertext), copy(aad)]
      note({ name: "decrypt", again: () => bare.decrypt(kept, nonce, message, data) })
      return suite.decryptOnce(key, iv, ciphertext, aad)
    },
  }
}

interface Contestant {
  readonly act: (client: KmsClient) => Promise<unknown>
  /** What the cryptography of the operation comes to; more would hide a waste in the floor. */
  readonly steps: readonly Step["name"][]
  readonly besides?: (bare: BarePrimitives) => Act
}

async function openClient(suite: CryptoSuite): Promise<KmsClient> {
  const seal = rootKeySeal(suite.entropy(new Uint8Array(32)))
  const kms = await createMemoryKms({ hsm: createSoftwareHsm({ seal, suite }) })
  return kms.as(kms.administrator)
}

async function newKeyId(
  client: KmsClient,
  input: Parameters<KmsClient["createKey"]>[0] = {},
): Promise<string> {
  const { KeyMetadata } = await client.createKey(input)
  if (KeyMetadata?.KeyId === undefined) throw new Error("CreateKey made no key")
  return KeyMetadata.KeyId
}

async function contestants(client: KmsClient): Promise<Readonly<Record<CallName, Contestant>>> {
  const KeyId = await newKeyId(client)
  const macKeyId = await newKeyId(client, {
    KeySpec: "HMAC_256",
    KeyUsage: "GENERATE_VERIFY_MAC",
  })
  const Plaintext = new Uint8Array(4096).fill(7)
  const Message = new Uint8Array(32).fill(7)
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
    "GenerateMac, 32 bytes": {
      act: (kms) => kms.generateMac({ KeyId: macKeyId, Message, MacAlgorithm: "HMAC_SHA_256" }),
      // The suite makes MACs through a key of its own kind, so the floor adds the step itself.
      steps: ["open"],
      besides: (bare) => () => bare.hmacSha256(Message, Message),
    },
  }
}

/** The call through the engine. */
async function engineAct(backend: Backend, name: CallName): Promise<Act> {
  const client = await openClient(backend.suite())
  const { act } = (await contestants(client))[name]
  return () => act(client)
}

/** The same cryptography on bytes of the same lengths, and nothing else. */
async function floorAct({ suite, bare }: Backend, name: CallName): Promise<Act> {
  const steps: Step[] = []
  let isRecording = false
  const note = (step: Step) => isRecording && steps.push(step)
  const client = await openClient(recordingSuite(suite(), bare, note))
  const { act, steps: expected, besides } = (await contestants(client))[name]
  // Its first call also opens the record of the key.
  await act(client)
  isRecording = true
  await act(client)
  isRecording = false
  const found = steps.map((step) => step.name).join(", ")
  if (found !== expected.join(", ")) throw new Error(`${name} does ${found}`)
  const acts = [...steps.map(({ again }) => again), ...(besides ? [besides(bare)] : [])]
  return () => {
    for (const again of acts) again()
  }
}

const [, , side, backendName, name] = process.argv
if (name === undefined || !isCallName(name)) throw new Error(`there is no call ${name}`)
const backend = backendName === "openssl" ? backends.openssl : backends.noble
const act = await (side === "engine" ? engineAct(backend, name) : floorAct(backend, name))
serveSlices(async () => act)
