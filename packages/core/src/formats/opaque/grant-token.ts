import { isAccountId, isKeyId } from "../../vocabulary/arns.js"
import { base64Of, bytesOfBase64 } from "../../vocabulary/base64.js"
import { textOf } from "../../vocabulary/bytes.js"
import { limits } from "../../vocabulary/limits.js"
import { decodeFields, encodeFields } from "../fields.js"

/** Which grant a token names. It is no secret and gives nobody a right. */
export interface GrantName {
  readonly account: string
  readonly keyId: string
  /** 64 hexadecimal digits. */
  readonly grantId: string
}

/** "KG", and the version of the format. */
const prefix = Uint8Array.of(0x4b, 0x47, 0x01)
const nonceBytesLength = 16

export const isGrantId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

/**
 * Version 1 of a grant token: "KG", version, account, key id, grant id and a nonce that makes
 * every token another, each after its length; in Base64.
 */
export const encodeGrantToken = (name: GrantName, nonce: Uint8Array): string =>
  base64Of(encodeFields([name.account, name.keyId, name.grantId, nonce], prefix))

/** What a token names; `undefined` when it is not one of ours. */
export function parseGrantToken(text: string): GrantName | undefined {
  if (text.length > limits.grantTokenCharactersMax) return undefined
  const bytes = bytesOfBase64(text)
  if (bytes === undefined || !prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const fields = decodeFields(bytes.subarray(prefix.length), 4)
  if (fields?.[3]?.length !== nonceBytesLength) return undefined
  try {
    const [account = "", keyId = "", grantId = ""] = fields.slice(0, 3).map(textOf)
    const isName = isAccountId(account) && isKeyId(keyId) && isGrantId(grantId)
    return isName ? { account, keyId, grantId } : undefined
  } catch {
    return undefined
  }
}
