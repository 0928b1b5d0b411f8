import type { Kms } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import {
  type AccountsInput,
  createTokenService,
  type Directory,
  type StsCaller,
  type TemporaryCredentials,
  type WebTokens,
} from "../../src/index.js"
import { account, openAccounts, openPlain } from "./accounts.js"

/** The token service of a directory, and those who have credentials of it. */
function openService(directory: Directory, webTokens?: WebTokens) {
  const sts = createTokenService({ directory, webTokens })
  /** Whoever has the access key of a user. */
  const user = async (name: string, of = account): Promise<StsCaller> => {
    const { accessKeyId } = await directory.accessKeys.create(of, name)
    return { bearer: (await sts.credentials(accessKeyId, undefined))?.bearer }
  }
  /** Whoever has these temporary credentials. */
  const holder = async (credentials: TemporaryCredentials): Promise<StsCaller> => {
    const { AccessKeyId, SessionToken } = credentials
    return { bearer: (await sts.credentials(AccessKeyId, SessionToken))?.bearer }
  }
  return { sts, user, holder }
}

/** Accounts and their token service, on a store that hides nothing, and no engine. */
export async function openPlainSessions(accounts: AccountsInput) {
  const world = await openPlain(accounts)
  return { ...world, ...openService(world.directory) }
}

/** Accounts, their token service, and an engine that asks them. */
export async function openSessions(accounts: AccountsInput, webTokens?: WebTokens) {
  const world = await openAccounts(accounts)
  const { directory } = world
  const service = openService(directory, webTokens)
  const kms: Kms = await createMemoryKms({
    account,
    identities: directory.identities,
    guardrails: await directory.guardrails(),
    clock: () => world.time.nowMs,
  })
  const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
  const KeyId = KeyMetadata?.Arn as string

  const clientOf = ({ bearer }: StsCaller) => {
    if (bearer === undefined) throw new Error("nobody has these credentials")
    return kms.as(bearer.caller.principal, bearer.caller.context)
  }
  const encrypt = (caller: StsCaller) =>
    clientOf(caller).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
  return { ...world, ...service, kms, KeyId, clientOf, encrypt }
}
