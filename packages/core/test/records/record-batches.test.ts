import { describe, expect, it } from "vitest"
import { numbersOrNot, openedOrNot } from "../../src/engine/hsms/record-batches.js"
import { HsmError } from "../../src/ports/hsm.js"
import type { PlacedBytes } from "../../src/ports/record-hsm.js"
import type { RegionHsm } from "../../src/ports/region-hsm.js"
import { ofNoDomainKey, openerOf, plainSealer, sealPlainly } from "../support/plain-sealer.js"

const sealed = (place: string): PlacedBytes => ({
  place,
  bytes: sealPlainly({ place, bytes: new TextEncoder().encode(place) }),
})
const foreign = (place: string): PlacedBytes => ({ place, bytes: ofNoDomainKey })
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes)

describe.each(["at once", "later"])("a batch of records that an HSM answers %s", (when) => {
  const openerWith = (asked: (readonly PlacedBytes[])[] = []) => {
    const hsm = plainSealer(asked)
    if (when === "at once") return openerOf(hsm)
    return openerOf({
      openRecords: async (records: readonly PlacedBytes[]) => hsm.openRecords(records),
      digestRecords: async (records: readonly PlacedBytes[]) => hsm.digestRecords(records),
    } as RegionHsm)
  }

  it("is opened together, and what is not genuine stands for nothing", async () => {
    const asked: (readonly PlacedBytes[])[] = []
    const records = [sealed("a"), { place: "b", bytes: sealed("a").bytes }, sealed("c")]
    const opened = await openedOrNot(openerWith(asked), records)
    expect(opened.map(textOf)).toEqual(["a", undefined, "c"])
    expect(asked).toHaveLength(1)
  })

  it("is halved until those are alone that are under no domain key", async () => {
    const asked: (readonly PlacedBytes[])[] = []
    const records = ["a", "b", "c", "d", "e"]
      .map(sealed)
      .with(1, foreign("b"))
      .with(4, foreign("e"))
    const opened = await openedOrNot(openerWith(asked), records)
    expect(opened.map(textOf)).toEqual(["a", undefined, "c", "d", undefined])
    expect(asked.map((some) => some.map(({ place }) => place).join(""))).toEqual([
      "abcde",
      "ab",
      "a",
      "b",
      "cde",
      "c",
      "de",
      "d",
      "e",
    ])
    const numbers = await numbersOrNot(openerWith(), records)
    expect(numbers.map((number) => number?.length)).toEqual([32, undefined, 32, 32, undefined])
  })

  it("of none is not asked about", async () => {
    const asked: (readonly PlacedBytes[])[] = []
    expect(await openedOrNot(openerWith(asked), [])).toEqual([])
    expect(await numbersOrNot(openerWith(asked), [])).toEqual([])
    expect(asked).toEqual([])
  })

  it.each([
    ["malformed", true],
    ["unknown-domain-key", true],
    ["unavailable", false],
    ["token-refused", false],
    ["an error of another kind", false],
  ] as const)("that is refused as %s", async (code, isOfRecord) => {
    const error = code.includes(" ") ? new Error(code) : new HsmError(code as never, code)
    const fail = (): never => {
      throw error
    }
    const opener = openerOf({
      openRecords: when === "at once" ? fail : async () => fail(),
    } as unknown as RegionHsm)
    const opened = (async () => openedOrNot(opener, [sealed("a"), sealed("b")]))()
    if (isOfRecord) expect(await opened).toEqual([undefined, undefined])
    else await expect(opened).rejects.toBe(error)
  })
})

it("an HSM that answers at once is not waited for", () => {
  expect(openedOrNot(openerOf(), [sealed("a")])).not.toBeInstanceOf(Promise)
})
