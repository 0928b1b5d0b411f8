import { createSoftwareHsm } from "@keywright/core"
import { type CryptoSuite, nobleSuite } from "@keywright/core/suite"
import { afterEach, describe, expect, it, vi } from "vitest"
import { makeWorld, type World } from "../../attestation/test/support/documents.js"
import { nowMs } from "../../attestation/test/support/pki.js"
import { openHost, sealOf } from "../../core/test/support/hosts.js"
import { bytesIn } from "../../core/test/support/secrets/bytes-in.js"
import { followedParts } from "../../core/test/support/secrets/followed-parts.js"
import type { FailingStep, Follower } from "../../core/test/support/secrets/follower.js"
import { isLeftByLibrary } from "../../core/test/support/secrets/left-by-libraries.js"
import { seeMemory } from "../../core/test/support/secrets/seen-memory.js"
import { newKey } from "../../core/test/support/world.js"
import { opensslSuite } from "../src/openssl.js"

const world = makeWorld()
const { subtle } = globalThis.crypto
const exportKey = subtle.exportKey.bind(subtle)

/** The calls of Web Crypto that write an answer: each a step, and the key of the content known. */
function followWebCrypto({ step, know }: Follower): void {
  const generateKey = subtle.generateKey.bind(subtle) as (...all: unknown[]) => Promise<unknown>
  const following = async (algorithm: { length?: number }, ...rest: unknown[]) => {
    const key = await step(() => generateKey(algorithm, ...rest))
    if (algorithm.length === 256) {
      const exported = new Uint8Array(await exportKey("raw", key as never))
      know("the key of the content", exported)
      exported.fill(0)
    }
    return key
  }
  vi.spyOn(subtle, "generateKey").mockImplementation(following as never)
  for (const name of ["exportKey", "encrypt", "wrapKey", "digest"] as const) {
    const real = subtle[name].bind(subtle) as (...all: unknown[]) => Promise<unknown>
    vi.spyOn(subtle, name).mockImplementation(((...all: unknown[]) =>
      step(() => real(...all))) as never)
  }
}

function followedAttestations({ step }: Follower): World["attestations"] {
  const { verify, envelop } = world.attestations
  const refused = { is: Promise.resolve(undefined) }
  return {
    verify: (document, atMs) => step(() => verify(document, atMs), refused),
    envelop: (publicKey, content) => step(() => envelop(publicKey, content)),
  }
}

async function openScene(suite: CryptoSuite) {
  const parts = followedParts(suite, sealOf(1))
  const hsm = createSoftwareHsm({ seal: parts.seal, suite: parts.suite })
  const attestations = followedAttestations(parts)
  const kms = await openHost({ hsm, attestations, clock: () => nowMs })
  const root = kms.as(kms.administrator)
  const KeyId = await newKey(root)
  const agreeing = await newKey(root, { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" })
  const { PublicKey } = await root.getPublicKey({ KeyId: agreeing })
  const Plaintext = crypto.getRandomValues(new Uint8Array(48))
  const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })
  const Recipient = {
    KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
    AttestationDocument: world.document(),
  } as const
  const agreement = { KeyId: agreeing, KeyAgreementAlgorithm: "ECDH", PublicKey } as const
  const pair = { KeyId, KeyPairSpec: "ECC_NIST_P256" } as const
  const calls: Readonly<Record<string, () => Promise<object>>> = {
    Decrypt: () => root.decrypt({ CiphertextBlob, Recipient }),
    GenerateDataKey: () => root.generateDataKey({ KeyId, KeySpec: "AES_256", Recipient }),
    GenerateDataKeyPair: () => root.generateDataKeyPair({ ...pair, Recipient }),
    GenerateRandom: () => root.generateRandom({ NumberOfBytes: 32, Recipient }),
    DeriveSharedSecret: () => root.deriveSharedSecret({ ...agreement, Recipient }),
  }
  return { parts, calls, given: [Plaintext, CiphertextBlob, PublicKey, Recipient] }
}

type Scene = Awaited<ReturnType<typeof openScene>>

/** Makes a call and looks for its secrets in all memory that it has used, with the host open. */
async function tryCall(
  { parts, given }: Scene,
  call: () => Promise<object>,
  failing?: FailingStep,
) {
  const known = parts.needles.length
  const memory = seeMemory()
  let answer: object | undefined
  try {
    followWebCrypto(parts)
    parts.count(failing)
    answer = await call().catch(() => undefined)
  } finally {
    vi.restoreAllMocks()
    memory.stop()
  }
  const failures = parts.failures()
  parts.count()
  const needles = parts.needles.slice(known)
  const left = memory.left(needles, bytesIn([given, answer])).filter((one) => !isLeftByLibrary(one))
  return { left, failures, answer, names: needles.map(({ name }) => name) }
}

afterEach(() => vi.restoreAllMocks())

const suites = { noble: nobleSuite(), OpenSSL: opensslSuite() }

describe.each(Object.entries(suites))("an answer for an enclave, on %s,", async (_, suite) => {
  const scene = await openScene(suite)

  it.each(Object.keys(scene.calls))(
    "leaves nothing behind, whichever step fails: %s",
    async (name) => {
      const call = scene.calls[name] as () => Promise<object>
      const { left, failures, answer, names } = await tryCall(scene, call)
      expect(left).toEqual([])
      expect(names).toContain("the key of the content")
      expect(Object.keys(answer ?? {})).toContain("CiphertextForRecipient")
      for (const failing of failures) {
        const tried = await tryCall(scene, call, failing)
        expect(tried.left, `${failing.failure} at ${failing.step}`).toEqual([])
        expect(tried.answer, `${failing.failure} at ${failing.step}`).toBeUndefined()
      }
    },
  )
})
