import { inspect } from "node:util"
import { createMemoryStorage } from "@keywright/storage"
import { beforeAll, describe, expect, it } from "vitest"
import type { KmsClient } from "../../src/client-interface.js"
import type { Kms } from "../../src/kms.js"
import type { AuditEvent } from "../../src/ports/audit.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { passphraseSeal } from "../../src/software-hsm/seals/passphrase-seal.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { systemEntropy } from "../../src/software-hsm/suite/noble-suite.js"
import { SecretBytes } from "../../src/vocabulary/secret-bytes.js"
import { openHost, rootKey, sealOf } from "../support/hosts.js"
import { dumpOf, textBytes } from "../support/records.js"
import { blobIn } from "../support/replies.js"
import { newKey } from "../support/world.js"

/** All the ways in which bytes could be written, shortened so that a part of them is found too. */
function spellingsOf(bytes: Uint8Array): string[] {
  const part = Buffer.from(bytes.subarray(0, 15))
  const numbers = [...part]
  return [
    part.toString("latin1"),
    part.toString("hex"),
    part.toString("hex").toUpperCase(),
    part.toString("base64"),
    part.toString("base64url"),
    numbers.join(","),
    numbers.map((byte, i) => `"${i}":${byte}`).join(","),
    numbers.map((byte, i) => `'${i}':${byte}`).join(","),
    numbers.map((byte) => byte.toString(16).padStart(2, "0")).join(","),
  ]
}

/** Everything that can be seen of a value without asking it: also hidden members and causes. */
function sightOf(value: unknown): string {
  const inspected = inspect(value, {
    depth: 12,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Number.POSITIVE_INFINITY,
  })
  const parts = [inspected, inspected.replaceAll(/\s/g, "")]
  for (let one = value; one instanceof Error; one = one.cause) {
    parts.push(one.name, one.message, String(one.stack), String(one), JSON.stringify(one))
  }
  return parts.join("\n")
}

function expectClean(what: string, value: unknown, secrets: readonly Uint8Array[]): void {
  const sight = sightOf(value)
  for (const secret of secrets) {
    for (const spelling of spellingsOf(secret)) {
      if (sight.includes(spelling)) throw new Error(`${what} shows a secret: ${spelling}`)
    }
  }
}

const secretText = "correct-horse-battery-staple"
const secret = textBytes(secretText)

let kms: Kms
let hsm: RegionHsm
let root: KmsClient
let KeyId: string
let blob: Uint8Array
const storage = createMemoryStorage()
const events: AuditEvent[] = []
/** What the HSM drew for keys: domain keys, key material, data keys. */
const drawn: Uint8Array[] = []
const secrets: Uint8Array[] = [secret, rootKey()]

beforeAll(async () => {
  const seal = sealOf()
  hsm = createSoftwareHsm({
    seal,
    entropy: (target) => {
      systemEntropy(target)
      if (target.length === 32) drawn.push(target.slice())
      return target
    },
  })
  kms = await openHost({ storage, hsm, audit: (event) => void events.push(event) })
  root = kms.as(kms.administrator)
  KeyId = await newKey(root)
  blob = blobIn(await root.encrypt({ KeyId, Plaintext: secret, EncryptionContext: { a: "b" } }))
  const { Plaintext } = await root.generateDataKey({ KeyId, KeySpec: "AES_256" })
  const { Plaintext: random } = await root.generateRandom({ NumberOfBytes: 32 })
  secrets.push(...drawn, blobIn({ Plaintext }, "Plaintext"), blobIn({ random }, "random"))
})

describe("the search for secrets", () => {
  it("finds a secret however it is written", () => {
    for (const shown of [
      new Error(secretText),
      new Error("x", { cause: new Error(Buffer.from(secret).toString("hex")) }),
      { a: { b: [secret] } },
      Buffer.from(secret),
      Object.defineProperty({}, "hidden", { value: secret, enumerable: false }),
      Buffer.from(secret).toString("base64"),
      JSON.stringify({ secret }),
    ]) {
      expect(() => expectClean("this", shown, [secret])).toThrow("shows a secret")
    }
    expect(drawn.length).toBeGreaterThanOrEqual(3)
  })
})

describe("no secret is shown by", () => {
  it("the engine, its clients, its HSM, its seals and SecretBytes", () => {
    expectClean("the engine", kms, secrets)
    expectClean("a client", root, secrets)
    expectClean("the HSM", hsm, secrets)
    expectClean("a seal", sealOf(), secrets)
    const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }
    expectClean("a seal", passphraseSeal(secretText, cheap), secrets)
    const bytes = new SecretBytes(secret)
    expectClean("SecretBytes", bytes, secrets)
    expect(JSON.stringify({ bytes })).toBe('{"bytes":"[SecretBytes]"}')
    expect(String(bytes)).toBe("[SecretBytes]")
    expect(Object.keys(bytes)).toEqual([])
    expect(structuredClone({ ...bytes })).toEqual({})
  })

  it("storage", async () => {
    expectClean("storage", await dumpOf(storage), secrets)
  })

  it("the errors and the audit events of calls that fail", async () => {
    const damaged = blob.map((byte, i) => (i === 90 ? byte ^ 1 : byte))
    const text = secretText
    const calls: readonly (readonly [string, object])[] = [
      ["Encrypt", { KeyId, Plaintext: text }],
      ["Encrypt", { KeyId, Plaintext: [...secret] }],
      ["Encrypt", { KeyId, Plaintext: { data: secret } }],
      ["Encrypt", { KeyId, Plaintext: new Uint16Array(secret) }],
      ["Encrypt", { KeyId, Plaintext: Buffer.concat(Array.from({ length: 200 }, () => secret)) }],
      ["Encrypt", { KeyId: "alias/missing", Plaintext: secret }],
      ["Encrypt", { KeyId, Plaintext: secret, EncryptionAlgorithm: "SM2PKE" }],
      ["Encrypt", { KeyId, Plaintext: secret, DryRun: true }],
      ["Decrypt", { CiphertextBlob: text }],
      ["Decrypt", { CiphertextBlob: secret }],
      ["Decrypt", { CiphertextBlob: damaged, EncryptionContext: { a: "b" } }],
      ["Decrypt", { CiphertextBlob: blob }],
      ["Decrypt", { CiphertextBlob: blob, EncryptionContext: { a: "b" }, DryRun: true }],
      ["GenerateDataKey", { KeyId, KeySpec: "AES_256", DryRun: true }],
      ["GenerateDataKey", { KeyId, KeySpec: "AES_256", Recipient: { AttestationDocument: text } }],
      ["GenerateMac", { KeyId, Message: text, MacAlgorithm: "HMAC_SHA_256" }],
      ["Sign", { KeyId, Message: text, SigningAlgorithm: "ECDSA_SHA_256" }],
      ["ImportKeyMaterial", { KeyId, EncryptedKeyMaterial: text, ImportToken: text }],
      ["CreateCustomKeyStore", { KeyStorePassword: text }],
      ["Nothing", { Plaintext: secret }],
    ]
    for (const [operation, input] of calls) {
      const count = events.length
      const ended = await kms.call({ principal: kms.administrator }, operation, input).then(
        () => undefined,
        (error: unknown) => error,
      )
      expect(ended).toBeInstanceOf(Error)
      expectClean(`the error of ${operation}`, ended, secrets)
      expect(events.length).toBe(count + 1)
      expectClean(`the event of ${operation}`, events.at(-1), secrets)
    }
  })

  it("the audit events of calls that succeed", async () => {
    const EncryptionContext = { a: "b" }
    await root.decrypt({ CiphertextBlob: blob, EncryptionContext })
    await root.reEncrypt({
      CiphertextBlob: blob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: KeyId,
    })
    expect(events.length).toBeGreaterThan(5)
    for (const event of events) {
      expectClean(event.eventName, event, [...secrets, blob])
    }
  })

  it("the explanation of a call", async () => {
    const input = { KeyId, Plaintext: secret }
    expectClean("the explanation", await kms.explain(kms.administrator, "Encrypt", input), secrets)
  })

  it("an HSM error that says too much: its words stay in the cause", async () => {
    const talkative: RegionHsm = {
      ...createSoftwareHsm({ seal: sealOf() }),
      encrypt: () => {
        throw new HsmError("token-refused", `cannot use ${secretText}`)
      },
    }
    const heard: AuditEvent[] = []
    const host = await openHost({
      storage,
      hsm: talkative,
      audit: (event) => void heard.push(event),
    })
    const client = host.as(host.administrator)
    const error = (await client
      .encrypt({ KeyId, Plaintext: secret })
      .catch((thrown: unknown) => thrown)) as Error
    expect(error.message).not.toContain(secretText)
    expect(JSON.stringify(error)).not.toContain(secretText)
    expectClean("the event", heard, secrets)
  })
})

describe("a reply", () => {
  it("holds bytes of its own and nothing around them", async () => {
    const encrypted = await root.encrypt({ KeyId, Plaintext: secret })
    const CiphertextBlob = blobIn(encrypted)
    const decrypted = blobIn(await root.decrypt({ CiphertextBlob }), "Plaintext")
    const generated = await root.generateDataKey({ KeyId, NumberOfBytes: 16 })
    const random = blobIn(await root.generateRandom({ NumberOfBytes: 16 }), "Plaintext")
    for (const bytes of [
      CiphertextBlob,
      decrypted,
      blobIn(generated),
      blobIn(generated, "Plaintext"),
      random,
    ]) {
      expect(bytes.buffer.byteLength).toBe(bytes.length)
    }
    decrypted.fill(0)
    CiphertextBlob.fill(0)
    const again = await root.decrypt({ CiphertextBlob: blob, EncryptionContext: { a: "b" } })
    expect(again.Plaintext).toEqual(secret)
  })
})

describe("the engine's copy of a plaintext is wiped when the call is over", () => {
  /** A plaintext, a host that refuses to use it or not, and the copies that its HSM was handed. */
  async function encryptOn(change: (hsm: RegionHsm) => Partial<RegionHsm>, input: object = {}) {
    const copies: Uint8Array[] = []
    const inner = createSoftwareHsm({ seal: sealOf() })
    const changed = { ...inner, ...change(inner) }
    const host = await openHost({
      storage,
      hsm: {
        ...changed,
        encrypt: (request) => {
          copies.push(request.plaintext)
          return changed.encrypt(request)
        },
      },
    })
    const Plaintext = secret.slice()
    const client = host.as(host.administrator)
    const ended = await client.encrypt({ KeyId, Plaintext, ...input }).catch(() => undefined)
    expect(Plaintext).toEqual(secret)
    expect(copies.length).toBeGreaterThan(0)
    for (const copy of copies) expect(copy).toEqual(new Uint8Array(secret.length))
    return ended
  }

  it("also one that failed, and one that was a dry run", async () => {
    expect(await encryptOn(() => ({}))).toBeDefined()
    const broken = () => {
      throw new HsmError("unavailable", "no power")
    }
    expect(await encryptOn(() => ({ encrypt: broken }))).toBeUndefined()
    expect(await encryptOn(() => ({}), { DryRun: true })).toBeUndefined()
  })

  it("and not before: a second attempt encrypts the same", async () => {
    let attempts = 0
    const reply = await encryptOn(({ encrypt }) => ({
      encrypt: async (request) => {
        attempts += 1
        if (attempts > 1) return encrypt(request)
        await kms.rotateDomainKey()
        throw new HsmError("unknown-domain-key", "the domain key is new")
      },
    }))
    expect(attempts).toBe(2)
    const { Plaintext } = await root.decrypt({ CiphertextBlob: blobIn(reply ?? {}) })
    expect(Plaintext).toEqual(secret)
  })
})
