import type { KeySpec } from "@keywright/core/hsm"
import { CKM } from "./cryptoki.js"

/** Who pads: the token, or the boundary in front of it, which then asks for the bare power. */
export type PaddedBy = "token" | "boundary"

/** What a family of tokens does, and by which number. */
export interface TokenMechanisms {
  /** For people and reports. */
  readonly family: string
  /** Wraps keys that have any number of bytes: AES key wrap with padding. */
  readonly wrap: number
  readonly oaep: {
    readonly RSAES_OAEP_SHA_1: PaddedBy
    readonly RSAES_OAEP_SHA_256: PaddedBy
  }
  /** The specs whose keys it makes, wraps, unwraps and uses. */
  readonly keySpecs: readonly KeySpec[]
}

const secrets = ["SYMMETRIC_DEFAULT", "HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"] as const
const rsa = ["RSA_2048", "RSA_3072", "RSA_4096"] as const
const curves = ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1"] as const

/** The specs that a token can have at all: the others it has no mechanism for that wraps them. */
export type TokenSpec = (typeof secrets)[number] | (typeof rsa)[number] | (typeof curves)[number]

/**
 * The families, in the order in which they are tried: the first whose wrapping works is the one.
 * Of its specs, those count that the token then proves to know.
 */
export const families: readonly TokenMechanisms[] = Object.freeze([
  {
    // Number and mechanism of PKCS #11 3.0.
    family: "pkcs11-3",
    wrap: CKM.aesKeyWrapKwp,
    oaep: { RSAES_OAEP_SHA_1: "token", RSAES_OAEP_SHA_256: "token" },
    keySpecs: [...secrets, ...rsa, ...curves],
  },
  {
    // 0x210A is RFC 5649 here. OAEP knows SHA-1 alone, and says the same of a ciphertext that is
    // not genuine as of any failure. Source: SoftHSM 2.6.1, tried.
    family: "softhsm2",
    wrap: CKM.aesKeyWrapPad,
    oaep: { RSAES_OAEP_SHA_1: "boundary", RSAES_OAEP_SHA_256: "boundary" },
    keySpecs: [...secrets, ...rsa, ...curves],
  },
])
