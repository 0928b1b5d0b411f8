import { describe, expect, test } from "vitest"
import type { KmsOptions } from "../../src/kms-options.js"
import { createMemoryKms } from "../../src/memory.js"
import { createSoftwareHsm } from "../../src/software-hsm/software-hsm.js"
import { type OptionNames, requireKnownOptions } from "../../src/vocabulary/option-names.js"
import { openHost, sealOf } from "../support/hosts.js"

interface Options {
  readonly audit?: unknown
  readonly keyStores?: unknown
  readonly ms?: unknown
}

const names: OptionNames<Options> = { audit: true, keyStores: true, ms: true }
const refusal = (options: object, parameter?: string) => () =>
  requireKnownOptions<Options>(options, names, parameter)

describe("options of another name", () => {
  test("are refused with the name that was probably meant", () => {
    for (const [given, meant] of [
      ["audits", "audit"],
      ["AUDIT", "audit"],
      ["keystores", "keyStores"],
      ["keyStore", "keyStores"],
      ["adit", "audit"],
    ] as const) {
      const sentence = `\`options\` have no \`${given}\`; is \`${meant}\` meant?`
      expect(refusal({ [given]: 1 })).toThrow(new TypeError(sentence))
    }
  })

  test("are refused with all names when none is near", () => {
    const sentence = "`keepOpen` have no `duration`; there are audit, keyStores, ms"
    expect(refusal({ duration: 1 }, "keepOpen")).toThrow(new TypeError(sentence))
    expect(refusal({ ["x".repeat(100_000)]: 1 })).toThrow(TypeError)
  })

  test("are refused though their value is undefined, or their name inherited elsewhere", () => {
    for (const given of ["audits", "constructor", "toString"]) {
      expect(refusal({ [given]: undefined })).toThrow(TypeError)
    }
    expect(refusal(JSON.parse('{ "__proto__": 1 }'))).toThrow(TypeError)
  })

  test("and what is no object is refused", () => {
    for (const wrong of [5, "audit", true, null, ["audit"]]) {
      expect(refusal(wrong as never)).toThrow(new TypeError("`options` must be an object"))
    }
  })

  test("while known ones pass, whatever they are", () => {
    expect(refusal({})).not.toThrow()
    expect(refusal({ audit: undefined, keyStores: null, ms: 1 })).not.toThrow()
  })
})

describe("an option that there is not", () => {
  test("is refused by an engine, with the name that was probably meant", async () => {
    const options = { audits: () => undefined } as Partial<KmsOptions>
    const meant = new TypeError("`options` have no `audits`; is `audit` meant?")
    await expect(openHost(options)).rejects.toThrow(meant)
    await expect(createMemoryKms(options)).rejects.toThrow(meant)
  })

  test("is refused by a software HSM", () => {
    const options = { seal: sealOf(), keepopen: { ms: 1 } }
    const meant = new TypeError("`options` have no `keepopen`; is `keepOpen` meant?")
    expect(() => createSoftwareHsm(options)).toThrow(meant)
  })
})
