import { describe, expect, it } from "vitest"
import { createTokenService } from "../src/index.js"
import { account, openAccounts, seenOn, startMs } from "./support/accounts.js"

const users = { accounts: { [account]: { users: { alice: {}, bob: {} } } } }
const given = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}

describe("an access key", () => {
  it("is made with a secret that is told once, and never lies on the disk", async () => {
    const { directory, disk } = await openAccounts(users)
    const { accessKeyId, secretAccessKey } = await directory.accessKeys.create(account, "alice")
    expect(accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    expect(await seenOn(disk)).not.toContain(secretAccessKey)
    const [summary] = await directory.accessKeys.list(account, "alice")
    expect(summary).toEqual({
      ...{ accessKeyId, account, userName: "alice", status: "Active", createdMs: startMs },
    })
    expect(await directory.accessKeys.find(accessKeyId)).toMatchObject({ secretAccessKey })
  })

  it("is one of two at most, also when many are asked for at once", async () => {
    const { directory } = await openAccounts(users)
    const made = await Promise.allSettled(
      Array.from({ length: 6 }, () => directory.accessKeys.create(account, "alice")),
    )
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(2)
    const [refused] = made.filter((one) => one.status === "rejected")
    expect(refused?.reason).toMatchObject({ name: "LimitExceeded" })
    expect(await directory.accessKeys.list(account, "alice")).toHaveLength(2)
    const [first] = await directory.accessKeys.list(account, "alice")
    await directory.accessKeys.delete(first?.accessKeyId as string)
    await directory.accessKeys.create(account, "alice")
  })

  it("goes with its user, and is inactive when it is made so", async () => {
    const { directory } = await openAccounts(users)
    const { accessKeyId } = await directory.accessKeys.create(account, "alice")
    await directory.accessKeys.setStatus(accessKeyId, "Inactive")
    expect(await directory.accessKeys.find(accessKeyId)).toMatchObject({ status: "Inactive" })
    await directory.remove("user", account, "alice")
    expect(await directory.accessKeys.find(accessKeyId)).toBeUndefined()
    const gone = { name: "NoSuchEntity" }
    await expect(directory.accessKeys.setStatus(accessKeyId, "Active")).rejects.toMatchObject(gone)
    await expect(directory.accessKeys.delete(accessKeyId)).rejects.toMatchObject(gone)
  })

  it("that was deleted stays so, when its record is put back on the disk", async () => {
    const { directory, disk } = await openAccounts(users)
    const { credentials } = createTokenService({ directory })
    const { accessKeyId } = await directory.accessKeys.create(account, "alice")
    const key = `access-key/${accessKeyId}`
    const [before] = await disk.get([key])
    const value = before?.value as Uint8Array
    expect(await credentials(accessKeyId, undefined)).toHaveProperty("bearer")
    for (const end of [
      () => directory.accessKeys.delete(accessKeyId),
      () => directory.remove("user", account, "alice"),
    ]) {
      await end()
      await directory.fill(users)
      await disk.commit({ expect: [], put: [{ key, value }], remove: [] })
      expect(await credentials(accessKeyId, undefined)).toBeUndefined()
    }
  })

  it("says when it was used last, to an hour", async () => {
    const { directory, time } = await openAccounts(users)
    const { accessKeyId } = await directory.accessKeys.create(account, "alice")
    const lastUsedMs = async () =>
      (await directory.accessKeys.list(account, "alice"))[0]?.lastUsedMs
    expect(await lastUsedMs()).toBeUndefined()
    await directory.accessKeys.noteUse(accessKeyId)
    expect(await lastUsedMs()).toBe(startMs)
    time.nowMs += 1000
    await directory.accessKeys.noteUse(accessKeyId)
    expect(await lastUsedMs()).toBe(startMs)
    time.nowMs += 3_600_000
    await directory.accessKeys.noteUse(accessKeyId)
    expect(await lastUsedMs()).toBe(time.nowMs)
    await directory.accessKeys.noteUse("AKIANOBODYHASTHIS234")
    expect(await directory.accessKeys.find("AKIANOBODYHASTHIS234")).toBeUndefined()
  })

  it("that is given takes the place of those before, and is nobody else's", async () => {
    const { directory } = await openAccounts(users)
    const before = await directory.accessKeys.create(account, "alice")
    const withKeys = (name: string) => ({
      accounts: { [account]: { users: { [name]: { accessKeys: [given] } } } },
    })
    await directory.fill(withKeys("alice"))
    // What is given once more is kept.
    await directory.fill(withKeys("alice"))
    expect(await directory.accessKeys.find(given.accessKeyId)).toMatchObject(given)
    expect(await directory.accessKeys.find(before.accessKeyId)).toBeUndefined()
    expect(await directory.accessKeys.list(account, "alice")).toMatchObject([
      { accessKeyId: given.accessKeyId },
    ])
    const taken = { name: "EntityAlreadyExists" }
    await expect(directory.fill(withKeys("bob"))).rejects.toMatchObject(taken)
    // Who says nothing of access keys keeps them.
    await directory.fill(users)
    expect(await directory.accessKeys.list(account, "alice")).toHaveLength(1)
  })
})
