import { createMemoryKms } from "@keywright/core/memory"
import { describe, expect, it } from "vitest"
import { createLedger } from "../src/soak/ledger.js"
import { driftOf, type Look } from "../src/soak/verdict.js"

const look = (more: Partial<Look> = {}): Look => ({
  steps: 1000,
  heapBytes: 20e6,
  residentBytes: 120e6,
  handles: 3,
  files: 30,
  stepUs: 500,
  keys: 40,
  fileBytes: 8e6,
  ...more,
})

/** Nine looks at a host, of which one member is another at each. */
const looks = (of: (i: number) => Partial<Look>) => Array.from({ length: 9 }, (_, i) => look(of(i)))

describe("a soak", () => {
  it("takes what goes up and down for no leak", () => {
    expect(
      driftOf(looks((i) => ({ heapBytes: 20e6 + (i % 3) * 15e6, handles: 3 + (i % 4) }))),
    ).toEqual([])
  })

  it.each([
    ["heap", (i: number) => ({ heapBytes: 20e6 + i * 4e6 })],
    ["memory", (i: number) => ({ residentBytes: 100e6 + i * 30e6 })],
    ["file", (i: number) => ({ fileBytes: 4e6 + i * 9e6 })],
    ["handles", (i: number) => ({ handles: 3 + 2 * i })],
    ["open files", (i: number) => ({ files: 30 + 2 * i })],
    ["processor time of a step", (i: number) => ({ stepUs: 100 * 2 ** i })],
  ])("finds what grows: %s", (what, of) => {
    const found = driftOf(looks(of))
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(what)
  })

  it("finds what was acknowledged and is lost, and nothing else", async () => {
    const kms = await createMemoryKms()
    const root = kms.as(kms.administrator)
    const sealedKey = async (text: string) => {
      const keyId = (await root.createKey({})).KeyMetadata?.KeyId ?? ""
      const { CiphertextBlob = new Uint8Array() } = await root.encrypt({
        KeyId: keyId,
        Plaintext: new TextEncoder().encode(text),
      })
      const blob = Buffer.from(CiphertextBlob).toString("base64")
      return { kind: "sealed", keyId, text, blob } as const
    }
    const ledger = createLedger()
    const [kept, gone, dropped] = [
      await sealedKey("kept"),
      await sealedKey("gone"),
      await sealedKey("dropped"),
    ]
    for (const one of [kept, gone, dropped]) ledger.note("host-1", one)
    await root.tagResource({ KeyId: kept.keyId, Tags: [{ TagKey: "there", TagValue: "1" }] })
    for (const tag of ["there", "missing"]) {
      ledger.note("host-1", { kind: "tagged", keyId: kept.keyId, tag })
    }
    ledger.note("host-1", { kind: "dropping", keyId: dropped.keyId })
    for (const { keyId } of [gone, dropped]) await root.scheduleKeyDeletion({ KeyId: keyId })
    const lost = await ledger.audit(kms)
    expect(lost).toHaveLength(2)
    expect(lost[0]).toContain(gone.keyId)
    expect(lost[1]).toContain("missing")
    expect(ledger.keysOf("host-1")).toEqual([kept.keyId, gone.keyId])
  })
})
