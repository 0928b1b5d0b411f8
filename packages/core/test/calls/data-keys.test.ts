import { beforeAll, describe, expect, it } from "vitest"
import { keySpecs } from "../../src/vocabulary/key-specs.js"
import { keyArnOf } from "../support/accounts.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
})

describe("GenerateDataKey", () => {
  it.each([
    [{ KeySpec: "AES_256" }, 32],
    [{ KeySpec: "AES_128" }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 64 }, 64],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const)("with %o makes so many bytes, in the clear and encrypted", async (size, length) => {
    const EncryptionContext = { a: "b" }
    const reply = await world.root.generateDataKey({ KeyId: key, EncryptionContext, ...size })
    expect(reply.Plaintext).toHaveLength(length)
    expect(reply.KeyId).toBe(keyArnOf(key))
    const CiphertextBlob = blobIn(reply)
    const opened = await world.root.decrypt({ CiphertextBlob, EncryptionContext })
    expect(opened).toMatchObject({
      Plaintext: reply.Plaintext,
      KeyMaterialId: reply.KeyMaterialId,
    })
    const hidden = await world.root.generateDataKeyWithoutPlaintext({
      KeyId: key,
      EncryptionContext,
      ...size,
    })
    expect(hidden).not.toHaveProperty("Plaintext")
    const hiddenBlob = blobIn(hidden)
    const found = await world.root.decrypt({ CiphertextBlob: hiddenBlob, EncryptionContext })
    expect(found.Plaintext).toHaveLength(length)
  })

  it("makes another key each time", async () => {
    const keys = await Promise.all(
      Array.from({ length: 50 }, () =>
        world.root.generateDataKey({ KeyId: key, KeySpec: "AES_256" }),
      ),
    )
    expect(new Set(keys.map(({ Plaintext }) => String(Plaintext))).size).toBe(50)
  })

  it.each(["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"])(
    "takes one of two sizes and not both: %s",
    async (operation) => {
      for (const size of [{}, { KeySpec: "AES_256", NumberOfBytes: 32 }]) {
        await expectRefusal(
          world.call(operation, { KeyId: key, ...size }),
          "ValidationException",
          "Please specify either number of bytes or key spec.",
        )
      }
      for (const [NumberOfBytes, comparison, limit] of [
        [0, "greater", 1],
        [1025, "less", 1024],
      ] as const) {
        await expectRefusal(
          world.call(operation, { KeyId: key, NumberOfBytes }),
          "ValidationException",
          `1 validation error detected: Value '${NumberOfBytes}' at 'numberOfBytes' failed to satisfy ` +
            `constraint: Member must have value ${comparison} than or equal to ${limit}`,
        )
      }
      for (const [KeySpec, values] of [
        ["AES_192", keySpecs],
        ["RSA_2048", ["AES_256", "AES_128"]],
      ] as const) {
        await expectRefusal(
          world.call(operation, { KeyId: key, KeySpec }),
          "ValidationException",
          `1 validation error detected: Value '${KeySpec}' at 'keySpec' failed to satisfy ` +
            `constraint: Member must satisfy enum value set: [${values.join(", ")}]`,
        )
      }
    },
  )
})

describe("GenerateRandom", () => {
  it.each([1, 32, 1024])("answers %i bytes, other ones each time", async (NumberOfBytes) => {
    const [a, b] = [
      await world.root.generateRandom({ NumberOfBytes }),
      await world.root.generateRandom({ NumberOfBytes }),
    ]
    expect(a.Plaintext).toHaveLength(NumberOfBytes)
    if (NumberOfBytes > 8) expect(a.Plaintext).not.toEqual(b.Plaintext)
  })

  it.each([
    [{}, "ValidationException", "NumberOfBytes is required."],
    [
      { NumberOfBytes: 0 },
      "ValidationException",
      "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { NumberOfBytes: 1025 },
      "ValidationException",
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value less than or equal to 1024",
    ],
    [
      { NumberOfBytes: 1, CustomKeyStoreId: "cks-1234567890abcdef0" },
      "CustomKeyStoreNotFoundException",
      undefined,
    ],
  ] as const)("refuses %o", async (input, name, message) => {
    await expectRefusal(world.call("GenerateRandom", input), name, message)
  })
})
