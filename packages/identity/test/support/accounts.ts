import { randomBytes } from "node:crypto"
import { createSoftwareHsm, openSealedStorage, rootKeySeal } from "@keywright/core"
import { createMemoryStorage, type Storage } from "@keywright/storage"
import { type AccountsInput, createDirectory, type IdentityStore } from "../../src/index.js"

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

/** A store that hides nothing of its disk and takes no time: for what is not about secrets. */
export const plainStore = (disk: Storage = createMemoryStorage()): IdentityStore => ({
  storage: disk,
  sealElsewhere: async (_place, bytes) => Uint8Array.from(bytes),
  openElsewhere: async (_place, sealed) => Uint8Array.from(sealed),
  generateRandom: async (length) => new Uint8Array(randomBytes(length)),
})

/** A directory with its clock and its disk. */
export async function openAccounts(accounts: AccountsInput = {}, disk = createMemoryStorage()) {
  return openOn(await openStore(disk), accounts, disk)
}

/** The same on a plain store. */
export async function openPlain(accounts: AccountsInput = {}, disk = createMemoryStorage()) {
  return openOn(plainStore(disk), accounts, disk)
}

async function openOn<Store extends IdentityStore>(
  store: Store,
  accounts: AccountsInput,
  disk: Storage,
) {
  const time = { nowMs: startMs }
  const directory = createDirectory({ store, clock: () => time.nowMs })
  await directory.fill(accounts)
  return { directory, store, disk, time }
}

/** Everything that whoever reads the disk sees, as text. */
export async function seenOn(disk: Storage): Promise<string> {
  const { entries } = await disk.list({ prefix: "", limit: 1000 })
  return entries.map(({ value }) => new TextDecoder("latin1").decode(value)).join("\n")
}
