import { createMemoryStorage } from "@keywright/storage"
import { describe, expect, it } from "vitest"
import { account, openPlain, otherAccount, startMs } from "./support/accounts.js"

const hourMs = 3_600_000
const gone = (id: string) => ({
  ...{ name: "NoSuchEntity", message: `The Access Key with id ${id} cannot be found.` },
})
const users = {
  accounts: {
    [account]: { users: { alice: {}, bob: {} } },
    [otherAccount]: { users: { eve: {} } },
  },
}
const open = async () => {
  const memory = createMemoryStorage()
  const state = { commits: 0, fails: false, meanwhile: async (): Promise<void> => undefined }
  const disk: typeof memory = {
    ...memory,
    commit: async (change) => {
      if (state.fails) throw new RangeError("no disk")
      const { meanwhile } = state
      state.meanwhile = async () => undefined
      await meanwhile()
      state.commits += 1
      return memory.commit(change)
    },
  }
  const world = await openPlain(users, disk)
  const { accessKeys } = world.directory
  const { accessKeyId } = await accessKeys.create(account, "alice")
  const lastUsedMs = async () => (await accessKeys.list(account, "alice"))[0]?.lastUsedMs
  const on = async (prefix: string) => {
    const { entries } = await world.disk.list({ prefix, limit: 100 })
    return entries.map(({ key }) => key.slice(prefix.length))
  }
  return { ...world, state, accessKeys, accessKeyId, lastUsedMs, on }
}

describe("the access keys of a user", () => {
  it("are told by the user's own name, and without secrets", async () => {
    const { accessKeys, accessKeyId, time } = await open()
    time.nowMs += 1000
    const second = await accessKeys.create(account, "ALICE")
    const common = { account, userName: "alice", status: "Active" }
    expect(await accessKeys.list(account, "Alice")).toStrictEqual([
      { ...common, accessKeyId, createdMs: startMs },
      { ...common, accessKeyId: second.accessKeyId, createdMs: startMs + 1000 },
    ])
    expect(await accessKeys.list(account, "bob")).toEqual([])
    expect(await accessKeys.find(second.accessKeyId)).toEqual({
      ...{ ...common, ...second, createdMs: startMs + 1000 },
    })
  })

  it("are two at most, and of a user that there is", async () => {
    const { accessKeys } = await open()
    await accessKeys.create(account, "alice")
    await expect(accessKeys.create(account, "alice")).rejects.toMatchObject({
      ...{ name: "LimitExceeded", status: 409 },
      message: "Cannot exceed quota for AccessKeysPerUser: 2",
    })
    const missing = { name: "NoSuchEntity", message: "The user with name carol cannot be found." }
    await expect(accessKeys.create(account, "carol")).rejects.toMatchObject(missing)
    await expect(accessKeys.list(account, "carol")).rejects.toMatchObject(missing)
    await expect(accessKeys.list(otherAccount, "alice")).rejects.toMatchObject({
      message: "The user with name alice cannot be found.",
    })
  })

  it("go one by one, each with the note of its use", async () => {
    const { accessKeys, accessKeyId, on } = await open()
    const { accessKeyId: other } = await accessKeys.create(account, "alice")
    await accessKeys.noteUse(accessKeyId)
    await accessKeys.noteUse(other)
    await accessKeys.delete(accessKeyId)
    expect(await on("access-key/")).toEqual([other])
    expect(await on("last-use/")).toEqual([other])
    expect(await accessKeys.list(account, "alice")).toMatchObject([{ accessKeyId: other }])
    await expect(accessKeys.delete(accessKeyId)).rejects.toMatchObject(gone(accessKeyId))
  })

  it("are active or not, and nothing else", async () => {
    const { accessKeys, accessKeyId, disk } = await open()
    const revision = async () => (await disk.get([`access-key/${accessKeyId}`]))[0]?.revision
    const before = await revision()
    await accessKeys.setStatus(accessKeyId, "Active")
    expect(await revision()).toBe(before)
    for (const status of ["Inactive", "Active"] as const) {
      await accessKeys.setStatus(accessKeyId, status)
      expect(await accessKeys.find(accessKeyId)).toMatchObject({ status })
    }
    for (const wrong of ["active", "", undefined]) {
      const set = accessKeys.setStatus(accessKeyId, wrong as never)
      await expect(set).rejects.toThrow(new TypeError("`status` must be `Active` or `Inactive`"))
    }
    const nobody = "AKIANOBODYHASTHIS234"
    const set = accessKeys.setStatus(nobody, "Active")
    await expect(set).rejects.toMatchObject(gone(nobody))
    for (const wrong of ["", "short", "akianobodyhasthis234", "../access-key", "A".repeat(129)]) {
      expect(await accessKeys.find(wrong)).toBeUndefined()
      await expect(accessKeys.delete(wrong)).rejects.toMatchObject(gone(wrong))
    }
  })

  it("that go while somebody changes them are gone for that", async () => {
    const { accessKeys, accessKeyId, directory } = await open()
    // Both have found it; the one that is decided first ends it.
    const [deleted, changed] = await Promise.allSettled([
      accessKeys.delete(accessKeyId),
      accessKeys.setStatus(accessKeyId, "Inactive"),
    ])
    expect(deleted.status).toBe("fulfilled")
    expect(changed).toMatchObject({ status: "rejected", reason: gone(accessKeyId) })
    const { accessKeyId: next } = await accessKeys.create(account, "alice")
    const [removed, late] = await Promise.allSettled([
      directory.remove("user", account, "alice"),
      accessKeys.delete(next),
    ])
    expect(removed.status).toBe("fulfilled")
    expect(late).toMatchObject({ status: "rejected", reason: gone(next) })
  })
})

describe("the use of an access key", () => {
  it("is written once an hour", async () => {
    const { accessKeys, accessKeyId, time, lastUsedMs } = await open()
    await accessKeys.noteUse(accessKeyId)
    for (const [laterMs, usedMs] of [
      [0, 0],
      [hourMs - 1, 0],
      [hourMs, hourMs],
      [2 * hourMs - 1, hourMs],
      [2 * hourMs + 5, 2 * hourMs + 5],
    ] as const) {
      time.nowMs = startMs + laterMs
      await accessKeys.noteUse(accessKeyId)
      expect(await lastUsedMs()).toBe(startMs + usedMs)
    }
  })

  it("is written by one of those that come together", async () => {
    const { accessKeys, accessKeyId, state, lastUsedMs, time } = await open()
    const before = state.commits
    await Promise.all([1, 2, 3].map(() => accessKeys.noteUse(accessKeyId)))
    const together = state.commits - before
    expect(await lastUsedMs()).toBe(startMs)
    time.nowMs += hourMs
    await accessKeys.noteUse(accessKeyId)
    expect(state.commits - before).toBe(2 * together)
    expect(await lastUsedMs()).toBe(startMs + hourMs)
  })

  it("that could not be written is written with the next one", async () => {
    const { accessKeys, accessKeyId, state, lastUsedMs } = await open()
    state.fails = true
    await expect(accessKeys.noteUse(accessKeyId)).rejects.toThrow("no disk")
    state.fails = false
    await accessKeys.noteUse(accessKeyId)
    expect(await lastUsedMs()).toBe(startMs)
  })

  it("leaves nothing of a key that there is not, or that goes meanwhile", async () => {
    const { accessKeys, accessKeyId, on, state } = await open()
    await accessKeys.noteUse("AKIANOBODYHASTHIS234")
    expect(await on("last-use/")).toEqual([])
    // Between what was read and what is written it goes.
    state.meanwhile = () => accessKeys.delete(accessKeyId)
    await accessKeys.noteUse(accessKeyId)
    expect(state.commits).toBeGreaterThan(2)
    expect(await on("access-key/")).toEqual([])
    await accessKeys.noteUse(accessKeyId)
    expect(await on("last-use/")).toEqual([])
  })
})
