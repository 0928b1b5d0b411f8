import { ed25519 } from "@noble/curves/ed25519.js"
import { describe, expect, it } from "vitest"
import {
  encodeMessageBody,
  encodeRegionMessage,
  parseRegionMessage,
} from "../../src/formats/regions/region-message.js"
import {
  encodeOffer,
  encodeTransfer,
  messageStatement,
  offerKeyAad,
  offerStatement,
  parseOffer,
  parseTransfer,
  replicationAad,
  transferAad,
  transferStatement,
  transferTranscript,
} from "../../src/formats/regions/region-transfer.js"
import type { Binding } from "../../src/ports/bindings.js"
import { hexOf } from "../../src/vocabulary/bytes.js"
import { hex, publishedVectors } from "./vectors.js"

interface RegionVector {
  source: string
  target: string
  sourceSecret: string
  targetSecret: string
  binding: Record<string, string>
  offer: string
  transfer: string
  message: { bytes: string }
}
const [vector] = publishedVectors<RegionVector>("regions") as [RegionVector]

/** Every text or byte string after its length in 32 bits, written without the code under test. */
const fieldsOf = (...fields: readonly (string | Uint8Array)[]): string =>
  fields
    .map((field) => Buffer.from(field))
    .map((field) => field.length.toString(16).padStart(8, "0") + field.toString("hex"))
    .join("")
const parsedOffer = parseOffer(hex(vector.offer)) as NonNullable<ReturnType<typeof parseOffer>>
const parsedTransfer = parseTransfer(hex(vector.transfer)) as NonNullable<
  ReturnType<typeof parseTransfer>
>

describe("what two domains sign", () => {
  const { source, target } = vector
  const offer = hex(vector.offer)
  const signedBy = (secret: string, signature: Uint8Array, statement: Uint8Array): boolean =>
    ed25519.verify(signature, statement, ed25519.getPublicKey(hex(secret)))

  it("is in an offer all of it, under a name of its own", () => {
    const { value, signature } = parsedOffer
    expect(signedBy(vector.targetSecret, signature, offerStatement(value))).toBe(true)
  })

  it("is in a transfer who sends it to whom, and for which offer", () => {
    const { value, signature } = parsedTransfer
    const signed = (...names: [string, string]) =>
      signedBy(vector.sourceSecret, signature, transferStatement(...names, offer, value))
    expect(signed(source, target)).toBe(true)
    expect(signed(target, source)).toBe(false)
  })

  it("is in a message all but its signature", () => {
    const { signedBytes, signature } = parseRegionMessage(hex(vector.message.bytes)) as NonNullable<
      ReturnType<typeof parseRegionMessage>
    >
    const statement = messageStatement(signedBytes)
    expect(signedBy(vector.targetSecret, signature, statement)).toBe(true)
  })
})

describe("what is authenticated and not sent", () => {
  const header = Uint8Array.of(2, 7, 7)
  const offer = hex(vector.offer)

  it("is with the key of a transfer the offer and both public values", () => {
    const { x25519, mlKem } = parsedTransfer.value
    expect(hexOf(transferTranscript(offer, { x25519, mlKem }))).toBe(
      fieldsOf("keywright region wrapping key 1", offer, x25519, mlKem),
    )
  })

  it("is with a material every member of its binding", () => {
    const binding = vector.binding as unknown as Binding
    const { partition, account, keyId, keySpec, keyUsage, origin, keyMaterialId } = binding
    expect(hexOf(transferAad(binding))).toBe(
      fieldsOf(
        ...["keywright transferred material 2", partition, account, keyId, keySpec, keyUsage],
        ...[origin, "", "", keyMaterialId],
      ),
    )
  })

  it("is with a token of replication its header, what it is and whose", () => {
    expect(hexOf(replicationAad("endorsement", ["a", "b"])(header))).toBe(
      fieldsOf(header, "keywright endorsement 1", "a", "b"),
    )
    expect(hexOf(offerKeyAad(offer)(header))).toBe(fieldsOf(header, offer, "keywright offer key 1"))
  })
})

describe("the parts of what passes between regions", () => {
  it.each(["x25519", "mlKem"] as const)("have one length in an offer: %s", (member) => {
    const { value, signature } = parsedOffer
    for (const length of [value[member].length - 1, value[member].length + 1]) {
      const other = { ...value, [member]: new Uint8Array(length) }
      expect(parseOffer(encodeOffer({ value: other, signature }))).toBeUndefined()
    }
  })

  it.each(["x25519", "mlKem"] as const)("have one length in a transfer: %s", (member) => {
    const { value, signature } = parsedTransfer
    for (const length of [value[member].length - 1, value[member].length + 1]) {
      const other = { ...value, [member]: new Uint8Array(length) }
      expect(parseTransfer(encodeTransfer({ value: other, signature }))).toBeUndefined()
    }
  })

  it.each([63, 65])("are no signature of %d bytes", (length) => {
    const signature = new Uint8Array(length)
    const { signedBytes } = parseRegionMessage(hex(vector.message.bytes)) ?? {}
    expect(parseOffer(encodeOffer({ ...parsedOffer, signature }))).toBeUndefined()
    expect(parseTransfer(encodeTransfer({ ...parsedTransfer, signature }))).toBeUndefined()
    const message = encodeRegionMessage(signedBytes as Uint8Array, signature)
    expect(parseRegionMessage(message)).toBeUndefined()
  })

  it("have a largest size, and a transfer may be of no material", () => {
    const offerOf = (length: number) =>
      encodeOffer({ ...parsedOffer, value: { ...parsedOffer.value, from: "x".repeat(length) } })
    const transferOf = (...lengths: readonly number[]) =>
      encodeTransfer({
        ...parsedTransfer,
        value: {
          ...parsedTransfer.value,
          ciphertexts: lengths.map((length) => new Uint8Array(length)),
        },
      })
    const offerRest = 4096 - offerOf(0).length
    expect(parseOffer(offerOf(offerRest))).toBeDefined()
    expect(parseOffer(offerOf(offerRest + 1))).toBeUndefined()
    const transferRest = 524_288 - transferOf(0).length
    expect(parseTransfer(transferOf(transferRest))).toBeDefined()
    expect(parseTransfer(transferOf(transferRest + 1))).toBeUndefined()
    expect(parseTransfer(transferOf())?.value.ciphertexts).toEqual([])
  })

  it.each([
    ["no-region", "us-east-1"],
    ["us-east-1", "no-region"],
  ])("name regions on both ends: from %s to %s is refused", (from, to) => {
    const parts = { kind: "reply", id: new Uint8Array(16), body: new Uint8Array(1) } as const
    const messageOf = (ends: { from: string; to: string }) =>
      encodeRegionMessage(encodeMessageBody({ ...parts, ...ends }), new Uint8Array(64))
    expect(parseRegionMessage(messageOf({ from: "us-east-1", to: "us-east-1" }))).toBeDefined()
    expect(parseRegionMessage(messageOf({ from, to }))).toBeUndefined()
  })

  it("have an id of sixteen bytes in front of a body, and a kind that there is", () => {
    const parts = { kind: "reply", from: "us-east-1", to: "us-east-1" } as const
    const messageOf = (idBytes: number) =>
      encodeRegionMessage(
        encodeMessageBody({ ...parts, id: new Uint8Array(idBytes), body: new Uint8Array(4) }),
        new Uint8Array(64),
      )
    const good = messageOf(16)
    expect(parseRegionMessage(good)).toBeDefined()
    for (const length of [15, 17]) expect(parseRegionMessage(messageOf(length))).toBeUndefined()
    expect(parseRegionMessage(good.with(3, 2))).toBeUndefined()
    for (const at of [0, 1, 2]) expect(parseRegionMessage(good.with(at, 9))).toBeUndefined()
  })
})
