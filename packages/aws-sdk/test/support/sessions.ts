import { createSoftwareHsm, openSealedStorage, rootKeySeal } from "@keywright/core"
import { createDirectory, createTokenService } from "@keywright/identity"
import { createMemoryStorage } from "@keywright/storage"

export const account = "111122223333"
export const allOfIt = {
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: "*", Resource: "*" },
}

/** A directory with one user and one role, and its token service. */
export async function openTokenService() {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(new Uint8Array(32).fill(7)) })
  const storage = createMemoryStorage()
  const store = await openSealedStorage({ name: "identity", storage, hsm })
  const directory = createDirectory({ store, clock: Date.now })
  const Action = ["sts:AssumeRole", "sts:TagSession"]
  const trustPolicy = {
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Principal: { AWS: account }, Action },
  }
  await directory.fill({
    accounts: {
      [account]: {
        users: { alice: { policies: { allOfIt } } },
        roles: { App: { trustPolicy, policies: { allOfIt } } },
      },
    },
  })
  const sts = createTokenService({ directory })
  return { sts, directory, alice: await directory.accessKeys.create(account, "alice") }
}
