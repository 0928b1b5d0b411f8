// Prints the published vectors from fixed inputs, from the description of each format and on
// node:crypto alone: it shares no line with the code that the vectors check.
// Usage: node test/formats/make-vectors.mjs <folder>
import { createCipheriv, createHash, createHmac, hkdfSync, scryptSync } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"

const folder = process.argv[2]
const bytes = (value) => new TextEncoder().encode(value)
const fromHex = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number(`0x${pair}`))
const toHex = (data) => [...data].map((byte) => byte.toString(16).padStart(2, "0")).join("")
const join8 = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]))
const u32 = (value) => fromHex(value.toString(16).padStart(8, "0"))
const field = (data) => join8(u32(data.length), data)
const text = (value) => field(bytes(value))
const run = (start, length) => Uint8Array.from({ length }, (_, i) => (start + i) % 256)

function gcm(key, iv, aad, plaintext) {
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  return join8(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

function write(name, about, vectors) {
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ about, vectors }, null, 2)}\n`)
}

// --- Encryption context: pairs in the order of the UTF-8 bytes of their keys, given sorted here.
const contexts = [
  [],
  [["tenant", "42"]],
  [["tenantI", "d42"]],
  [["tenantId", "42"]],
  [
    ["a", ""],
    ["aa", "b"],
    ["b", "c"],
  ],
  [["", ""]],
  [
    ["é", "ü"],
    ["日本", "語"],
    ["\uffee", "above the surrogates in UTF-16, below in UTF-8"],
    ["😀", "beyond the basic plane"],
  ],
]
const canonical = (pairs) =>
  join8(u32(pairs.length), ...pairs.flatMap(([key, value]) => [text(key), text(value)]))
write(
  "encryption-context",
  "count, then length and bytes of every key and value; all numbers 32 bits, big-endian",
  contexts.map((pairs) => ({
    context: Object.fromEntries([...pairs].reverse()),
    bytes: toHex(canonical(pairs)),
  })),
)

// --- Ciphertext of SYMMETRIC_DEFAULT.
const headers = [
  {
    account: "111122223333",
    keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
    keyMaterialId: toHex(run(0, 32)),
  },
  {
    account: "000000000001",
    keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
    keyMaterialId: "ff".repeat(32),
  },
  {
    account: "999999999999",
    keyId: "00000000-0000-0000-0000-000000000000",
    keyMaterialId: "00".repeat(32),
  },
]
const headerOf = ({ account, keyId, keyMaterialId }) =>
  join8(
    bytes("KW"),
    [1],
    fromHex(BigInt(account).toString(16).padStart(10, "0")),
    [keyId.startsWith("mrk-") ? 1 : 0],
    fromHex(keyId.replace("mrk-", "").replaceAll("-", "")),
    fromHex(keyMaterialId),
  )
const label = bytes("keywright message key 1")
write(
  "ciphertext",
  "header 57, nonce 16, IV 12, encrypted plaintext, tag 16; AES-256-GCM under the message key",
  headers.map((header, i) => {
    const key = run(16 * i, 32)
    const nonce = run(64 + i, 16)
    const iv = run(128 + i, 12)
    const plaintext = bytes(["", "hello", "The quick brown fox jumps over the lazy dog"][i])
    const fixed = join8(label, [0], nonce, u32(256))
    const messageKey = createHmac("sha256", key)
      .update(join8(u32(1), fixed))
      .digest()
    const context = [[], [["tenant", "42"]], [["ä", "ö"]]][i]
    const aad = join8(
      text("keywright message 1"),
      text("aws"),
      field(headerOf(header)),
      canonical(context),
    )
    return {
      header,
      partition: "aws",
      context: Object.fromEntries(context),
      headerBytes: toHex(headerOf(header)),
      aad: toHex(aad),
      key: toHex(key),
      nonce: toHex(nonce),
      messageKey: toHex(messageKey),
      plaintext: toHex(plaintext),
      ciphertext: toHex(join8(headerOf(header), nonce, iv, gcm(messageKey, iv, aad, plaintext))),
    }
  }),
)

// --- Key token.
const bindings = [
  {
    partition: "aws",
    account: "111122223333",
    keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
    keyMaterialId: toHex(run(0, 32)),
    keySpec: "SYMMETRIC_DEFAULT",
    keyUsage: "ENCRYPT_DECRYPT",
    origin: "AWS_KMS",
  },
  {
    partition: "überall",
    account: "000000000001",
    keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
    keyMaterialId: "ff".repeat(32),
    keySpec: "HMAC_512",
    keyUsage: "GENERATE_VERIFY_MAC",
    origin: "EXTERNAL",
  },
  {
    partition: "aws",
    account: "111122223333",
    keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
    keyMaterialId: toHex(run(1, 32)),
    keySpec: "SYMMETRIC_DEFAULT",
    keyUsage: "ENCRYPT_DECRYPT",
    origin: "EXTERNAL_KEY_STORE",
    keyStoreId: "cks-1234567890abcdef0",
    xksKeyId: "bb8562717f809024",
  },
]
write(
  "key-token",
  "version 2, domain key id 8, IV 12, encrypted key material, tag 16; AES-256-GCM",
  bindings.map((binding, i) => {
    const domainKeyId = toHex(run(240 + i, 8))
    const domainKey = run(99 + i, 32)
    const iv = run(7 + i, 12)
    const material = run(33, 32 * (i + 1))
    const header = join8([2], fromHex(domainKeyId))
    const aad = join8(
      field(header),
      text("keywright key token 2"),
      ...[binding.partition, binding.account, binding.keyId].map(text),
      ...[binding.keySpec, binding.keyUsage, binding.origin].map(text),
      // What is absent has no characters.
      ...[binding.keyStoreId ?? "", binding.xksKeyId ?? "", binding.keyMaterialId].map(text),
    )
    return {
      binding,
      domainKeyId,
      domainKey: toHex(domainKey),
      material: toHex(material),
      aad: toHex(aad),
      token: toHex(join8(header, iv, gcm(domainKey, iv, aad, material))),
    }
  }),
)

// --- Id of imported key material.
write(
  "key-material-id",
  "SHA-256 of a label, the key id and the material as tokens hold it, each after its length",
  [32, 100].map((length, i) => {
    const keyId = bindings[i].keyId
    const material = run(i, length)
    const fields = join8(text("keywright key material id 2"), text(keyId), field(material))
    const id = createHash("sha256").update(fields).digest()
    return { keyId, material: toHex(material), keyMaterialId: toHex(id) }
  }),
)

// --- Domain state and seals.
const stateOf = ({ name, currentKeyId, keys, trustGeneration }) =>
  join8(
    bytes("KD"),
    [2],
    text(name),
    field(fromHex(currentKeyId)),
    field(join8(...keys.map(({ id, key }) => join8(fromHex(id), fromHex(key))))),
    field(u32(trustGeneration)),
  )
const domainKeyOf = (i) => ({ id: toHex(run(i, 8)), key: toHex(run(i + 50, 32)) })
const states = [
  {
    name: "aws/eu-central-1",
    currentKeyId: toHex(run(1, 8)),
    keys: [1].map(domainKeyOf),
    trustGeneration: 0,
  },
  {
    name: "ü",
    currentKeyId: toHex(run(3, 8)),
    keys: [1, 2, 3].map(domainKeyOf),
    trustGeneration: 66_051,
  },
]
write(
  "domain-state",
  "KD, version 2, name, current key id, keys (id 8, key 32), generation of trust 4; " +
    "each after its length in 32 bits",
  states.map((state) => ({ ...state, bytes: toHex(stateOf(state)) })),
)

const salt = run(200, 32)
const iv = run(11, 12)
const sealAad = (header, context) => join8(text("keywright seal 1"), field(header), field(context))
const sealed = (cost, key, state) => {
  const header = join8(bytes("KS"), [1], cost, salt)
  const context = bytes(`keywright domain state 1\0${state.name}`)
  return toHex(join8(header, iv, gcm(key, iv, sealAad(header, context), stateOf(state))))
}
const rootKey = run(77, 32)
const rootLabel = bytes("keywright root key seal 1")
const passphrase = "correct horse battery stäple"
write(
  "sealed-state",
  "KS, version 1, kind (0 root key, 1 passphrase), cost 3, salt 32, IV 12, state, tag 16",
  [
    {
      rootKey: toHex(rootKey),
      name: states[0].name,
      state: toHex(stateOf(states[0])),
      sealed: sealed(
        [0, 0, 0, 0],
        new Uint8Array(hkdfSync("sha256", rootKey, salt, rootLabel, 32)),
        states[0],
      ),
    },
    {
      passphrase,
      name: states[1].name,
      state: toHex(stateOf(states[1])),
      sealed: sealed(
        [1, 10, 8, 1],
        scryptSync(passphrase, salt, 32, { N: 1024, r: 8, p: 1 }),
        states[1],
      ),
    },
  ],
)

// --- Sealed domain: the states under a key of their own, which seals have sealed.
write(
  "sealed-domain",
  "KL, version 1, count 1, sealed keys after their lengths in 32 bits, IV 12, state, tag 16",
  states.map((state, i) => {
    const stateKey = run(150 + i, 32)
    const sealedKeys = [run(5, 99), run(60, 20)].slice(0, i + 1)
    const header = join8(bytes("KL"), [1], [sealedKeys.length], ...sealedKeys.map(field))
    const aad = join8(text("keywright domain 1"), field(header), text(state.name))
    return {
      name: state.name,
      state: toHex(stateOf(state)),
      stateKey: toHex(stateKey),
      sealedKeys: sealedKeys.map(toHex),
      aad: toHex(aad),
      sealed: toHex(join8(header, iv, gcm(stateKey, iv, aad, stateOf(state)))),
    }
  }),
)

// --- Page marker.
const markers = [
  { list: "ListKeys", account: "111122223333", after: "1234abcd-12ab-34cd-56ef-1234567890ab" },
  { list: "ListAliases", account: "000000000001", after: "alias/ö" },
  { list: "ListGrants", account: "000000000001", after: "" },
]
write(
  "marker",
  "Base64url without padding of version 1, list, account, last item; each after its length",
  markers.map((marker) => ({
    ...marker,
    marker: btoa(
      String.fromCharCode(
        ...join8([1], text(marker.list), text(marker.account), text(marker.after)),
      ),
    )
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", ""),
  })),
)
