import { describe, expect, it } from "vitest"
import { withCommands } from "../../../src/envelope/keys/kms/kms-client.js"
import {
  kmsDiscovery,
  kmsMultiRegionDiscovery,
} from "../../../src/envelope/keys/kms/kms-discovery.js"
import { kmsKeys, kmsMultiRegionKeys } from "../../../src/envelope/keys/kms/kms-keys.js"
import { keyArnIn } from "../../support/accounts.js"
import { context, unwrapRequest, wrapRequest } from "../support/key-requests.js"

/*
 * What a KMS is asked, request by request: it is somebody else's, and each request is paid for,
 * authorized and written down there.
 */

const id = "1234abcd-12ab-34cd-56ef-1234567890ab"
const multi = `mrk-${"1a".repeat(16)}`
const arn = keyArnIn("us-east-1", id)
const multiArn = keyArnIn("us-east-1", multi)
const elsewhere = keyArnIn("eu-west-1", multi)
const grantTokens = ["one", "two"]
const dataKey = new Uint8Array(32).fill(9)
const blob = Uint8Array.of(1, 2, 3)

/** A KMS that says yes, and remembers what it was asked. */
function recordingKms(KeyId = arn) {
  const asked: [string, unknown][] = []
  const answering =
    <Reply>(name: string, reply: Reply) =>
    async (request: unknown): Promise<Reply> => {
      asked.push([name, request])
      return reply
    }
  const client = {
    generateDataKey: answering("generateDataKey", {
      KeyId,
      Plaintext: dataKey,
      CiphertextBlob: blob,
    }),
    encrypt: answering("encrypt", { KeyId, CiphertextBlob: blob }),
    decrypt: answering("decrypt", { KeyId, Plaintext: dataKey }),
  }
  return { client, asked }
}

const wrappedBy = (providerInfo: string, providerId = "aws-kms") => ({
  providerId,
  providerInfo: new TextEncoder().encode(providerInfo),
  ciphertext: blob,
})

describe("a KMS is asked", () => {
  it("for a data key as long as the suite says, under the context, with the grants", async () => {
    const { client, asked } = recordingKms()
    const keys = kmsKeys(client, { keyId: "alias/a", grantTokens })
    const { encryptedDataKeys } = await keys.wrap(wrapRequest())
    expect(encryptedDataKeys).toEqual([wrappedBy(arn)])
    const given = await keys.wrap(wrapRequest({ dataKey }))
    expect(given).toMatchObject({ dataKey, encryptedDataKeys, terms: { context } })
    expect(given.dataKey).not.toBe(dataKey)
    expect(await keys.unwrap(unwrapRequest(encryptedDataKeys))).toEqual(dataKey)
    const common = { KeyId: "alias/a", EncryptionContext: context, GrantTokens: grantTokens }
    expect(asked).toEqual([
      ["generateDataKey", { ...common, NumberOfBytes: 32 }],
      ["encrypt", { ...common, Plaintext: dataKey }],
      ["decrypt", { ...common, CiphertextBlob: blob }],
    ])
  })

  it.each([undefined, []])("for no grants where there are %o", async (tokens) => {
    const { client, asked } = recordingKms()
    await kmsKeys(client, { keyId: arn, grantTokens: tokens }).wrap(wrapRequest())
    expect(asked).toEqual([
      ["generateDataKey", { KeyId: arn, EncryptionContext: context, NumberOfBytes: 32 }],
    ])
  })

  it("about data keys of its own alone", async () => {
    const others = [
      wrappedBy(arn, "aws-kms-rsa"),
      wrappedBy(keyArnIn("us-east-1", "00000000-12ab-34cd-56ef-1234567890ab")),
      wrappedBy(arn.replace("key/", "alias/")),
      wrappedBy(arn.replace(":kms:", ":ssm:")),
      wrappedBy(arn.replace("us-east-1", "")),
      wrappedBy(arn.replace(/\d{12}/, "")),
      wrappedBy(arn.replace(id, "")),
      wrappedBy("key"),
      wrappedBy(""),
    ]
    for (const keyId of [arn, id]) {
      const { client, asked } = recordingKms()
      const keys = kmsKeys(client, { keyId })
      expect(await keys.unwrap(unwrapRequest(others))).toBeUndefined()
      const [, , ...noKeys] = others
      expect(await kmsDiscovery(client).unwrap(unwrapRequest(noKeys))).toBeUndefined()
      expect(asked).toEqual([])
      expect(await keys.unwrap(unwrapRequest([...others, wrappedBy(arn)]))).toEqual(dataKey)
      expect(asked).toHaveLength(1)
    }
  })

  it("by an alias of an account about the keys of that account, partition and region", async () => {
    const alias = arn.replace(`key/${id}`, "alias/a")
    const foreign = [
      arn.replace("us-east-1", "eu-west-1"),
      arn.replace(/\d{12}/, "444455556666"),
      arn.replace("arn:aws:", "arn:aws-cn:"),
      elsewhere,
    ]
    for (const [other, isAsked] of [
      [arn, 1],
      [multiArn, 1],
      ...foreign.map((one) => [one, 0] as const),
    ] as const) {
      const { client, asked } = recordingKms(other)
      await kmsKeys(client, { keyId: alias }).unwrap(unwrapRequest([wrappedBy(other)]))
      expect(asked, other).toHaveLength(isAsked)
    }
    const { client, asked } = recordingKms(multiArn)
    const replicas = kmsMultiRegionKeys(client, { keyId: alias })
    expect(await replicas.unwrap(unwrapRequest([wrappedBy(elsewhere)]))).toEqual(dataKey)
    expect(asked).toHaveLength(1)
    const [one = "", two = "", three = ""] = foreign
    const strangers = unwrapRequest([one, two, three].map((text) => wrappedBy(text)))
    expect(await replicas.unwrap(strangers)).toBeUndefined()
    expect(asked).toHaveLength(1)
  })

  it("in its own region about a multi-Region key of another one", async () => {
    const { client, asked } = recordingKms(multiArn)
    const request = unwrapRequest([wrappedBy(elsewhere)])
    const sources = [
      kmsMultiRegionKeys(client, { keyId: multiArn, grantTokens }),
      kmsMultiRegionDiscovery(client, { region: "us-east-1", grantTokens }),
    ]
    for (const source of sources) expect(await source.unwrap(request)).toEqual(dataKey)
    const lying = { ...client, decrypt: async () => ({ KeyId: elsewhere, Plaintext: dataKey }) }
    for (const source of [
      kmsMultiRegionKeys(lying, { keyId: multiArn }),
      kmsMultiRegionDiscovery(lying, { region: "us-east-1" }),
    ]) {
      await expect(source.unwrap(request)).rejects.toMatchObject({ reason: "keys" })
    }
    const expected = {
      KeyId: multiArn,
      CiphertextBlob: blob,
      EncryptionContext: context,
      GrantTokens: grantTokens,
    }
    expect(asked).toEqual([
      ["decrypt", expected],
      ["decrypt", expected],
    ])
    expect(await kmsKeys(client, { keyId: multiArn }).unwrap(request)).toBeUndefined()
    const single = unwrapRequest([wrappedBy(arn.replace("us-east-1", "eu-west-1"))])
    for (const source of sources) expect(await source.unwrap(single)).toBeUndefined()
    expect(asked).toHaveLength(2)
  })

  it("by discovery about the keys that its filter lets pass", async () => {
    const filter = { partition: "aws", accounts: ["111122223333"], regions: ["us-east-1"] }
    for (const [members, isAsked] of [
      [{}, true],
      [{ regions: undefined }, true],
      [{ accounts: ["444455556666", "111122223333"] }, true],
      [{ regions: ["eu-west-1"] }, false],
      [{ regions: [] }, false],
      [{ accounts: ["444455556666"] }, false],
      [{ partition: "aws-cn" }, false],
    ] as const) {
      const { client, asked } = recordingKms()
      const options = { filter: { ...filter, ...members } }
      const request = unwrapRequest([wrappedBy(arn)])
      const sources = [
        kmsDiscovery(client, options),
        kmsMultiRegionDiscovery(client, { ...options, region: "us-east-1" }),
      ]
      for (const source of sources) {
        expect(await source.unwrap(request)).toEqual(isAsked ? dataKey : undefined)
        await expect(source.wrap(wrapRequest())).rejects.toMatchObject({
          reason: "keys",
          message: "these keys are for decryption only",
        })
      }
      expect(asked).toHaveLength(isAsked ? 2 : 0)
    }
  })

  it("and what it says when it refuses is the cause, or each of several", async () => {
    const [one, two] = [new Error("one"), new Error("two")]
    const refusals = [one, two].values()
    const client = {
      ...recordingKms().client,
      decrypt: () => Promise.reject(refusals.next().value),
      generateDataKey: () => Promise.reject(one),
    }
    const keys = kmsKeys(client, { keyId: arn })
    const refused = { name: "EnvelopeError", reason: "keys" }
    const both = keys.unwrap(unwrapRequest([wrappedBy(arn), wrappedBy(arn)]))
    await expect(both).rejects.toMatchObject({ ...refused, cause: { errors: [one, two] } })
    const last = { ...client, decrypt: () => Promise.reject(two) }
    const only = kmsKeys(last, { keyId: arn }).unwrap(unwrapRequest([wrappedBy(arn)]))
    await expect(only).rejects.toMatchObject({ ...refused, cause: two })
    await expect(keys.wrap(wrapRequest())).rejects.toMatchObject({ ...refused, cause: one })
  })

  it("about a multi-Region key by no other name than its own, but for the region", async () => {
    const { client, asked } = recordingKms(multiArn)
    const strangers = [
      elsewhere.replace("1a1a", "1b1b"),
      elsewhere.replace(/\d{12}/, "444455556666"),
      elsewhere.replace("arn:aws:", "arn:aws-cn:"),
      elsewhere.replace("mrk-", ""),
      elsewhere.replace("key/", "alias/"),
    ]
    const keys = kmsMultiRegionKeys(client, { keyId: multiArn })
    const request = unwrapRequest(strangers.map((text) => wrappedBy(text)))
    expect(await keys.unwrap(request)).toBeUndefined()
    expect(asked).toEqual([])
  })

  it("and its answers are held against what it was asked", async () => {
    const request = unwrapRequest([wrappedBy(arn)])
    for (const reply of [
      { KeyId: elsewhere, Plaintext: dataKey },
      { KeyId: undefined, Plaintext: dataKey },
      { KeyId: arn, Plaintext: dataKey.subarray(1) },
      { KeyId: arn },
    ]) {
      const client = { ...recordingKms().client, decrypt: async () => reply }
      for (const source of [kmsKeys(client, { keyId: arn }), kmsDiscovery(client)]) {
        const cause = { name: "EnvelopeError", reason: "keys" }
        await expect(source.unwrap(request)).rejects.toMatchObject({ reason: "keys", cause })
      }
    }
    for (const reply of [
      { KeyId: arn, Plaintext: dataKey, CiphertextBlob: new Uint8Array(0) },
      { KeyId: arn, Plaintext: dataKey },
      { KeyId: arn, CiphertextBlob: blob },
      { KeyId: "alias/a", Plaintext: dataKey, CiphertextBlob: blob },
      { Plaintext: dataKey, CiphertextBlob: blob },
    ]) {
      const client = { ...recordingKms().client, generateDataKey: async () => reply }
      const wrapping = kmsKeys(client, { keyId: arn }).wrap(wrapRequest())
      await expect(wrapping).rejects.toSatisfy(
        ({ reason, cause }) => reason === "keys" && cause === undefined,
      )
    }
    const { encrypt: _, ...client } = recordingKms().client
    const given = kmsKeys(client, { keyId: arn }).wrap(wrapRequest({ dataKey }))
    await expect(given).rejects.toMatchObject({
      reason: "keys",
      cause: expect.objectContaining({ message: "`client` must have `encrypt`" }),
    })
  })
})

describe("a client that sends commands", () => {
  const names = [
    "GenerateDataKey",
    "Decrypt",
    "Encrypt",
    "GetPublicKey",
    "DeriveSharedSecret",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncrypt",
    "Encapsulate",
    "Decapsulate",
  ]

  it("has the methods of the commands that are handed in, and no others", async () => {
    const classOf = (name: string) =>
      class {
        readonly sent: unknown[]
        constructor(input: unknown) {
          this.sent = [name, input]
        }
      }
    const client = { send: async (command: { readonly sent: unknown }) => command.sent }
    const classes = Object.fromEntries(names.map((name) => [`${name}Command`, classOf(name)]))
    const methods = withCommands(client as never, classes as never) as unknown as Readonly<
      Record<string, (input: object) => Promise<unknown>>
    >
    expect(Object.keys(methods).length).toBe(names.length)
    for (const name of names) {
      const method = methods[`${name.charAt(0).toLowerCase()}${name.slice(1)}`]
      expect(await method?.({ KeyId: arn })).toEqual([name, { KeyId: arn }])
    }
    const { DecryptCommand } = classes
    const few = withCommands(client as never, { DecryptCommand } as never)
    expect(Object.keys(few)).toEqual(["decrypt"])
  })
})
