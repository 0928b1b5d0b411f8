import { beforeAll, describe, expect, it } from "vitest"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import type { AnyRow } from "../../src/operations/row.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account, keyArnOf, unknownKeyId, userOf } from "../support/accounts.js"
import { sealOf } from "../support/hosts.js"
import { dumpOf } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

const wouldSucceed = "The request would have succeeded, but the DryRun option is set."

let world: World
let key: string
let other: string
let disabled: string
let blob: Uint8Array

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
  other = await world.newKey()
  disabled = await world.newKey()
  await world.root.disableKey({ KeyId: disabled })
  blob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1) }))
})

const Plaintext = Uint8Array.of(1)

/** A call of each kind that would succeed. */
const calls: Readonly<Record<string, () => object>> = {
  Encrypt: () => ({ KeyId: key, Plaintext }),
  Decrypt: () => ({ CiphertextBlob: blob }),
  ReEncrypt: () => ({ CiphertextBlob: blob, DestinationKeyId: other }),
  GenerateDataKey: () => ({ KeyId: key, KeySpec: "AES_256" }),
  GenerateDataKeyWithoutPlaintext: () => ({ KeyId: key, NumberOfBytes: 1 }),
}

describe("a dry run", () => {
  it("is offered by the operations that the service offers it for", () => {
    const offered = [
      "CreateGrant",
      "Decapsulate",
      "Decrypt",
      "DeriveSharedSecret",
      "Encapsulate",
      "Encrypt",
      "GenerateDataKey",
      "GenerateDataKeyPair",
      "GenerateDataKeyPairWithoutPlaintext",
      "GenerateDataKeyWithoutPlaintext",
      "GenerateMac",
      "ReEncrypt",
      "RetireGrant",
      "RevokeGrant",
      "Sign",
      "Verify",
      "VerifyMac",
    ]
    for (const name of Object.keys(catalogue) as OperationName[]) {
      const row = catalogue[name] as AnyRow
      expect([name, "DryRun" in row.input().shape]).toEqual([name, offered.includes(name)])
    }
  })

  it.each(Object.entries(calls))(
    "of %s never succeeds and never changes anything",
    async (operation, input) => {
      const before = await dumpOf(world.storage)
      await expectRefusal(
        world.call(operation, { ...input(), DryRun: true }),
        "DryRunOperationException",
        wouldSucceed,
      )
      expect(await dumpOf(world.storage)).toEqual(before)
      await world.call(operation, { ...input(), DryRun: false })
    },
  )

  it.each(Object.entries(calls))(
    "of %s is the real refusal where the call is refused",
    async (operation, input) => {
      const DryRun = true
      const alice = userOf(account)
      await expectRefusal(
        world.call(operation, { ...input(), DryRun }, alice),
        "AccessDeniedException",
      )
      const keyMember = operation === "ReEncrypt" ? "DestinationKeyId" : "KeyId"
      const missing = { ...input(), [keyMember]: unknownKeyId, DryRun }
      await expectRefusal(world.call(operation, missing), "NotFoundException")
      const invalid = { ...input(), [keyMember]: "", DryRun }
      await expectRefusal(world.call(operation, invalid), "ValidationException")
      if (operation === "Decrypt") return
      const inState = { ...input(), [keyMember]: disabled, DryRun }
      const message = `${keyArnOf(disabled)} is disabled.`
      await expectRefusal(world.call(operation, inState), "DisabledException", message)
    },
  )

  it("of Decrypt and ReEncrypt looks at the ciphertext first", async () => {
    const CiphertextBlob = blob.slice()
    CiphertextBlob[90] = (CiphertextBlob[90] ?? 0) ^ 1
    for (const operation of ["Decrypt", "ReEncrypt"]) {
      const input = { CiphertextBlob, DestinationKeyId: other, DryRun: true }
      await expectRefusal(world.call(operation, input), "InvalidCiphertextException", "")
    }
    await expectRefusal(
      world.root.decrypt({ CiphertextBlob: blob, KeyId: other, DryRun: true }),
      "IncorrectKeyException",
    )
  })

  it("leaves no secret behind", async () => {
    const inner = createSoftwareHsm({ seal: sealOf() })
    const secrets: Uint8Array[] = []
    const hsm: typeof inner = {
      ...inner,
      decrypt: async (request) => {
        const plaintext = await inner.decrypt(request)
        if (plaintext !== undefined) secrets.push(plaintext)
        return plaintext
      },
      generateDataKey: async (request) => {
        const made = await inner.generateDataKey(request)
        secrets.push(made.plaintext)
        return made
      },
    }
    const { storage } = world
    const { call } = await openWorld({ storage, hsm })
    for (const operation of ["Decrypt", "GenerateDataKey"]) {
      const input = { ...calls[operation]?.(), DryRun: true }
      await expectRefusal(call(operation, input), "DryRunOperationException")
    }
    expect(secrets).toEqual([new Uint8Array(1), new Uint8Array(32)])
  })

  it.each(["true", 1, "yes", {}])("is not asked for by %j, which is no boolean", async (DryRun) => {
    await expectRefusal(
      world.call("Encrypt", { KeyId: key, Plaintext, DryRun }),
      "ValidationException",
      /at 'dryRun'/,
    )
  })
})

describe("IGNORE_CIPHERTEXT", () => {
  const DryRunModifiers = ["IGNORE_CIPHERTEXT"] as ["IGNORE_CIPHERTEXT"]

  it("tries the call without any ciphertext, when the key is named", async () => {
    await expectRefusal(
      world.root.decrypt({ KeyId: key, DryRun: true, DryRunModifiers }),
      "DryRunOperationException",
      wouldSucceed,
    )
    const SourceKeyId = key
    await expectRefusal(
      world.root.reEncrypt({ SourceKeyId, DestinationKeyId: other, DryRun: true, DryRunModifiers }),
      "DryRunOperationException",
      wouldSucceed,
    )
  })

  it("leaves a ciphertext alone that is wrong, damaged or of another key", async () => {
    const damaged = blob.map((byte) => byte ^ 0xff)
    for (const [KeyId, CiphertextBlob] of [
      [key, damaged],
      [other, blob],
      [key, Uint8Array.of(1)],
    ] as const) {
      const given = { KeyId, CiphertextBlob, DryRun: true, DryRunModifiers }
      await expectRefusal(world.root.decrypt(given), "DryRunOperationException", wouldSucceed)
    }
  })

  it("makes KeyId and SourceKeyId compulsory", async () => {
    const nothing = (member: string) =>
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`
    await expectRefusal(
      world.root.decrypt({ CiphertextBlob: blob, DryRun: true, DryRunModifiers }),
      "ValidationException",
      nothing("keyId"),
    )
    await expectRefusal(
      world.root.reEncrypt({
        CiphertextBlob: blob,
        DestinationKeyId: other,
        DryRun: true,
        DryRunModifiers,
      }),
      "ValidationException",
      nothing("sourceKeyId"),
    )
  })

  it("still refuses a caller, a state, a usage and an algorithm that do not fit", async () => {
    const dry = { DryRun: true, DryRunModifiers }
    const alice = userOf(account)
    await expectRefusal(
      world.call("Decrypt", { KeyId: key, ...dry }, alice),
      "AccessDeniedException",
    )
    await expectRefusal(world.call("Decrypt", { KeyId: unknownKeyId, ...dry }), "NotFoundException")
    await expectRefusal(world.call("Decrypt", { KeyId: disabled, ...dry }), "DisabledException")
    const EncryptionAlgorithm = "RSAES_OAEP_SHA_256"
    await expectRefusal(
      world.call("Decrypt", { KeyId: key, EncryptionAlgorithm, ...dry }),
      "InvalidKeyUsageException",
    )
  })

  it("opens nothing outside a dry run", async () => {
    const given = { KeyId: key, DryRunModifiers }
    await expectRefusal(world.call("Decrypt", given), "ValidationException")
    await expectRefusal(world.call("Decrypt", { ...given, DryRun: false }), "ValidationException")
    const wrong = { ...given, KeyId: other, CiphertextBlob: blob }
    const ended = await world.call("Decrypt", wrong).catch((error: unknown) => error)
    expect(ended).toMatchObject({
      name: expect.stringMatching(/^(?:IncorrectKey|Validation)Exception$/),
    })
  })

  it("is the only modifier", async () => {
    await expectRefusal(
      world.call("Decrypt", { KeyId: key, DryRun: true, DryRunModifiers: ["IGNORE_POLICY"] }),
      "ValidationException",
      /'IGNORE_POLICY' at 'dryRunModifiers\.1\.member' .* enum value set: \[IGNORE_CIPHERTEXT\]/,
    )
  })
})
