import { describe, expect, it } from "vitest"
import { openAnswer } from "../../../attestation/test/support/cms.js"
import { makeWorld, registerOf } from "../../../attestation/test/support/documents.js"
import { nowMs } from "../../../attestation/test/support/pki.js"
import { account, userOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { keyPolicyOf } from "../support/policies.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { newKey } from "../support/world.js"

const { attestations, enclave, document } = makeWorld()
const kms = await openHost({ attestations, clock: () => nowMs })
const root = kms.as(kms.administrator)
const KeyId = await newKey(root)
const agreeing = await newKey(root, {
  KeySpec: "ECC_NIST_P256",
  KeyUsage: "KEY_AGREEMENT",
})
const { PublicKey } = await root.getPublicKey({ KeyId: agreeing })
const Plaintext = Uint8Array.of(1, 2, 3)
const { CiphertextBlob } = await root.encrypt({ KeyId, Plaintext })

const Recipient = {
  KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256",
  AttestationDocument: document(),
} as const
const agreement = {
  KeyId: agreeing,
  KeyAgreementAlgorithm: "ECDH",
  PublicKey,
} as const
const sealedUnder = { KeyId, KeySpec: "AES_256" } as const
const opened = (reply: object): Uint8Array =>
  openAnswer(blobIn(reply, "CiphertextForRecipient"), enclave.privateKey).content

interface Answered {
  readonly secret: string
  readonly call: (Recipient: object) => Promise<object>
  /** The secret, asked for in another way. */
  readonly truth: (reply: object) => Promise<object>
}

const decrypted = (reply: object) => root.decrypt({ CiphertextBlob: blobIn(reply) })

const calls: Readonly<Record<string, Answered>> = {
  Decrypt: {
    secret: "Plaintext",
    call: (Recipient) => root.decrypt({ CiphertextBlob, Recipient }),
    truth: async () => ({ Plaintext }),
  },
  GenerateDataKey: {
    secret: "Plaintext",
    call: (Recipient) => root.generateDataKey({ ...sealedUnder, Recipient }),
    truth: decrypted,
  },
  GenerateDataKeyPair: {
    secret: "PrivateKeyPlaintext",
    call: (Recipient) =>
      root.generateDataKeyPair({
        KeyId,
        KeyPairSpec: "ECC_NIST_P256",
        Recipient,
      }),
    truth: async (reply) => {
      const blob = blobIn(reply, "PrivateKeyCiphertextBlob")
      const { Plaintext } = await root.decrypt({ CiphertextBlob: blob })
      return { PrivateKeyPlaintext: Plaintext }
    },
  },
  DeriveSharedSecret: {
    secret: "SharedSecret",
    call: (Recipient) => root.deriveSharedSecret({ ...agreement, Recipient }),
    truth: () => root.deriveSharedSecret(agreement),
  },
}

describe("a call for an attested enclave", () => {
  it.each(Object.entries(calls))(
    "answers the enclave alone: %s",
    async (_, { secret, call, truth }) => {
      const reply = await call(Recipient)
      expect(opened(reply)).toEqual(blobIn(await truth(reply), secret))
      expect(Object.keys(reply)).not.toContain(secret)
    },
  )

  it("answers the enclave alone: GenerateRandom", async () => {
    const reply = await root.generateRandom({ NumberOfBytes: 40, Recipient })
    expect(Object.keys(reply)).not.toContain("Plaintext")
    expect(opened(reply)).toHaveLength(40)
  })

  it("is refused where the document is none, is of another time, or is missing", async () => {
    const old = document({ fields: { timestamp: nowMs - 301_000 } })
    const damaged = document().map((byte, i, { length }) => (i === length - 1 ? byte ^ 1 : byte))
    for (const AttestationDocument of [old, damaged, Uint8Array.of(1)]) {
      const call = root.generateDataKey({
        ...sealedUnder,
        Recipient: { ...Recipient, AttestationDocument },
      })
      await expectRefusal(call, "ValidationException", "The attestation document is not valid.")
    }
    for (const member of ["KeyEncryptionAlgorithm", "AttestationDocument"] as const) {
      const call = root.decrypt({
        CiphertextBlob,
        Recipient: { ...Recipient, [member]: undefined },
      })
      const message = "Recipient needs a KeyEncryptionAlgorithm and an AttestationDocument."
      await expectRefusal(call, "ValidationException", message)
    }
  })

  it("is refused by a host that can verify no document", async () => {
    const other = await openHost()
    const call = other.as(other.administrator).generateRandom({ NumberOfBytes: 1, Recipient })
    const message = "Recipient is not supported by this engine."
    await expectRefusal(call, "UnsupportedOperationException", message)
  })

  it("makes nothing where it is a dry run", async () => {
    const call = root.generateDataKey({
      ...sealedUnder,
      Recipient,
      DryRun: true,
    })
    await expectRefusal(call, "DryRunOperationException")
  })
})

describe("a policy that asks for an image", () => {
  const measured = Buffer.from(registerOf(0)).toString("hex")
  const user = kms.as(userOf(account))
  const decrypt = (more: object = {}) => user.decrypt({ CiphertextBlob, ...more })

  it("lets in the enclave that runs it, and nobody else", async () => {
    const Condition = {
      StringEqualsIgnoreCase: { "kms:RecipientAttestation:PCR0": measured },
    }
    const Principal = { AWS: userOf(account) }
    const Policy = keyPolicyOf({
      Effect: "Allow",
      Principal,
      Action: "kms:Decrypt",
      Condition,
    })
    await root.putKeyPolicy({
      KeyId,
      Policy,
      BypassPolicyLockoutSafetyCheck: true,
    })
    expect(opened(await decrypt({ Recipient }))).toEqual(Plaintext)
    const pcrs = new Map([[0, registerOf(1)]])
    const AttestationDocument = document({ fields: { pcrs } })
    const other = { ...Recipient, AttestationDocument }
    await expectRefusal(decrypt({ Recipient: other }), "AccessDeniedException")
    await expectRefusal(decrypt(), "AccessDeniedException")
  })
})
