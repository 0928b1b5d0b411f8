import type { IdentityStore } from "../directory/store.js"
import { newId, newSecret } from "../vocabulary/ids.js"
import { limits } from "../vocabulary/limits.js"
import { base64Of, bytesOfBase64 } from "../vocabulary/text.js"
import { createGrantReader, encodeGrant, type SessionGrant } from "./session-grant.js"

/** Temporary credentials, as they are handed out. */
export interface TemporaryCredentials {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: Date
}

/** What a session is to be granted, but for what is made with it. */
export type NewSession = Omit<SessionGrant, "v" | "accessKeyId" | "secretAccessKey">

/** Makes session tokens and opens them. */
export interface SessionTokens {
  issue(session: NewSession): Promise<TemporaryCredentials>
  /**
   * What a token grants to whoever signs with that access key: the same object as long as it is
   * remembered. `undefined` for a token that was not made here, or came with another access key.
   * Whether it has expired is for the caller to see.
   */
  open(accessKeyId: string, token: string): Promise<SessionGrant | undefined>
}

/** Authenticated with every token. */
const place = "session token 1"

export function createSessionTokens(
  store: IdentityStore,
  tokensMax: number = limits.rememberedTokensMax,
): SessionTokens {
  const readGrant = createGrantReader()
  const known = new Map<string, SessionGrant>()

  const remember = (token: string, grant: SessionGrant): void => {
    known.set(token, grant)
    if (known.size <= tokensMax) return
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }

  const openNew = async (token: string): Promise<SessionGrant | undefined> => {
    const sealed = token.length <= limits.sessionTokenLengthMax ? bytesOfBase64(token) : undefined
    const bytes = sealed && (await store.openElsewhere(place, sealed))
    if (bytes === undefined) return undefined
    const grant = readGrant(bytes)
    bytes.fill(0)
    remember(token, grant)
    return grant
  }

  return {
    issue: async (session) => {
      const accessKeyId = await newId(store.generateRandom, "session key")
      const secretAccessKey = await newSecret(store.generateRandom)
      const bytes = encodeGrant({ ...session, accessKeyId, secretAccessKey })
      const sealed = await store.sealElsewhere(place, bytes)
      bytes.fill(0)
      return {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: base64Of(sealed),
        Expiration: new Date(session.expiresMs),
      }
    },
    open: async (accessKeyId, token) => {
      const grant = known.get(token) ?? (await openNew(token))
      return grant?.accessKeyId === accessKeyId ? grant : undefined
    },
  }
}
