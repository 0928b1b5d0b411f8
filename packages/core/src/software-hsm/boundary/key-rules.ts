import type { Binding, KeyBinding } from "../../ports/bindings.js"
import { HsmError } from "../../ports/hsm.js"
import {
  type KeySpec,
  type KeyUsage,
  keySpecRow,
  keySpecs,
  type UsageAlgorithms,
} from "../../vocabulary/key-specs.js"
import type { CryptoSuite, KeyOpeners, SuiteRow, SuiteSpec } from "../suite/crypto-suite.js"

export const unsupported = (): HsmError =>
  new HsmError("unsupported", "key spec, key usage and algorithm do not go together")

const notInSuite = (spec: KeySpec): HsmError =>
  new HsmError("unsupported", `the crypto suite of this HSM does not do this with keys of ${spec}`)

/** What the suite has for a spec; nothing for those that are not a suite's to know. */
const suiteRowOf = (suite: CryptoSuite, spec: KeySpec): SuiteRow =>
  suite.keys[spec as SuiteSpec] ?? {}

/** What opens a key for a usage. Throws when the suite has nothing for its spec. */
export function openerOf<Usage extends KeyUsage>(
  suite: CryptoSuite,
  spec: KeySpec,
  usage: Usage,
): KeyOpeners[Usage] {
  const open: Partial<KeyOpeners>[Usage] = suiteRowOf(suite, spec)[usage]
  if (open === undefined) throw notInSuite(spec)
  return open
}

/** What makes key pairs of a spec. Throws when the suite has nothing for it. */
export function pairMakerOf(suite: CryptoSuite, spec: KeySpec): NonNullable<SuiteRow["pair"]> {
  const { pair } = suiteRowOf(suite, spec)
  if (pair === undefined) throw notInSuite(spec)
  return pair
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
export function assertUsage({ keySpec, keyUsage }: KeyBinding): void {
  if (keySpecRow(keySpec)?.usages[keyUsage] === undefined) throw unsupported()
}

/** The specs for which the suite has all that they allow. */
export function specsOf(suite: CryptoSuite): readonly KeySpec[] {
  const needsOf = (spec: KeySpec): readonly (keyof SuiteRow)[] => {
    const { kind, usages } = keySpecRow(spec)
    if (kind === "symmetric-encryption") return []
    const pair = kind === "asymmetric" ? (["pair"] as const) : []
    return [...pair, ...(Object.keys(usages) as KeyUsage[])]
  }
  const isSupported = (spec: KeySpec): boolean =>
    needsOf(spec).every((need) => suiteRowOf(suite, spec)[need] !== undefined)
  return Object.freeze(keySpecs.filter(isSupported))
}
