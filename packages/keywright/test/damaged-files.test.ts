import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createKms, createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openSqliteStorage } from "@keywright/storage/sqlite"
import Database from "libsql"
import { expect, test } from "vitest"

/** Pages of the index of keys, in a file of pages of 4,096 bytes. */
const indexLeaf = 0x0a

/** Takes the last entry away from the first page of the index. */
function damageIndex(path: string): void {
  const file = readFileSync(path)
  for (let page = 4096; page < file.length; page += 4096) {
    if (file[page] !== indexLeaf) continue
    file.writeUInt16BE(file.readUInt16BE(page + 3) - 1, page + 3)
    writeFileSync(path, file)
    return
  }
  throw new Error("the file has no page of an index")
}

test("verify names what a damaged index no longer lists, in a file too large to be checked", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-damaged-"))
  const path = join(folder, "keys.db")
  const open = async (checkedBytesMax: number) => {
    const storage = openSqliteStorage(new Database(path), { checkedBytesMax })
    const seal = rootKeySeal(new Uint8Array(32).fill(7))
    const hsm = createSoftwareHsm({ seal, suite: opensslSuite() })
    const kms = await createKms({ region: "us-east-1", account: "111122223333", storage, hsm })
    return { kms, storage }
  }
  try {
    const { kms } = await open(0)
    for (let i = 0; i < 50; i += 1) await kms.as(kms.administrator).createKey({})
    const whole = await kms.verify()
    await kms.close()
    damageIndex(path)
    const { kms: damaged } = await open(0)
    const { isWhole, records, findings } = await damaged.verify()
    expect(isWhole).toBe(false)
    expect(records).toBe(whole.records - 1)
    expect(findings.map(({ wrong }) => wrong)).toEqual(["missing"])
    await damaged.close()
    await expect(open(100_000_000)).rejects.toThrow("the SQLite file is damaged")
  } finally {
    rmSync(folder, { recursive: true })
  }
})
