import {
  encodeSealHeader,
  isScryptCost,
  parseSealedState,
  type ScryptCost,
  saltBytesLength,
} from "../../formats/opaque/sealed-state.js"
import type { Seal } from "../../ports/hsm.js"
import { utf8 } from "../../vocabulary/bytes.js"
import { openSecretBytes, SecretBytes, wipeSecretBytes } from "../../vocabulary/secret-bytes.js"
import { systemEntropy } from "../suite/noble-suite.js"
import { openUnder, sealUnder } from "./root-key-seal.js"

/** 128 MiB and some tenths of a second in pure TypeScript. */
const defaultCost: ScryptCost = Object.freeze({ costLog2: 17, blockSize: 8, parallelism: 1 })

/** Gives way to other work every few milliseconds. */
async function stretch(
  passphrase: Uint8Array,
  salt: Uint8Array,
  { costLog2, blockSize, parallelism }: ScryptCost,
): Promise<Uint8Array> {
  const { scryptAsync } = await import("@noble/hashes/scrypt.js")
  const cost = { N: 2 ** costLog2, r: blockSize, p: parallelism, dkLen: 32, asyncTick: 10 }
  return scryptAsync(passphrase, salt, cost)
}

/**
 * A seal that is a passphrase, for those who have no place for a root key: every sealing draws a
 * salt, makes a key by scrypt (RFC 7914) and encrypts with AES-256-GCM. The passphrase is taken
 * in Unicode form NFC. A sealed state names its own cost, and one that asks for more than
 * 256 MiB is not opened.
 *
 * Throws `TypeError` for an empty or malformed passphrase and for a cost out of bounds.
 */
export function passphraseSeal(passphrase: string, cost: ScryptCost = defaultCost): Seal {
  if (typeof passphrase !== "string" || passphrase === "" || !passphrase.isWellFormed()) {
    throw new TypeError("`passphrase` must be a well-formed string that is not empty")
  }
  if (!isScryptCost(cost)) throw new TypeError("`cost` is out of bounds")
  const bytes = utf8(passphrase.normalize("NFC"))
  const secret = new SecretBytes(bytes)
  bytes.fill(0)

  return Object.freeze<Seal>({
    async seal(state, context) {
      const salt = systemEntropy(new Uint8Array(saltBytesLength))
      const key = await stretch(openSecretBytes(secret), salt, cost)
      return sealUnder(key, encodeSealHeader(salt, cost), state, context)
    },
    async open(sealed, context) {
      const parsed = parseSealedState(sealed)
      if (parsed?.cost === undefined) return undefined
      const key = await stretch(openSecretBytes(secret), parsed.salt, parsed.cost)
      return openUnder(key, parsed, context)
    },
    close: () => wipeSecretBytes(secret),
  })
}
