import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type OpenKmsOptions, openKms, type RootKeyOptions } from "../src/index.js"

const Plaintext = Uint8Array.of(1, 2, 3)
const keyOf = (byte: number) => ({ rootKey: new Uint8Array(32).fill(byte) })

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-root-key-"))
  path = join(folder, "keys.db")
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Opens the database for as long as `work` is at it. */
async function withKms<Result>(
  options: Omit<OpenKmsOptions, "path">,
  work: (kms: Awaited<ReturnType<typeof openKms>>) => Promise<Result>,
): Promise<Result> {
  const kms = await openKms({ path, ...options })
  try {
    return await work(kms)
  } finally {
    await kms.close()
  }
}

const encryptUnder = (options: RootKeyOptions) =>
  withKms(options, async (kms) => {
    const owner = kms.as(kms.administrator)
    const { KeyMetadata } = await owner.createKey({})
    return owner.encrypt({ KeyId: KeyMetadata?.KeyId ?? "", Plaintext })
  })

const decryptUnder = (options: RootKeyOptions, CiphertextBlob: Uint8Array | undefined) =>
  withKms(options, async (kms) => {
    const opened = await kms
      .as(kms.administrator)
      .decrypt({ CiphertextBlob: CiphertextBlob ?? Plaintext })
    expect(opened.Plaintext).toEqual(Plaintext)
  })

describe("a database comes from one root key to another:", () => {
  it.each<[string, RootKeyOptions, RootKeyOptions]>([
    ["a root key, and another one", keyOf(1), keyOf(2)],
    ["a passphrase, and a root key", { passphrase: "correct horse" }, keyOf(2)],
    ["the key in the file, and one of yours", { generateRootKey: true }, keyOf(2)],
    ["one of yours, and a key in the file", keyOf(1), { generateRootKey: true }],
  ])("%s", async (_, former, next) => {
    const { CiphertextBlob } = await encryptUnder(former)
    await withKms({ ...next, former }, (kms) => kms.reseal())
    await decryptUnder(former, CiphertextBlob)
    await decryptUnder(next, CiphertextBlob)
    await withKms({ ...next, former }, (kms) => kms.reseal({ former: "retired" }))
    await decryptUnder(next, CiphertextBlob)
    await expect(openKms({ path, ...former })).rejects.toMatchObject({
      code: "sealed-by-another",
    })
  })

  it("a new key in the file is the owner's alone, and there before anything is sealed", async () => {
    await encryptUnder(keyOf(1))
    await withKms({ generateRootKey: true, former: keyOf(1) }, async () => {
      expect(statSync(`${path}.root-key`).mode & 0o777).toBe(0o600)
    })
  })

  it("it must be another one, and each must be one of the three", async () => {
    await encryptUnder(keyOf(1))
    for (const options of [
      { generateRootKey: true, former: { generateRootKey: true } },
      { ...keyOf(2), former: {} },
      { ...keyOf(2), former: { ...keyOf(1), passphrase: "x" } },
    ]) {
      await expect(openKms({ path, ...options })).rejects.toThrow(TypeError)
    }
    expect(existsSync(`${path}.root-key`)).toBe(false)
  })
})
