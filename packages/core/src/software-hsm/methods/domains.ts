import {
  type DomainKey,
  type DomainState,
  domainKeysMax,
  encodeDomainState,
  parseDomainState,
} from "../../formats/opaque/domain-state.js"
import type { DomainHsm } from "../../ports/domain-hsm.js"
import type { Entropy } from "../../ports/entropy.js"
import { HsmError, type Seal } from "../../ports/hsm.js"
import { hexOf, utf8 } from "../../vocabulary/bytes.js"
import { andFinally, andThen, type Eventually } from "../../vocabulary/eventually.js"
import { allocateToStay } from "../../vocabulary/secret-bytes.js"

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

export type DomainMethods = Pick<DomainHsm, "createDomain" | "openDomain" | "rotateDomainKey">

/** Makes, opens and rotates domains; hands each one that it opened to `adopt`. */
export function domainMethods(
  seal: Seal,
  entropy: Entropy,
  adopt: (state: DomainState) => void,
): DomainMethods {
  const newDomainKey = (): DomainKey => ({
    id: hexOf(entropy(new Uint8Array(8))),
    key: entropy(allocateToStay(32)),
  })

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
