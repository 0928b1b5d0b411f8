import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Seal } from "@keywright/core"
import { afterEach, beforeEach, describe, expect, it, test } from "vitest"
import { openKms, type RestoreKmsOptions, type RootKeyOptions, restoreKms } from "../src/index.js"
import { openHsm, sealsOf } from "../src/open-kms.js"

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-keys-"))
  path = join(folder, "keys.db")
})
afterEach(() => rmSync(folder, { recursive: true }))

const rootKey = new Uint8Array(32).fill(7)
const oneOfThree =
  "openKms needs one of `rootKey` (32 bytes that you keep), `passphrase`, or " +
  "`generateRootKey: true` to keep a new one in a file beside the database"
const length = "`rootKey` must be a Uint8Array of 32 bytes"

describe("what protects a database", () => {
  it.each<[string, RootKeyOptions, string]>([
    ["none", {}, oneOfThree],
    ["none that is meant", { generateRootKey: false }, oneOfThree],
    ["a root key and a passphrase", { rootKey, passphrase: "x" }, oneOfThree],
    ["a root key and one in the file", { rootKey, generateRootKey: true }, oneOfThree],
    ["a passphrase and one in the file", { passphrase: "x", generateRootKey: true }, oneOfThree],
    ["a root key of 31 bytes", { rootKey: new Uint8Array(31) }, length],
    ["a root key of 33 bytes", { rootKey: new Uint8Array(33) }, length],
    ["a root key of 32 characters", { rootKey: "x".repeat(32) as never }, length],
  ])("is one of three, and not %s", async (_, options, sentence) => {
    await expect(openKms({ path, ...options })).rejects.toThrow(new TypeError(sentence))
    expect(existsSync(`${path}.root-key`)).toBe(false)
    const before = { path, rootKey, former: options }
    await expect(openKms(before)).rejects.toThrow(new TypeError(sentence))
  })

  test("is no new key in the file, where the database had another one", async () => {
    await (await openKms({ path, rootKey })).close()
    await expect(openKms({ path, generateRootKey: true })).rejects.toThrow(
      `\`${path}\` exists, but its root key \`${path}.root-key\` does not`,
    )
    expect(existsSync(`${path}.root-key`)).toBe(false)
    await (await openKms({ path, generateRootKey: true, former: { rootKey } })).close()
    expect(existsSync(`${path}.root-key`)).toBe(true)
  })

  test("before is another key than that in the file", async () => {
    const both = { generateRootKey: true, former: { generateRootKey: true } }
    await expect(openKms({ path, ...both })).rejects.toThrow(
      new TypeError("`former` must be another root key than the one in the file"),
    )
  })

  test("is left alone by options that say no", async () => {
    const seals = await sealsOf({ path, rootKey, generateRootKey: false })
    expect(seals.formerSeals).toEqual([])
    const former = { rootKey: new Uint8Array(32).fill(8), generateRootKey: false }
    expect((await sealsOf({ path, rootKey, former })).formerSeals).toHaveLength(1)
    await expect(
      sealsOf({ path, rootKey, former: { generateRootKey: true } }),
    ).resolves.toBeDefined()
  })

  test("is wiped when the HSM is closed", async () => {
    const closed: string[] = []
    const sealOf = async (name: string): Promise<Seal> => {
      const { seal } = await sealsOf({ path, rootKey })
      return { ...seal, close: () => void closed.push(name) }
    }
    const formerSeals = [await sealOf("former"), await sealOf("older")]
    const hsm = openHsm({ seal: await sealOf("now"), formerSeals }, undefined)
    expect(closed).toEqual([])
    await hsm.close()
    expect(new Set(closed)).toEqual(new Set(["now", "former", "older"]))
  })
})

describe("openKms", () => {
  it.each(["", 1, undefined])("wants a path, and not %j", async (wrong) => {
    const opening = openKms({ path: wrong as string, rootKey })
    await expect(opening).rejects.toThrow(new TypeError("`path` must name a file"))
  })

  it.each(["always", true, null])(
    "makes a database if it is missing, or never: %j",
    async (create) => {
      const opening = openKms({ path, rootKey, create: create as never })
      await expect(opening).rejects.toThrow(
        new TypeError('`create` must be "if-missing" or "never"'),
      )
    },
  )

  test("makes none when it must not, and says how to", async () => {
    await expect(openKms({ path, rootKey, create: "never" })).rejects.toThrow(
      `there is no database \`${path}\`, and \`create\` is "never": is everything mounted? ` +
        'To make a new one, open it once with `create: "if-missing"`',
    )
    expect(existsSync(path)).toBe(false)
    await (await openKms({ path, rootKey, create: "if-missing" })).close()
    await (await openKms({ path, rootKey, create: "never" })).close()
  })

  test("is in a region and an account of examples unless it is told others", async () => {
    const kms = await openKms({ path, rootKey })
    expect(kms).toMatchObject({ region: "us-east-1", account: "111122223333" })
    await kms.close()
    const place = { region: "eu-west-1", account: "444455556666" }
    const other = await openKms({ path: join(folder, "other.db"), rootKey, ...place })
    expect(other).toMatchObject(place)
    await other.close()
  })

  test.each(["ms", "keysMax"] as const)(
    "keeps keys open by numbers above zero: %s",
    async (name) => {
      for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "1", undefined]) {
        const keepOpen = { ms: 1000, keysMax: 10, [name]: wrong }
        await expect(openKms({ path, rootKey, keepOpen })).rejects.toThrow(
          new TypeError(`\`keepOpen.${name}\` must be a number above zero`),
        )
      }
    },
  )

  test("keeps keys open for as long as it is told, by the clock that it is given", async () => {
    const times: number[] = []
    let stops = 0
    const keepOpen = {
      ms: 1234,
      keysMax: 10,
      clock: () => 0,
      timer: (timeoutMs: number) => {
        times.push(timeoutMs)
        return {
          over: new Promise<void>(() => undefined),
          stop: () => {
            stops += 1
          },
        }
      },
    }
    const kms = await openKms({ path, rootKey, keepOpen })
    const owner = kms.as(kms.administrator)
    const { KeyMetadata } = await owner.createKey({
      KeySpec: "HMAC_256",
      KeyUsage: "GENERATE_VERIFY_MAC",
    })
    const request = {
      KeyId: KeyMetadata?.KeyId,
      Message: Uint8Array.of(1),
      MacAlgorithm: "HMAC_SHA_256",
    } as const
    await owner.generateMac(request)
    await owner.generateMac(request)
    await kms.close()
    expect(times).toContain(1234)
    expect(stops).toBe(times.length)
  })

  test("leaves its files to others when it does not open", async () => {
    await (await openKms({ path, rootKey })).close()
    const wrong = openKms({ path, rootKey: new Uint8Array(32).fill(8) })
    await expect(wrong).rejects.toMatchObject({ code: "sealed-by-another" })
    expect(existsSync(`${path}-wal`)).toBe(false)
    await (await openKms({ path, rootKey, create: "never" })).close()
  })

  test.each(["former", "keepOpen", "create", "region", "account", "clock", "trace"])(
    "takes an option that is absent for one that is not given: %s",
    async (name) => {
      const kms = await openKms({ path, rootKey, [name]: undefined })
      await kms.close()
    },
  )
})

describe("restoreKms", () => {
  const restore = (options: object) =>
    restoreKms({ path, rootKey, backup: join(folder, "none"), ...options } as RestoreKmsOptions)

  it.each(["", 1])("wants a path, and not %j", async (wrong) => {
    await expect(restore({ path: wrong })).rejects.toThrow(new TypeError("`path` must name a file"))
  })

  test("restores into no database that is there, and says what may have left it", async () => {
    writeFileSync(path, "x")
    await expect(restore({})).rejects.toThrow(
      `the database \`${path}\` is there: restore into another one. If it is what a restore ` +
        `that was cut off has left, remove it, \`${path}-wal\` and \`${path}-shm\``,
    )
  })

  test("restores into no file that others can read", async () => {
    writeFileSync(path, "", { mode: 0o644 })
    await expect(restore({})).rejects.toThrow(`chmod 600 '${path}'`)
  })

  test("wants the root key in its file first", async () => {
    const generated = restore({ rootKey: undefined, generateRootKey: true })
    await expect(generated).rejects.toThrow(
      `put the root key of the backup back first, as \`${path}.root-key\``,
    )
    expect(existsSync(path)).toBe(false)
    await expect(restore({ generateRootKey: false })).rejects.toMatchObject({ code: "ENOENT" })
    expect(existsSync(path)).toBe(false)
  })
})
