// Prints the published vectors of what passes between regions, from fixed inputs and from the
// description of each format, on node:crypto and, for ML-KEM-768 alone, on noble: it shares no
// line with the code that the vectors check.
// Usage: node test/formats/make-region-vectors.mjs <folder>
import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  sign,
} from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"

const folder = process.argv[2]
const bytes = (value) => new TextEncoder().encode(value)
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number(`0x${pair}`))
const toHex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("")
const join8 = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]))
const u32 = (value) => fromHex(value.toString(16).padStart(8, "0"))
const field = (data) => join8(u32(data.length), data)
const text = (value) => field(bytes(value))
const run = (start, length) => Uint8Array.from({ length }, (_, i) => (start + i) % 256)
const hmac = (key, data) => new Uint8Array(createHmac("sha256", key).update(data).digest())

const pkcs8 = (oid, secret) => join8(fromHex(`302e020100300506${oid}04220420`), secret)
const spkiTail = (key) => new Uint8Array(key.export({ format: "der", type: "spki" })).slice(-32)
const privateKey = (oid, secret) =>
  createPrivateKey({ key: Buffer.from(pkcs8(oid, secret)), format: "der", type: "pkcs8" })
const ed25519 = (secret) => privateKey("032b6570", secret)
const x25519 = (secret) => privateKey("032b656e", secret)
const signature = (secret, data) => new Uint8Array(sign(null, data, ed25519(secret)))

function gcm(key, iv, aad, plaintext) {
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  return join8(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

// --- A transfer: eu offers, us wraps the one material of a key.
const [us, eu] = ["aws:us-east-1", "aws:eu-west-1"]
const [usSecret, euSecret] = [run(1, 32), run(51, 32)]
const offerSecret = run(101, 96)
const [ephemeral, message] = [run(7, 32), run(77, 32)]
const material = run(200, 32)
const binding = {
  partition: "aws",
  account: "111122223333",
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
}
const keyMaterialId = "5e".repeat(32)
/** Of the same key, after it has rotated twice. */
const rotated = [
  { keyMaterialId: "6f".repeat(32), material: run(11, 32) },
  { keyMaterialId: "70".repeat(32), material: run(150, 32) },
]

const kem = ml_kem768.keygen(offerSecret.slice(32))
const offerX = x25519(offerSecret.slice(0, 32))
const members = ["partition", "account", "keyId", "keySpec", "keyUsage", "origin"]
// The key store and the key in it are absent: a key that is in one has no replicas.
const bindingTexts = [...members.map((member) => binding[member]), "", ""]
const offerBody = join8(
  fromHex("4b4f02"),
  ...[eu, us, ...bindingTexts].map(text),
  field(spkiTail(createPublicKey(offerX))),
  field(kem.publicKey),
)
const offer = join8(
  offerBody,
  field(signature(euSecret, join8(text("keywright region offer 1"), field(offerBody)))),
)

const ephemeralKey = x25519(ephemeral)
const ephemeralPublic = spkiTail(createPublicKey(ephemeralKey))
const { cipherText, sharedSecret } = ml_kem768.encapsulate(kem.publicKey, message)
const agreed = diffieHellman({ privateKey: ephemeralKey, publicKey: createPublicKey(offerX) })
const transcript = join8(
  text("keywright region wrapping key 1"),
  field(offer),
  field(ephemeralPublic),
  field(cipherText),
)
const extracted = hmac(
  bytes("keywright region transfer 1"),
  join8(sharedSecret, new Uint8Array(agreed)),
)
const wrappingKey = hmac(extracted, join8(transcript, Uint8Array.of(1)))

/** Each material under the same key, and under its number as IV. */
function transferOf(...materials) {
  const ciphertexts = materials.map(({ keyMaterialId, material }, i) => {
    const texts = ["keywright transferred material 2", ...bindingTexts, keyMaterialId]
    const iv = join8(new Uint8Array(8), u32(i))
    return gcm(wrappingKey, iv, join8(...texts.map(text)), material)
  })
  const transferBody = join8(
    fromHex("4b5401"),
    field(ephemeralPublic),
    field(cipherText),
    field(join8(u32(ciphertexts.length), ...ciphertexts.map(field))),
  )
  const transferSigned = join8(
    ...["keywright region transfer 1", us, eu].map(text),
    field(offer),
    field(transferBody),
  )
  return join8(transferBody, field(signature(usSecret, transferSigned)))
}
const first = { keyMaterialId, material }

// --- A message.
const body = bytes('{"kind":"noted"}')
const messageBody = join8(
  fromHex("4b520101"),
  text("eu-west-1"),
  text("us-east-1"),
  field(run(9, 16)),
  field(body),
)
const messageSigned = join8(text("keywright region message 1"), field(messageBody))

const vectors = {
  about:
    "What passes between regions. A transfer: the replication secrets (Ed25519 seeds), the offer " +
    "secret (X25519 scalar and ML-KEM-768 seed), the ephemeral scalar, the ML-KEM message and the " +
    "material give the offer and the transfer; with several more behind it, theirs. A message: " +
    "its parts give its bytes.",
  vectors: [
    {
      source: us,
      target: eu,
      sourceSecret: toHex(usSecret),
      targetSecret: toHex(euSecret),
      offerSecret: toHex(offerSecret),
      ephemeral: toHex(ephemeral),
      mlKemMessage: toHex(message),
      binding: { ...binding, keyMaterialId },
      material: toHex(material),
      offer: toHex(offer),
      transfer: toHex(transferOf(first)),
      several: {
        materials: rotated.map((one) => ({ ...one, material: toHex(one.material) })),
        transfer: toHex(transferOf(first, ...rotated)),
      },
      message: {
        kind: "reply",
        from: "eu-west-1",
        to: "us-east-1",
        id: toHex(run(9, 16)),
        body: toHex(body),
        bytes: toHex(join8(messageBody, field(signature(euSecret, messageSigned)))),
      },
    },
  ],
}
writeFileSync(join(folder, "regions.json"), `${JSON.stringify(vectors, null, 2)}\n`)
