import {
  createSoftwareHsm,
  type KeySpec,
  type RegionHsm,
  type Seal,
  type SoftwareHsmOptions,
} from "@keywright/core/hsm"
import { freshEntropy } from "@keywright/core/suite"
import { opensslSuite } from "./openssl.js"
import { type Connection, createConnection, type TokenPlace } from "./pkcs11/connection.js"
import type { Pkcs11Module } from "./pkcs11/cryptoki.js"
import { createTokenDevice } from "./pkcs11/device.js"
import { loadCryptoki } from "./pkcs11/library.js"
import type { TokenMechanisms } from "./pkcs11/mechanisms.js"
import { createPkcs11Seal } from "./pkcs11/pkcs11-seal.js"
import { probeToken } from "./pkcs11/probe.js"
import { createFindKey, createTokenKeys } from "./pkcs11/token-keys.js"
import { createTokenSuite } from "./pkcs11/token-suite.js"

export type { Cryptoki, Pkcs11Module } from "./pkcs11/cryptoki.js"
export { families, type TokenMechanisms } from "./pkcs11/mechanisms.js"

export interface Pkcs11TokenOptions extends TokenPlace {
  /** The add-on: `() => import("pkcs11js")`. */
  readonly load: () => Pkcs11Module | Promise<Pkcs11Module>
  /** What the token does, instead of the first of {@link families} that works. */
  readonly mechanisms?: TokenMechanisms
}

/** A token that is open and logged in to, for HSMs and seals. */
export interface Pkcs11Token {
  /** What it was found to do. */
  readonly mechanisms: TokenMechanisms
  /** The key specs of an HSM on this token. It does not know the others. */
  readonly keySpecs: readonly KeySpec[]
  /** For HSMs and seals. */
  readonly connection: Connection
  /** Ends our sessions. HSMs and seals on the token are `unavailable` then. */
  close(): void
}

/**
 * Opens a token and finds out what it does: every key spec that it may have is tried with a key
 * that is gone afterwards. Whatever is wrong throws `HsmError` with code `unavailable`, whose text
 * says what: an add-on that is not built, a library that does not load, no token of that label, a
 * wrong PIN (which is never tried twice), a token that has what it takes for no family.
 *
 * @example
 * const token = await openPkcs11Token({
 *   load: () => import("pkcs11js"),
 *   library: "/usr/lib/softhsm/libsofthsm2.so",
 *   label: "keywright",
 *   pin: () => readFileSync("/run/secrets/pin", "utf8").trim(),
 * })
 */
export async function openPkcs11Token(options: Pkcs11TokenOptions): Promise<Pkcs11Token> {
  const cryptoki = await loadCryptoki(options.load, options.library)
  const connection = createConnection(cryptoki, options)
  try {
    const mechanisms = await probeToken(connection, opensslSuite(), options.mechanisms)
    return Object.freeze<Pkcs11Token>({
      mechanisms,
      keySpecs: mechanisms.keySpecs,
      connection,
      close: connection.close,
    })
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * A seal that is a key in the token, which never leaves it. It is found by its label, and made when
 * first something is sealed under it. Any HSM can have it: the software HSM, too.
 */
export const pkcs11Seal = (
  { connection }: Pkcs11Token,
  { label = "keywright seal" }: { readonly label?: string } = {},
): Seal => createPkcs11Seal(connection, label)

export interface Pkcs11HsmOptions extends Pick<SoftwareHsmOptions, "seal" | "formerSeals"> {
  readonly token: Pkcs11Token
  /**
   * Whether key material may leave the token for a region that the host has endorsed, by way of the
   * memory of this process. Default: false, and keys of this region get no replicas.
   */
  readonly handsOver?: boolean
}

/**
 * An HSM whose key material is in a PKCS #11 token. It is made there, wrapped there under domain
 * keys that never leave the token, and unwrapped there for one operation. What stands in memory are
 * the keys of the domain that seal records and bind key tokens, keys of single messages, and what
 * is encrypted and decrypted.
 *
 * It does what the token cannot with OpenSSL, beside the token: everything that needs no private
 * key, data key pairs, and checking what is imported.
 *
 * Calls of the token are made on this thread, but for the making of key pairs: behind
 * `isolatedHsm` the event loop of the host waits for none of them.
 */
export function pkcs11Hsm({ token, handsOver = false, ...seals }: Pkcs11HsmOptions): RegionHsm {
  if (typeof handsOver !== "boolean") throw new TypeError("`handsOver` must be true or false")
  const { connection, mechanisms } = token
  const find = createFindKey()
  const suite = opensslSuite()
  const entropy = freshEntropy((target) => {
    connection.use(({ cryptoki, handle }) => cryptoki.C_GenerateRandom(handle, target))
    return target
  })
  const keys = createTokenKeys(connection, mechanisms, find)
  return createSoftwareHsm({
    ...seals,
    suite: createTokenSuite({ keys, mechanisms, suite }),
    device: createTokenDevice({ connection, mechanisms, find, suite, handsOver }),
    entropy,
  })
}
