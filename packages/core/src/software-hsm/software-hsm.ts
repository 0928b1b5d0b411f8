import {
  type DomainKey,
  type DomainState,
  domainKeysMax,
  encodeDomainState,
  parseDomainState,
} from "../formats/opaque/domain-state.js"
import { bindingAad } from "../formats/opaque/key-token.js"
import type { Entropy } from "../ports/entropy.js"
import { type Binding, type Eventually, type Hsm, HsmError, type Seal } from "../ports/hsm.js"
import type { RegionHsm } from "../ports/region-hsm.js"
import { hexOf, utf8 } from "../vocabulary/bytes.js"
import { andFinally, andThen } from "../vocabulary/eventually.js"
import type { Boundary } from "./boundary/boundary.js"
import { type Domain, openDomainKeys } from "./boundary/domain.js"
import { assertUsage, macRowOf, requirePairSpec, specsOf, supported } from "./boundary/key-rules.js"
import { createKeptKeys, createOpenKeys, type KeepOpen } from "./boundary/open-keys.js"
import { encryptionMethods } from "./methods/encryption.js"
import { importMethods } from "./methods/imports.js"
import { pairMethods } from "./methods/key-pairs.js"
import { regionMethods } from "./methods/transfers.js"
import type { CryptoSuite } from "./suite/crypto-suite.js"
import { nobleSuite } from "./suite/noble-suite.js"

export interface SoftwareHsmOptions {
  /** What protects the domain state at rest. */
  readonly seal: Seal
  /** The cryptography underneath; `nobleSuite()` when absent. */
  readonly suite?: CryptoSuite
  /** Where keys, nonces and IVs come from; the source of the suite when absent. */
  readonly entropy?: Entropy
  /** When absent, key material is open for one operation and wiped. */
  readonly keepOpen?: KeepOpen
}

/** Ours: the longest run of random bytes that one call may ask for. */
const randomBytesMax = 65_536

/** What the sealed state is authenticated with: a label and the name of the domain. */
const sealContext = (name: string): Uint8Array => utf8(`keywright domain state 1\0${name}`)

const wipeKeys = (keys: readonly DomainKey[]): void => {
  for (const { key } of keys) key.fill(0)
}

function parseOpenedState(name: string, opened: Uint8Array | undefined): DomainState {
  if (opened === undefined) {
    throw new HsmError("sealed-by-another", "the seal does not open the domain state")
  }
  const state = parseDomainState(opened)
  if (state?.name === name) return state
  opened.fill(0)
  throw new HsmError("malformed", "what was sealed is not a state of this domain")
}

/** Makes, opens and rotates domains; hands each one that it opened to `adopt`. */
function domainMethods(
  seal: Seal,
  draw: (lengthBytes: number) => Uint8Array,
  adopt: (state: DomainState) => void,
): Pick<Hsm, "createDomain" | "openDomain" | "rotateDomainKey"> {
  const newDomainKey = (): DomainKey => ({ id: hexOf(draw(8)), key: draw(32) })

  function sealState(state: DomainState): Eventually<Uint8Array> {
    const bytes = encodeDomainState(state)
    return andFinally(
      () => seal.seal(bytes, sealContext(state.name)),
      () => bytes.fill(0),
    )
  }

  const openSealed = (name: string, sealed: Uint8Array): Eventually<DomainState> =>
    andThen(seal.open(sealed, sealContext(name)), (opened) => parseOpenedState(name, opened))

  return {
    createDomain(name) {
      const key = newDomainKey()
      const state = { name, currentKeyId: key.id, keys: [key] }
      const adopted = (sealed: Uint8Array): Uint8Array => {
        adopt(state)
        return sealed
      }
      return andFinally(
        () => andThen(sealState(state), adopted),
        () => wipeKeys(state.keys),
      )
    },

    openDomain: (name, sealedState) =>
      andThen(openSealed(name, sealedState), (state) => {
        andFinally(
          () => adopt(state),
          () => wipeKeys(state.keys),
        )
      }),

    rotateDomainKey: (name, sealedState) =>
      andThen(openSealed(name, sealedState), (state) => {
        const keys = [...state.keys]
        return andFinally(
          () => {
            if (keys.length === domainKeysMax) {
              throw new HsmError("unsupported", "the domain has as many keys as it can have")
            }
            const key = newDomainKey()
            keys.push(key)
            return sealState({ name, currentKeyId: key.id, keys })
          },
          () => wipeKeys(keys),
        )
      }),
  }
}

/** Makes key material, rewraps it, and tells which domain key a token is under. */
function tokenMethods({
  suite,
  entropy,
  domain,
  keys,
  draw,
}: Boundary): Pick<Hsm, "isCurrent" | "rewrap" | "generateKey"> {
  const wrap = (binding: Binding, material: Uint8Array): Uint8Array =>
    domain().wrap(material, (headerBytes) => bindingAad(binding, headerBytes))

  function generateMaterial({ keySpec }: Binding): Eventually<Uint8Array> {
    if (keySpec === "SYMMETRIC_DEFAULT") return draw(32)
    const mac = macRowOf(keySpec)
    if (mac !== undefined) return draw(mac.keyBytesMin)
    return supported(suite.keyPairs[requirePairSpec(keySpec)]).generate(entropy)
  }

  return {
    isCurrent: (token) => domain().isCurrent(token),
    rewrap: (request) => keys.withMaterial(request, (material) => wrap(request.binding, material)),
    generateKey(binding) {
      domain()
      assertUsage(binding)
      return andThen(generateMaterial(binding), (material) =>
        andFinally(
          () => wrap(binding, material),
          () => material.fill(0),
        ),
      )
    },
  }
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
export const createSoftwareHsm = (options: SoftwareHsmOptions): RegionHsm =>
  openSoftwareHsm(options).hsm

export function openSoftwareHsm(options: SoftwareHsmOptions): OpenedSoftwareHsm {
  const { seal, suite = nobleSuite(), keepOpen } = options
  const entropy = options.entropy ?? suite.entropy
  let current: Domain | undefined
  let isZeroized = false

  function assertNotZeroized(): void {
    if (isZeroized) throw new HsmError("unavailable", "the HSM is zeroized")
  }

  function domain(): Domain {
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

  /** The opened state becomes the domain of this HSM, whatever it was before. */
  function adopt(state: DomainState): void {
    assertNotZeroized()
    const adopted = openDomainKeys(state, suite, entropy)
    keys.wipe()
    current?.wipe()
    current = adopted
  }

  const domains = domainMethods(seal, draw, adopt)
  const boundary: Boundary = Object.freeze({ suite, entropy, domain, keys, draw })

  const hsm = Object.freeze<RegionHsm>({
    keySpecs: specsOf(suite),

    state: () => (isZeroized ? "zeroized" : current === undefined ? "locked" : "operational"),

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

    ...tokenMethods(boundary),
    ...encryptionMethods(boundary),
    ...pairMethods(boundary),
    ...importMethods(boundary),
    ...regionMethods(boundary),

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
