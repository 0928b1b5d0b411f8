import { constants, createCipheriv, createPublicKey, publicEncrypt } from "node:crypto"
import { encodePairMaterial } from "../../../src/formats/keys/pair-material.js"
import { parseSpki } from "../../../src/formats/keys/spki.js"
import type { Binding, BoundToken, WrappingBinding } from "../../../src/ports/bindings.js"
import type { PeerDomain, RegionHsm } from "../../../src/ports/region-hsm.js"
import type { ImportRequest } from "../../../src/ports/token-hsm.js"
import { createSoftwareHsm } from "../../../src/software-hsm/software-hsm.js"
import type { CryptoSuite } from "../../../src/software-hsm/suite/crypto-suite.js"
import { openSm2EncryptionKey } from "../../../src/software-hsm/suite/noble/sm2.js"
import { systemEntropy } from "../../../src/software-hsm/suite/noble-suite.js"
import { concatBytes, noBytes, utf8 } from "../../../src/vocabulary/bytes.js"
import type { KeySpec, KeyUsage } from "../../../src/vocabulary/key-specs.js"
import { symmetricBinding } from "../bindings.js"
import { sealOf } from "../hosts.js"

export const domainName = "aws:us-east-1"
const peerName = "aws:eu-west-1"

export const boundTo = (keySpec: KeySpec, keyUsage: KeyUsage, more: Partial<Binding> = {}) => ({
  ...symmetricBinding,
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keySpec,
  keyUsage,
  ...more,
})

/** The keys that the methods are tried with. */
const keyTable = {
  symmetric: ["SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"],
  rsaEncryption: ["RSA_2048", "ENCRYPT_DECRYPT"],
  sm2Encryption: ["SM2", "ENCRYPT_DECRYPT"],
  rsaSigning: ["RSA_2048", "SIGN_VERIFY"],
  p256Signing: ["ECC_NIST_P256", "SIGN_VERIFY"],
  p384Signing: ["ECC_NIST_P384", "SIGN_VERIFY"],
  ed25519: ["ECC_NIST_EDWARDS25519", "SIGN_VERIFY"],
  sm2Signing: ["SM2", "SIGN_VERIFY"],
  mlDsa: ["ML_DSA_44", "SIGN_VERIFY"],
  hmac: ["HMAC_256", "GENERATE_VERIFY_MAC"],
  p256Agreement: ["ECC_NIST_P256", "KEY_AGREEMENT"],
  p384Agreement: ["ECC_NIST_P384", "KEY_AGREEMENT"],
  sm2Agreement: ["SM2", "KEY_AGREEMENT"],
  mlKem: ["ML_KEM_512", "ENCAPSULATE_DECAPSULATE"],
} as const satisfies Readonly<Record<string, readonly [KeySpec, KeyUsage]>>

export type KeyName = keyof typeof keyTable

type Wrapping = "RSAES_OAEP_SHA_256" | "RSA_AES_KEY_WRAP_SHA_256" | "SM2PKE"
const wrappings: readonly Wrapping[] = ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256", "SM2PKE"]

/** Wraps as the owner of a key does. */
async function wrap(by: Wrapping, spki: Uint8Array, material: Uint8Array): Promise<Uint8Array> {
  if (by === "SM2PKE") {
    const publicKey = parseSpki("SM2", spki) ?? noBytes
    const privateKey = new Uint8Array(32)
    const pair = encodePairMaterial({ privateKey, publicKey, expanded: noBytes })
    const wrapped = await openSm2EncryptionKey(pair, systemEntropy).encrypt("SM2PKE", material)
    return wrapped ?? noBytes
  }
  const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" })
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  const encrypt = (bytes: Uint8Array) => publicEncrypt({ key, padding, oaepHash: "sha256" }, bytes)
  if (by === "RSAES_OAEP_SHA_256") return encrypt(material)
  const aesKey = systemEntropy(new Uint8Array(32))
  const cipher = createCipheriv("id-aes256-wrap-pad", aesKey, Buffer.from("a65959a6", "hex"))
  return concatBytes(encrypt(aesKey), cipher.update(material), cipher.final())
}

async function wrappingKeys(hsm: RegionHsm) {
  const { partition, account, keyId } = symmetricBinding
  const made = wrappings.map(async (wrappingAlgorithm) => {
    const binding: WrappingBinding = {
      partition,
      account,
      keyId,
      wrappingKeySpec: wrappingAlgorithm === "SM2PKE" ? "SM2" : "RSA_2048",
      wrappingAlgorithm,
      validToMs: 0,
    }
    const { token, publicKey } = await hsm.generateWrappingKey(binding)
    return [wrappingAlgorithm, { token, binding, publicKey }] as const
  })
  return Object.fromEntries(await Promise.all(made)) as Record<
    Wrapping,
    { token: Uint8Array; binding: WrappingBinding; publicKey: Uint8Array }
  >
}

async function peerOf(
  hsm: RegionHsm,
  name: string,
  of: RegionHsm,
  replicationKey: Uint8Array,
): Promise<PeerDomain> {
  const endorsement = await hsm.endorseDomain(name, await of.replicationPublicKey(replicationKey))
  return { name, endorsement }
}

/** A domain with a key of each kind, and another domain that it trusts. */
export async function createHsmFixture(suite: CryptoSuite) {
  const hsm = createSoftwareHsm({ seal: sealOf(1), suite })
  const first = await hsm.createDomain(domainName)
  const sealedState = await hsm.rotateDomainKey(domainName, first)
  await hsm.openDomain(domainName, sealedState)
  const keys = {} as Record<KeyName, BoundToken>
  for (const [name, [keySpec, keyUsage]] of Object.entries(keyTable)) {
    const binding = boundTo(keySpec, keyUsage)
    keys[name as KeyName] = { token: await hsm.generateKey(binding), binding }
  }
  const wrapping = await wrappingKeys(hsm)
  const importing = async (
    by: Wrapping,
    keySpec: KeySpec,
    keyUsage: KeyUsage,
    material: Uint8Array,
  ): Promise<ImportRequest> => {
    const { keyMaterialId: _, ...binding } = boundTo(keySpec, keyUsage, { origin: "EXTERNAL" })
    const { publicKey, ...own } = wrapping[by]
    return { wrapping: own, wrappedMaterial: await wrap(by, publicKey, material), binding }
  }

  const other = createSoftwareHsm({ seal: sealOf(2), suite })
  await other.createDomain(peerName)
  const replicationKey = await hsm.generateReplicationKey()
  const theirs = await other.generateReplicationKey()
  const peer = await peerOf(hsm, peerName, other, theirs)
  const us = await peerOf(other, domainName, hsm, replicationKey)
  const { keyMaterialId: _, ...binding } = keys.symmetric.binding
  const twoKeys = [keys.symmetric, keys.symmetric]
  const theirToken = await other.generateKey(keys.symmetric.binding)
  const asked = await hsm.offerTransfer({ replicationKey, source: peer, binding })
  const transfer = await other.wrapForRegion({
    replicationKey: theirs,
    target: us,
    offer: asked.offer,
    keys: twoKeys.map((key) => ({ ...key, token: theirToken })),
  })
  if (transfer === undefined) throw new Error("nothing came")
  const theirOffer = await other.offerTransfer({ replicationKey: theirs, source: us, binding })
  const message = utf8("a message between regions")
  const region = {
    replicationKey,
    peer,
    message,
    signature: await other.signForRegion(theirs, message),
    publicKeys: [
      await hsm.replicationPublicKey(replicationKey),
      await other.replicationPublicKey(theirs),
    ],
    ofKey: binding,
    offer: theirOffer.offer,
    twoKeys,
    receipt: { source: peer, ...asked, transfer, bindings: twoKeys.map((key) => key.binding) },
  }
  const aad = utf8("aad")
  const plaintext = systemEntropy(new Uint8Array(64))
  return { suite, hsm, sealedState, keys, importing, region, aad, plaintext }
}

export type HsmFixture = Awaited<ReturnType<typeof createHsmFixture>>
