import {
  type AccountId,
  isAccountId,
  isAliasName,
  isKeyId,
  type Place,
  parseArn,
} from "../vocabulary/arns.js"
import { KmsError } from "../vocabulary/errors.js"

/*
 * The four forms by which a caller names a key, and the names that an alias may have.
 */

/** An identifier, understood but not looked up. */
export type Identifier = { readonly account: AccountId } & (
  | { readonly keyId: string }
  | { readonly aliasName: string }
)

export const notFound = (message: string): KmsError => new KmsError("NotFoundException", message)

function parseKmsArn(text: string, place: Place): Identifier {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== "kms" || !isAccountId(arn.account)) {
    throw notFound(`Invalid arn ${text}`)
  }
  if (arn.partition !== place.partition || arn.region !== place.region) {
    throw notFound(`Invalid arn ${arn.region}`)
  }
  const { account, resource } = arn
  if (resource.startsWith("alias/")) return { account, aliasName: resource }
  const keyId = resource.startsWith("key/") ? resource.slice("key/".length) : undefined
  if (keyId === undefined) throw notFound(`Invalid arn ${text}`)
  if (!isKeyId(keyId)) throw notFound(`Invalid keyId ${keyId}`)
  return { account, keyId }
}

/** Reads the four forms: key id, key ARN, alias name, alias ARN. */
export function parseIdentifier(
  text: string,
  { account, place }: { readonly account: AccountId; readonly place: Place },
): Identifier {
  if (text.startsWith("arn:")) return parseKmsArn(text, place)
  if (text.startsWith("alias/")) return { account, aliasName: text }
  if (!isKeyId(text)) throw notFound(`Invalid keyId '${text}'`)
  return { account, keyId: text }
}

/** Refuses an alias where only a key may be named. */
export function refuseAliases(text: string): void {
  if (!text.startsWith("alias/") && !/^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(text)) return
  const message = "Key Aliases are not supported for this operation."
  throw new KmsError("InvalidArnException", message)
}

const aliasHelp = "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"

/** An alias name that a customer may make. */
export function requireAliasName(name: string): void {
  if (!name.startsWith("alias/")) {
    const rule = `Alias must start with the prefix "alias/". Please see ${aliasHelp}`
    throw new KmsError("ValidationException", rule)
  }
  if (name.startsWith("alias/aws/")) {
    throw new KmsError("NotAuthorizedException", "Aliases beginning with alias/aws/ are reserved")
  }
  if (!isAliasName(name)) {
    throw new KmsError("ValidationException", `${name} contains invalid characters for an alias`)
  }
}
