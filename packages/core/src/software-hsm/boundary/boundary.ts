import type { Entropy } from "../../ports/entropy.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"
import type { KeyDevice } from "../suite/key-device.js"
import type { DomainKeys } from "./domain.js"
import type { OpenKeys } from "./open-keys.js"

/** What the methods of one HSM share. */
export interface Boundary {
  readonly suite: CryptoSuite
  readonly entropy: Entropy
  /** The domain; throws `unavailable` when the HSM is not operational. */
  readonly domain: () => DomainKeys
  readonly keys: OpenKeys
  readonly device: KeyDevice
  /** Fresh random bytes; throws `RangeError` for a length out of bounds. */
  readonly draw: (lengthBytes: number) => Uint8Array
}
