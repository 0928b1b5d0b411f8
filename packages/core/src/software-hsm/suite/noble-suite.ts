import { aeskwp, gcm } from "@noble/ciphers/aes.js"
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { randomBytes } from "@noble/hashes/utils.js"
import { openSecretBytes, SecretBytes, wipeSecretBytes } from "../../vocabulary/secret-bytes.js"
import type {
  AeadKey,
  CryptoSuite,
  CurveSpec,
  FullCryptoSuite,
  FullSuiteKeys,
  FullSuiteRow,
  KeyPairMaker,
  MlDsaSpec,
  MlKemSpec,
  Opener,
  RsaSpec,
} from "./crypto-suite.js"
import { freshEntropy } from "./fresh-entropy.js"
import { makeWhenUsed } from "./make-when-used.js"
import { nobleMacRows } from "./noble/hmac.js"
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

type Use<Module> = ReturnType<typeof makeWhenUsed<Module>>

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

function rsaRows(isPrime?: PrimalityTest): Pick<FullSuiteKeys, RsaSpec> {
  const rsa = makeWhenUsed(() => import("./noble/rsa.js"))
  const row = (spec: RsaSpec): FullSuiteRow<RsaSpec> => ({
    pair: lazyMaker(rsa, ({ rsaMaker }) => rsaMaker(spec, isPrime)),
    SIGN_VERIFY: lazyOpener(rsa, ({ openRsaSigningKey }, ...args) => openRsaSigningKey(...args)),
    ENCRYPT_DECRYPT: lazyOpener(rsa, ({ openRsaEncryptionKey }, ...args) =>
      openRsaEncryptionKey(...args),
    ),
  })
  return { RSA_2048: row("RSA_2048"), RSA_3072: row("RSA_3072"), RSA_4096: row("RSA_4096") }
}

function curveRows(): Pick<FullSuiteKeys, CurveSpec | "ECC_NIST_EDWARDS25519"> {
  const ecdsa = makeWhenUsed(() => import("./noble/ecdsa.js"))
  const ed25519 = makeWhenUsed(() => import("./noble/ed25519.js"))
  const row = (spec: CurveSpec) => ({
    pair: lazyMaker(ecdsa, ({ ecdsaMaker }) => ecdsaMaker(spec)),
    SIGN_VERIFY: lazyOpener(ecdsa, ({ openEcdsaKey }, ...args) => openEcdsaKey(spec, ...args)),
    KEY_AGREEMENT: lazyOpener(ecdsa, ({ openAgreementKey }, material) =>
      openAgreementKey(spec, material),
    ),
  })
  return {
    ECC_NIST_P256: row("ECC_NIST_P256"),
    ECC_NIST_P384: row("ECC_NIST_P384"),
    ECC_NIST_P521: row("ECC_NIST_P521"),
    ECC_SECG_P256K1: row("ECC_SECG_P256K1"),
    ECC_NIST_EDWARDS25519: {
      pair: lazyMaker(ed25519, ({ ed25519Maker }) => ed25519Maker),
      SIGN_VERIFY: lazyOpener(ed25519, ({ openEd25519Key }, material) => openEd25519Key(material)),
    },
  }
}

function sm2Row(): FullSuiteRow<"SM2"> {
  const sm2 = makeWhenUsed(() => import("./noble/sm2.js"))
  return {
    pair: lazyMaker(sm2, ({ sm2Maker }) => sm2Maker),
    SIGN_VERIFY: lazyOpener(sm2, ({ openSm2SigningKey }, ...args) => openSm2SigningKey(...args)),
    ENCRYPT_DECRYPT: lazyOpener(sm2, ({ openSm2EncryptionKey }, ...args) =>
      openSm2EncryptionKey(...args),
    ),
    KEY_AGREEMENT: lazyOpener(sm2, ({ openSm2AgreementKey }, material) =>
      openSm2AgreementKey(material),
    ),
  }
}

function latticeRows(): Pick<FullSuiteKeys, MlDsaSpec | MlKemSpec> {
  const mlDsa = makeWhenUsed(() => import("./noble/ml-dsa.js"))
  const mlKem = makeWhenUsed(() => import("./noble/ml-kem.js"))
  const dsaRow = (spec: MlDsaSpec): FullSuiteRow<MlDsaSpec> => ({
    pair: lazyMaker(mlDsa, ({ mlDsaMaker }) => mlDsaMaker(spec)),
    SIGN_VERIFY: lazyOpener(mlDsa, ({ openMlDsaKey }, ...args) => openMlDsaKey(spec, ...args)),
  })
  const kemRow = (spec: MlKemSpec): FullSuiteRow<MlKemSpec> => ({
    pair: lazyMaker(mlKem, ({ mlKemMaker }) => mlKemMaker(spec)),
    ENCAPSULATE_DECAPSULATE: lazyOpener(mlKem, ({ openMlKemKey }, ...args) =>
      openMlKemKey(spec, ...args),
    ),
  })
  return {
    ML_DSA_44: dsaRow("ML_DSA_44"),
    ML_DSA_65: dsaRow("ML_DSA_65"),
    ML_DSA_87: dsaRow("ML_DSA_87"),
    ML_KEM_512: kemRow("ML_KEM_512"),
    ML_KEM_768: kemRow("ML_KEM_768"),
    ML_KEM_1024: kemRow("ML_KEM_1024"),
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
export function nobleSuite({ isPrime }: NobleSuiteOptions = {}): FullCryptoSuite {
  const keys: FullSuiteKeys = {
    ...rsaRows(isPrime),
    ...curveRows(),
    SM2: sm2Row(),
    ...nobleMacRows,
    ...latticeRows(),
  }
  return Object.freeze<FullCryptoSuite>({
    name: "noble",
    entropy: freshEntropy(systemEntropy),
    aeadKey,
    encryptInto,
    decryptOnce,
    sha256: (message) => sha256(message),
    hmacSha256: (key, message) => hmac(sha256, key, message),
    unwrapPadded,
    keys: Object.freeze(keys),
  })
}
