import type { DomainState } from "../formats/opaque/domain-state.js"
import type { Entropy } from "../ports/entropy.js"
import { HsmError, type Seal } from "../ports/hsm.js"
import type { RegionHsm } from "../ports/region-hsm.js"
import { type OptionNames, requireKnownOptions } from "../vocabulary/option-names.js"
import type { Boundary } from "./boundary/boundary.js"
import { type DomainKeys, openDomainKeys } from "./boundary/domain.js"
import { specsOf } from "./boundary/key-rules.js"
import { memoryDevice } from "./boundary/memory-device.js"
import { createKeptKeys, createOpenKeys, type KeepOpen } from "./boundary/open-keys.js"
import { domainMethods } from "./methods/domains.js"
import { encryptionMethods } from "./methods/encryption.js"
import { importMethods } from "./methods/imports.js"
import { recordMethods } from "./methods/records.js"
import { sharedSecretMethods } from "./methods/shared-secrets.js"
import { signatureMethods } from "./methods/signatures.js"
import { tokenMethods } from "./methods/tokens.js"
import { regionMethods } from "./methods/transfers.js"
import type { CryptoSuite } from "./suite/crypto-suite.js"
import type { KeyDevice } from "./suite/key-device.js"
import { nobleSuite } from "./suite/noble-suite.js"

export interface SoftwareHsmOptions {
  /** What protects the domain state at rest. */
  readonly seal: Seal
  /**
   * What may have protected it before: they open it, and seal nothing. Until the domain was sealed
   * under `seal`, too, see `kms.reseal`. Default: none.
   */
  readonly formerSeals?: readonly Seal[]
  /** The cryptography underneath; `nobleSuite()` when absent. */
  readonly suite?: CryptoSuite
  /** Where keys, nonces and IVs come from; the source of the suite when absent. */
  readonly entropy?: Entropy
  /** Where key material is, with a suite that opens what is kept there; memory when absent. */
  readonly device?: KeyDevice
  /** When absent, key material is open for one operation and wiped. */
  readonly keepOpen?: KeepOpen
}

const optionNames: OptionNames<SoftwareHsmOptions> = {
  seal: true,
  formerSeals: true,
  suite: true,
  entropy: true,
  device: true,
  keepOpen: true,
}

/** Ours: the longest run of random bytes that one call may ask for. */
const randomBytesMax = 65_536

const idsOf = ({ keys }: DomainState): readonly string[] => keys.map(({ id }) => id)

/**
 * The keys that were retired: of those that are open, the ones before a key that stays. What a
 * state lacks for being older is not among them.
 */
function retiredBetween(open: DomainKeys | undefined, state: DomainState): readonly string[] {
  if (open?.name !== state.name) return []
  const ids = [...open.keyIds.formerIds, open.keyIds.currentId]
  const staying = idsOf(state)
  const stays = (id: string): boolean => staying.includes(id)
  return ids.slice(0, Math.max(0, ids.findLastIndex(stays))).filter((id) => !stays(id))
}

/** An HSM, and its boundary: for code that stands inside the boundary with it, and nobody else. */
export interface OpenedSoftwareHsm {
  readonly hsm: RegionHsm
  readonly boundary: Boundary
}

/**
 * The HSM in TypeScript: a boundary by discipline, in the memory of its own process. Answers at
 * once, but for what its seal does later and for the code and the key pairs of its suite.
 */
export function createSoftwareHsm(options: SoftwareHsmOptions): RegionHsm {
  requireKnownOptions(options, optionNames)
  return openSoftwareHsm(options).hsm
}

/** `opens`: whether it goes back to a domain state from before a withdrawal of trust. */
export function openSoftwareHsm(
  options: SoftwareHsmOptions,
  opens: "newer states" | "any state" = "newer states",
): OpenedSoftwareHsm {
  const { seal, formerSeals = [], suite = nobleSuite(), keepOpen } = options
  const entropy = options.entropy ?? suite.entropy
  let current: DomainKeys | undefined
  let isZeroized = false

  function assertNotZeroized(): void {
    if (isZeroized) throw new HsmError("unavailable", "the HSM is zeroized")
  }

  function domain(): DomainKeys {
    assertNotZeroized()
    if (current === undefined) throw new HsmError("unavailable", "the HSM is locked")
    return current
  }

  function draw(lengthBytes: number): Uint8Array {
    if (!Number.isInteger(lengthBytes) || lengthBytes < 1 || lengthBytes > randomBytesMax) {
      throw new RangeError(`\`lengthBytes\` must be an integer from 1 to ${randomBytesMax}`)
    }
    return entropy(new Uint8Array(lengthBytes))
  }

  const keys =
    keepOpen === undefined
      ? createOpenKeys(domain, entropy)
      : createKeptKeys(domain, entropy, keepOpen)

  const device = options.device ?? memoryDevice({ suite, entropy, draw })

  function isFromBefore({ name, trustGeneration }: DomainState): boolean {
    return current?.name === name && trustGeneration < current.trustGeneration
  }

  /** The opened state becomes the domain of this HSM, whatever it was before. */
  function adopt(state: DomainState): void {
    assertNotZeroized()
    if (opens === "newer states" && isFromBefore(state)) {
      throw new HsmError("malformed", "the domain state is older than a withdrawal of trust")
    }
    device.useDomainKeys(idsOf(state), state.currentKeyId)
    for (const id of retiredBetween(current, state)) device.removeDomainKey(id)
    const adopted = openDomainKeys(state, suite, entropy)
    keys.wipe()
    current?.wipe()
    current = adopted
  }

  const domains = domainMethods({ seal, formerSeals, suite, entropy, device, adopt })
  const boundary: Boundary = Object.freeze({ suite, entropy, domain, keys, device, draw })

  const hsm = Object.freeze<RegionHsm>({
    keySpecs: specsOf(suite),

    createDomain(name) {
      assertNotZeroized()
      return domains.createDomain(name)
    },
    openDomain(name, sealedState) {
      assertNotZeroized()
      return domains.openDomain(name, sealedState)
    },
    rotateDomainKey(name, sealedState) {
      assertNotZeroized()
      return domains.rotateDomainKey(name, sealedState)
    },
    withdrawTrust(name, sealedState) {
      assertNotZeroized()
      return domains.withdrawTrust(name, sealedState)
    },
    resealDomain(name, sealedState, former) {
      assertNotZeroized()
      return domains.resealDomain(name, sealedState, former)
    },
    retireDomainKeys(name, sealedState, ids) {
      assertNotZeroized()
      return domains.retireDomainKeys(name, sealedState, ids)
    },
    domainKeys: () => domain().keyIds,

    ...tokenMethods(boundary),
    ...encryptionMethods(boundary),
    ...signatureMethods(boundary),
    ...sharedSecretMethods(boundary),
    ...importMethods(boundary),
    ...regionMethods(boundary),
    ...recordMethods(boundary),

    generateRandom(lengthBytes) {
      domain()
      return draw(lengthBytes)
    },

    close() {
      keys.wipe()
      current?.wipe()
      current = undefined
      isZeroized = true
    },
  })
  return { hsm, boundary }
}
