import { beforeAll, describe, expect, it } from "vitest"
import { catalogue } from "../../src/operations/catalogue.js"
import { keyArnOf } from "../support/accounts.js"
import { growthOf, linearMax } from "../support/growth.js"
import { dumpOf } from "../support/records.js"
import { refusalOf } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string

beforeAll(async () => {
  world = await openWorld()
  key = await world.newKey()
})

const plainRecord = { text: "text of a secret" }

/** Values of every JavaScript type. */
const strange: readonly (readonly [string, unknown])[] = [
  ["a number", 5],
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
  ["a big integer", 5n],
  ["a boolean", true],
  ["a text", "text of a secret"],
  ["a symbol", Symbol("s")],
  ["a function", () => "text"],
  ["a list", ["text of a secret"]],
  ["an object", plainRecord],
  ["an object that turns into text", { toString: () => "text" }],
  ["a boxed text", Object("text of a secret")],
  ["a date", new Date(0)],
  ["a regular expression", /x/],
  ["an ArrayBuffer", new ArrayBuffer(4)],
  ["another view of bytes", new Uint16Array(4)],
  ["a DataView", new DataView(new ArrayBuffer(4))],
  ["what only looks like bytes", Object.create(Uint8Array.prototype)],
  ["an object with the members of bytes", { length: 1, 0: 1, byteLength: 1 }],
  ["a promise", Promise.resolve("text")],
  [
    "a proxy that throws",
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("trap")
        },
        ownKeys: () => {
          throw new Error("trap")
        },
        has: () => {
          throw new Error("trap")
        },
        getPrototypeOf: () => {
          throw new Error("trap")
        },
      },
    ),
  ],
]

const blobMembers = new Set(["Plaintext", "CiphertextBlob"])
const textMembers = new Set(["KeyId"])

describe("a member of the wrong type", () => {
  it.each(strange)("is refused, and a blob member shows nothing of it: %s", async (_, value) => {
    for (const [operation, member, rest] of [
      ["Encrypt", "Plaintext", { KeyId: key }],
      ["Encrypt", "KeyId", { Plaintext: Uint8Array.of(1) }],
      ["Decrypt", "CiphertextBlob", { KeyId: key }],
      ["GenerateRandom", "NumberOfBytes", {}],
      ["TagResource", "Tags", { KeyId: key }],
      ["UntagResource", "TagKeys", { KeyId: key }],
      ["Encrypt", "EncryptionContext", { KeyId: key, Plaintext: Uint8Array.of(1) }],
      ["CreateKey", "MultiRegion", {}],
      ["CreateKey", "Policy", {}],
    ] as const) {
      if (textMembers.has(member) && typeof value === "string") continue
      if (member === "MultiRegion" && typeof value === "boolean") continue
      if (member === "NumberOfBytes" && value === 5) continue
      if (member === "Policy" && typeof value === "string") continue
      if (member === "TagKeys" && Array.isArray(value)) continue
      if (member === "EncryptionContext" && value === plainRecord) continue
      const { name, message } = await refusalOf(world.call(operation, { ...rest, [member]: value }))
      expect([member, name]).toEqual([member, "ValidationException"])
      // What cannot even be read has no member that could be named.
      const named = `${member.charAt(0).toLowerCase()}${member.slice(1)}`
      expect(message).toMatch(new RegExp(`Value.* at '(?:${named}|input)`))
      if (blobMembers.has(member)) {
        expect(message).toMatch(/^1 validation error detected: Value at '/)
        expect(message).not.toContain("secret")
      }
    }
  })

  it.each(strange)("is refused also as the whole input, unshown: %s", async (_, input) => {
    const { name, message } = await refusalOf(world.call("DescribeKey", input))
    expect(name).toBe("ValidationException")
    expect(message).not.toContain("secret")
  })
})

const trap = (): never => {
  throw new Error("trap")
}

const inputs: readonly (readonly [string, () => unknown])[] = [
  [
    "a getter that throws",
    () => ({
      get KeyId() {
        return trap()
      },
    }),
  ],
  [
    "a getter that throws no error",
    () => ({
      get KeyId() {
        throw "trap"
      },
    }),
  ],
  [
    "a getter that throws a refusal of ours",
    () => ({
      get KeyId() {
        throw Object.freeze(
          Object.assign(new Error("gone"), { name: "NotFoundException", retryable: false }),
        )
      },
    }),
  ],
  [
    "a getter that throws an error without a name",
    () => ({
      get KeyId() {
        throw Object.defineProperty(new Error("x"), "name", { get: trap })
      },
    }),
  ],
  ["a proxy that throws", () => new Proxy({}, { get: trap, has: trap, ownKeys: trap })],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
  ],
  [
    "a list with a hole and a trap",
    () => ({
      KeyId: key,
      GrantTokens: Object.defineProperty([], "0", { get: trap, enumerable: true }),
    }),
  ],
]

describe("a hostile input", () => {
  it.each(inputs)("is refused as invalid: %s", async (_, make) => {
    for (const operation of ["DescribeKey", "Encrypt"]) {
      const { name } = await refusalOf(world.call(operation, make()))
      expect(name).toBe("ValidationException")
    }
  })

  it("that answers otherwise each time is read once", async () => {
    let reads = 0
    const input = {
      get KeyId() {
        reads += 1
        return reads === 1 ? key : "alias/other"
      },
    }
    const { KeyMetadata } = await world.call("DescribeKey", input)
    expect(KeyMetadata).toMatchObject({ Arn: keyArnOf(key) })
  })

  it("that is changed while the call runs changes nothing of the call", async () => {
    const input = { KeyId: key, EncryptionContext: { a: "b" }, Plaintext: Uint8Array.of(1) }
    const calling = world.root.encrypt(input)
    input.EncryptionContext.a = "changed"
    input.KeyId = "changed"
    const CiphertextBlob = blobIn(await calling)
    await world.root.decrypt({ CiphertextBlob, EncryptionContext: { a: "b" } })
  })

  it("whose bytes are wiped as soon as the call was made is encrypted as it was", async () => {
    const Plaintext = Uint8Array.of(1, 2, 3)
    const calling = world.root.encrypt({ KeyId: key, Plaintext })
    Plaintext.fill(0)
    const CiphertextBlob = blobIn(await calling)
    const opening = world.root.decrypt({ CiphertextBlob })
    CiphertextBlob.fill(0)
    expect((await opening).Plaintext).toEqual(Uint8Array.of(1, 2, 3))
  })

  it("whose bytes grow after they were measured is encrypted as it was", async () => {
    // Resizable buffers are newer than the library of types.
    const buffer: ArrayBuffer & { resize(length: number): void } = Reflect.construct(ArrayBuffer, [
      1,
      { maxByteLength: 100_000 },
    ])
    const calling = world.root.encrypt({ KeyId: key, Plaintext: new Uint8Array(buffer) })
    buffer.resize(100_000)
    const CiphertextBlob = blobIn(await calling)
    expect(CiphertextBlob.length).toBeLessThanOrEqual(6144)
    const { Plaintext } = await world.root.decrypt({ CiphertextBlob })
    expect(Plaintext).toEqual(new Uint8Array(1))
  })

  it.each([
    ["a text of many characters", (size: number) => ({ KeyId: "k".repeat(size) })],
    ["a text of many blanks", (size: number) => ({ KeyId: " ".repeat(size) })],
    [
      "an ARN of many colons",
      (size: number) => ({ KeyId: `arn:aws:kms:us-east-1:111122223333:${":".repeat(size)}` }),
    ],
    [
      "many grant tokens",
      (size: number) => ({ KeyId: key, GrantTokens: Array.from({ length: size }, () => "t") }),
    ],
    ["many bytes as the input itself", (size: number) => new Uint8Array(size)],
    ["many items as the input itself", (size: number) => Array.from({ length: size }, () => 0)],
    [
      "a very deep object",
      (size: number) => {
        let deep: object = {}
        for (let i = 0; i < size; i += 1) deep = { deep }
        return { KeyId: key, GrantTokens: deep }
      },
    ],
  ])("of great size is refused, in linear time: %s", async (_, make) => {
    const refuse = (input: unknown) => refusalOf(world.call("DescribeKey", input))
    expect(await growthOf(make, refuse, 100_000)).toBeLessThan(linearMax)
  })

  it("that is an object in a circle is refused", async () => {
    const input: Record<string, unknown> = { KeyId: key }
    input["GrantTokens"] = input
    await refusalOf(world.call("DescribeKey", input))
  })

  it("leaves out members that the operation does not have", async () => {
    const { KeyMetadata } = await world.call("DescribeKey", {
      KeyId: key,
      Other: 1,
      __proto__: { DryRun: true },
      [Symbol("x")]: 1,
    })
    expect(KeyMetadata).toMatchObject({ KeyId: key })
  })

  it("changes nothing, whatever it is", async () => {
    const before = await dumpOf(world.storage)
    for (const operation of Object.keys(catalogue)) {
      for (const [, value] of strange) {
        await world
          .call(operation, { KeyId: value, AliasName: value, TargetKeyId: value, KeySpec: value })
          .catch(() => undefined)
      }
    }
    expect(await dumpOf(world.storage)).toEqual(before)
  })
})
