import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createKms, createSoftwareHsm, restoreBackup, rootKeySeal } from "@keywright/core"
import { createMemoryStorage } from "@keywright/storage"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { backupFile, openKms, restoreKms } from "../src/index.js"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-backup-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

const rootKey = new Uint8Array(32).fill(7)
const at = (name: string) => join(folder, name)
const Plaintext = Uint8Array.of(1, 2, 3)

/** A database with a key behind an alias, a ciphertext, and a backup of it. */
async function prepare() {
  const kms = await openKms({ path: at("keys.db"), rootKey })
  const owner = kms.as(kms.administrator)
  const { KeyMetadata } = await owner.createKey({})
  const KeyId = KeyMetadata?.KeyId ?? ""
  await owner.createAlias({ AliasName: "alias/a", TargetKeyId: KeyId })
  const { CiphertextBlob = Plaintext } = await owner.encrypt({ KeyId: "alias/a", Plaintext })
  const report = await kms.backup(backupFile(at("keys.backup")))
  return { kms, CiphertextBlob, report }
}

describe("a backup of a database", () => {
  it("is a file of the owner alone, from which another database is made", async () => {
    const { kms, CiphertextBlob, report } = await prepare()
    const { mode, size } = statSync(at("keys.backup"))
    expect(mode & 0o777).toBe(0o600)
    expect(size).toBe(report.bytes)
    expect(existsSync(at("keys.backup.part"))).toBe(false)
    await kms.close()
    const options = { path: at("other.db"), rootKey, backup: at("keys.backup") }
    expect(await restoreKms(options)).toMatchObject({ records: report.records })
    const back = await openKms({ path: at("other.db"), rootKey, create: "never" })
    const client = back.as(back.administrator)
    expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
    expect(await back.verify()).toMatchObject({ isWhole: true })
    await back.close()
    await expect(restoreKms(options)).rejects.toThrow(/is there/)
  })

  it("moves to a storage of another kind", async () => {
    const { CiphertextBlob } = await prepare()
    const storage = createMemoryStorage()
    const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey) })
    const place = { region: "us-east-1", storage, hsm }
    const source = [new Uint8Array(readFileSync(at("keys.backup")))]
    await restoreBackup(
      (async function* () {
        yield* source
      })(),
      place,
    )
    const back = await createKms({ ...place, account: "111122223333" })
    const client = back.as(back.administrator)
    expect((await client.decrypt({ CiphertextBlob })).Plaintext).toEqual(Plaintext)
  })

  it("leaves no database behind where it is cut or of another root key", async () => {
    await prepare()
    const whole = readFileSync(at("keys.backup"))
    writeFileSync(at("cut.backup"), whole.subarray(0, whole.length - 1))
    const path = at("other.db")
    const cut = restoreKms({ path, rootKey, backup: at("cut.backup") })
    await expect(cut).rejects.toMatchObject({ name: "BackupError" })
    expect(existsSync(path)).toBe(false)
    const wrong = restoreKms({ path, passphrase: "another", backup: at("keys.backup") })
    await expect(wrong).rejects.toMatchObject({ code: "sealed-by-another" })
    const missing = restoreKms({ path, rootKey, backup: at("none.backup") })
    await expect(missing).rejects.toMatchObject({ code: "ENOENT" })
    expect(existsSync(path)).toBe(false)
    await restoreKms({ path, rootKey, backup: at("keys.backup") })
  })

  it("wants the file of a generated root key beside the new database", async () => {
    const kms = await openKms({ path: at("own.db"), generateRootKey: true })
    await kms.backup(backupFile(at("own.backup")))
    await kms.close()
    const options = { path: at("new.db"), generateRootKey: true, backup: at("own.backup") }
    await expect(restoreKms(options)).rejects.toThrow(/put the root key of the backup back first/)
    copyFileSync(at("own.db.root-key"), at("new.db.root-key"))
    await restoreKms(options)
    await (await openKms({ path: at("new.db"), generateRootKey: true })).close()
  })

  it("does not write over a file, and takes its draft away when it fails", async () => {
    const { kms } = await prepare()
    expect(() => backupFile(at("keys.backup"))).toThrow(/exists already/)
    const signal = { aborted: true, reason: new Error("enough") }
    await expect(kms.backup(backupFile(at("new.backup")), { signal })).rejects.toThrow("enough")
    expect(existsSync(at("new.backup"))).toBe(false)
    expect(existsSync(at("new.backup.part"))).toBe(false)
  })
})
