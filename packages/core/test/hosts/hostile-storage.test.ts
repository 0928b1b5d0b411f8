import { beforeEach, describe, expect, it } from "vitest"
import type { AnyKmsError } from "../../src/vocabulary/errors.js"
import { account, otherAccount, unknownKeyId } from "../support/accounts.js"
import { openHost } from "../support/hosts.js"
import { importMaterial, quickHsm } from "../support/importing.js"
import { dumpOf, type RecordText, readRecord, tamper, textBytes } from "../support/records.js"
import { expectRefusal } from "../support/refusals.js"
import { blobIn } from "../support/replies.js"
import { openWorld, type World } from "../support/world.js"

let world: World
let key: string
let other: string
let blob: Uint8Array

beforeEach(async () => {
  world = await openWorld()
  key = await world.newKey()
  other = await world.newKey()
  await world.root.createAlias({ AliasName: "alias/x", TargetKeyId: key })
  blob = blobIn(await world.root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1) }))
})

const keyRecord = (id: string, owner = account) => `key/${owner}/${id}`
const aliasRecord = `alias/${account}/x`

type Change = (record: RecordText) => Uint8Array | string | object

const member =
  (name: string, value: unknown): Change =>
  (record) => ({
    ...record,
    value: { ...record.value, [name]: value },
  })
const without =
  (name: string): Change =>
  (record) => {
    const { [name]: _, ...value } = record.value
    return { ...record, value }
  }
const material =
  (members: object): Change =>
  (record) => ({
    ...record,
    value: {
      ...record.value,
      materials: (record.value["materials"] as object[]).map((one) => ({ ...one, ...members })),
    },
  })

/** What does to the record of any kind. */
const general: readonly (readonly [string, Change])[] = [
  ["empty", () => new Uint8Array(0)],
  ["garbage", () => Uint8Array.of(0xff, 0xfe, 0, 1, 2)],
  ["no UTF-8", () => Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d)],
  ["a text", () => '"record"'],
  ["a number", () => "5"],
  ["null", () => "null"],
  ["a list", () => "[]"],
  ["an empty object", () => "{}"],
  ["truncated", (record) => JSON.stringify(record).slice(0, -1)],
  ["followed by more", (record) => `${JSON.stringify(record)}{}`],
  ["of a later version", (record) => ({ ...record, v: record.v + 1 })],
  ["of no version", ({ value }) => ({ value })],
  ["of a version in text", (record) => ({ ...record, v: String(record.v) })],
  ["with a member beside its value", (record) => ({ ...record, more: 1 })],
  ["with a member that nobody knows", member("grantEverything", true)],
  [
    "with __proto__",
    (record) => JSON.stringify(record).replace('"value":{', '"value":{"__proto__":{},'),
  ],
  ["without its account", without("account")],
  ["of another account", member("account", otherAccount)],
  ["of no account", member("account", "1")],
  ["of another key", member("keyId", "00000000-0000-4000-8000-000000000000")],
  ["with a date in text", member("createdMs", "1")],
  ["with a date before all time", member("createdMs", -1)],
]

const ofKeys: readonly (readonly [string, Change])[] = [
  ["without its state", without("state")],
  ["in no state", member("state", "Open")],
  ["in an inherited state", member("state", "constructor")],
  ["without its policy", without("policy")],
  ["with a policy that is an object", member("policy", {})],
  ["of an unknown spec", member("keySpec", "ROT13")],
  ["of an inherited spec", member("keySpec", "toString")],
  ["of an unknown usage", member("keyUsage", "ALL")],
  ["with a spec that has not its usage", member("keyUsage", "SIGN_VERIFY")],
  ["pending deletion without a date", member("state", "PendingDeletion")],
  ["enabled and with a date of deletion", member("deletionMs", 4_102_444_800_000)],
  ["with tags that are none", member("tags", [{ key: "a" }])],
  ["with aliases that are none", member("aliases", [1])],
  ["without its materials", without("materials")],
  ["with a material id that is none", material({ id: "x" })],
  ["with a token that is no Base64", material({ token: "%%%" })],
  ["with a token that is not canonical", material({ token: "AB==" })],
]

/** The refusal says nothing; the cause, for the host, names the record. */
function expectNamed(error: AnyKmsError, storageKey: string): void {
  expect(error).toMatchObject({
    name: "KMSInternalException",
    message:
      "The request was rejected because an internal exception occurred. The request can be retried.",
  })
  const causes: string[] = []
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    causes.push(`${one.name}: ${one.message}`)
  }
  expect(causes.find((text) => text.startsWith("RecordError"))).toContain(storageKey)
}

describe("a key record that is", () => {
  it.each([...general, ...ofKeys])(
    "%s is refused by name and never guessed at",
    async (_, change) => {
      const { storage, root } = world
      const storageKey = keyRecord(key)
      await tamper(storage, storageKey, change(await readRecord(storage, storageKey)))
      const before = await dumpOf(storage)
      for (const call of [
        () => root.describeKey({ KeyId: key }),
        () => root.encrypt({ KeyId: "alias/x", Plaintext: Uint8Array.of(1) }),
        () => root.decrypt({ CiphertextBlob: blob }),
        () => root.disableKey({ KeyId: key }),
        () => root.listAliases({}),
        () => root.deleteAlias({ AliasName: "alias/x" }),
      ]) {
        expectNamed(await expectRefusal(call(), "KMSInternalException"), storageKey)
      }
      expect(await dumpOf(storage)).toEqual(before)
      await root.encrypt({ KeyId: other, Plaintext: Uint8Array.of(1) })
    },
  )

  it("put in the place of another key is refused", async () => {
    const { storage, root } = world
    await tamper(storage, keyRecord(other), await readRecord(storage, keyRecord(key)))
    const calling = root.describeKey({ KeyId: other })
    expectNamed(await expectRefusal(calling, "KMSInternalException"), keyRecord(other))
  })

  it("put under another account is refused there", async () => {
    const { storage, stranger } = world
    await tamper(storage, keyRecord(key, otherAccount), await readRecord(storage, keyRecord(key)))
    const calling = stranger.describeKey({ KeyId: key })
    expectNamed(await expectRefusal(calling, "KMSInternalException"), keyRecord(key, otherAccount))
  })
})

describe("what a list of keys reads is refused by name", () => {
  it.each([
    ["in the place of no key", `listed/${account}/x`, ""],
    ["with a date that is none", `listed/${account}/${unknownKeyId}`, "soon"],
  ])("%s", async (_, storageKey, value) => {
    const { storage, root } = world
    await tamper(storage, storageKey, value)
    expectNamed(await expectRefusal(root.listKeys({}), "KMSInternalException"), storageKey)
  })
})

describe("an alias record that is", () => {
  const ofAliases: readonly (readonly [string, Change])[] = [
    ["without its name", without("name")],
    ["under another name", member("name", "alias/y")],
    ["of a key id that is none", member("keyId", "../x")],
    ["without its key", without("keyId")],
  ]
  const wrong = [...general, ...ofAliases].filter(([title]) => title !== "of another key")

  it.each(wrong)("%s is refused by name and never guessed at", async (_, change) => {
    const { storage, root } = world
    await tamper(storage, aliasRecord, change(await readRecord(storage, aliasRecord)))
    const before = await dumpOf(storage)
    for (const call of [
      () => root.describeKey({ KeyId: "alias/x" }),
      () => root.createAlias({ AliasName: "alias/x", TargetKeyId: other }),
      () => root.updateAlias({ AliasName: "alias/x", TargetKeyId: other }),
      () => root.deleteAlias({ AliasName: "alias/x" }),
      () => root.listAliases({}),
      () => root.listAliases({ KeyId: key }),
    ]) {
      expectNamed(await expectRefusal(call(), "KMSInternalException"), aliasRecord)
    }
    expect(await dumpOf(storage)).toEqual(before)
    await root.describeKey({ KeyId: key })
  })
})

describe("a domain record that is", () => {
  it.each(general.slice(0, 14))("%s opens no host, and is not overwritten", async (_, change) => {
    const { storage } = world
    await tamper(storage, "domain", change(await readRecord(storage, "domain")))
    const [before] = await storage.get(["domain"])
    await expect(openHost({ storage })).rejects.toThrow(/domain/)
    expect(await storage.get(["domain"])).toEqual([before])
  })

  it("changed in any byte of its sealed state opens no host", async () => {
    const { storage } = world
    const record = await readRecord(storage, "domain")
    const sealed = Buffer.from(String(record.value["sealedState"]), "base64")
    for (let at = 0; at < sealed.length; at += 7) {
      const damaged = Buffer.from(sealed)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      const value = { ...record.value, sealedState: damaged.toString("base64") }
      await tamper(storage, "domain", { ...record, value })
      await expect(openHost({ storage })).rejects.toMatchObject({ name: "HsmError" })
    }
    await tamper(storage, "domain", record)
    await openHost({ storage })
  })
})

describe("key material in storage", () => {
  const materialOf = async (id: string) => {
    const { value } = await readRecord(world.storage, keyRecord(id))
    return (value["materials"] as { id: string; token: string }[])[0]
  }

  it("of one key is not used for another, not even under the other's material id", async () => {
    const { storage, root } = world
    const [mine, theirs] = [await materialOf(key), await materialOf(other)]
    for (const members of [theirs, { token: theirs?.token }]) {
      const record = await readRecord(storage, keyRecord(key))
      await tamper(storage, keyRecord(key), material(members ?? {})(record))
      await expectRefusal(
        root.encrypt({ KeyId: key, Plaintext: Uint8Array.of(1) }),
        "KMSInternalException",
      )
      const decrypting = root.decrypt({ CiphertextBlob: blob })
      const { name } = (await decrypting.catch(
        (error: Error) => error as AnyKmsError,
      )) as AnyKmsError
      expect(["KMSInternalException", "InvalidCiphertextException"]).toContain(name)
      await tamper(storage, keyRecord(key), material(mine ?? {})(record))
    }
    await root.decrypt({ CiphertextBlob: blob })
  })

  const asMac = { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" }
  it.each([
    ["spec", asMac, "GenerateMac", /^(?:KMSInternalException|UnsupportedOperationException)$/],
    ["spec", asMac, "Encrypt", /^InvalidKeyUsageException$/],
    ["relation to other regions", { multiRegion: true }, "GenerateMac", /^KMSInternalException$/],
    ["relation to other regions", { multiRegion: true }, "Encrypt", /^KMSInternalException$/],
    ["origin", { origin: "EXTERNAL" }, "Encrypt", /^KMSInternalException$/],
  ])(
    "is bound to what the key is: its %s cannot be changed in storage to any use",
    async (_, members, operation, refusal) => {
      const { storage, call } = world
      const record = await readRecord(storage, keyRecord(key))
      await tamper(storage, keyRecord(key), { ...record, value: { ...record.value, ...members } })
      const mac = { Message: Uint8Array.of(1), MacAlgorithm: "HMAC_SHA_256" }
      const input = operation === "GenerateMac" ? mac : { Plaintext: Uint8Array.of(1) }
      const ended = await call(operation, { KeyId: key, ...input }).catch((error) => error)
      expect(ended).toMatchObject({ name: expect.stringMatching(refusal) })
    },
  )

  it("that a writer of the storage imported is never used for a key that KMS generated", async () => {
    const { storage, root, newKey } = await openWorld({ hsm: quickHsm() })
    const KeyId = await newKey()
    const CiphertextBlob = blobIn(await root.encrypt({ KeyId, Plaintext: Uint8Array.of(1) }))
    const change = async (members: object) => {
      const record = await readRecord(storage, keyRecord(KeyId))
      await tamper(storage, keyRecord(KeyId), { ...record, value: { ...record.value, ...members } })
    }
    await change({ origin: "EXTERNAL" })
    await importMaterial(root, KeyId, { ImportType: "NEW_KEY_MATERIAL" })
    await root.rotateKeyOnDemand({ KeyId })
    await change({ origin: "AWS_KMS" })
    const Plaintext = Uint8Array.of(1)
    await expectRefusal(root.encrypt({ KeyId, Plaintext }), "KMSInternalException")
    await expectRefusal(root.generateDataKey({ KeyId, KeySpec: "AES_256" }), "KMSInternalException")
    // What was encrypted before is still what the key opens.
    expect((await root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })

  it("is nowhere in the store in the clear, nor is any plaintext", async () => {
    const { storage, root } = world
    const { Plaintext } = await root.generateDataKey({ KeyId: key, KeySpec: "AES_256" })
    const secret = textBytes("a plaintext that is to stay secret")
    await root.encrypt({ KeyId: key, Plaintext: secret })
    const all = Object.values(await dumpOf(storage)).join("")
    for (const bytes of [Plaintext ?? secret, secret]) {
      expect(all).not.toContain(Buffer.from(bytes).toString("latin1"))
      expect(all).not.toContain(Buffer.from(bytes).toString("base64").replace(/=*$/, ""))
      expect(all).not.toContain(Buffer.from(bytes).toString("hex"))
    }
  })
})

describe("an entry of the agenda that means nothing", () => {
  it.each([
    "due/x",
    "due/000000000000001/111122223333/../../domain",
    `due/000000000000001/${account}/00000000-0000-4000-8000-000000000000`,
  ])("is passed over by a sweep: %s", async (entry) => {
    const { storage, kms, root, clock } = world
    await tamper(storage, entry, new Uint8Array(0))
    await root.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 })
    clock.advanceDays(7)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 1 }))
    await root.describeKey({ KeyId: other })
  })

  it("destroys no alias that has another key, which nobody follows", async () => {
    const { storage, kms, root, clock } = world
    await root.scheduleKeyDeletion({ KeyId: key, PendingWindowInDays: 7 })
    const record = await readRecord(storage, aliasRecord)
    await tamper(storage, aliasRecord, member("keyId", other)(record))
    clock.advanceDays(7)
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 1 }))
    expect((await readRecord(storage, aliasRecord)).value["keyId"]).toBe(other)
    const following = root.describeKey({ KeyId: "alias/x" })
    expectNamed(await expectRefusal(following, "KMSInternalException"), aliasRecord)
  })

  it("that comes too early destroys nothing", async () => {
    const { storage, kms, root } = world
    await root.scheduleKeyDeletion({ KeyId: key })
    await tamper(storage, `due/000000000000001/${account}/${key}`, new Uint8Array(0))
    await tamper(storage, `due/000000000000001/${account}/${other}`, new Uint8Array(0))
    expect(await kms.sweep()).toEqual(expect.objectContaining({ keysDeleted: 0 }))
    await root.describeKey({ KeyId: key })
    await root.describeKey({ KeyId: other })
  })
})
