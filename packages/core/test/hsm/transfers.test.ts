import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { describe, expect, it } from "vitest"
import {
  encodeTransfer,
  parseOffer,
  transferAad,
  transferStatement,
  transferTranscript,
} from "../../src/formats/regions/region-transfer.js"
import type { Binding } from "../../src/ports/bindings.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { encapsulateHybrid } from "../../src/software-hsm/suite/noble/hybrid.js"
import { nobleSuite } from "../../src/software-hsm/suite/noble-suite.js"
import { concatBytes, utf8 } from "../../src/vocabulary/bytes.js"
import { symmetricBinding } from "../support/bindings.js"
import { sealOf } from "../support/hosts.js"

const binding: Binding = { ...symmetricBinding, keyId: `mrk-${"1a".repeat(16)}` }
const { keyMaterialId: _, ...keyBinding } = binding
const [us, eu, ap] = ["aws:us-east-1", "aws:eu-west-1", "aws:ap-south-1"] as const

/** Domains whose replication keys the test holds: they may sign whatever it likes. */
async function openTarget() {
  const hsm = createSoftwareHsm({ seal: sealOf() })
  await hsm.createDomain(eu)
  const replicationKey = await hsm.generateReplicationKey()
  const secretOf = (name: string) => new Uint8Array(32).fill(name.length)
  const peer = async (name: string) => ({
    name,
    endorsement: await hsm.endorseDomain(name, ed25519.getPublicKey(secretOf(name))),
  })
  const offered = await hsm.offerTransfer({
    replicationKey,
    source: await peer(us),
    binding: keyBinding,
  })
  return { hsm, peer, secretOf, ...offered }
}

interface Lie {
  /** Whose key signs, and who is said to have sent it. */
  readonly signer?: string
  readonly bindings?: readonly Binding[]
  readonly ephemeral?: Uint8Array
  readonly materials?: readonly Uint8Array[]
  /** So many bytes are missing at its end. */
  readonly missing?: number
}

/** What the target makes of a transfer that a domain has made by hand. */
async function receive(lie: Lie) {
  const { hsm, peer, secretOf, offer, offerToken } = await openTarget()
  const { signer = us, bindings = [binding], materials = [new Uint8Array(32).fill(3)] } = lie
  const value = parseOffer(offer)?.value
  const suite = nobleSuite()
  const shared = value && encapsulateHybrid(value, suite.entropy)
  if (shared === undefined) throw new Error("the offer does not parse")
  const publicValues = { x25519: lie.ephemeral ?? shared.x25519, mlKem: shared.mlKem }
  const extracted = suite.hmacSha256(utf8("keywright region transfer 1"), shared.secrets)
  const transcript = transferTranscript(offer, publicValues)
  const key = suite.hmacSha256(extracted, concatBytes(transcript, Uint8Array.of(1)))
  const ciphertexts = materials.map((material, i) => {
    const ciphertext = new Uint8Array(material.length + 16)
    const iv = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, i)
    suite.encryptInto(ciphertext, key, iv, material, transferAad(bindings[i] ?? binding))
    return ciphertext
  })
  const transfer = { ...publicValues, ciphertexts }
  const statement = transferStatement(us, eu, offer, transfer)
  const signature = ed25519.sign(statement, secretOf(signer))
  return hsm.unwrapFromRegion({
    source: await peer(signer),
    offer,
    offerToken,
    transfer: encodeTransfer({ value: transfer, signature }).slice(
      0,
      -(lie.missing ?? 0) || undefined,
    ),
    bindings,
  })
}

describe("a transfer that a domain made as it likes", () => {
  it("is taken when it is as an HSM would make it", async () => {
    expect(await receive({})).toHaveLength(1)
  })

  it("is refused from a domain that the offer was not for", async () => {
    expect(await receive({ signer: ap })).toBeUndefined()
  })

  it.each([
    ["another key", [{ ...binding, keyId: `mrk-${"2b".repeat(16)}` }]],
    ["another key behind the right one", [binding, { ...binding, account: "444455556666" }]],
  ])("is refused with the material of %s", async (_what, bindings) => {
    const materials = bindings.map(() => new Uint8Array(32).fill(3))
    expect(await receive({ bindings, materials })).toBeUndefined()
  })

  it("is refused with more materials than it is received for, or with fewer", async () => {
    const material = new Uint8Array(32).fill(3)
    expect(await receive({ materials: [material, material] })).toBeUndefined()
    expect(await receive({ materials: [] })).toBeUndefined()
  })

  it("is refused when it was cut", async () => {
    expect(await receive({ missing: 1 })).toBeUndefined()
  })

  it("is refused with bytes that are no material of its spec", async () => {
    expect(await receive({ materials: [new Uint8Array(31).fill(3)] })).toBeUndefined()
  })

  it("is refused with a public value of low order, which agrees on nothing", async () => {
    const ephemeral = new Uint8Array(32)
    expect(() => x25519.getSharedSecret(new Uint8Array(32).fill(1), ephemeral)).toThrow(Error)
    expect(await receive({ ephemeral })).toBeUndefined()
  })
})

describe("a domain that is asked to send key material", () => {
  it("wraps nothing for bytes that are no offer", async () => {
    const { hsm, peer } = await openTarget()
    const request = {
      replicationKey: await hsm.generateReplicationKey(),
      target: await peer(us),
      keys: [{ token: await hsm.generateKey(binding), binding }],
    }
    for (const offer of [new Uint8Array(), new Uint8Array(100)]) {
      expect(await hsm.wrapForRegion({ ...request, offer })).toBeUndefined()
    }
  })

  it("wraps no key beside the one that the offer is for", async () => {
    const [source, target] = [us, eu].map(() => createSoftwareHsm({ seal: sealOf() }))
    if (source === undefined || target === undefined) throw new Error("there are two")
    await source.createDomain(us)
    await target.createDomain(eu)
    const [ofSource, ofTarget] = [
      await source.generateReplicationKey(),
      await target.generateReplicationKey(),
    ]
    const publicOfSource = await source.replicationPublicKey(ofSource)
    const publicOfTarget = await target.replicationPublicKey(ofTarget)
    const { offer } = await target.offerTransfer({
      replicationKey: ofTarget,
      source: { name: us, endorsement: await target.endorseDomain(us, publicOfSource) },
      binding: keyBinding,
    })
    const wrap = async (bindings: readonly Binding[]) =>
      source.wrapForRegion({
        replicationKey: ofSource,
        target: { name: eu, endorsement: await source.endorseDomain(eu, publicOfTarget) },
        offer,
        keys: await Promise.all(
          bindings.map(async (binding) => ({ token: await source.generateKey(binding), binding })),
        ),
      })
    const other = { ...binding, keyId: `mrk-${"2b".repeat(16)}` }
    expect(await wrap([binding, binding])).toBeDefined()
    for (const bindings of [[other], [other, binding], [binding, other]]) {
      expect(await wrap(bindings)).toBeUndefined()
    }
  })
})
