import { beforeAll, describe, expect, it } from "vitest"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { account, keyArnOf, roleOf } from "../support/accounts.js"
import { sealOf } from "../support/hosts.js"
import { keyPolicyOf, policyOf } from "../support/policies.js"
import { quickRsaSuite } from "../support/quick-rsa.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string
let other: string

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
  other = await world.newKey()
})

type Context = Record<string, string>

const encrypt = async (Plaintext: Uint8Array, EncryptionContext?: Context, KeyId = key) =>
  blobIn(await world.root.encrypt({ KeyId, Plaintext, EncryptionContext }))

const notGenuine = (call: Promise<unknown>) => expectRefusal(call, "InvalidCiphertextException", "")

describe("ReEncrypt", () => {
  it("moves data between keys and contexts, and answers both keys and materials", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(4, 2), { from: "here" })
    const reply = await world.root.reEncrypt({
      CiphertextBlob,
      SourceEncryptionContext: { from: "here" },
      DestinationKeyId: other,
      DestinationEncryptionContext: { to: "there" },
    })
    expect(Object.keys(reply).toSorted()).toEqual([
      "$metadata",
      "CiphertextBlob",
      "DestinationEncryptionAlgorithm",
      "DestinationKeyMaterialId",
      "KeyId",
      "SourceEncryptionAlgorithm",
      "SourceKeyId",
      "SourceKeyMaterialId",
    ])
    expect(reply).toMatchObject({ SourceKeyId: keyArnOf(key), KeyId: keyArnOf(other) })
    const moved = blobIn(reply)
    const opened = await world.root.decrypt({
      CiphertextBlob: moved,
      EncryptionContext: { to: "there" },
    })
    expect(opened).toMatchObject({ Plaintext: Uint8Array.of(4, 2), KeyId: keyArnOf(other) })
    const old = { CiphertextBlob: moved, EncryptionContext: { from: "here" } }
    await notGenuine(world.root.decrypt(old))
  })

  it("may name one key twice, and the ciphertext is a new one", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    const reply = await world.root.reEncrypt({ CiphertextBlob, DestinationKeyId: key })
    expect(blobIn(reply)).not.toEqual(CiphertextBlob)
    expect((await world.root.decrypt({ CiphertextBlob: blobIn(reply) })).Plaintext).toEqual(
      Uint8Array.of(1),
    )
  })

  it("refuses a wrong source context without a word", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1), { a: "b" })
    await notGenuine(world.root.reEncrypt({ CiphertextBlob, DestinationKeyId: other }))
  })

  it.each(["kms:ReEncryptFrom", "kms:ReEncryptTo"])(
    "needs %s, also from a key to itself",
    async (missing) => {
      const mover = roleOf(account, "Mover")
      const { kms, newKey } = await openWorld({
        identities: {
          [mover]: {
            policies: [
              policyOf({
                Action: ["kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:Encrypt"].filter(
                  (action) => action !== missing,
                ),
              }),
            ],
          },
        },
      })
      const KeyId = await newKey()
      const client = kms.as(mover)
      const reply = await client.encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
      await expectRefusal(
        client.reEncrypt({ CiphertextBlob: blobIn(reply), DestinationKeyId: KeyId }),
        "AccessDeniedException",
        new RegExp(`not authorized to perform: ${missing} on resource`),
      )
    },
  )

  describe("to a key pair that cannot encrypt so much", () => {
    const longest = [
      ["RSA_2048", "RSAES_OAEP_SHA_1", 214],
      ["RSA_2048", "RSAES_OAEP_SHA_256", 190],
      ["SM2", "SM2PKE", 1024],
    ] as const

    it.each(longest)("with %s and %s is refused as Encrypt is, dry run or not", async (...row) => {
      const [KeySpec, DestinationEncryptionAlgorithm, most] = row
      const { root, newKey } = await openWorld({
        hsm: createSoftwareHsm({ seal: sealOf(), suite: quickRsaSuite() }),
      })
      const DestinationKeyId = await newKey({ KeySpec, KeyUsage: "ENCRYPT_DECRYPT" })
      const symmetric = { KeyId: await newKey() }
      const other = { KeyId: await newKey({ KeySpec: "SM2", KeyUsage: "ENCRYPT_DECRYPT" }) }
      const move = async (length: number, DryRun?: boolean) => {
        const Plaintext = new Uint8Array(length)
        return root.reEncrypt({
          CiphertextBlob: blobIn(await root.encrypt({ ...symmetric, Plaintext })),
          DestinationKeyId,
          DestinationEncryptionAlgorithm,
          DryRun,
        })
      }
      const refuses = (call: Promise<unknown>) =>
        expectRefusal(
          call,
          "ValidationException",
          `Algorithm ${DestinationEncryptionAlgorithm} and key spec ${KeySpec} cannot encrypt ` +
            `data larger than ${most} bytes.`,
        )
      await move(most)
      await refuses(move(most + 1))
      await refuses(move(most + 1, true))
      await expectRefusal(move(most, true), "DryRunOperationException")
      const EncryptionAlgorithm = DestinationEncryptionAlgorithm
      const direct = { KeyId: DestinationKeyId, EncryptionAlgorithm }
      await refuses(root.encrypt({ ...direct, Plaintext: new Uint8Array(most + 1) }))
      if (most >= 1024) return
      // From one key pair to another.
      const SourceEncryptionAlgorithm = "SM2PKE"
      const Plaintext = new Uint8Array(most + 1)
      const sealed = {
        ...other,
        Plaintext,
        EncryptionAlgorithm: SourceEncryptionAlgorithm,
      } as const
      const CiphertextBlob = blobIn(await root.encrypt(sealed))
      const from = { CiphertextBlob, SourceKeyId: other.KeyId, SourceEncryptionAlgorithm } as const
      await refuses(root.reEncrypt({ ...from, DestinationKeyId, DestinationEncryptionAlgorithm }))
    })
  })

  it("tells kms:ReEncryptOnSameKey to policies", async () => {
    const { root, newKey } = await openWorld()
    const KeyId = await newKey({
      Policy: keyPolicyOf(
        {},
        {
          Effect: "Deny",
          Action: "kms:ReEncrypt*",
          Condition: { Bool: { "kms:ReEncryptOnSameKey": "true" } },
        },
      ),
    })
    const DestinationKeyId = await newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    await root.reEncrypt({ CiphertextBlob, DestinationKeyId })
    const same = root.reEncrypt({ CiphertextBlob, DestinationKeyId: KeyId })
    await expectRefusal(same, "AccessDeniedException", /explicit deny in a resource-based policy$/)
  })
})
