import { describe, expect, it } from "vitest"
import { everySource } from "../support/every-source.js"
import {
  context,
  expectNoKey,
  flipped,
  suiteOf,
  unwrapRequest,
  unwrapWith,
  wrapRequest,
} from "../support/key-requests.js"

const cases = await everySource()
const unsignedSuites = [0x0014, 0x0146, 0x0478]

describe.each(cases)("$name", ({ wraps, unwraps, stranger, bindsContext }) => {
  it.each(unsignedSuites)("makes a data key for suite %i and unwraps it", async (id) => {
    const suite = suiteOf(id)
    const { dataKey, encryptedDataKeys, terms } = await wraps.wrap(wrapRequest({ suite }))
    expect(dataKey).toHaveLength(suite.keyBytes)
    expect(new Set(dataKey).size).toBeGreaterThan(1)
    expect(terms.context).toEqual(context)
    const request = unwrapRequest(encryptedDataKeys, { suite })
    expect(await unwraps.unwrap(request)).toEqual(dataKey)
  })

  it("makes another data key every time", async () => {
    const [a, b] = [await wraps.wrap(wrapRequest()), await wraps.wrap(wrapRequest())]
    expect(a.dataKey).not.toEqual(b.dataKey)
    expect(a.encryptedDataKeys).not.toEqual(b.encryptedDataKeys)
  })

  it("unwraps fresh bytes, which the receiver may wipe", async () => {
    const wrapped = await wraps.wrap(wrapRequest())
    const dataKey = wrapped.dataKey.slice()
    wrapped.dataKey.fill(0)
    const once = await unwrapWith(unwraps, wrapped)
    expect(once).toEqual(dataKey)
    once?.fill(0)
    expect(await unwrapWith(unwraps, wrapped)).toEqual(dataKey)
  })

  it("unwraps nothing under another key", async () => {
    await expectNoKey(unwrapWith(stranger, await wraps.wrap(wrapRequest())))
  })

  it("unwraps its own among data keys of others", async () => {
    const wrapped = await wraps.wrap(wrapRequest())
    const others = [
      { providerId: "somebody", providerInfo: new Uint8Array(3), ciphertext: new Uint8Array(9) },
      { providerId: "aws-kms", providerInfo: Uint8Array.of(0xff), ciphertext: new Uint8Array(9) },
      { providerId: "raw-ecdh", providerInfo: new Uint8Array(9), ciphertext: new Uint8Array(9) },
    ]
    const encryptedDataKeys = [...others, ...wrapped.encryptedDataKeys, ...others]
    expect(await unwrapWith(unwraps, { encryptedDataKeys })).toEqual(wrapped.dataKey)
    await expectNoKey(unwrapWith(unwraps, { encryptedDataKeys: others }))
    await expectNoKey(unwrapWith(unwraps, { encryptedDataKeys: [] }))
  })

  it("refuses a wrapped data key that was cut or of which a bit was flipped", async () => {
    const { encryptedDataKeys } = await wraps.wrap(wrapRequest())
    const { length } = encryptedDataKeys
    const [last] = encryptedDataKeys.slice(-1)
    if (last === undefined) return expect.fail("nothing was wrapped")
    const { ciphertext } = last
    const bits = ciphertext.length * 8
    const damaged = [
      ...[0, 7, bits >> 1, bits - 129, bits - 1].map((bit) => flipped(ciphertext, bit)),
      ciphertext.subarray(1),
      ciphertext.subarray(0, -1),
      new Uint8Array(0),
    ]
    for (const bytes of damaged) {
      const changed = [...encryptedDataKeys.slice(0, length - 1), { ...last, ciphertext: bytes }]
      await expectNoKey(unwrapWith(unwraps, { encryptedDataKeys: changed }))
    }
  })

  it.runIf(bindsContext)("unwraps nothing under another context", async () => {
    const wrapped = await wraps.wrap(wrapRequest())
    for (const other of [
      {},
      { tenant: "42" },
      { ...context, more: "" },
      { ...context, tenant: "43" },
    ]) {
      await expectNoKey(unwrapWith(unwraps, wrapped, other))
    }
  })
})
