import type { Kms } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import {
  type AccountsInput,
  createTokenService,
  type StsCaller,
  type TemporaryCredentials,
  type WebTokens,
} from "../../src/index.js"
import { account, openAccounts } from "./accounts.js"

/** Accounts, their token service, and an engine that asks them. */
export async function openSessions(accounts: AccountsInput, webTokens?: WebTokens) {
  const world = await openAccounts(accounts)
  const { directory } = world
  const sts = createTokenService({ directory, webTokens })
  const kms: Kms = await createMemoryKms({
    account,
    identities: directory.identities,
    guardrails: await directory.guardrails(),
    clock: () => world.time.nowMs,
  })
  const { KeyMetadata } = await kms.as(kms.administrator).createKey({})
  const KeyId = KeyMetadata?.Arn as string

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
  const clientOf = ({ bearer }: StsCaller) => {
    if (bearer === undefined) throw new Error("nobody has these credentials")
    return kms.as(bearer.caller.principal, bearer.caller.context)
  }
  const encrypt = (caller: StsCaller) =>
    clientOf(caller).encrypt({ KeyId, Plaintext: Uint8Array.of(1) })
  return { ...world, sts, kms, KeyId, user, holder, clientOf, encrypt }
}
