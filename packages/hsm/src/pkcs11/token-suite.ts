import { createHash, ECDH } from "node:crypto"
import {
  type AgreementKey,
  type CryptoSuite,
  type CurveSpec,
  decodeOaep,
  type EncryptionKey,
  type FullCryptoSuite,
  type HashName,
  type HmacSpec,
  keyAlgorithms,
  type MacKey,
  type NamedHash,
  type Opener,
  oaepHash,
  parseRsaMaterial,
  type RsaSpec,
  type SigningKey,
  type SuiteRow,
} from "@keywright/core/suite"
import { CKM, CKR, type Mechanism } from "./cryptoki.js"
import { codeOf } from "./failures.js"
import { parseKept } from "./kept-form.js"
import type { TokenMechanisms, TokenSpec } from "./mechanisms.js"
import type { TokenKeys } from "./token-keys.js"
import { agree, decryptOaep, decryptRaw, hmac, signEcdsa, signRsa } from "./token-work.js"

/** What openers need: the token, and a suite for what needs no private key. */
export interface TokenSuiteParts {
  readonly keys: TokenKeys
  readonly mechanisms: TokenMechanisms
  readonly suite: FullCryptoSuite
}

/** Signs in the token, and verifies beside it with the public part. */
const signingOpener =
  ({ keys }: TokenSuiteParts, form: "rsa" | "ec", beside: Opener<SigningKey>): Opener<SigningKey> =>
  (material, entropy) => {
    const kept = parseKept(material)
    const signInToken = form === "rsa" ? signRsa : signEcdsa
    return {
      sign: (input) =>
        keys.use(kept, form, "sign", (session, key) => signInToken(session, key, input)),
      async verify(input, signature) {
        const key = await beside(kept.publicPart, entropy)
        return key.verify(input, signature)
      },
    }
  }

const hashNamed = (name: HashName): NamedHash => ({
  name,
  hash: (message) => createHash(name).update(message).digest(),
})

/** Whether a number, most significant byte first, is less than another of the same length. */
function isLess(one: Uint8Array, other: Uint8Array): boolean {
  const at = one.findIndex((byte, i) => byte !== other[i])
  return at >= 0 && (one[at] as number) < (other[at] as number)
}

/** What a token says of a ciphertext that is not genuine, and of nothing else. */
const notGenuine: readonly (number | undefined)[] = [
  CKR.encryptedDataInvalid,
  CKR.encryptedDataLenRange,
]

function orNotGenuine(decrypt: () => Uint8Array): Uint8Array | undefined {
  try {
    return decrypt()
  } catch (error) {
    if (notGenuine.includes(codeOf(error))) return undefined
    throw error
  }
}

/** Encrypts beside the token with the public part, and decrypts in it. */
const encryptionOpener =
  ({ keys, mechanisms }: TokenSuiteParts, beside: Opener<EncryptionKey>): Opener<EncryptionKey> =>
  (material, entropy) => {
    const kept = parseKept(material)
    const decryptThere = (hash: HashName, ciphertext: Uint8Array): Uint8Array | undefined =>
      keys.use(kept, "rsa", "decrypt", (session, key) =>
        orNotGenuine(() => decryptOaep(session, key, hash as "sha1" | "sha256", ciphertext)),
      )
    function decryptHere(hash: HashName, ciphertext: Uint8Array): Uint8Array | undefined {
      const em = keys.use(kept, "rsa", "decrypt", (session, key) =>
        decryptRaw(session, key, ciphertext),
      )
      try {
        return decodeOaep(hashNamed(hash), em)
      } finally {
        em.fill(0)
      }
    }
    return {
      async encrypt(algorithm, plaintext) {
        const key = await beside(kept.publicPart, entropy)
        return key.encrypt(algorithm, plaintext)
      },
      decrypt(algorithm, ciphertext) {
        const hash = oaepHash[algorithm]
        const modulus = parseRsaMaterial(kept.publicPart)?.n
        if (hash === undefined || modulus === undefined) throw new TypeError("no RSA key")
        if (ciphertext.length !== modulus.length || !isLess(ciphertext, modulus)) return undefined
        const { [algorithm as keyof typeof mechanisms.oaep]: paddedBy } = mechanisms.oaep
        const decrypt = paddedBy === "token" ? decryptThere : decryptHere
        return decrypt(hash, ciphertext)
      },
    }
  }

/** OpenSSL's names. */
const curveNames: Readonly<Record<CurveSpec, string>> = {
  ECC_NIST_P256: "prime256v1",
  ECC_NIST_P384: "secp384r1",
  ECC_NIST_P521: "secp521r1",
  ECC_SECG_P256K1: "secp256k1",
}

/** Tokens differ in what they do with a point that is none: they never see one. */
function isOnCurve(spec: CurveSpec, point: Uint8Array): boolean {
  // OpenSSL takes the point at infinity, too, which is one zero byte, or none.
  if (point.length !== keyAlgorithms[spec].publicKeyBytes) return false
  try {
    ECDH.convertKey(point, curveNames[spec])
    return true
  } catch {
    return false
  }
}

const agreementOpener =
  ({ keys }: TokenSuiteParts, spec: CurveSpec): Opener<AgreementKey> =>
  (material) => {
    const kept = parseKept(material)
    const { privateKeyBytes } = keyAlgorithms[spec]
    return {
      agree: (publicKey) =>
        isOnCurve(spec, publicKey)
          ? keys.use(kept, "ec", "derive", (session, key) =>
              agree(session, key, publicKey, privateKeyBytes),
            )
          : undefined,
    }
  }

const macMechanisms: Readonly<Record<HmacSpec, Mechanism>> = {
  HMAC_224: { mechanism: CKM.sha224Hmac },
  HMAC_256: { mechanism: CKM.sha256Hmac },
  HMAC_384: { mechanism: CKM.sha384Hmac },
  HMAC_512: { mechanism: CKM.sha512Hmac },
}

const macOpener =
  ({ keys }: TokenSuiteParts, spec: HmacSpec): Opener<MacKey> =>
  (material) => {
    const kept = parseKept(material)
    return {
      mac: (message) =>
        keys.use(kept, "secret", "sign", (session, key) =>
          hmac(session, macMechanisms[spec], key, message),
        ),
    }
  }

type Row = (parts: TokenSuiteParts) => SuiteRow

const mac =
  (spec: HmacSpec): Row =>
  (parts) => ({ GENERATE_VERIFY_MAC: macOpener(parts, spec) })

const rsa =
  (spec: RsaSpec): Row =>
  (parts) => {
    const { pair, SIGN_VERIFY, ENCRYPT_DECRYPT } = parts.suite.keys[spec]
    return {
      pair,
      SIGN_VERIFY: signingOpener(parts, "rsa", SIGN_VERIFY),
      ENCRYPT_DECRYPT: encryptionOpener(parts, ENCRYPT_DECRYPT),
    }
  }

const curve =
  (spec: CurveSpec): Row =>
  (parts) => {
    const { pair, SIGN_VERIFY } = parts.suite.keys[spec]
    return {
      pair,
      SIGN_VERIFY: signingOpener(parts, "ec", SIGN_VERIFY),
      KEY_AGREEMENT: agreementOpener(parts, spec),
    }
  }

const rows: Readonly<Record<Exclude<TokenSpec, "SYMMETRIC_DEFAULT">, Row>> = {
  HMAC_224: mac("HMAC_224"),
  HMAC_256: mac("HMAC_256"),
  HMAC_384: mac("HMAC_384"),
  HMAC_512: mac("HMAC_512"),
  RSA_2048: rsa("RSA_2048"),
  RSA_3072: rsa("RSA_3072"),
  RSA_4096: rsa("RSA_4096"),
  ECC_NIST_P256: curve("ECC_NIST_P256"),
  ECC_NIST_P384: curve("ECC_NIST_P384"),
  ECC_NIST_P521: curve("ECC_NIST_P521"),
  ECC_SECG_P256K1: curve("ECC_SECG_P256K1"),
}

/** A suite whose keys are in a token, for the specs that the token has. */
export function createTokenSuite(parts: TokenSuiteParts): CryptoSuite {
  const { mechanisms, suite } = parts
  const has = ([spec]: [string, unknown]): boolean =>
    mechanisms.keySpecs.some((one) => one === spec)
  const own = Object.entries(rows).filter(has)
  return Object.freeze<CryptoSuite>({
    ...suite,
    name: `pkcs11 (${mechanisms.family})`,
    keys: Object.freeze(Object.fromEntries(own.map(([spec, row]) => [spec, row(parts)]))),
  })
}
