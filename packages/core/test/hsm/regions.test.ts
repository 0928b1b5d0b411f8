import { describe, expect, it } from "vitest"
import type { Binding, BoundToken } from "../../src/ports/bindings.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { hex, publishedVectors } from "../formats/vectors.js"
import { sealOf } from "../support/hosts.js"

type Named = "source" | "target" | "sourceSecret" | "targetSecret" | "offerSecret"
type Drawn = "material" | "ephemeral" | "mlKemMessage" | "offer" | "transfer"

interface RegionVector extends Readonly<Record<Named | Drawn, string>> {
  readonly several: {
    readonly materials: readonly { readonly keyMaterialId: string; readonly material: string }[]
    readonly transfer: string
  }
}

const binding: Binding = Object.freeze({
  partition: "aws",
  account: "111122223333",
  keyId: "mrk-1234abcd12ab34cd56ef1234567890ab",
  keyMaterialId: "5e".repeat(32),
  keySpec: "SYMMETRIC_DEFAULT",
  keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS",
  keyStoreId: undefined,
  xksKeyId: undefined,
})

/** The contract between two HSMs is held by the conformance suite; this is what it cannot know. */
describe("key material on its way from one HSM to another", () => {
  it.each(["one", "several"])("is as published: %s in a transfer", async (count) => {
    const [vector] = publishedVectors<RegionVector>("regions") as [RegionVector]
    const { materials, transfer: ofSeveral } = vector.several
    const more = count === "one" ? [] : materials
    const draws = (...script: string[]) => {
      const left = script.map((text) => hex(text))
      return (target: Uint8Array): Uint8Array => {
        const next = left[0]?.length === target.length ? left.shift() : undefined
        target.set(next ?? new Uint8Array(target.length).fill(9))
        return target
      }
    }
    const scripted = async (name: string, ...script: string[]) => {
      const seal = sealOf()
      // The first 32 bytes that a domain draws are its key, the next the key of its state.
      const entropy = draws("00".repeat(32), "00".repeat(32), ...script)
      const hsm = createSoftwareHsm({ seal, entropy })
      await hsm.createDomain(name)
      return hsm
    }
    const member = (name: Exclude<keyof RegionVector, "several">) => vector[name]
    const source = await scripted(
      member("source"),
      member("sourceSecret"),
      member("material"),
      ...more.map(({ material }) => material),
      member("ephemeral"),
      member("mlKemMessage"),
    )
    const target = await scripted(member("target"), member("targetSecret"), member("offerSecret"))
    const sourceKey = await source.generateReplicationKey()
    const targetKey = await target.generateReplicationKey()
    const sourcePublicKey = await source.replicationPublicKey(sourceKey)
    const targetPublicKey = await target.replicationPublicKey(targetKey)
    const bindings = [binding, ...more.map(({ keyMaterialId }) => ({ ...binding, keyMaterialId }))]
    const keys: BoundToken[] = []
    for (const one of bindings) keys.push({ token: await source.generateKey(one), binding: one })
    const { keyMaterialId: _, ...rest } = binding
    const peer = {
      name: member("source"),
      endorsement: await target.endorseDomain(member("source"), sourcePublicKey),
    }
    const { offer, offerToken } = await target.offerTransfer({
      replicationKey: targetKey,
      source: peer,
      binding: rest,
    })
    expect(hexOf(offer)).toBe(member("offer"))
    const transfer = await source.wrapForRegion({
      replicationKey: sourceKey,
      target: {
        name: member("target"),
        endorsement: await source.endorseDomain(member("target"), targetPublicKey),
      },
      offer,
      keys,
    })
    expect(hexOf(transfer ?? new Uint8Array())).toBe(more.length ? ofSeveral : member("transfer"))
    const published = hex(more.length ? ofSeveral : member("transfer"))
    const received = { source: peer, offer, offerToken, transfer: published, bindings }
    expect(await target.unwrapFromRegion(received)).toHaveLength(bindings.length)
    const swapped = { ...received, bindings: bindings.toReversed() }
    if (more.length) expect(await target.unwrapFromRegion(swapped)).toBeUndefined()
  })

  it("leaves for no offer whose signature was given to a message", async () => {
    const open = async (name: string, seed: number) => {
      const hsm = createSoftwareHsm({ seal: sealOf(seed) })
      await hsm.createDomain(name)
      const token = await hsm.generateReplicationKey()
      return { hsm, name, token, publicKey: await hsm.replicationPublicKey(token) }
    }
    const [us, eu] = [await open("aws:us-east-1", 1), await open("aws:eu-west-1", 2)]
    const { keyMaterialId: _, ...transfer } = binding
    const { offer } = await eu.hsm.offerTransfer({
      replicationKey: eu.token,
      source: { name: us.name, endorsement: await eu.hsm.endorseDomain(us.name, us.publicKey) },
      binding: transfer,
    })
    const target = {
      name: eu.name,
      endorsement: await us.hsm.endorseDomain(eu.name, eu.publicKey),
    }
    const keys = [{ token: await us.hsm.generateKey(binding), binding }]
    const wrap = (made: Uint8Array) =>
      us.hsm.wrapForRegion({ replicationKey: us.token, target, offer: made, keys })
    expect(await wrap(offer)).toBeInstanceOf(Uint8Array)
    // The body of an offer, without the length and the 64 bytes of its signature.
    const signature = await eu.hsm.signForRegion(eu.token, offer.subarray(0, -68))
    const forged = offer.slice()
    forged.set(signature, offer.length - 64)
    expect(await wrap(forged)).toBeUndefined()
  })
})
