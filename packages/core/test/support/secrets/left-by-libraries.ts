/*
 * Copies that libraries make where nobody else can reach them. SECURITY tells of them.
 */

interface LeftByLibrary {
  readonly why: string
  /** Who made the copy. */
  readonly maker: RegExp
  /** Of which secrets. */
  readonly names: RegExp
}

const leftByLibraries: readonly LeftByLibrary[] = [
  {
    why: "noble feeds private key and hedge to the generator that makes the nonce of ECDSA",
    maker: /at (h|prepSig) \(\S*curves|_Field\.toBytes/,
    names: /^(a draw|a signing key|what was unwrapped|the material of ECC_\w+) /,
  },
  {
    why: "noble writes the coordinates of a shared point one by one",
    maker: /_Field\.toBytes/,
    names: /^agree /,
  },
  {
    why: "noble copies the scalar of X25519 to clamp it",
    maker: /at decodeScalar /,
    names: /^(a draw|what (is wrapped|was unwrapped)) /,
  },
]

/** Whether a copy that was found was left by a library. */
export const isLeftByLibrary = (found: string): boolean =>
  leftByLibraries.some(({ maker, names }) => names.test(found) && maker.test(found))
