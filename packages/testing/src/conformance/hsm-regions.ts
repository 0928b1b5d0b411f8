import type { RegionHsm } from "@keywright/core"
import { equalBytes, utf8 } from "./bytes.js"
import { check, checkRefused, type HsmCase, wrongOnes } from "./hsm-case.js"
import {
  binding,
  carried,
  offerOf,
  openPair,
  openSide,
  peerOf,
  transferOf,
  wrapFor,
} from "./hsm-region-setup.js"
import { plaintext } from "./hsm-setup.js"
import { transferCases } from "./hsm-transfers.js"

type RegionCase = HsmCase<RegionHsm>

const message = utf8("what one region tells another")

const endorsementCases: readonly RegionCase[] = [
  {
    name: "a replication key has a public key of 32 bytes, and is another each time",
    async run(from) {
      const { hsm, replicationKey, publicKey } = await openSide(from, "aws:us-east-1")
      const second = await hsm.replicationPublicKey(await hsm.generateReplicationKey())
      check(publicKey.length === 32 && second.length === 32, "has 32 bytes")
      check(!equalBytes(publicKey, second), "is made afresh")
      const again = await hsm.replicationPublicKey(replicationKey)
      check(equalBytes(publicKey, again), "has the same public key whenever it is asked")
    },
  },
  {
    name: "the public key of a replication key comes out of a genuine token, and of nothing else",
    async run(from) {
      const pair = await openPair(from)
      const { hsm, replicationKey } = pair.source
      const others = [pair.key.token, pair.targetPeer.endorsement, pair.target.replicationKey]
      for (const token of [...wrongOnes(replicationKey), ...others]) {
        await checkRefused(["token-refused", "unknown-domain-key"], () =>
          hsm.replicationPublicKey(token),
        )
      }
    },
  },
  {
    name: "key material leaves for no domain that was not endorsed here by its name",
    async run(from) {
      const pair = await openPair(from)
      const { offer } = await offerOf(pair.target, pair.sourcePeer)
      for (const target of [
        { ...pair.targetPeer, name: "aws:ap-south-1" },
        { ...pair.targetPeer, endorsement: pair.source.replicationKey },
        { ...pair.targetPeer, endorsement: pair.key.token },
        { ...pair.targetPeer, endorsement: new Uint8Array(0) },
      ]) {
        await checkRefused(["token-refused"], () => wrapFor(pair, offer, { target }))
      }
      const foreign = { ...pair.targetPeer, endorsement: pair.sourcePeer.endorsement }
      await checkRefused(["token-refused", "unknown-domain-key"], () =>
        wrapFor(pair, offer, { target: foreign }),
      )
    },
  },
  {
    name: "an endorsement with a flipped bit, cut or lengthened is refused",
    async run(from) {
      const pair = await openPair(from)
      const { offer } = await offerOf(pair.target, pair.sourcePeer)
      for (const endorsement of wrongOnes(pair.targetPeer.endorsement)) {
        const target = { ...pair.targetPeer, endorsement }
        await checkRefused(["token-refused", "unknown-domain-key"], () =>
          wrapFor(pair, offer, { target }),
        )
      }
    },
  },
  {
    name: "an endorsement says which replication key it is of, to the domain that made it",
    async run(from) {
      const { source, target, targetPeer } = await openPair(from)
      const key = await source.hsm.endorsedKey(targetPeer)
      check(equalBytes(key, target.publicKey), "says the key that was endorsed")
      const wrong = wrongOnes(targetPeer.endorsement).map((endorsement) => ({
        ...targetPeer,
        endorsement,
      }))
      for (const peer of [...wrong, { ...targetPeer, name: "aws:ap-south-1" }]) {
        await checkRefused(["token-refused", "unknown-domain-key"], () =>
          source.hsm.endorsedKey(peer),
        )
      }
    },
  },
  {
    name: "trust that was withdrawn does not come back with what was endorsed before",
    async run(from) {
      const pair = await openPair(from)
      const { hsm, name, sealed } = pair.source
      const { offer } = await offerOf(pair.target, pair.sourcePeer)
      const signature = await pair.target.hsm.signForRegion(pair.target.replicationKey, message)
      const withdrawn = await hsm.withdrawTrust(name, sealed)
      await hsm.endorsedKey(pair.targetPeer)
      await hsm.openDomain(name, withdrawn)
      const kept = { kind: "endorsement", token: pair.targetPeer.endorsement } as const
      for (const use of [
        () => hsm.endorsedKey(pair.targetPeer),
        () => wrapFor(pair, offer),
        () => hsm.verifyFromRegion(pair.targetPeer, message, signature),
        () => offerOf(pair.source, pair.targetPeer),
        () => hsm.rewrapReplication({ ...kept, name: pair.target.name }),
      ]) {
        await checkRefused(["token-refused"], use)
      }
      await checkRefused(["malformed"], () => hsm.openDomain(name, sealed))
      const again = await peerOf(pair.source, pair.target)
      const wrapped = await wrapFor(pair, offer, { target: again })
      check(wrapped !== undefined, "wraps for a domain that is endorsed again")
      check(!(await hsm.isCurrent(pair.key.token)), "has a new domain key")
      await hsm.openDomain(name, await hsm.rotateDomainKey(name, withdrawn))
      await checkRefused(["token-refused"], () => hsm.endorsedKey(pair.targetPeer))
      await hsm.endorsedKey(again)
    },
  },
  {
    name: "a replication key and its endorsement outlive the rotation of domain keys",
    async run(from) {
      const pair = await openPair(from)
      for (const { hsm, name, sealed } of [pair.source, pair.target]) {
        await hsm.openDomain(name, await hsm.rotateDomainKey(name, sealed))
      }
      const tokens = await pair.target.hsm.unwrapFromRegion(await transferOf(pair))
      const opened = await carried(pair, tokens?.[0] ?? new Uint8Array(0))
      check(opened !== undefined && equalBytes(opened, plaintext), "transfers as before")
    },
  },
  {
    name: "what replication keeps moves to the current domain key, and works there alone",
    async run(from) {
      const { source, target, sourcePeer, ...pair } = await openPair(from)
      const { hsm, name, sealed, replicationKey, publicKey } = target
      const { offer, offerToken } = await offerOf(target, sourcePeer)
      const { currentId } = await hsm.domainKeys()
      const rotated = await hsm.rotateDomainKey(name, sealed)
      await hsm.openDomain(name, rotated)
      const kept = {
        key: { kind: "replication key", token: replicationKey },
        peer: { kind: "endorsement", token: sourcePeer.endorsement, name: source.name },
        offer: { kind: "offer", token: offerToken, offer },
      } as const
      const moved = {
        key: await hsm.rewrapReplication(kept.key),
        peer: await hsm.rewrapReplication(kept.peer),
        offer: await hsm.rewrapReplication(kept.offer),
      }
      for (const token of Object.values(moved)) check(await hsm.isCurrent(token), "moves it")
      const other = { ...kept.peer, name: "aws:elsewhere" }
      await checkRefused(["token-refused"], () => hsm.rewrapReplication(other))
      await hsm.openDomain(name, await hsm.retireDomainKeys(name, rotated, [currentId]))
      const same = await hsm.replicationPublicKey(moved.key)
      check(equalBytes(same, publicKey), "keeps the replication key")
      const whole = { source, target, sourcePeer, ...pair }
      const transfer = await wrapFor(whole, offer)
      const tokens = await hsm.unwrapFromRegion({
        source: { ...sourcePeer, endorsement: moved.peer },
        offer,
        offerToken: moved.offer,
        transfer: transfer ?? new Uint8Array(0),
        bindings: [pair.key.binding],
      })
      const opened = await carried(whole, tokens?.[0] ?? new Uint8Array(0))
      check(opened !== undefined && equalBytes(opened, plaintext), "receives what was on its way")
      await checkRefused(["unknown-domain-key"], () => hsm.rewrapReplication(kept.key))
    },
  },
]

const signatureCases: readonly RegionCase[] = [
  {
    name: "a message is known as a domain's own by those who endorsed it, and by nobody else",
    async run(from) {
      const { source, target, sourcePeer, targetPeer } = await openPair(from)
      const signature = await source.hsm.signForRegion(source.replicationKey, message)
      check(signature.length === 64, "signs with 64 bytes")
      const genuine = await target.hsm.verifyFromRegion(sourcePeer, message, signature)
      check(genuine, "verifies what the other has signed")
      const own = await source.hsm.verifyFromRegion(targetPeer, message, signature)
      check(!own, "refuses what another than the named domain has signed")
      const imposter = await openSide(from, source.name)
      const forged = await imposter.hsm.signForRegion(imposter.replicationKey, message)
      const taken = await target.hsm.verifyFromRegion(sourcePeer, message, forged)
      check(!taken, "refuses what another domain of that name has signed")
    },
  },
  {
    name: "a signature with a flipped bit, cut or lengthened, or of another message, is false",
    async run(from) {
      const { source, target, sourcePeer } = await openPair(from)
      const signature = await source.hsm.signForRegion(source.replicationKey, message)
      for (const wrong of [...wrongOnes(signature), new Uint8Array(64)]) {
        const answer = await target.hsm.verifyFromRegion(sourcePeer, message, wrong)
        check(answer === false, "answers false for what is no genuine signature")
      }
      for (const other of wrongOnes(message)) {
        const answer = await target.hsm.verifyFromRegion(sourcePeer, other, signature)
        check(answer === false, "answers false for another message")
      }
    },
  },
  {
    name: "a signature in an offer or a transfer is no signature of a message",
    async run(from) {
      const pair = await openPair(from)
      const { offer, transfer } = await transferOf(pair)
      const signed = [
        { verifier: pair.source, signer: pair.targetPeer, bytes: offer },
        { verifier: pair.target, signer: pair.sourcePeer, bytes: transfer },
      ]
      for (const { verifier, signer, bytes } of signed) {
        const signature = bytes.slice(-64)
        for (let head = bytes.length - 64; head >= bytes.length - 72; head -= 1) {
          const prefix = bytes.slice(0, head)
          const answer = await verifier.hsm.verifyFromRegion(signer, prefix, signature)
          check(!answer, "takes no signature of one method for that of another")
        }
      }
    },
  },
  {
    name: "nothing but the domain's own replication key signs, offers or wraps",
    async run(from) {
      const pair = await openPair(from)
      const { source, target, sourcePeer, targetPeer, key } = pair
      const { offer } = await offerOf(target, sourcePeer)
      const { keyMaterialId: _, ...transfer } = binding
      for (const replicationKey of [key.token, targetPeer.endorsement, new Uint8Array(0)]) {
        const wrong = { replicationKey, target: targetPeer, offer, keys: [key] }
        const offering = { replicationKey, source: targetPeer, binding: transfer }
        for (const call of [
          () => source.hsm.signForRegion(replicationKey, message),
          () => source.hsm.offerTransfer(offering),
          () => source.hsm.wrapForRegion(wrong),
        ]) {
          await checkRefused(["token-refused"], call)
        }
      }
    },
  },
  {
    name: "an HSM that was closed, or never opened, neither signs nor transfers",
    async run(from) {
      const pair = await openPair(from)
      const { source, sourcePeer, targetPeer, target } = pair
      const receipt = await transferOf(pair)
      await source.hsm.close()
      await target.hsm.close()
      for (const hsm of [source.hsm, await from.make()]) {
        const { replicationKey } = source
        const { keyMaterialId: _, ...transfer } = binding
        for (const call of [
          () => hsm.generateReplicationKey(),
          () => hsm.replicationPublicKey(replicationKey),
          () => hsm.endorseDomain(target.name, target.publicKey),
          () => hsm.signForRegion(replicationKey, message),
          () => hsm.verifyFromRegion(targetPeer, message, new Uint8Array(64)),
          () => hsm.offerTransfer({ replicationKey, source: sourcePeer, binding: transfer }),
          () => wrapFor({ ...pair, source: { ...source, hsm } }, receipt.offer),
          () => hsm.unwrapFromRegion(receipt),
        ]) {
          await checkRefused(["unavailable"], call)
        }
      }
    },
  },
]

/** What passes between the HSMs of two regions. */
export const regionCases: readonly RegionCase[] = [
  ...transferCases,
  ...endorsementCases,
  ...signatureCases,
]
