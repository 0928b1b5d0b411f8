import {
  type DomainKey,
  type DomainState,
  domainKeysMax,
  encodeDomainState,
  parseDomainState,
  trustGenerationMax,
} from "../../formats/opaque/domain-state.js"
import {
  domainAad,
  domainSealsMax,
  encodeDomainHeader,
  encodeSealedDomain,
  parseSealedDomain,
  type SealedDomain,
} from "../../formats/opaque/sealed-domain.js"
import type { DomainHsm } from "../../ports/domain-hsm.js"
import type { Entropy } from "../../ports/entropy.js"
import { HsmError, type Seal } from "../../ports/hsm.js"
import type { RegionHsm } from "../../ports/region-hsm.js"
import { hexOf, utf8, wipe } from "../../vocabulary/bytes.js"
import { andFinally, andThen, type Eventually, orCleanUp } from "../../vocabulary/eventually.js"
import { allocateToStay, copyToStay } from "../../vocabulary/secret-bytes.js"
import type { CryptoSuite } from "../suite/crypto-suite.js"
import type { KeyDevice } from "../suite/key-device.js"

const stateKeyBytes = 32

/** What the key of a state is sealed with: a label and the name of the domain. */
const sealContext = (name: string): Uint8Array => utf8(`keywright domain 1\0${name}`)

const wipeKeys = (keys: readonly DomainKey[]): void => {
  for (const { key } of keys) key.fill(0)
}

/** The first that `ask` has an answer for. */
function firstAnswer<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Eventually<Answer | undefined>,
  from = 0,
): Eventually<Answer | undefined> {
  if (from === items.length) return undefined
  return andThen(ask(items[from] as Item), (answer) => answer ?? firstAnswer(items, ask, from + 1))
}

/** A domain state that was opened: its parts, which whoever opened it wipes. */
interface OpenedState {
  readonly state: DomainState
  readonly stateKey: Uint8Array
  readonly sealedKeys: readonly Uint8Array[]
}

export interface DomainParts {
  readonly seal: Seal
  /** What may have sealed the domain before: they open it, and seal nothing. */
  readonly formerSeals: readonly Seal[]
  readonly suite: CryptoSuite
  readonly entropy: Entropy
  readonly device: KeyDevice
  /** Takes a state that was opened, and keeps nothing of its bytes. */
  readonly adopt: (state: DomainState) => void
}

export type DomainMethods = Pick<
  DomainHsm & Pick<RegionHsm, "withdrawTrust">,
  | "createDomain"
  | "openDomain"
  | "rotateDomainKey"
  | "withdrawTrust"
  | "resealDomain"
  | "retireDomainKeys"
>

function stateFunctions({ seal, formerSeals, suite, entropy }: DomainParts) {
  const tagBytes = 16

  /** The key of a state, if one of the seals has sealed it. */
  const openKey = (
    seals: readonly Seal[],
    name: string,
    sealedKeys: readonly Uint8Array[],
  ): Eventually<Uint8Array | undefined> => {
    const tries = seals.flatMap((one) => sealedKeys.map((sealed) => ({ one, sealed })))
    return firstAnswer(tries, ({ one, sealed }) => one.open(sealed, sealContext(name)))
  }

  function openState(name: string, stateKey: Uint8Array, sealed: SealedDomain): DomainState {
    const { headerBytes, iv, ciphertext } = sealed
    const isKey = stateKey.length === stateKeyBytes
    const aad = domainAad(headerBytes, name)
    const opened = isKey ? suite.decryptOnce(stateKey, iv, ciphertext, aad) : undefined
    const state = opened && parseDomainState(opened)
    if (state?.name === name) return state
    opened?.fill(0)
    throw new HsmError("malformed", "what was sealed is not a state of this domain")
  }

  /** Opens a state for as long as `act` works with it. */
  function withState<Result>(
    name: string,
    bytes: Uint8Array,
    act: (opened: OpenedState) => Eventually<Result>,
  ): Eventually<Result> {
    const sealed = parseSealedDomain(bytes)
    if (sealed === undefined) throw new HsmError("malformed", "that is no sealed domain")
    const { sealedKeys } = sealed
    return andThen(openKey([seal, ...formerSeals], name, sealedKeys), (opened) => {
      if (opened === undefined) {
        throw new HsmError("sealed-by-another", "the seal does not open the domain state")
      }
      const stateKey = copyToStay(opened)
      opened.fill(0)
      const work = (): Eventually<Result> =>
        andFinally(
          openState(name, stateKey, sealed),
          (state) => act({ state, stateKey, sealedKeys }),
          ({ keys }) => wipeKeys(keys),
        )
      return andFinally(stateKey, work, wipe)
    })
  }

  function sealState(
    state: DomainState,
    stateKey: Uint8Array,
    sealedKeys: readonly Uint8Array[],
  ): Uint8Array {
    const headerBytes = encodeDomainHeader(sealedKeys)
    const iv = entropy(new Uint8Array(12))
    const bytes = encodeDomainState(state)
    try {
      const ciphertext = new Uint8Array(bytes.length + tagBytes)
      suite.encryptInto(ciphertext, stateKey, iv, bytes, domainAad(headerBytes, state.name))
      return encodeSealedDomain({ headerBytes, iv, ciphertext })
    } finally {
      bytes.fill(0)
    }
  }

  /** Seals a state under a new key that the seal of this HSM alone opens. */
  function sealAnew(state: DomainState): Eventually<Uint8Array> {
    const stateKey = entropy(allocateToStay(stateKeyBytes))
    const sealBoth = (): Eventually<Uint8Array> =>
      andThen(seal.seal(stateKey, sealContext(state.name)), (sealedKey) =>
        sealState(state, stateKey, [sealedKey]),
      )
    return andFinally(stateKey, sealBoth, wipe)
  }

  /** Lets the seal of this HSM open a state, too; the state as it is when it does already. */
  function sealToo(name: string, opened: OpenedState): Eventually<Uint8Array | undefined> {
    const { state, stateKey, sealedKeys } = opened
    return andThen(openKey([seal], name, sealedKeys), (known) => {
      known?.fill(0)
      if (known !== undefined) return undefined
      if (sealedKeys.length === domainSealsMax) {
        throw new HsmError("unsupported", "the domain has as many seals as it can have")
      }
      return andThen(seal.seal(stateKey, sealContext(name)), (sealedKey) =>
        sealState(state, stateKey, [...sealedKeys, sealedKey]),
      )
    })
  }

  return { withState, sealState, sealAnew, sealToo }
}

/** Makes, opens and changes domains; hands each one that it opened to `adopt`. */
export function domainMethods(parts: DomainParts): DomainMethods {
  const { entropy, device, adopt } = parts
  const { withState, sealState, sealAnew, sealToo } = stateFunctions(parts)

  /** Makes a domain key for `act`; the device forgets it when that fails. */
  function withNewKey(act: (key: DomainKey) => Eventually<Uint8Array>): Eventually<Uint8Array> {
    const key = { id: hexOf(entropy(new Uint8Array(8))), key: entropy(allocateToStay(32)) }
    const make = (): Eventually<Uint8Array> => {
      device.makeDomainKey(key.id)
      return act(key)
    }
    const forget = (): void => device.removeDomainKey(key.id)
    return andFinally([key], () => orCleanUp(key, make, forget), wipeKeys)
  }

  /** The state with one domain key more, and with what else is to change. */
  const rotated = (name: string, sealedState: Uint8Array, withdrawals: number) =>
    withState(name, sealedState, ({ state, stateKey, sealedKeys }) => {
      const trustGeneration = state.trustGeneration + withdrawals
      if (state.keys.length === domainKeysMax || trustGeneration > trustGenerationMax) {
        throw new HsmError("unsupported", "the domain has as many keys as it can have")
      }
      return withNewKey((key) => {
        const keys = [...state.keys, key]
        const after = { name, currentKeyId: key.id, keys, trustGeneration }
        return sealState(after, stateKey, sealedKeys)
      })
    })

  return {
    createDomain: (name) =>
      withNewKey((key) => {
        const state = { name, currentKeyId: key.id, keys: [key], trustGeneration: 0 }
        return andThen(sealAnew(state), (sealed) => {
          adopt(state)
          return sealed
        })
      }),

    openDomain: (name, sealedState) => withState(name, sealedState, ({ state }) => adopt(state)),

    rotateDomainKey: (name, sealedState) => rotated(name, sealedState, 0),
    withdrawTrust: (name, sealedState) => rotated(name, sealedState, 1),

    resealDomain: (name, sealedState, former) =>
      withState(name, sealedState, (opened) =>
        former === "retired"
          ? sealAnew(opened.state)
          : andThen(sealToo(name, opened), (sealed) => sealed ?? sealedState.slice()),
      ),

    retireDomainKeys: (name, sealedState, ids) =>
      withState(name, sealedState, ({ state, stateKey, sealedKeys }) => {
        if (ids.includes(state.currentKeyId)) {
          throw new HsmError("unsupported", "the current domain key cannot be retired")
        }
        const keys = state.keys.filter(({ id }) => !ids.includes(id))
        return sealState({ ...state, keys }, stateKey, sealedKeys)
      }),
  }
}
