import { type PairMaterial, parsePairMaterial } from "../../../formats/keys/pair-material.js"
import { equalBytes } from "../../../vocabulary/bytes.js"
import { invariant } from "../../../vocabulary/errors.js"
import type { KeyPairSpec } from "../../../vocabulary/key-specs.js"

/** The parts of the key material of a token, which was authenticated. */
export function openPair(spec: KeyPairSpec, material: Uint8Array): PairMaterial {
  const pair = parsePairMaterial(spec, material)
  invariant(pair, "a token holds key material of another spec")
  return pair
}

/** Whether key material has the public key that came with it, where one did. */
export const isPairOf = (
  spec: KeyPairSpec,
  material: Uint8Array,
  given: Uint8Array | undefined,
): boolean => given === undefined || equalBytes(given, openPair(spec, material).publicKey)
