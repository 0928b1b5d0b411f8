import { isKeyPairSpec, type KeyPairSpec } from "../../formats/keys/key-algorithms.js"
import { type Binding, HsmError } from "../../ports/hsm.js"
import {
  type KeySpec,
  keySpecRow,
  keySpecs,
  type MacAlgorithm,
  type UsageAlgorithms,
} from "../../vocabulary/key-specs.js"
import { type MacRow, macTable } from "../suite/algorithms.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"

export const unsupported = (): HsmError =>
  new HsmError("unsupported", "key spec, key usage and algorithm do not go together")

/** What the suite has for a spec, or the refusal. */
export function supported<Row>(row: Row | undefined): Row {
  if (row === undefined) throw unsupported()
  return row
}

/** Throws unless the usage that the key is bound to has that algorithm. */
export function assertAlgorithm<Member extends keyof UsageAlgorithms>(
  { keySpec, keyUsage }: Binding,
  member: Member,
  algorithm: NonNullable<UsageAlgorithms[Member]>[number],
): void {
  const algorithms: readonly string[] = keySpecRow(keySpec)?.usages[keyUsage]?.[member] ?? []
  if (!algorithms.includes(algorithm)) throw unsupported()
}

/** Throws unless the spec allows the usage. */
export function assertUsage({ keySpec, keyUsage }: Omit<Binding, "keyMaterialId">): void {
  if (keySpecRow(keySpec)?.usages[keyUsage] === undefined) throw unsupported()
}

export function requirePairSpec(spec: KeySpec): KeyPairSpec {
  if (!isKeyPairSpec(spec)) throw unsupported()
  return spec
}

/** The lengths of a key of an HMAC spec; `undefined` for another spec. */
export function macRowOf(spec: KeySpec): MacRow | undefined {
  const algorithms = keySpecRow(spec).usages.GENERATE_VERIFY_MAC?.MacAlgorithms ?? []
  const [algorithm] = algorithms as readonly (MacAlgorithm | undefined)[]
  return algorithm && macTable[algorithm]
}

/** Where the suite must have a row for a spec to be usable in all the ways that it allows. */
const tablesOf = (suite: CryptoSuite) => ({
  EncryptionAlgorithms: suite.encryptionKeys,
  SigningAlgorithms: suite.signingKeys,
  MacAlgorithms: suite.macKeys,
  KeyAgreementAlgorithms: suite.agreementKeys,
  EncapsulationAlgorithms: suite.encapsulationKeys,
})

/** The specs for which the suite has all that they allow. */
export function specsOf(suite: CryptoSuite): readonly KeySpec[] {
  const tables = tablesOf(suite)
  const isSupported = (spec: KeySpec): boolean => {
    if (spec === "SYMMETRIC_DEFAULT") return true
    if (isKeyPairSpec(spec) && suite.keyPairs[spec] === undefined) return false
    return Object.values(keySpecRow(spec).usages)
      .flatMap((usage) => Object.keys(usage) as (keyof UsageAlgorithms)[])
      .every((member) => tables[member][spec] !== undefined)
  }
  return Object.freeze(keySpecs.filter(isSupported))
}
