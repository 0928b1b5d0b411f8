import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import type { HsmPlan } from "../../src/isolated/wire/plan.js"
import { isolatedHsm } from "../../src/isolated.js"
import { rootKey } from "../support/isolated.js"

const folder = mkdtempSync(join(tmpdir(), "keywright-plans-"))
afterAll(() => rmSync(folder, { recursive: true }))

const seal = { rootKey }
const passphrase = "correct horse battery staple"

/** Plans that are wrong, and what is said of them. */
const wrong: Readonly<Record<string, readonly [plan: unknown, said: RegExp]>> = {
  "two secrets for one seal": [
    { suite: "openssl", seal: { rootKey, passphrase } },
    /`hsm.seal` must have one of rootKey, rootKeyFile, passphrase, shares, and no two/,
  ],
  "a seal of nothing": [
    { suite: "openssl", seal: { rootKey: undefined } },
    /`hsm.seal` must have one of/,
  ],
  "a secret by another name": [
    { suite: "openssl", seal: { rootkey: rootKey } },
    /`hsm.seal` have no `rootkey`; is `rootKey` meant\?/,
  ],
  "two secrets for a former seal": [
    { suite: "openssl", seal, formerSeals: [seal, { passphrase, shares: [] }] },
    /`hsm.formerSeals\[1\]` must have one of/,
  ],
  "a member by another name": [
    { suite: "openssl", seal, formerSeal: [seal] },
    /`hsm` have no `formerSeal`; is `formerSeals` meant\?/,
  ],
  "a module by another name": [{ modul: "file:///hsm.js" }, /is `module` meant\?/],
  "a module and what it would make": [
    { module: "file:///hsm.js", setup: rootKey, suite: "openssl", seal },
    /`hsm` have no `suite`; there are module, setup/,
  ],
  "a setup and a seal": [{ setup: rootKey, seal }, /`hsm` have no `seal`; there are setup/],
  "a suite that is none": [{ suite: "opensll", seal }, /`hsm.suite` must be "openssl" or "noble"/],
  "a time by another name": [
    { suite: "noble", seal, keepOpen: { ms: 5, keyMax: 9 } },
    /`hsm.keepOpen` have no `keyMax`; is `keysMax` meant\?/,
  ],
  "nothing at all": [undefined, /`hsm` must be an object/],
}

describe("a plan that says what nobody reads is refused, and starts nothing:", () => {
  for (const [name, [plan, said]] of Object.entries(wrong)) {
    it(name, async () => {
      const connect = () => Promise.reject(new Error("started"))
      for (const hsm of [plan as HsmPlan, async () => plan as HsmPlan]) {
        const refusal = isolatedHsm({ boundary: { connect }, hsm })
        await expect(refusal).rejects.toThrow(TypeError)
        await expect(refusal).rejects.toThrow(said)
        await expect(refusal).rejects.not.toThrow(passphrase)
      }
    })
  }
})

describe("a plan whose module makes no HSM", () => {
  it("is told why by what an HSM says, and by nothing else", async () => {
    const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
    const told = async (thrown: string): Promise<string> => {
      const path = join(folder, `${thrown.length}.mjs`)
      writeFileSync(
        path,
        `import { HsmError } from ${JSON.stringify(core)}
export const makeHsm = () => { throw ${thrown} }
`,
      )
      const hsm = { module: pathToFileURL(path) }
      return isolatedHsm({ boundary: "thread", hsm }).then(String, String)
    }
    const wrongPin = "the token refuses the PIN (0xa0)"
    expect(await told(`new HsmError("unavailable", "${wrongPin}")`)).toBe(`HsmError: ${wrongPin}`)
    expect(await told(`new Error("${passphrase}")`)).toBe(
      "HsmError: the module of the HSM makes none",
    )
  })
})
