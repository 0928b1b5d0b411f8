// What the software HSM costs over the bare cryptography that it does, and what the suite on
// OpenSSL gains over the one in TypeScript. Both sides of a ratio run in turn, in one process.
// Usage, after a build: node packages/hsm/bench/suite-bench.mjs [--rounds 15] [--json]
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createSecretKey,
  randomFillSync,
  sign,
} from "node:crypto"
import { writeSync } from "node:fs"
import { cpus } from "node:os"
import { parseArgs } from "node:util"
import { createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { nobleSuite, pooledEntropy } from "@keywright/core/suite"
import { opensslSuite } from "@keywright/hsm/openssl"

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    /** Prints a line of JSON for each comparison, for other programs. */
    json: { type: "boolean", default: false },
  },
})
const rounds = Number(values.rounds)
const sliceMs = 40
const print = (line) => writeSync(1, `${line}\n`)
const say = (line) => values.json || print(line)

/** Processor time of this process so far, in microseconds: other processes do not count. */
const spentUs = () => {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Microseconds of processor time for one run, over runs that take a slice together. */
async function slice(run, batch) {
  const begun = spentUs()
  let count = 0
  let usedUs = 0
  do {
    for (let i = 0; i < batch; i += 1) {
      const made = run()
      if (made instanceof Promise) await made
    }
    count += batch
    usedUs = spentUs() - begun
  } while (usedUs < sliceMs * 1000)
  return usedUs / count
}

/** The slices of each contestant, in turn; the first two are for warming up. */
async function contest(contestants) {
  const names = Object.keys(contestants)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  const batches = Object.fromEntries(names.map((name) => [name, 1]))
  for (let round = -2; round < rounds; round += 1) {
    for (const name of names) {
      const time = await slice(contestants[name], batches[name])
      batches[name] = Math.max(1, Math.round(1000 / time))
      if (round >= 0) times[name].push(time)
    }
  }
  return times
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

/** One line: the medians, and the medians of the ratios that each round had to the first. */
async function compare(title, contestants) {
  const times = await contest(contestants)
  const [base] = Object.keys(contestants)
  const results = Object.keys(contestants).map((name) => ({
    name,
    us: median(times[name]),
    ratio: median(times[name].map((time, i) => time / times[base][i])),
  }))
  if (values.json) print(JSON.stringify({ title, results }))
  const [first, ...others] = results.map(({ name, us, ratio }, i) => {
    const time = `${name} ${us.toFixed(1)} µs`
    return i === 0 ? time : `${time} (×${ratio.toFixed(2)})`
  })
  say(`${title.padEnd(42)} ${[first, ...others].join(" · ")}`)
}

const seal = rootKeySeal(randomFillSync(new Uint8Array(32)))
const clock = () => performance.now()
const timer = () => ({ over: new Promise(() => {}), stop: () => {} })
const keepOpen = { ms: 3_600_000, keysMax: 100, clock, timer }
const native = createSoftwareHsm({ seal, suite: opensslSuite() })
const pure = createSoftwareHsm({ seal, suite: nobleSuite() })
const kept = createSoftwareHsm({ seal, suite: opensslSuite(), keepOpen })
const state = await native.createDomain("bench")
await pure.openDomain("bench", state)
await kept.openDomain("bench", state)
const pureKept = createSoftwareHsm({ seal, suite: nobleSuite(), keepOpen })
await pureKept.openDomain("bench", state)

async function newKey(keySpec, keyUsage) {
  const binding = {
    partition: "aws",
    account: "111122223333",
    keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
    keyMaterialId: "5e".repeat(32),
    keySpec,
    keyUsage,
    origin: "AWS_KMS",
    keyStoreId: undefined,
    xksKeyId: undefined,
  }
  return { token: await native.generateKey(binding), binding }
}

// --- The floor: open the token, derive, encrypt; nothing checked, nothing bound, nothing wiped.
const aad = new Uint8Array(150).fill(1)
const draw = pooledEntropy((target) => randomFillSync(target))
const domainBytes = draw(new Uint8Array(32))
const domainKey = createSecretKey(domainBytes)
const tokenIv = new Uint8Array(12).fill(1)
const label = new Uint8Array(32).fill(2)

function seal256(key, iv, plaintext) {
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  cipher.setAAD(aad)
  const out = new Uint8Array(28 + plaintext.length + 16)
  out.set(cipher.update(plaintext), 28)
  cipher.final()
  out.set(cipher.getAuthTag(), 28 + plaintext.length)
  return out
}
function open256(key, iv, ciphertext) {
  const decipher = createDecipheriv("aes-256-gcm", key, iv)
  decipher.setAAD(aad)
  decipher.setAuthTag(ciphertext.subarray(-16))
  const plaintext = decipher.update(ciphertext.subarray(0, -16))
  decipher.final()
  return plaintext
}
const bareToken = seal256(domainKey, tokenIv, new Uint8Array(32).fill(3)).subarray(28)
const derive = (key, nonce) => createHmac("sha256", key).update(label).update(nonce).digest()
const bareEncrypt = (plaintext) => {
  const prefix = draw(new Uint8Array(28))
  const key = derive(open256(domainKey, tokenIv, bareToken), prefix.subarray(0, 16))
  return seal256(key, prefix.subarray(16), plaintext)
}
const bareMessage = bareEncrypt(new Uint8Array(32))
bareMessage.set(new Uint8Array(28).fill(5))
const bareDecryptable = (() => {
  const key = derive(open256(domainKey, tokenIv, bareToken), bareMessage.subarray(0, 16))
  return seal256(key, bareMessage.subarray(16, 28), new Uint8Array(32)).subarray(28)
})()
const bareDecrypt = () => {
  const key = derive(open256(domainKey, tokenIv, bareToken), bareMessage.subarray(0, 16))
  return open256(key, bareMessage.subarray(16, 28), bareDecryptable)
}

const { encryptInto, decryptOnce, hmacSha256 } = nobleSuite()
const encryptOnce = (key, iv, plaintext, aad) => {
  const ciphertext = new Uint8Array(plaintext.length + 16)
  encryptInto(ciphertext, key, iv, plaintext, aad)
  return ciphertext
}
const nobleToken = encryptOnce(domainBytes, tokenIv, new Uint8Array(32).fill(3), aad)
const nobleEncrypt = (plaintext) => {
  const prefix = draw(new Uint8Array(28))
  const message = new Uint8Array(48)
  message.set(label)
  message.set(prefix.subarray(0, 16), 32)
  const key = hmacSha256(decryptOnce(domainBytes, tokenIv, nobleToken, aad), message)
  return encryptOnce(key, prefix.subarray(16), plaintext, aad)
}

const machine = `${cpus()[0]?.model.trim()} × ${cpus().length}`
say(`${machine}, Node ${process.versions.node}, OpenSSL ${process.versions.openssl}`)
say(`processor time, medians of ${rounds} slices of ${sliceMs} ms`)

say("\nThe HSM over the bare cryptography, on OpenSSL")
const data = await newKey("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
const page = new Uint8Array(4096).fill(7)
const ciphertext = await native.encrypt({ ...data, plaintext: new Uint8Array(32), aad })
await compare("data key of 32 bytes", {
  bare: () => bareEncrypt(draw(new Uint8Array(32))),
  hsm: () => native.generateDataKey({ ...data, lengthBytes: 32, aad }),
  "kept open": () => kept.generateDataKey({ ...data, lengthBytes: 32, aad }),
})
await compare("encrypt 4 KiB", {
  bare: () => bareEncrypt(page),
  hsm: () => native.encrypt({ ...data, plaintext: page, aad }),
})
await compare("decrypt 32 bytes", {
  bare: bareDecrypt,
  hsm: () => native.decrypt({ ...data, ciphertext, aad }),
  "kept open": () => kept.decrypt({ ...data, ciphertext, aad }),
})

const macKey = await newKey("HMAC_256", "GENERATE_VERIFY_MAC")
const message = new Uint8Array(100).fill(9)
await compare("MAC with HMAC_256", {
  bare: () =>
    createHmac("sha256", open256(domainKey, tokenIv, bareToken))
      .update(message)
      .digest(),
  hsm: () => native.generateMac({ ...macKey, algorithm: "HMAC_SHA_256", message }),
})

/** The private key of a data key pair: one that the bench may see. */
async function bareKey(keyPairSpec) {
  const { privateKey } = await native.generateDataKeyPair({ ...data, keyPairSpec, aad })
  return createPrivateKey({ key: privateKey, format: "der", type: "pkcs8" })
}

/** The form in which OpenSSL is given each key: the quickest whose bytes can be wiped. */
const signers = [
  ["ECC_NIST_P256", "ECDSA_SHA_256", "sha256", "sec1"],
  ["ECC_NIST_P384", "ECDSA_SHA_384", "sha384", "sec1"],
  ["ECC_NIST_P521", "ECDSA_SHA_512", "sha512", "sec1"],
  ["ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256", "sec1"],
  ["ECC_NIST_EDWARDS25519", "ED25519_SHA_512", undefined, "pkcs8"],
  ["RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256", "sha256", "pkcs1"],
  ["RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256", "sha256", "pkcs1"],
]
for (const [spec, algorithm, hash, form] of signers) {
  const key = await newKey(spec, "SIGN_VERIFY")
  const bare = await bareKey(spec)
  const options = { key: bare.export({ format: "der", type: form }), format: "der", type: form }
  const request = { ...key, algorithm, messageType: "RAW", message }
  await compare(`sign with ${spec}`, {
    "import and sign": () => sign(hash, message, createPrivateKey(options)),
    hsm: () => native.sign(request),
  })
  await compare(`sign with ${spec}, kept open`, {
    "bare sign": () => sign(hash, message, bare),
    hsm: () => kept.sign(request),
  })
}

say("\nThe HSM over the bare cryptography, in TypeScript")
await compare("data key of 32 bytes in TypeScript", {
  bare: () => nobleEncrypt(draw(new Uint8Array(32))),
  hsm: () => pure.generateDataKey({ ...data, lengthBytes: 32, aad }),
})
await compare("encrypt 4 KiB in TypeScript", {
  bare: () => nobleEncrypt(page),
  hsm: () => pure.encrypt({ ...data, plaintext: page, aad }),
})

say("\nThe two suites: OpenSSL first, and how many times as long TypeScript takes")
const both = (title, run, [fast, slow] = [native, pure]) =>
  compare(`${title}, by suite`, { openssl: () => run(fast), typescript: () => run(slow) })
await both("data key of 32 bytes", (hsm) => hsm.generateDataKey({ ...data, lengthBytes: 32, aad }))
await both("encrypt 4 KiB", (hsm) => hsm.encrypt({ ...data, plaintext: page, aad }))
await both("MAC with HMAC_256", (hsm) =>
  hsm.generateMac({ ...macKey, algorithm: "HMAC_SHA_256", message }),
)
for (const [spec, algorithm] of [
  ...signers,
  ["SM2", "SM2DSA"],
  ["ML_DSA_65", "ML_DSA_SHAKE_256"],
]) {
  const key = await newKey(spec, "SIGN_VERIFY")
  const request = { ...key, algorithm, messageType: "RAW", message }
  const signature = await native.sign(request)
  await both(`sign with ${spec}`, (hsm) => hsm.sign(request))
  await both(`sign with ${spec}, kept open`, (hsm) => hsm.sign(request), [kept, pureKept])
  await both(`verify with ${spec}`, (hsm) => hsm.verify({ ...request, signature }))
}
for (const spec of ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"]) {
  const key = await newKey(spec, "KEY_AGREEMENT")
  const publicKey = await native.publicKey(await newKey(spec, "KEY_AGREEMENT"))
  const request = { ...key, algorithm: "ECDH", publicKey }
  await both(`agree with ${spec}`, (hsm) => hsm.deriveSharedSecret(request))
}
