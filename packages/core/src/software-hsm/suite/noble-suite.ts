import { aeskwp, gcm } from "@noble/ciphers/aes.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { openSecretBytes, SecretBytes, wipeSecretBytes } from "../../vocabulary/secret-bytes.js"
import type { AeadKey, CryptoSuite, KeyPairMaker, Opener } from "./crypto-suite.js"
import { lazily } from "./lazily.js"
import type { CurveSpec } from "./noble/ecdsa.js"
import { nobleMacKeys } from "./noble/hmac.js"
import type { MlDsaSpec } from "./noble/ml-dsa.js"
import type { MlKemSpec } from "./noble/ml-kem.js"
import { pooledEntropy } from "./pooled-entropy.js"
import type { PrimalityTest } from "./rsa/rsa-numbers.js"

const encryptInto: CryptoSuite["encryptInto"] = (target, key, iv, plaintext, aad) => {
  target.set(gcm(key, iv, aad).encrypt(plaintext))
}

const decryptOnce: CryptoSuite["decryptOnce"] = (key, iv, ciphertext, aad) => {
  try {
    return gcm(key, iv, aad).decrypt(ciphertext)
  } catch {
    return undefined
  }
}

function aeadKey(key: Uint8Array): AeadKey {
  const secret = new SecretBytes(key)
  return Object.freeze<AeadKey>({
    encrypt: (iv, plaintext, aad) => gcm(openSecretBytes(secret), iv, aad).encrypt(plaintext),
    decrypt: (iv, ciphertext, aad) => decryptOnce(openSecretBytes(secret), iv, ciphertext, aad),
    wipe: () => wipeSecretBytes(secret),
  })
}

function unwrapPadded(key: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  try {
    return aeskwp(key).decrypt(wrapped)
  } catch {
    return undefined
  }
}

/** Fills from the system, in pieces that every runtime grants. */
export function systemEntropy(target: Uint8Array): Uint8Array {
  for (let offset = 0; offset < target.length; offset += 65_536) {
    const drawn = randomBytes(Math.min(65_536, target.length - offset))
    target.set(drawn, offset)
    drawn.fill(0)
  }
  return target
}

type Use<Module> = ReturnType<typeof lazily<Module>>

/** A maker that loads its module when it is first used. */
const lazyMaker = <Module>(
  using: Use<Module>,
  select: (module: Module) => KeyPairMaker,
): KeyPairMaker => ({
  generate: (entropy) => using((module) => select(module).generate(entropy)),
  complete: (parts, entropy) => using((module) => select(module).complete(parts, entropy)),
})

/** An opener that loads its module when it is first used. */
const lazyOpener =
  <Module, Key>(
    using: Use<Module>,
    open: (module: Module, ...args: Parameters<Opener<Key>>) => Key,
  ): Opener<Key> =>
  (material, entropy) =>
    using((module) => open(module, material, entropy))

function rsaTables(
  isPrime?: PrimalityTest,
): Pick<CryptoSuite, "keyPairs" | "signingKeys" | "encryptionKeys"> {
  const rsa = lazily(() => import("./noble/rsa.js"))
  const maker = (bits: number) => lazyMaker(rsa, ({ rsaMaker }) => rsaMaker(bits, isPrime))
  const signing = lazyOpener(rsa, ({ openRsaSigningKey }, ...args) => openRsaSigningKey(...args))
  const encryption = lazyOpener(rsa, ({ openRsaEncryptionKey }, ...args) =>
    openRsaEncryptionKey(...args),
  )
  return {
    keyPairs: { RSA_2048: maker(2048), RSA_3072: maker(3072), RSA_4096: maker(4096) },
    signingKeys: { RSA_2048: signing, RSA_3072: signing, RSA_4096: signing },
    encryptionKeys: { RSA_2048: encryption, RSA_3072: encryption, RSA_4096: encryption },
  }
}

function curveTables(): Pick<CryptoSuite, "keyPairs" | "signingKeys" | "agreementKeys"> {
  const ecdsa = lazily(() => import("./noble/ecdsa.js"))
  const ed25519 = lazily(() => import("./noble/ed25519.js"))
  const maker = (spec: CurveSpec) => lazyMaker(ecdsa, ({ ecdsaMaker }) => ecdsaMaker(spec))
  const signing = (spec: CurveSpec) =>
    lazyOpener(ecdsa, ({ openEcdsaKey }, ...args) => openEcdsaKey(spec, ...args))
  const agreement = (spec: CurveSpec) =>
    lazyOpener(ecdsa, ({ openAgreementKey }, material) => openAgreementKey(spec, material))
  return {
    keyPairs: {
      ECC_NIST_P256: maker("ECC_NIST_P256"),
      ECC_NIST_P384: maker("ECC_NIST_P384"),
      ECC_NIST_P521: maker("ECC_NIST_P521"),
      ECC_SECG_P256K1: maker("ECC_SECG_P256K1"),
      ECC_NIST_EDWARDS25519: lazyMaker(ed25519, ({ ed25519Maker }) => ed25519Maker),
    },
    signingKeys: {
      ECC_NIST_P256: signing("ECC_NIST_P256"),
      ECC_NIST_P384: signing("ECC_NIST_P384"),
      ECC_NIST_P521: signing("ECC_NIST_P521"),
      ECC_SECG_P256K1: signing("ECC_SECG_P256K1"),
      ECC_NIST_EDWARDS25519: lazyOpener(ed25519, ({ openEd25519Key }, material) =>
        openEd25519Key(material),
      ),
    },
    agreementKeys: {
      ECC_NIST_P256: agreement("ECC_NIST_P256"),
      ECC_NIST_P384: agreement("ECC_NIST_P384"),
      ECC_NIST_P521: agreement("ECC_NIST_P521"),
    },
  }
}

function sm2Tables(): Pick<
  CryptoSuite,
  "keyPairs" | "signingKeys" | "encryptionKeys" | "agreementKeys"
> {
  const sm2 = lazily(() => import("./noble/sm2.js"))
  return {
    keyPairs: { SM2: lazyMaker(sm2, ({ sm2Maker }) => sm2Maker) },
    signingKeys: {
      SM2: lazyOpener(sm2, ({ openSm2SigningKey }, ...args) => openSm2SigningKey(...args)),
    },
    encryptionKeys: {
      SM2: lazyOpener(sm2, ({ openSm2EncryptionKey }, ...args) => openSm2EncryptionKey(...args)),
    },
    agreementKeys: {
      SM2: lazyOpener(sm2, ({ openSm2AgreementKey }, material) => openSm2AgreementKey(material)),
    },
  }
}

function latticeTables(): Pick<CryptoSuite, "keyPairs" | "signingKeys" | "encapsulationKeys"> {
  const mlDsa = lazily(() => import("./noble/ml-dsa.js"))
  const mlKem = lazily(() => import("./noble/ml-kem.js"))
  const dsaMaker = (spec: MlDsaSpec) => lazyMaker(mlDsa, ({ mlDsaMaker }) => mlDsaMaker(spec))
  const kemMaker = (spec: MlKemSpec) => lazyMaker(mlKem, ({ mlKemMaker }) => mlKemMaker(spec))
  const signing = (spec: MlDsaSpec) =>
    lazyOpener(mlDsa, ({ openMlDsaKey }, ...args) => openMlDsaKey(spec, ...args))
  const encapsulation = (spec: MlKemSpec) =>
    lazyOpener(mlKem, ({ openMlKemKey }, ...args) => openMlKemKey(spec, ...args))
  return {
    keyPairs: {
      ML_DSA_44: dsaMaker("ML_DSA_44"),
      ML_DSA_65: dsaMaker("ML_DSA_65"),
      ML_DSA_87: dsaMaker("ML_DSA_87"),
      ML_KEM_512: kemMaker("ML_KEM_512"),
      ML_KEM_768: kemMaker("ML_KEM_768"),
      ML_KEM_1024: kemMaker("ML_KEM_1024"),
    },
    signingKeys: {
      ML_DSA_44: signing("ML_DSA_44"),
      ML_DSA_65: signing("ML_DSA_65"),
      ML_DSA_87: signing("ML_DSA_87"),
    },
    encapsulationKeys: {
      ML_KEM_512: encapsulation("ML_KEM_512"),
      ML_KEM_768: encapsulation("ML_KEM_768"),
      ML_KEM_1024: encapsulation("ML_KEM_1024"),
    },
  }
}

export interface NobleSuiteOptions {
  /** What tests the primes of RSA keys. It changes how long that takes, and not which keys. */
  readonly isPrime?: PrimalityTest
}

/**
 * Everything in pure TypeScript, on the noble libraries. Runs wherever JavaScript runs. What is
 * not symmetric is loaded when it is first used: that call answers later, those after it at once.
 */
export function nobleSuite({ isPrime }: NobleSuiteOptions = {}): CryptoSuite {
  const [rsa, curves] = [rsaTables(isPrime), curveTables()]
  const [sm2, lattices] = [sm2Tables(), latticeTables()]
  return Object.freeze<CryptoSuite>({
    name: "noble",
    entropy: pooledEntropy(systemEntropy),
    aeadKey,
    encryptInto,
    decryptOnce,
    hmacSha256: (key, message) => hmac(sha256, key, message),
    unwrapPadded,
    keyPairs: { ...rsa.keyPairs, ...curves.keyPairs, ...sm2.keyPairs, ...lattices.keyPairs },
    macKeys: nobleMacKeys,
    signingKeys: {
      ...rsa.signingKeys,
      ...curves.signingKeys,
      ...sm2.signingKeys,
      ...lattices.signingKeys,
    },
    encryptionKeys: { ...rsa.encryptionKeys, ...sm2.encryptionKeys },
    agreementKeys: { ...curves.agreementKeys, ...sm2.agreementKeys },
    encapsulationKeys: lattices.encapsulationKeys,
  })
}
