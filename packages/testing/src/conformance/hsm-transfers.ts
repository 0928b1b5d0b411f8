import type { Binding, RegionHsm } from "@keywright/core"
import { equalBytes } from "./bytes.js"
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
import { aad, plaintext } from "./hsm-setup.js"

/** How key material passes from one domain to another. */
export const transferCases: readonly HsmCase<RegionHsm>[] = [
  {
    name: "key material arrives under the other domain's key, and is the same",
    async run(from) {
      const pair = await openPair(from)
      const tokens = await pair.target.hsm.unwrapFromRegion(await transferOf(pair))
      const [token] = tokens ?? []
      check(token !== undefined && tokens?.length === 1, "unwraps what was wrapped for it")
      const opened = await carried(pair, token)
      check(opened !== undefined && equalBytes(opened, plaintext), "carries the material over")
      check(await pair.target.hsm.isCurrent(token), "wraps under its own current domain key")
      await checkRefused(["unknown-domain-key", "token-refused"], () =>
        pair.source.hsm.encrypt({ token, binding, plaintext, aad }),
      )
    },
  },
  {
    name: "several materials go at once, each to its own place",
    async run(from) {
      const pair = await openPair(from)
      const second: Binding = { ...binding, keyMaterialId: "6f".repeat(32) }
      const other = { token: await pair.source.hsm.generateKey(second), binding: second }
      const { offer, offerToken } = await offerOf(pair.target, pair.sourcePeer)
      const transfer = await wrapFor(pair, offer, { keys: [pair.key, other] })
      check(transfer !== undefined, "wraps several at once")
      const receipt = { source: pair.sourcePeer, offer, offerToken, transfer }
      const bindings = [binding, second]
      const tokens = await pair.target.hsm.unwrapFromRegion({ ...receipt, bindings })
      check(tokens?.length === 2, "answers a token for each")
      const opened = await carried(pair, tokens[0] ?? new Uint8Array(0))
      check(opened !== undefined && equalBytes(opened, plaintext), "keeps their order")
      for (const wrong of [bindings.toReversed(), [binding], [...bindings, binding]]) {
        const answer = await pair.target.hsm.unwrapFromRegion({ ...receipt, bindings: wrong })
        check(answer === undefined, "answers undefined for other bindings than were wrapped")
      }
    },
  },
  {
    name: "key material is wrapped for no offer but the target's, for this domain and this key",
    async run(from) {
      const pair = await openPair(from)
      const third = await openSide(from, "aws:ap-south-1")
      const ofThird = await offerOf(third, await peerOf(third, pair.source))
      check((await wrapFor(pair, ofThird.offer)) === undefined, "refuses an offer of another")
      const toOther = await offerOf(third, await peerOf(third, pair.target))
      const target = await peerOf(pair.source, third)
      const misdirected = await wrapFor(pair, toOther.offer, { target })
      check(misdirected === undefined, "refuses an offer to another domain")
      const own = await offerOf(pair.target, pair.sourcePeer)
      const renamed = await peerOf(pair.source, { ...pair.target, name: "aws:ap-south-2" })
      const asAnother = await wrapFor(pair, own.offer, { target: renamed })
      check(asAnother === undefined, "refuses an offer that names another than its target")
      for (const other of [
        { keyId: `mrk-${"0".repeat(32)}` },
        { account: "444455556666" },
        { partition: "aws-cn" },
        { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" } as const,
      ]) {
        const { offer } = await offerOf(pair.target, pair.sourcePeer, other)
        check((await wrapFor(pair, offer)) === undefined, "refuses an offer for another key")
      }
    },
  },
  {
    name: "key material is wrapped for no offer that was damaged, cut or lengthened",
    async run(from) {
      const pair = await openPair(from)
      const { offer } = await offerOf(pair.target, pair.sourcePeer)
      check((await wrapFor(pair, offer)) !== undefined, "wraps for a genuine offer")
      for (const wrong of wrongOnes(offer)) {
        check((await wrapFor(pair, wrong)) === undefined, "refuses what is no genuine offer")
      }
    },
  },
  {
    name: "a transfer that was damaged, cut or lengthened is not unwrapped",
    async run(from) {
      const pair = await openPair(from)
      const receipt = await transferOf(pair)
      const genuine = await pair.target.hsm.unwrapFromRegion(receipt)
      check(genuine !== undefined, "unwraps what is genuine")
      for (const transfer of wrongOnes(receipt.transfer)) {
        const answer = await pair.target.hsm.unwrapFromRegion({ ...receipt, transfer })
        check(answer === undefined, "answers undefined for what is no genuine transfer")
      }
    },
  },
  {
    name: "a transfer is unwrapped for its own offer, key and sender, and for no other",
    async run(from) {
      const pair = await openPair(from)
      const { hsm } = pair.target
      const receipt = await transferOf(pair)
      check((await hsm.unwrapFromRegion(receipt)) !== undefined, "unwraps what is genuine")
      const { offer, offerToken } = await offerOf(pair.target, pair.sourcePeer)
      const crossed = await hsm.unwrapFromRegion({ ...receipt, offer, offerToken })
      check(crossed === undefined, "refuses a transfer for another offer")
      await checkRefused(["token-refused"], () => hsm.unwrapFromRegion({ ...receipt, offer }))
      const imposter = await openSide(from, pair.source.name)
      const source = await peerOf(pair.target, imposter)
      const forged = await hsm.unwrapFromRegion({ ...receipt, source })
      check(forged === undefined, "refuses a transfer of another sender")
      for (const other of [
        { keyMaterialId: "6f".repeat(32) },
        { origin: "EXTERNAL" } as const,
        { keyStoreId: "cks-1234567890abcdef0" },
        { keyId: `mrk-${"0".repeat(32)}` },
        { keySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" } as const,
      ]) {
        const bindings = [{ ...binding, ...other }]
        const answer = await hsm.unwrapFromRegion({ ...receipt, bindings })
        check(answer === undefined, "refuses a transfer of other material")
      }
    },
  },
  {
    name: "a transfer is opened by the domain that made its offer, and by no other",
    async run(from) {
      const pair = await openPair(from)
      const receipt = await transferOf(pair)
      const third = await openSide(from, pair.target.name)
      const source = await peerOf(third, pair.source)
      await checkRefused(["token-refused", "unknown-domain-key"], () =>
        third.hsm.unwrapFromRegion({ ...receipt, source }),
      )
    },
  },
  {
    name: "offers and transfers of the same key are never the same twice",
    async run(from) {
      const pair = await openPair(from)
      const [first, second] = [await transferOf(pair), await transferOf(pair)]
      check(!equalBytes(first.offer, second.offer), "makes a one-time key for each offer")
      const again = (await wrapFor(pair, first.offer)) ?? first.transfer
      check(!equalBytes(again, first.transfer), "wraps with fresh secrets each time")
    },
  },
]
