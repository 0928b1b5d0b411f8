import type { CryptoSuite } from "../../../src/software-hsm/suite/crypto-suite.js"
import { quickRsaSuite } from "../quick-rsa.js"

const { pair } = quickRsaSuite().keys.RSA_2048 ?? {}
const none = (target: Uint8Array): Uint8Array => target

/** A suite whose RSA keys are one key that was made before: making one takes it seconds. */
export async function premadeRsa(suite: CryptoSuite): Promise<CryptoSuite> {
  const { RSA_2048 } = suite.keys
  const made = await pair?.generate(none)
  if (made === undefined || RSA_2048?.pair === undefined) throw new Error("there is no RSA")
  const generate = (): Uint8Array => made.slice()
  const row = { ...RSA_2048, pair: { ...RSA_2048.pair, generate } }
  return { ...suite, keys: { ...suite.keys, RSA_2048: row } }
}
