import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, describe, expect, it } from "vitest"
import { nitroAttestations } from "../src/index.js"
import { openAnswer } from "./support/cms.js"
import { text } from "./support/der.js"
import { makeWorld } from "./support/documents.js"
import { type KeyPair, newEcKey, newRsaKey, nowMs } from "./support/pki.js"

const world = makeWorld()
const { enclave } = world
/** One key of every size that an enclave might make. */
const keys: Readonly<Record<number, KeyPair>> = {
  2048: enclave,
  3072: newRsaKey(3072),
  4096: newRsaKey(4096),
}
const attestations = nitroAttestations({ roots: [world.pki.root] })
const answerFor = (content: Uint8Array, key = enclave): Promise<Uint8Array> =>
  attestations.envelop(key.spki, content)

describe("an answer for an enclave", () => {
  it("is opened by the key in the document and holds the content", async () => {
    const attestation = await attestations.verify(world.document(), nowMs)
    const secret = text("a data key of thirty-two bytes..")
    const answer = await attestations.envelop(attestation?.publicKey ?? new Uint8Array(0), secret)
    expect(openAnswer(answer, enclave.privateKey).content).toEqual(secret)
  })

  it("holds any content of up to 65,536 bytes, for keys of every size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000, size: "max" }),
        fc.constantFrom(...Object.values(keys)),
        async (content, key) => {
          const opened = openAnswer(await answerFor(content, key), key.privateKey)
          expect(opened.content).toEqual(content)
        },
      ),
      { numRuns: 50 },
    )
    for (const length of [0, 1, 15, 16, 17, 127, 128, 255, 256, 65_535, 65_536]) {
      const content = new Uint8Array(length).fill(length & 0xff)
      expect(openAnswer(await answerFor(content), enclave.privateKey).content).toEqual(content)
    }
  })

  it("has the outline of those of AWS KMS: open lengths outside, closed ones within", async () => {
    const { outline, recipientIdentifier } = openAnswer(
      await answerFor(text("x")),
      enclave.privateKey,
    )
    const oaep = "30(06 30(a0(30(06 05)) a1(30(06 30(06 05)))))"
    const recipients = `31(30(02 80 ${oaep} 04))`
    const content = "30~(06 30(06 04) a0~(04))"
    expect(outline).toBe(`30~(06 a0~(30~(02 ${recipients} ${content})))`)
    const fingerprint = createHash("sha256").update(enclave.spki).digest()
    expect(recipientIdentifier).toEqual(new Uint8Array(fingerprint))
  })

  it("is never the same twice, in key, vector and wrapping", async () => {
    const content = text("the same content")
    const answers = await Promise.all(Array.from({ length: 50 }, () => answerFor(content)))
    const opened = answers.map((answer) => openAnswer(answer, enclave.privateKey))
    const distinct = (values: readonly Uint8Array[]): number =>
      new Set(values.map((value) => Buffer.from(value).toString("hex"))).size
    expect(distinct(opened.map(({ contentKey }) => contentKey))).toBe(50)
    expect(distinct(opened.map(({ initializationVector }) => initializationVector))).toBe(50)
    expect(distinct(opened.map(({ encryptedKey }) => encryptedKey))).toBe(50)
    for (const { contentKey, initializationVector } of opened) {
      expect(contentKey).toHaveLength(32)
      expect(initializationVector).toHaveLength(16)
    }
  })

  it("names the key that was handed in, whatever becomes of its bytes meanwhile", async () => {
    const key = enclave.spki.slice()
    const answered = attestations.envelop(key, text("x"))
    key.fill(0)
    const { recipientIdentifier } = openAnswer(await answered, enclave.privateKey)
    const fingerprint = createHash("sha256").update(enclave.spki).digest()
    expect(recipientIdentifier).toEqual(new Uint8Array(fingerprint))
  })

  it("is not opened by another key", async () => {
    const answer = await answerFor(text("secret"))
    // Now and then the answer is a greater number than the modulus of the other key.
    const refused = /oaep decoding error|data too large for modulus/
    expect(() => openAnswer(answer, newRsaKey().privateKey)).toThrow(refused)
  })

  it("does not hold the content in the clear", async () => {
    const content = text("the quick brown fox jumps over the lazy dog")
    const answer = Buffer.from(await answerFor(content))
    expect(answer.includes(Buffer.from(content.subarray(0, 8)))).toBe(false)
  })
})

function hasOpenssl(): boolean {
  try {
    return execFileSync("openssl", ["version"], { encoding: "utf8" }).startsWith("OpenSSL")
  } catch {
    return false
  }
}

describe.skipIf(!hasOpenssl())("the openssl command", () => {
  const folder = mkdtempSync(join(tmpdir(), "answers-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(Object.entries(keys))("opens an answer for a key of %s bits", async (_, key) => {
    const content = Uint8Array.from({ length: 4096 }, (_, i) => (i * 7) & 0xff)
    const [answerPath, keyPath] = [join(folder, "answer.ber"), join(folder, "key.pem")]
    writeFileSync(answerPath, await answerFor(content, key))
    writeFileSync(keyPath, key.privateKey.export({ type: "pkcs8", format: "pem" }))
    const form = ["-inform", "DER", "-binary", "-inkey", keyPath, "-in", answerPath]
    const opened = execFileSync("openssl", ["cms", "-decrypt", ...form])
    expect(new Uint8Array(opened)).toEqual(content)
  })
})

describe("a key or a content that cannot be answered to", () => {
  const content = text("0123456789 a secret that no error may repeat")
  const damaged = Uint8Array.from(enclave.spki, (byte, i) => (i === 30 ? byte ^ 0xff : byte))

  it.each<[string, Uint8Array]>([
    ["a key on a curve", newEcKey().spki],
    ["a key of 1,024 bits", newRsaKey(1024).spki],
    ["no key", new Uint8Array(0)],
    ["a damaged key", damaged],
  ])("%s is a TypeError that says nothing of the content", async (_, publicKey) => {
    const error: unknown = await attestations.envelop(publicKey, content).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toHaveProperty("message", expect.stringContaining("`publicKey` must be an RSA"))
    const { message, stack = "" } = error as TypeError
    for (const said of [message, stack, JSON.stringify(error)]) {
      expect(said).not.toContain("0123456789")
      expect(said).not.toContain(Buffer.from(content).toString("hex").slice(0, 16))
      expect(said).not.toContain(Buffer.from(content).toString("base64").slice(0, 12))
    }
  })

  it("content that is too long or no bytes is refused", async () => {
    const tooLong = new RangeError("`content` must have at most 65536 bytes")
    await expect(answerFor(new Uint8Array(65_537))).rejects.toThrow(tooLong)
    const untyped = attestations.envelop as (...values: unknown[]) => Promise<unknown>
    const noBytes = (name: string) => new TypeError(`\`${name}\` must be a Uint8Array`)
    await expect(untyped(enclave.spki, "text")).rejects.toThrow(noBytes("content"))
    await expect(untyped("key", content)).rejects.toThrow(noBytes("publicKey"))
    const tooLongKey = new RangeError("`publicKey` must have at most 1024 bytes")
    await expect(untyped(new Uint8Array(1025), content)).rejects.toThrow(tooLongKey)
  })
})
