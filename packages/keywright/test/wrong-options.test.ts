import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type OpenKmsOptions, openKms } from "../src/index.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-options-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const optionsWith = (more: object): OpenKmsOptions => ({
  path: join(folder, "keys.db"),
  rootKey: new Uint8Array(32).fill(7),
  ...more,
})

describe("openKms", () => {
  test("refuses what is no option and says which was meant, and makes no file", async () => {
    for (const [more, sentence] of [
      [{ audits: () => {} }, "`options` have no `audits`; is `audit` meant?"],
      [{ rootkey: "x" }, "`options` have no `rootkey`; is `rootKey` meant?"],
      [{ former: { rootkey: 1 } }, "`former` have no `rootkey`; is `rootKey` meant?"],
      [{ keepOpen: { ms: 1, keyMax: 2 } }, "`keepOpen` have no `keyMax`; is `keysMax` meant?"],
      [{ keepOpen: true }, "`keepOpen` must be an object"],
      [{ keepOpen: { ms: 1000 } }, "`keepOpen.keysMax` must be a number above zero"],
      [{ keepOpen: { ms: "1 s", keysMax: 2 } }, "`keepOpen.ms` must be a number above zero"],
    ] as const) {
      await expect(openKms(optionsWith(more))).rejects.toThrow(new TypeError(sentence))
    }
    expect(readdirSync(folder)).toEqual([])
  })

  test("keeps keys open by the clock of the machine unless it is told another", async () => {
    const kms = await openKms(optionsWith({ keepOpen: { ms: 60_000, keysMax: 10 } }))
    const owner = kms.as(kms.administrator)
    const { KeyMetadata } = await owner.createKey({
      KeySpec: "ECC_NIST_P256",
      KeyUsage: "SIGN_VERIFY",
    })
    const request = {
      KeyId: KeyMetadata?.KeyId,
      Message: new Uint8Array(3),
      SigningAlgorithm: "ECDSA_SHA_256",
    } as const
    for (let i = 0; i < 2; i += 1) {
      expect((await owner.sign(request)).Signature).toBeInstanceOf(Uint8Array)
    }
    await kms.close()
  })
})
