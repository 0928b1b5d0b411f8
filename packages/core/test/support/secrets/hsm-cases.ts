import type { RegionHsm } from "../../../src/ports/region-hsm.js"
import type { MessageType, SigningAlgorithm } from "../../../src/vocabulary/algorithms.js"
import { concatBytes } from "../../../src/vocabulary/bytes.js"
import type { Eventually } from "../../../src/vocabulary/eventually.js"
import type { KeySpec } from "../../../src/vocabulary/key-specs.js"
import { boundTo, domainName, type HsmFixture, type KeyName } from "./hsm-fixture.js"

/** One call of a method; all of its arguments stand in `given`. */
export interface HsmCase {
  readonly given: unknown
  /** Secrets that are neither drawn nor unwrapped before they are known. */
  readonly known?: readonly Uint8Array[]
  /** What the suite answers under that name is what is answered, and no secret. */
  readonly answersName?: string
  run(hsm: RegionHsm): Eventually<unknown>
}

type Cases = Readonly<Record<string, HsmCase>>

const damaged = (bytes: Uint8Array): Uint8Array =>
  bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))

function domainCases({ hsm, sealedState }: HsmFixture): Cases {
  const domain = (run: (hsm: RegionHsm) => Eventually<unknown>): HsmCase => ({
    given: sealedState,
    run,
  })
  const former = hsm.domainKeys()
  return {
    createDomain: domain((own) => own.createDomain("another")),
    openDomain: domain((own) => own.openDomain(domainName, sealedState)),
    "openDomain of another name": domain((own) => own.openDomain("another", sealedState)),
    "openDomain, damaged": domain((own) => own.openDomain(domainName, damaged(sealedState))),
    rotateDomainKey: domain((own) => own.rotateDomainKey(domainName, sealedState)),
    withdrawTrust: domain((own) => own.withdrawTrust(domainName, sealedState)),
    "resealDomain, kept": domain((own) => own.resealDomain(domainName, sealedState, "kept")),
    "resealDomain, retired": domain((own) => own.resealDomain(domainName, sealedState, "retired")),
    retireDomainKeys: domain(async (own) =>
      own.retireDomainKeys(domainName, sealedState, (await former).formerIds),
    ),
    generateRandom: domain((own) => own.generateRandom(32)),
  }
}

function tokenCases({ keys }: HsmFixture): Cases {
  const specs = [
    "SYMMETRIC_DEFAULT",
    "HMAC_512",
    "ECC_NIST_P256",
    "ECC_NIST_P521",
    "ECC_NIST_EDWARDS25519",
    "SM2",
    "RSA_2048",
    "ML_DSA_44",
    "ML_KEM_512",
  ] as const
  const usageOf = (spec: KeySpec) => {
    if (spec === "SYMMETRIC_DEFAULT") return "ENCRYPT_DECRYPT"
    if (spec === "HMAC_512") return "GENERATE_VERIFY_MAC"
    return spec === "ML_KEM_512" ? "ENCAPSULATE_DECAPSULATE" : "SIGN_VERIFY"
  }
  const generated = specs.map((spec): [string, HsmCase] => {
    const given = boundTo(spec, usageOf(spec))
    return [`generateKey of ${spec}`, { given, run: (hsm) => hsm.generateKey(given) }]
  })
  const { symmetric, p256Signing, rsaSigning } = keys
  const moved = { ...symmetric, binding: { ...symmetric.binding, keyMaterialId: "5f".repeat(32) } }
  return {
    ...Object.fromEntries(generated),
    rewrap: { given: symmetric, run: (hsm) => hsm.rewrap(symmetric) },
    "rewrap of another key": { given: moved, run: (hsm) => hsm.rewrap(moved) },
    "publicKey of a curve": { given: p256Signing, run: (hsm) => hsm.publicKey(p256Signing) },
    "publicKey of RSA": { given: rsaSigning, run: (hsm) => hsm.publicKey(rsaSigning) },
  }
}

async function encryptionCases({ hsm, keys, aad, plaintext }: HsmFixture): Promise<Cases> {
  const cases: Record<string, HsmCase> = {}
  const targets = {
    symmetric: { ...keys.symmetric, aad },
    RSA: { ...keys.rsaEncryption, algorithm: "RSAES_OAEP_SHA_256" },
    SM2: { ...keys.sm2Encryption, algorithm: "SM2PKE" },
  } as const
  for (const [name, target] of Object.entries(targets)) {
    const known = [plaintext]
    const given = { ...target, plaintext }
    const ciphertext = await hsm.encrypt(given)
    const opened = { ...target, ciphertext }
    const broken = { ...target, ciphertext: damaged(ciphertext) }
    cases[`encrypt, ${name}`] = { given, run: (own) => own.encrypt(given) }
    cases[`decrypt, ${name}`] = { given: opened, run: (own) => own.decrypt(opened) }
    cases[`decrypt, ${name}, damaged`] = { given: broken, known, run: (own) => own.decrypt(broken) }
    const run: HsmCase["run"] = (own) => own.reEncrypt(opened, target)
    cases[`reEncrypt, ${name}`] = { given: [opened, target], known, run }
  }
  const long = {
    ...targets.RSA,
    plaintext: concatBytes(plaintext, plaintext, plaintext, plaintext),
  }
  cases["encrypt, too long"] = { given: long, run: (own) => own.encrypt(long) }
  const dataKey = { ...targets.symmetric, lengthBytes: 32 }
  cases["generateDataKey"] = { given: dataKey, run: (own) => own.generateDataKey(dataKey) }
  cases["generateDataKeyWithoutPlaintext"] = {
    given: dataKey,
    run: (own) => own.generateDataKeyWithoutPlaintext(dataKey),
  }
  for (const keyPairSpec of [
    "ECC_NIST_P256",
    "ECC_NIST_EDWARDS25519",
    "SM2",
    "RSA_2048",
    "ML_KEM_512",
  ] as const) {
    const given = { ...targets.symmetric, keyPairSpec }
    cases[`generateDataKeyPair of ${keyPairSpec}`] = {
      given,
      run: (own) => own.generateDataKeyPair(given),
    }
    cases[`generateDataKeyPairWithoutPlaintext of ${keyPairSpec}`] = {
      given,
      run: (own) => own.generateDataKeyPairWithoutPlaintext(given),
    }
  }
  return cases
}

const signers: readonly (readonly [KeyName, SigningAlgorithm, MessageType])[] = [
  ["rsaSigning", "RSASSA_PSS_SHA_256", "RAW"],
  ["rsaSigning", "RSASSA_PSS_SHA_256", "DIGEST"],
  ["rsaSigning", "RSASSA_PKCS1_V1_5_SHA_256", "DIGEST"],
  ["p256Signing", "ECDSA_SHA_256", "RAW"],
  ["p256Signing", "ECDSA_SHA_256", "DIGEST"],
  ["p384Signing", "ECDSA_SHA_384", "RAW"],
  ["ed25519", "ED25519_SHA_512", "RAW"],
  ["ed25519", "ED25519_PH_SHA_512", "DIGEST"],
  ["sm2Signing", "SM2DSA", "RAW"],
  ["mlDsa", "ML_DSA_SHAKE_256", "RAW"],
]

const digestBytes: Readonly<Record<string, number>> = { ED25519_PH_SHA_512: 64 }

async function useCases({ hsm, keys }: HsmFixture): Promise<Cases> {
  const cases: Record<string, HsmCase> = {}
  for (const [name, algorithm, messageType] of signers) {
    const message = new Uint8Array(digestBytes[algorithm] ?? 32).fill(7)
    const given = { ...keys[name], algorithm, messageType, message }
    const signed = { ...given, signature: await hsm.sign(given) }
    const title = `${algorithm} of ${messageType}`
    cases[`sign by ${title}`] = { given, run: (own) => own.sign(given) }
    cases[`verify by ${title}`] = { given: signed, run: (own) => own.verify(signed) }
  }
  const mac = { ...keys.hmac, algorithm: "HMAC_SHA_256", message: new Uint8Array(9) } as const
  const made = { ...mac, mac: await hsm.generateMac(mac) }
  cases["generateMac"] = { given: mac, run: (own) => own.generateMac(mac) }
  cases["verifyMac"] = { given: made, run: (own) => own.verifyMac(made) }
  for (const name of ["p256Agreement", "p384Agreement", "sm2Agreement"] as const) {
    const publicKey = await hsm.publicKey(keys[name])
    const given = { ...keys[name], algorithm: "ECDH", publicKey } as const
    cases[`deriveSharedSecret by ${name}`] = { given, run: (own) => own.deriveSharedSecret(given) }
  }
  const kem = { ...keys.mlKem, algorithm: "ML_KEM" } as const
  const { ciphertext } = await hsm.encapsulate(kem)
  const opening = { ...kem, ciphertext }
  const short = { ...kem, ciphertext: ciphertext.slice(1) }
  cases["encapsulate"] = { given: kem, run: (own) => own.encapsulate(kem) }
  cases["decapsulate"] = { given: opening, run: (own) => own.decapsulate(opening) }
  cases["decapsulate, too short"] = { given: short, run: (own) => own.decapsulate(short) }
  return cases
}

async function importCases({ hsm, importing, keys, aad, plaintext }: HsmFixture): Promise<Cases> {
  const pairs = await Promise.all(
    (["RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519", "SM2"] as const).map(async (spec) => {
      const made = await hsm.generateDataKeyPair({ ...keys.symmetric, aad, keyPairSpec: spec })
      return [spec, made.privateKey] as const
    }),
  )
  const privateKeys = Object.fromEntries(pairs)
  const secret = plaintext.subarray(0, 32)
  const p256 = privateKeys["ECC_NIST_P256"] as Uint8Array
  const hybrid = "RSA_AES_KEY_WRAP_SHA_256"
  const wanted = {
    "importKey under RSA": importing(
      "RSAES_OAEP_SHA_256",
      "SYMMETRIC_DEFAULT",
      "ENCRYPT_DECRYPT",
      secret,
    ),
    "importKey under SM2": importing("SM2PKE", "HMAC_256", "GENERATE_VERIFY_MAC", secret),
    "importKey under AES": importing(hybrid, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", secret),
    "importKey, too long": importing(hybrid, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", p256),
    "importKey of another curve": importing(hybrid, "ECC_NIST_P384", "SIGN_VERIFY", p256),
    ...Object.fromEntries(
      pairs.map(([spec, privateKey]) => [
        `importKey of ${spec}`,
        importing(hybrid, spec, "SIGN_VERIFY", privateKey),
      ]),
    ),
  }
  const cases: Record<string, HsmCase> = {}
  for (const [name, request] of Object.entries(wanted)) {
    const given = await request
    cases[name] = { given, known: [secret], run: (own) => own.importKey(given) }
  }
  const whole = await importing(hybrid, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", secret)
  const broken = { ...whole, wrappedMaterial: damaged(whole.wrappedMaterial) }
  cases["importKey, damaged"] = { given: broken, run: (own) => own.importKey(broken) }
  const { binding } = whole.wrapping
  cases["generateWrappingKey"] = { given: binding, run: (own) => own.generateWrappingKey(binding) }
  return cases
}

async function recordCases({ hsm, plaintext }: HsmFixture): Promise<Cases> {
  const plain = ["a", "b"].map((place) => ({ place, bytes: plaintext }))
  const sealed = (await hsm.sealRecords(plain)).map((bytes, i) => ({
    place: plain[i]?.place ?? "",
    bytes,
  }))
  return {
    sealRecords: { given: plain, run: (own) => own.sealRecords(plain) },
    openRecords: { given: sealed, run: (own) => own.openRecords(sealed) },
    digestRecords: {
      given: sealed,
      answersName: "a derived key",
      run: (own) => own.digestRecords(sealed),
    },
  }
}

function regionCases({ region }: HsmFixture): Cases {
  const { replicationKey, peer, message, signature, ofKey, offer, twoKeys, receipt } = region
  const publicKey = region.publicKeys[1] as Uint8Array
  const asked = { replicationKey, source: peer, binding: ofKey }
  const sending = { replicationKey, target: peer, offer, keys: twoKeys }
  const kept = { kind: "replication key", token: replicationKey } as const
  const lying = { ...receipt, transfer: damaged(receipt.transfer) }
  const fewer = { ...receipt, bindings: receipt.bindings.slice(1) }
  const [one, two] = receipt.bindings as [typeof ofKey & { keyMaterialId: string }, never]
  const other = { ...receipt, bindings: [one, { ...(two as typeof one), keyMaterialId: "00" }] }
  return {
    generateReplicationKey: { given: [], run: (own) => own.generateReplicationKey() },
    replicationPublicKey: {
      given: replicationKey,
      run: (own) => own.replicationPublicKey(replicationKey),
    },
    endorseDomain: { given: publicKey, run: (own) => own.endorseDomain("third", publicKey) },
    endorsedKey: { given: peer, run: (own) => own.endorsedKey(peer) },
    signForRegion: {
      given: [replicationKey, message],
      run: (own) => own.signForRegion(replicationKey, message),
    },
    verifyFromRegion: {
      given: [peer, message, signature],
      run: (own) => own.verifyFromRegion(peer, message, signature),
    },
    offerTransfer: { given: asked, run: (own) => own.offerTransfer(asked) },
    wrapForRegion: { given: sending, run: (own) => own.wrapForRegion(sending) },
    unwrapFromRegion: { given: receipt, run: (own) => own.unwrapFromRegion(receipt) },
    "unwrapFromRegion, damaged": { given: lying, run: (own) => own.unwrapFromRegion(lying) },
    "unwrapFromRegion of fewer": { given: fewer, run: (own) => own.unwrapFromRegion(fewer) },
    "unwrapFromRegion of another": { given: other, run: (own) => own.unwrapFromRegion(other) },
    rewrapReplication: { given: kept, run: (own) => own.rewrapReplication(kept) },
  }
}

/** A call of every method of an HSM that has to do with secrets. */
export const hsmCases = async (fixture: HsmFixture): Promise<Cases> => ({
  ...domainCases(fixture),
  ...tokenCases(fixture),
  ...(await encryptionCases(fixture)),
  ...(await useCases(fixture)),
  ...(await importCases(fixture)),
  ...(await recordCases(fixture)),
  ...regionCases(fixture),
})
