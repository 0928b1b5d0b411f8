import fc from "fast-check"
import { beforeAll, describe, expect, it } from "vitest"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"
import { account, keyArnOf } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { readRecord, tamper } from "../support/records.js"
import { expectRefusal, outcomeOf, refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { runs } from "../support/slow.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string
let other: string

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
  other = await world.newKey()
})

const numRuns = runs(150, 2000)

type Context = Record<string, string>

const letters = fc.string({ maxLength: 20 })
const anyText = fc.string({ unit: "grapheme", maxLength: 20 })
const contextOf = (text: fc.Arbitrary<string>): fc.Arbitrary<Context> =>
  fc
    .uniqueArray(fc.tuple(text, text), {
      maxLength: 6,
      selector: ([name]) => name,
    })
    .map((pairs) => Object.fromEntries(pairs))
/** Also of ASCII alone, which is most contexts. */
const context = fc.oneof(contextOf(letters), contextOf(anyText))
const plaintext = fc.uint8Array({ minLength: 1, maxLength: 300 })

const encrypt = async (Plaintext: Uint8Array, EncryptionContext?: Context, KeyId = key) =>
  blobIn(await world.root.encrypt({ KeyId, Plaintext, EncryptionContext }))

const notGenuine = (call: Promise<unknown>) => expectRefusal(call, "InvalidCiphertextException", "")

describe("what Encrypt made, Decrypt opens", () => {
  it("for any plaintext and encryption context, in any order of its pairs", async () => {
    await fc.assert(
      fc.asyncProperty(plaintext, context, async (Plaintext, EncryptionContext) => {
        const copy = Plaintext.slice()
        const CiphertextBlob = await encrypt(Plaintext, EncryptionContext)
        expect(Plaintext).toEqual(copy)
        const reversed = Object.fromEntries(Object.entries(EncryptionContext).toReversed())
        const reply = await world.root.decrypt({ CiphertextBlob, EncryptionContext: reversed })
        expect(reply).toMatchObject({
          Plaintext: copy,
          KeyId: keyArnOf(key),
          EncryptionAlgorithm: "SYMMETRIC_DEFAULT",
          KeyMaterialId: expect.stringMatching(/^[0-9a-f]{64}$/),
        })
      }),
      { numRuns },
    )
  })

  it("and not with any other encryption context", async () => {
    await fc.assert(
      fc.asyncProperty(context, context, async (made, given) => {
        const same =
          Object.keys(made).length === Object.keys(given).length &&
          Object.entries(made).every(([name, value]) => given[name] === value)
        const CiphertextBlob = await encrypt(Uint8Array.of(1), made)
        const opening = world.root.decrypt({ CiphertextBlob, EncryptionContext: given })
        if (same) expect((await opening).Plaintext).toEqual(Uint8Array.of(1))
        else await notGenuine(opening)
      }),
      { numRuns },
    )
  })

  it.each([1, 2, 15, 16, 17, 31, 32, 33, 255, 256, 1024, 4095, 4096])(
    "for %i bytes",
    async (size) => {
      const Plaintext = Uint8Array.from({ length: size }, (_, i) => i % 251)
      const CiphertextBlob = await encrypt(Plaintext, { size: String(size) })
      expect(CiphertextBlob.length).toBeLessThanOrEqual(6144)
      const reply = await world.root.decrypt({
        CiphertextBlob,
        EncryptionContext: { size: String(size) },
      })
      expect(reply.Plaintext).toEqual(Plaintext)
    },
  )

  it.each([
    [0, "greater", 1],
    [4097, "less", 4096],
    [1_000_000, "less", 4096],
  ])("but not for %i bytes, which the refusal does not show", async (size, comparison, limit) => {
    await expectRefusal(
      world.root.encrypt({ KeyId: key, Plaintext: new Uint8Array(size) }),
      "ValidationException",
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        `Member must have length ${comparison} than or equal to ${limit}`,
    )
  })

  it("for bytes that are a part of a larger buffer, and for a Buffer, with replies of their own", async () => {
    const whole = Uint8Array.from({ length: 64 }, (_, i) => i)
    for (const Plaintext of [whole.subarray(3, 21), Buffer.from(whole.buffer, 3, 18)]) {
      const CiphertextBlob = await encrypt(Plaintext)
      const padded = new Uint8Array(CiphertextBlob.length + 9)
      padded.set(CiphertextBlob, 5)
      for (const blob of [
        padded.subarray(5, 5 + CiphertextBlob.length),
        Buffer.from(CiphertextBlob),
      ]) {
        const reply = await world.root.decrypt({ CiphertextBlob: blob })
        expect(reply.Plaintext).toEqual(whole.slice(3, 21))
        expect(Object.getPrototypeOf(reply.Plaintext)).toBe(Uint8Array.prototype)
      }
    }
  })

  it("and two ciphertexts of the same are different, and show neither plaintext nor context", async () => {
    const Plaintext = new TextEncoder().encode("a secret to be kept")
    const EncryptionContext = { purpose: "a context to be kept" }
    const blobs = await Promise.all([1, 2, 3].map(() => encrypt(Plaintext, EncryptionContext)))
    expect(new Set(blobs.map(String)).size).toBe(3)
    for (const blob of blobs) {
      const shown = Buffer.from(blob).toString("latin1")
      for (const hidden of ["secret", "purpose", "context"]) expect(shown).not.toContain(hidden)
    }
  })
})

describe("the encryption context", () => {
  it("may be absent, undefined or empty, and that is all the same", async () => {
    const none = [undefined, {}]
    for (const made of none) {
      const CiphertextBlob = await encrypt(Uint8Array.of(9), made)
      for (const EncryptionContext of none) {
        const reply = await world.root.decrypt({ CiphertextBlob, EncryptionContext })
        expect(reply.Plaintext).toEqual(Uint8Array.of(9))
      }
      const empty = { CiphertextBlob, EncryptionContext: { "": "" } }
      await notGenuine(world.root.decrypt(empty))
    }
  })

  it.each([
    ["letter case of a key", { a: "1" }, { A: "1" }],
    ["letter case of a value", { a: "x" }, { a: "X" }],
    ["normal form of Unicode", { a: "\u00e9" }, { a: "e\u0301" }],
    ["where a key ends", { ab: "c" }, { a: "bc" }],
    ["one more empty pair", { a: "1" }, { a: "1", "": "" }],
    ["a blank", { a: "1" }, { a: "1 " }],
    ["an inherited name", { constructor: "1" }, {}],
  ] as const)("is another for a difference in %s", async (_, made, given) => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1), { ...made })
    await notGenuine(world.root.decrypt({ CiphertextBlob, EncryptionContext: { ...given } }))
  })

  it.each(["constructor", "toString", "hasOwnProperty", "aws:x", "length", "0"])(
    "may have the key %s",
    async (name) => {
      const EncryptionContext = { [name]: "value" }
      const CiphertextBlob = await encrypt(Uint8Array.of(1), EncryptionContext)
      await world.root.decrypt({ CiphertextBlob, EncryptionContext })
      await notGenuine(world.root.decrypt({ CiphertextBlob }))
    },
  )

  it("may have a pair called __proto__, which counts as any other", async () => {
    const EncryptionContext = JSON.parse('{"__proto__":"x"}')
    for (const form of [EncryptionContext, Object.assign(Object.create(null), { a: "b" })]) {
      const CiphertextBlob = await encrypt(Uint8Array.of(1), form)
      await world.root.decrypt({ CiphertextBlob, EncryptionContext: form })
      await notGenuine(world.root.decrypt({ CiphertextBlob }))
      await notGenuine(world.root.decrypt({ CiphertextBlob, EncryptionContext: { c: "d" } }))
    }
  })

  it.each([
    ["a number under the own key __proto__", JSON.parse('{"__proto__":1}')],
    ["a lone surrogate under __proto__", JSON.parse('{"a":"b","__proto__":"\\ud800"}')],
    ["too much under __proto__", JSON.parse(`{"__proto__":"${"y".repeat(16_384)}"}`)],
    ["a lone surrogate as key", { "\ud800": "x" }],
    ["a lone surrogate as value", { x: "a\udc00b" }],
    ["a number", { x: 1 }],
    ["null", { x: null }],
    ["an object", { x: {} }],
    ["a list", ["x"]],
    ["a text", "x"],
    ["a map", new Map([["x", "y"]])],
    ["more characters than the bound", { x: "y".repeat(16_384) }],
  ])("is refused with %s, and never understood as another", async (_, EncryptionContext) => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    for (const [operation, members] of [
      ["Encrypt", { KeyId: key, Plaintext: Uint8Array.of(1), EncryptionContext }],
      ["Decrypt", { CiphertextBlob, EncryptionContext }],
      ["GenerateDataKey", { KeyId: key, KeySpec: "AES_128", EncryptionContext }],
      [
        "ReEncrypt",
        { CiphertextBlob, DestinationKeyId: key, DestinationEncryptionContext: EncryptionContext },
      ],
      [
        "ReEncrypt",
        { CiphertextBlob, DestinationKeyId: key, SourceEncryptionContext: EncryptionContext },
      ],
    ] as const) {
      await expectRefusal(
        world.call(operation, members),
        "ValidationException",
        /^1 validation error detected: Value.* at '(?:e|sourceE|destinationE)ncryptionContext/,
      )
    }
  })
})

describe("a ciphertext that is not as it was made", () => {
  it("is refused without a word for every flipped bit", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1, 2, 3), { a: "b" })
    const endings = new Set<string>()
    for (let i = 0; i < CiphertextBlob.length * 8; i += 1) {
      const damaged = CiphertextBlob.slice()
      damaged[i >> 3] = (damaged[i >> 3] ?? 0) ^ (1 << (i & 7))
      const given = { CiphertextBlob: damaged, EncryptionContext: { a: "b" }, KeyId: key }
      const { name, message } = await refusalOf(world.root.decrypt(given))
      endings.add(name === "IncorrectKeyException" ? name : `${name}:${message}`)
      const unnamed = await refusalOf(
        world.root.decrypt({ CiphertextBlob: damaged, EncryptionContext: { a: "b" } }),
      )
      expect(unnamed.name).toMatch(/^(?:InvalidCiphertext|AccessDenied)Exception$/)
    }
    expect([...endings].toSorted()).toEqual([
      "IncorrectKeyException",
      "InvalidCiphertextException:",
    ])
  })

  it.each([
    ["empty", () => new Uint8Array(0), "ValidationException"],
    ["longer than any", () => new Uint8Array(6145), "ValidationException"],
    ["one byte", () => Uint8Array.of(0), "InvalidCiphertextException"],
    ["random", () => new Uint8Array(200).fill(0x4b), "InvalidCiphertextException"],
    ["as long as may be", () => new Uint8Array(6144), "InvalidCiphertextException"],
  ] as const)("is refused when it is %s", async (_, make, name) => {
    for (const KeyId of [undefined, key]) {
      const error = await refusalOf(world.root.decrypt({ CiphertextBlob: make(), KeyId }))
      expect(error.name).toBe(name)
    }
  })

  it("is refused at every length but its own", async () => {
    const whole = await encrypt(Uint8Array.of(1, 2, 3))
    for (let length = 1; length < whole.length; length += 1) {
      const CiphertextBlob = whole.slice(0, length)
      await notGenuine(world.root.decrypt({ CiphertextBlob, KeyId: key }))
    }
    const longer = new Uint8Array([...whole, 0])
    await notGenuine(world.root.decrypt({ CiphertextBlob: longer, KeyId: key }))
  })

  it("is refused when parts of two are put together", async () => {
    const [a, b] = [await encrypt(Uint8Array.of(1)), await encrypt(Uint8Array.of(2))]
    for (let at = 58; at < a.length; at += 4) {
      const mixed = new Uint8Array([...a.slice(0, at), ...b.slice(at)])
      const reply = await world.root
        .decrypt({ CiphertextBlob: mixed })
        .catch((error: unknown) => error)
      expect(reply).toMatchObject({ name: "InvalidCiphertextException", message: "" })
    }
  })

  it("is refused under another key of the account that claims to have made it", async () => {
    const [mine, theirs] = [
      await encrypt(Uint8Array.of(1)),
      await encrypt(Uint8Array.of(1), {}, other),
    ]
    // The header names the key and its material; the rest is what the key made.
    const forged = new Uint8Array([...theirs.slice(0, 57), ...mine.slice(57)])
    await notGenuine(world.root.decrypt({ CiphertextBlob: forged }))
    await notGenuine(world.root.decrypt({ CiphertextBlob: forged, KeyId: other }))
  })

  it("is refused in another region, another partition and another domain", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    for (const options of [{ region: "eu-west-1" }, { partition: "aws-cn" }, {}]) {
      const kms = await openHost(options)
      const root = kms.as(kms.administrator)
      await root.createKey({})
      const ending = await outcomeOf(root.decrypt({ CiphertextBlob }))
      expect(ending).toBe("AccessDeniedException")
    }
  })
})

describe("the key that Decrypt is given", () => {
  const incorrect =
    "The key ID in the request does not identify a CMK that can perform this operation."

  it("must be the one that encrypted", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    const wrong = world.root.decrypt({ CiphertextBlob, KeyId: other })
    await expectRefusal(wrong, "IncorrectKeyException", incorrect)
    const moving = world.root.reEncrypt({
      CiphertextBlob,
      SourceKeyId: other,
      DestinationKeyId: key,
    })
    await expectRefusal(moving, "IncorrectKeyException", incorrect)
  })

  it("must be of the account that encrypted, whatever its id", async () => {
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    CiphertextBlob[7] = (CiphertextBlob[7] ?? 0) ^ 1
    const altered = world.root.decrypt({ CiphertextBlob, KeyId: key })
    await expectRefusal(altered, "IncorrectKeyException", incorrect)
  })

  it.each([
    ["disabled", { state: "Disabled" }],
    ["pending import", { state: "PendingImport" }],
    ["an RSA key", { keySpec: "RSA_2048" }],
    ["a key for signatures", { keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" }],
  ])("is the wrong one first, and %s second", async (_, members) => {
    const wrong = await world.newKey()
    const storageKey = `key/${account}/${wrong}`
    const record = await readRecord(world.storage, storageKey)
    await tamper(world.storage, storageKey, { ...record, value: { ...record.value, ...members } })
    const CiphertextBlob = await encrypt(Uint8Array.of(1))
    const decrypting = world.root.decrypt({ CiphertextBlob, KeyId: wrong })
    await expectRefusal(decrypting, "IncorrectKeyException", incorrect)
  })
})

describe("the encryption algorithm", () => {
  it("is named in the reply, also when it was named in the call", async () => {
    const EncryptionAlgorithm = "SYMMETRIC_DEFAULT"
    const reply = await world.root.encrypt({
      KeyId: key,
      Plaintext: Uint8Array.of(1),
      EncryptionAlgorithm,
    })
    expect(reply.EncryptionAlgorithm).toBe(EncryptionAlgorithm)
    expect(Object.keys(reply).toSorted()).toEqual([
      "$metadata",
      "CiphertextBlob",
      "EncryptionAlgorithm",
      "KeyId",
    ])
  })

  it.each(["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256", "SM2PKE"] as const)(
    "%s is not one of a symmetric key",
    async (EncryptionAlgorithm) => {
      const message = `Algorithm ${EncryptionAlgorithm} is incompatible with key spec SYMMETRIC_DEFAULT.`
      await expectRefusal(
        world.root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1), EncryptionAlgorithm }),
        "InvalidKeyUsageException",
        message,
      )
      const CiphertextBlob = await encrypt(Uint8Array.of(1))
      const decrypting = world.root.decrypt({ CiphertextBlob, EncryptionAlgorithm, KeyId: key })
      await expectRefusal(decrypting, "InvalidKeyUsageException", message)
    },
  )
})

describe("a key for another use", () => {
  const kinds: readonly (readonly [object, string, KmsErrorName, string])[] = [
    [
      { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" },
      "Encrypt",
      "InvalidKeyUsageException",
      "ARN key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.",
    ],
    [
      { keySpec: "RSA_2048", keyUsage: "SIGN_VERIFY" },
      "Encrypt",
      "InvalidKeyUsageException",
      "ARN key usage is SIGN_VERIFY which is not valid for Encrypt.",
    ],
    [
      { keySpec: "ECC_NIST_P256", keyUsage: "KEY_AGREEMENT" },
      "GenerateDataKey",
      "InvalidKeyUsageException",
      "ARN key usage is KEY_AGREEMENT which is not valid for GenerateDataKey.",
    ],
    [
      { keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" },
      "Encrypt",
      "InvalidKeyUsageException",
      "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.",
    ],
    [
      { keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" },
      "GenerateDataKey",
      "InvalidKeyUsageException",
      "You cannot generate a data key with an asymmetric CMK",
    ],
    [
      { keySpec: "RSA_2048", keyUsage: "ENCRYPT_DECRYPT" },
      "GenerateDataKeyWithoutPlaintext",
      "InvalidKeyUsageException",
      "You cannot generate a data key with an asymmetric CMK",
    ],
    [
      { keySpec: "SM2", keyUsage: "ENCRYPT_DECRYPT" },
      "Encrypt",
      "InvalidKeyUsageException",
      "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec SM2.",
    ],
  ]

  it.each(kinds)("%o refuses %s", async (members, operation, name, message) => {
    const KeyId = await world.newKey()
    const storageKey = `key/${account}/${KeyId}`
    const record = await readRecord(world.storage, storageKey)
    await tamper(world.storage, storageKey, { ...record, value: { ...record.value, ...members } })
    const input = {
      KeyId,
      ...(operation === "Encrypt" ? { Plaintext: Uint8Array.of(1) } : { KeySpec: "AES_256" }),
    }
    await expectRefusal(world.call(operation, input), name, message.replace("ARN", keyArnOf(KeyId)))
  })
})
