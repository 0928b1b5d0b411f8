import { createSoftwareHsm, openSealedStorage, rootKeySeal } from "@keywright/core"
import { createMemoryStorage, type Storage } from "@keywright/storage"
import { type AccountsInput, createDirectory } from "../../src/index.js"

export const account = "111122223333"
export const otherAccount = "444455556666"
export const startMs = Date.UTC(2026, 10, 29, 12)

export const userArn = (name: string, path = "/", of = account) =>
  `arn:aws:iam::${of}:user${path}${name}`
export const roleArn = (name: string, path = "/", of = account) =>
  `arn:aws:iam::${of}:role${path}${name}`

/** A policy of one statement. */
export const policy = (statement: object) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*", ...statement },
})

/** Who may assume a role, in one statement. */
export const trust = (principal: unknown, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Principal: principal, Action: "sts:AssumeRole", ...more },
})

/** A store behind a software HSM, on a disk that anybody may read and write. */
export function openStore(disk: Storage = createMemoryStorage()) {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)) })
  return openSealedStorage({ name: "identity", storage: disk, hsm })
}

/** A directory with its clock and its disk. */
export async function openAccounts(accounts: AccountsInput = {}, disk = createMemoryStorage()) {
  const time = { nowMs: startMs }
  const store = await openStore(disk)
  const directory = createDirectory({ store, clock: () => time.nowMs })
  await directory.fill(accounts)
  return { directory, store, disk, time }
}

/** Everything that whoever reads the disk sees, as text. */
export async function seenOn(disk: Storage): Promise<string> {
  const { entries } = await disk.list({ prefix: "", limit: 1000 })
  return entries.map(({ value }) => new TextDecoder("latin1").decode(value)).join("\n")
}
