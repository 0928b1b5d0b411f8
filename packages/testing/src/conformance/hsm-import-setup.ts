import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from "node:crypto"
import {
  type Binding,
  base64Of,
  type Hsm,
  type ImportRequest,
  type ImportResult,
  type KeyBinding,
  type KeySpec,
  type KeyUsage,
  type WrappingBinding,
} from "@keywright/core"
import { bytesOfBase64Url, bytesOfHex, concatBytes } from "./bytes.js"
import { check, type HsmSource } from "./hsm-case.js"

export const der = { format: "der" } as const
export type RsaAlgorithm = Exclude<WrappingBinding["wrappingAlgorithm"], "SM2PKE">

/** Wraps as the owner of a key does, with node:crypto alone; where AES wraps, with AES-256. */
export function wrap(
  algorithm: RsaAlgorithm,
  spki: Uint8Array,
  material: Uint8Array,
  aesKeyBytes: 16 | 24 | 32 = 32,
): Uint8Array {
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64Of(spki)}\n-----END PUBLIC KEY-----`
  const key = createPublicKey(pem)
  const oaepHash = algorithm.endsWith("SHA_1") ? "sha1" : "sha256"
  const encrypt = (plaintext: Uint8Array): Uint8Array =>
    publicEncrypt({ key, oaepHash, padding: constants.RSA_PKCS1_OAEP_PADDING }, plaintext)
  if (algorithm.startsWith("RSAES")) return encrypt(material)
  const aesKey = randomBytes(aesKeyBytes)
  const name = `id-aes${aesKeyBytes * 8}-wrap-pad`
  const cipher = createCipheriv(name, aesKey, bytesOfHex("a65959a6"))
  return concatBytes(encrypt(aesKey), cipher.update(material), cipher.final())
}

const keyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
export const place = { partition: "aws", account: "111122223333", keyId }

/** What imported key material is bound to. */
export const importBinding = (keySpec: KeySpec, keyUsage: KeyUsage): KeyBinding => ({
  ...place,
  keySpec,
  keyUsage,
  origin: "EXTERNAL",
  keyStoreId: undefined,
  xksKeyId: undefined,
})

export interface Ready {
  readonly hsm: Hsm
  readonly wrapping: ImportRequest["wrapping"]
  readonly publicKey: Uint8Array
}

/** A wrapping key of a source, ready for use. */
export type WrappingKeys = (source: HsmSource, algorithm?: RsaAlgorithm) => Promise<Ready>

/** Wrapping keys take long to make: one for each source and algorithm does for all cases. */
export function createWrappingKeys(): WrappingKeys {
  const made = new WeakMap<HsmSource, Map<RsaAlgorithm, Promise<Ready>>>()
  return (source, algorithm = "RSA_AES_KEY_WRAP_SHA_256") => {
    const ofSource = made.get(source) ?? new Map<RsaAlgorithm, Promise<Ready>>()
    made.set(source, ofSource)
    const found = ofSource.get(algorithm) ?? makeReady(source, algorithm)
    ofSource.set(algorithm, found)
    return found
  }
}

async function makeReady({ make }: HsmSource, wrappingAlgorithm: RsaAlgorithm): Promise<Ready> {
  const hsm = await make()
  await hsm.createDomain("aws/eu-central-1")
  const binding: WrappingBinding = {
    ...place,
    wrappingKeySpec: "RSA_2048",
    wrappingAlgorithm,
    validToMs: 1_800_000_000_000,
  }
  const { token, publicKey } = await hsm.generateWrappingKey(binding)
  return { hsm, wrapping: { token, binding }, publicKey }
}

function importing(
  { hsm, wrapping, publicKey }: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<ImportResult> {
  const wrappedMaterial = wrap(
    wrapping.binding.wrappingAlgorithm as RsaAlgorithm,
    publicKey,
    material,
  )
  const binding = importBinding(keySpec, keyUsage)
  return Promise.resolve(hsm.importKey({ wrapping, wrappedMaterial, binding }))
}

export async function imported(
  ready: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<{ token: Uint8Array; binding: Binding }> {
  const result = await importing(ready, keySpec, keyUsage, material)
  check(result.outcome === "imported", `imports a key of ${keySpec}, not ${result.outcome}`)
  const { token, keyMaterialId } = result
  return { token, binding: { ...importBinding(keySpec, keyUsage), keyMaterialId } }
}

export async function checkUnsuitable(
  ready: Ready,
  keySpec: KeySpec,
  keyUsage: KeyUsage,
  material: Uint8Array,
): Promise<void> {
  const { outcome } = await importing(ready, keySpec, keyUsage, material)
  check(outcome === "unsuitable", `${keySpec} refuses what is no such key, not ${outcome}`)
}

const namedCurves: Readonly<Record<string, string>> = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
  SM2: "SM2",
}

export function nodePair(spec: KeySpec, modulusLength = 2048) {
  if (spec.startsWith("RSA")) return generateKeyPairSync("rsa", { modulusLength })
  if (spec === "ECC_NIST_EDWARDS25519") return generateKeyPairSync("ed25519")
  return generateKeyPairSync("ec", { namedCurve: namedCurves[spec] ?? spec })
}

/** A number of a private key, by its name in RFC 7518. */
export function numbersOf(privateKey: KeyObject): (name: string) => Uint8Array {
  const jwk = privateKey.export({ format: "jwk" }) as Record<string, string>
  return (name) => bytesOfBase64Url(jwk[name])
}
