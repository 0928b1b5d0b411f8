import { keyAlgorithms } from "../../formats/keys/key-algorithms.js"
import { parsePairMaterial, pkcs8OfMaterial } from "../../formats/keys/pair-material.js"
import { type PrivateKeyParts, parsePkcs8 } from "../../formats/keys/pkcs8.js"
import { parseRsaMaterial } from "../../formats/keys/rsa-keys.js"
import { wipe } from "../../vocabulary/bytes.js"
import { invariant } from "../../vocabulary/errors.js"
import { andFinally, type Eventually } from "../../vocabulary/eventually.js"
import {
  isKeyPairSpec,
  type KeyPairSpec,
  type KeySpec,
  type KeySpecRow,
  keySpecRow,
} from "../../vocabulary/key-specs.js"
import { copyToStay } from "../../vocabulary/secret-bytes.js"
import type { Boundary } from "./boundary.js"
import { pairMakerOf, unsupported } from "./key-rules.js"

type Making = Pick<Boundary, "suite" | "entropy" | "draw">

/** What key material is, for each kind of key. */
interface MaterialRules {
  generate(made: Making, spec: KeySpec): Eventually<Uint8Array>
  /** What an import brought, as a token holds it; `undefined` when it is no key of that spec. */
  read(made: Making, spec: KeySpec, bytes: Uint8Array): Eventually<Uint8Array | undefined>
  /** What an import would have to bring to be this key. */
  write(spec: KeySpec, material: Uint8Array): Uint8Array
  /** Whether bytes are key material of the spec, in the form that tokens hold. */
  isWhole(spec: KeySpec, bytes: Uint8Array): boolean
}

function secretBytesOf(spec: KeySpec): NonNullable<KeySpecRow["secretBytes"]> {
  const { secretBytes } = keySpecRow(spec)
  invariant(secretBytes, "a secret key has no length in the table of key specs")
  return secretBytes
}

function isSecret(spec: KeySpec, bytes: Uint8Array): boolean {
  const { min, max } = secretBytesOf(spec)
  return bytes.length >= min && bytes.length <= max
}

/** Bytes that are the key. A generated key is as long as the shortest. */
const secret: MaterialRules = {
  generate: ({ draw }, spec) => draw(secretBytesOf(spec).min),
  read: (_boundary, spec, bytes) => (isSecret(spec, bytes) ? bytes : undefined),
  write: (_spec, material) => copyToStay(material),
  isWhole: isSecret,
}

/** Throws unless the spec is one of key pairs. */
export function requirePairSpec(spec: KeySpec): KeyPairSpec {
  if (!isKeyPairSpec(spec)) throw unsupported()
  return spec
}

/** The key material of a private key; `undefined` when it is no key of that spec. */
export const completePair = (
  { suite, entropy }: Making,
  spec: KeyPairSpec,
  parts: PrivateKeyParts,
): Eventually<Uint8Array | undefined> => pairMakerOf(suite, spec).complete(parts, entropy)

/** The forms of `formats/keys/pair-material.ts`; PKCS #8 outside. */
const pair: MaterialRules = {
  generate: ({ suite, entropy }, spec) => pairMakerOf(suite, spec).generate(entropy),
  read(boundary, spec, bytes) {
    const pairSpec = requirePairSpec(spec)
    const parts = parsePkcs8(pairSpec, bytes)
    if (parts === undefined) return undefined
    return andFinally(
      parts,
      () => completePair(boundary, pairSpec, parts),
      // It may be a copy, of a number that came without its leading zeros.
      ({ privateKey }) => wipe(privateKey),
    )
  },
  write: (spec, material) => pkcs8OfMaterial(requirePairSpec(spec), material),
  isWhole(spec, bytes) {
    const pairSpec = requirePairSpec(spec)
    return keyAlgorithms[pairSpec].privateKeyForm === "rsa"
      ? parseRsaMaterial(bytes) !== undefined
      : parsePairMaterial(pairSpec, bytes) !== undefined
  },
}

const rulesTable: Readonly<Record<KeySpecRow["kind"], MaterialRules>> = Object.freeze({
  "symmetric-encryption": secret,
  hmac: secret,
  asymmetric: pair,
})

/** What key material of a spec is. */
export const materialRulesOf = (spec: KeySpec): MaterialRules => rulesTable[keySpecRow(spec).kind]
