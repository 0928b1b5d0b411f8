import { ed25519 } from "@noble/curves/ed25519.js"
import { replyFormat, requestFormat } from "../../src/formats/regions/region-bodies.js"
import {
  encodeMessageBody,
  encodeRegionMessage,
  parseRegionMessage,
} from "../../src/formats/regions/region-message.js"
import {
  encodeOffer,
  messageStatement,
  offerStatement,
} from "../../src/formats/regions/region-transfer.js"
import { keyBindingOf } from "../../src/operations/bound-tokens.js"
import { hybridPublicKey, hybridSecretBytes } from "../../src/software-hsm/suite/noble/hybrid.js"

type Request = NonNullable<ReturnType<typeof requestFormat.parse>>
type Synchronize = Extract<Request, { readonly kind: "synchronize" }>

/**
 * A region that was connected and asks for all key material that it hears of, also for what a
 * region of ours would never ask for. `transfers` is what it got.
 */
export function greedyRegion(name: string, victim: string) {
  const secret = crypto.getRandomValues(new Uint8Array(32))
  const hybridSecret = crypto.getRandomValues(new Uint8Array(hybridSecretBytes))
  const transfers: Uint8Array[] = []

  const answer = (request: Synchronize, missing: (ids: readonly string[]) => readonly string[]) => {
    const { account, keyId, shared, transfer } = request
    if (transfer !== undefined) {
      transfers.push(transfer)
      return replyFormat.encode({ kind: "synchronized", version: shared.version })
    }
    const { materials } = shared
    const binding = keyBindingOf({ partition: "aws" }, { account, keyId, ...shared })
    const { x25519, mlKem } = hybridPublicKey(hybridSecret)
    const value = { from: `aws:${name}`, to: `aws:${victim}`, binding, x25519, mlKem }
    const offer = encodeOffer({ value, signature: ed25519.sign(offerStatement(value), secret) })
    return replyFormat.encode({
      kind: "offered",
      offer,
      missing: missing(materials.map(({ id }) => id)),
    })
  }

  return {
    region: name,
    replicationKey: ed25519.getPublicKey(secret),
    transfers,
    /** A link to it; it asks for what `missing` makes of the ids of all materials. */
    link: (missing = (ids: readonly string[]): readonly string[] => ids) => ({
      deliver: async (bytes: Uint8Array): Promise<Uint8Array> => {
        const message = parseRegionMessage(bytes)
        const request = message && requestFormat.parse(message.body)
        if (message === undefined || request?.kind !== "synchronize") throw new Error("not that")
        const body = answer(request, missing)
        const head = { kind: "reply", from: name, to: victim, id: message.id, body } as const
        const signed = encodeMessageBody(head)
        return encodeRegionMessage(signed, ed25519.sign(messageStatement(signed), secret))
      },
    }),
  }
}
