import { type Binding, HsmError, isHsmError, type RegionHsm } from "@keywright/core"

/** An HSM that breaks one promise, made of one that keeps them all. */
export type Flaw = (hsm: RegionHsm) => Partial<RegionHsm>

/** What a flaw is, the sentence of the case that must notice it, and the flaw. */
export type Flaws = Readonly<Record<string, readonly [string, Flaw]>>

/** HSMs that each break one promise to other regions. */
export const regionFlaws: Flaws = {
  "wraps for an offer that it did not verify": [
    "key material is wrapped for no offer that was damaged, cut or lengthened",
    (hsm) => {
      let genuine: Uint8Array | undefined
      return {
        wrapForRegion: async (request) => {
          genuine ??= request.offer
          return hsm.wrapForRegion({ ...request, offer: genuine })
        },
      }
    },
  ],
  "unwraps a transfer that it did not verify": [
    "a transfer that was damaged, cut or lengthened is not unwrapped",
    (hsm) => ({
      unwrapFromRegion: async (request) =>
        (await hsm.unwrapFromRegion(request)) ?? [
          await hsm.generateKey(request.bindings[0] as Binding),
        ],
    }),
  ],
  "puts materials where they do not belong": [
    "several materials go at once, each to its own place",
    (hsm) => ({
      unwrapFromRegion: async (request) =>
        (await hsm.unwrapFromRegion(request)) ??
        (await hsm.unwrapFromRegion({ ...request, bindings: request.bindings.toReversed() })),
    }),
  ],
  "hands over other material than it was given": [
    "key material arrives under the other domain's key, and is the same",
    (hsm) => ({
      unwrapFromRegion: (request) =>
        Promise.all(request.bindings.map((one) => hsm.generateKey(one))),
    }),
  ],
  "endorses whoever is named": [
    "key material leaves for no domain that was not endorsed here by its name",
    (hsm) => ({
      endorseDomain: (_name, publicKey) => hsm.endorseDomain("aws:anywhere", publicKey),
      verifyFromRegion: (peer, message, signature) =>
        hsm.verifyFromRegion({ ...peer, name: "aws:anywhere" }, message, signature),
      offerTransfer: (request) =>
        hsm.offerTransfer({ ...request, source: { ...request.source, name: "aws:anywhere" } }),
      wrapForRegion: (request) =>
        hsm.wrapForRegion({ ...request, target: { ...request.target, name: "aws:anywhere" } }),
    }),
  ],
  "forgets its replication key when domain keys rotate": [
    "a replication key and its endorsement outlive the rotation of domain keys",
    (hsm) => {
      let isRotated = false
      return {
        rotateDomainKey: (name, sealed) => {
          isRotated = true
          return hsm.rotateDomainKey(name, sealed)
        },
        offerTransfer: (request) => {
          if (isRotated) throw new HsmError("token-refused", "no such replication key")
          return hsm.offerTransfer(request)
        },
      }
    },
  ],
  "leaves what replication keeps under an old domain key": [
    "what replication keeps moves to the current domain key, and works there alone",
    () => ({ rewrapReplication: ({ token }) => token.slice() }),
  ],
  "has one replication key for ever": [
    "a replication key has a public key of 32 bytes, and is another each time",
    (hsm) => {
      let only: Uint8Array | undefined
      return {
        generateReplicationKey: async () => {
          only ??= await hsm.generateReplicationKey()
          return only
        },
      }
    },
  ],
  "says some public key of a token that it did not open": [
    "the public key of a replication key comes out of a genuine token, and of nothing else",
    () => ({ replicationPublicKey: (token) => token.slice(0, 32) }),
  ],
  "verifies whatever another region says": [
    "a message is known as a domain's own by those who endorsed it, and by nobody else",
    () => ({ verifyFromRegion: () => true }),
  ],
  "throws at a signature that is too short": [
    "a signature with a flipped bit, cut or lengthened, or of another message, is false",
    (hsm) => ({
      verifyFromRegion: async (peer, message, signature) => {
        if (signature.length !== 64) throw new HsmError("malformed", "a signature has 64 bytes")
        return hsm.verifyFromRegion(peer, message, signature)
      },
    }),
  ],
  "signs with any token": [
    "nothing but the domain's own replication key signs, offers or wraps",
    (hsm) => ({
      signForRegion: async (replicationKey, message) => {
        try {
          return await hsm.signForRegion(replicationKey, message)
        } catch {
          return new Uint8Array(64)
        }
      },
    }),
  ],
  "endorses after it was closed": [
    "an HSM that was closed, or never opened, neither signs nor transfers",
    (hsm) => ({
      endorseDomain: async (name, publicKey) => {
        try {
          return await hsm.endorseDomain(name, publicKey)
        } catch (error) {
          if (!isHsmError(error) || error.code !== "unavailable") throw error
          return new Uint8Array(99)
        }
      },
    }),
  ],
  "wraps for whoever has made an offer": [
    "key material is wrapped for no offer but the target's, for this domain and this key",
    (hsm) => ({
      wrapForRegion: async (request) =>
        (await hsm.wrapForRegion(request)) ?? hsm.generateRandom(100),
    }),
  ],
  "unwraps a transfer for whatever key it is told": [
    "a transfer is unwrapped for its own offer, key and sender, and for no other",
    (hsm) => {
      let bindings: readonly Binding[] | undefined
      return {
        unwrapFromRegion: (request) => {
          bindings ??= request.bindings
          return hsm.unwrapFromRegion({ ...request, bindings })
        },
      }
    },
  ],
  "opens a transfer with an offer that another domain has made": [
    "a transfer is opened by the domain that made its offer, and by no other",
    (hsm) => ({
      unwrapFromRegion: async (request) => {
        try {
          return await hsm.unwrapFromRegion(request)
        } catch {
          return undefined
        }
      },
    }),
  ],
  "trusts whom it has trusted before": [
    "trust that was withdrawn does not come back with what was endorsed before",
    (hsm) => ({ withdrawTrust: (name, sealed) => hsm.rotateDomainKey(name, sealed) }),
  ],
  "says another key than the one that it has endorsed": [
    "an endorsement says which replication key it is of, to the domain that made it",
    (hsm) => ({
      endorsedKey: async (peer) => (await hsm.endorsedKey(peer)).map((byte) => byte ^ 1),
    }),
  ],
  "does not authenticate its endorsements": [
    "an endorsement with a flipped bit, cut or lengthened is refused",
    (hsm) => {
      let genuine: Uint8Array | undefined
      return {
        endorseDomain: async (name, publicKey) => {
          genuine = await hsm.endorseDomain(name, publicKey)
          return genuine
        },
        wrapForRegion: ({ target, ...request }) =>
          hsm.wrapForRegion({
            ...request,
            target: { ...target, endorsement: genuine ?? target.endorsement },
          }),
      }
    },
  ],
  "signs offers as it signs messages": [
    "a signature in an offer or a transfer is no signature of a message",
    (hsm) => ({
      offerTransfer: async (request) => {
        const made = await hsm.offerTransfer(request)
        const body = made.offer.slice(0, -64)
        const signature = await hsm.signForRegion(request.replicationKey, body)
        return { ...made, offer: Uint8Array.of(...body, ...signature) }
      },
      wrapForRegion: async () => new Uint8Array(100),
    }),
  ],
  "offers the same one-time key twice": [
    "offers and transfers of the same key are never the same twice",
    (hsm) => {
      let only: Awaited<ReturnType<RegionHsm["offerTransfer"]>> | undefined
      return {
        offerTransfer: async (request) => {
          only ??= await hsm.offerTransfer(request)
          return only
        },
      }
    },
  ],
}
