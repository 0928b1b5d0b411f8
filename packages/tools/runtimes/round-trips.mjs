import {
  algorithmSuites,
  createEnvelope,
  rawAesKeys,
  rawRsaKeys,
  severalKeys,
} from "@keywright/core/envelope"
import { rawEcdhDiscovery, rawEcdhEphemeralKeys } from "@keywright/core/envelope/key-agreement"

/*
 * Round trips that run wherever JavaScript runs. What a runtime wrote is handed to the next one as
 * text, and what another one wrote is opened here.
 */

const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))
const bytesOf = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i])

const key = Uint8Array.from({ length: 32 }, (_, i) => i)
const names = { namespace: "runtimes", name: "größte" }
const aes = rawAesKeys({ ...names, key })
const context = { tenant: "42", größe: "groß" }
const plaintextOf = (size) => Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251)
const sizes = [0, 1, 4095, 4096, 4097, 50_000]

function envelopeOf(suite, keys = aes) {
  const commitmentPolicy = suite.includes("COMMIT")
    ? "REQUIRE_ENCRYPT_REQUIRE_DECRYPT"
    : "FORBID_ENCRYPT_ALLOW_DECRYPT"
  return createEnvelope({ keys, suite, commitmentPolicy })
}

const unsigned = "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY"

async function exportPair(pair) {
  const publicKey = await crypto.subtle.exportKey("spki", pair.publicKey)
  const privateKey = await crypto.subtle.exportKey("pkcs8", pair.privateKey)
  return { publicKey: new Uint8Array(publicKey), privateKey: new Uint8Array(privateKey) }
}

async function everyKey() {
  const rsa = await crypto.subtle.generateKey(
    {
      name: "RSA-OAEP",
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: "SHA-256",
    },
    true,
    ["encrypt", "decrypt"],
  )
  const rsaPair = await exportPair(rsa)
  const ecdh = await Promise.all(
    ["P256", "P384"].map(async (curve) => {
      const algorithm = { name: "ECDH", namedCurve: curve.replace("P", "P-") }
      const pair = await exportPair(
        await crypto.subtle.generateKey(algorithm, true, ["deriveBits"]),
      )
      const { publicKey, privateKey } = pair
      return [rawEcdhEphemeralKeys({ curve, publicKey }), rawEcdhDiscovery({ curve, privateKey })]
    }),
  )
  const padding = "oaep-sha256"
  const source = rawRsaKeys({ ...names, padding, ...rsaPair })
  const short = [16, 24].map((bytes) => rawAesKeys({ ...names, key: key.subarray(0, bytes) }))
  const several = severalKeys(aes, source)
  return [...short.map((one) => [one, one]), [source, source], [several, source], ...ecdh]
}

async function through(stream, chunks) {
  const { readable, writable } = stream
  const parts = []
  const source = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
  const piping = source.pipeTo(writable)
  const reader = readable.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    parts.push(...value)
  }
  await piping
  return Uint8Array.from(parts)
}

function* chunksOf(bytes, size) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
}

/** Runs everything. `others` are messages of other runtimes, for the key that all know. */
export async function roundTrips(others) {
  const failures = []
  const messages = []
  let passed = 0
  async function check(name, work) {
    try {
      if ((await work()) !== true) throw new Error("came back changed")
      passed += 1
    } catch (error) {
      failures.push(`${name}: ${error} ${error.cause ?? ""}`)
    }
  }
  for (const { name: suite } of algorithmSuites) {
    for (const size of sizes) {
      await check(`${suite}, ${size} bytes`, async () => {
        const plaintext = plaintextOf(size)
        const { message } = await envelopeOf(suite).encrypt(plaintext, { context })
        const opened = await envelopeOf(suite).decrypt(message, { expectContext: context })
        if (size === 4097) messages.push({ suite, message: base64(message) })
        return same(opened.plaintext, plaintext)
      })
    }
  }
  for (const [i, [writes, reads]] of (await everyKey()).entries()) {
    await check(`keys ${i}`, async () => {
      const { message } = await envelopeOf(unsigned, writes).encrypt(plaintextOf(99), { context })
      const opened = await envelopeOf(unsigned, reads).decrypt(message, { expectContext: context })
      return same(opened.plaintext, plaintextOf(99))
    })
  }
  for (const size of [1, 777, 50_000]) {
    await check(`streams in chunks of ${size}`, async () => {
      const envelope = envelopeOf(unsigned)
      const plaintext = plaintextOf(50_000)
      const message = await through(envelope.encryptStream({ context }), [
        ...chunksOf(plaintext, size),
      ])
      const stream = envelope.decryptStream({ expectContext: context })
      return same(await through(stream, [...chunksOf(message, size)]), plaintext)
    })
  }
  await check("a field", async () => {
    const field = envelopeOf(unsigned).field({ context })
    return (await field.open(await field.seal("größe"))) === "größe"
  })
  for (const { from, suite, message } of others) {
    await check(`${suite} of ${from}`, async () => {
      const opened = await envelopeOf(suite).decrypt(bytesOf(message), { expectContext: context })
      return same(opened.plaintext, plaintextOf(4097))
    })
  }
  return { passed, failures, messages }
}
