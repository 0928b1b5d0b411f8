import {
  type AccountId,
  isAccountId,
  isAliasName,
  isKeyId,
  type Place,
  parseArn,
} from "../vocabulary/arns.js"
import type { KmsError } from "../vocabulary/errors.js"
import {
  aliasesNotSupported,
  aliasWithoutPrefix,
  invalidAliasName,
  invalidArn,
  invalidKeyId,
  invalidKeyIdInArn,
  reservedAlias,
} from "../vocabulary/refusals/keys.js"

/*
 * The four forms by which a caller names a key, and the names that an alias may have.
 */

/** An identifier, understood but not looked up. */
export type Identifier = { readonly account: AccountId } & (
  | { readonly keyId: string }
  | { readonly aliasName: string }
)

function parseKmsArn(text: string, place: Place): Identifier {
  const arn = parseArn(text)
  if (arn === undefined || arn.service !== "kms" || !isAccountId(arn.account)) {
    throw invalidArn({ arn: text })
  }
  if (arn.partition !== place.partition || arn.region !== place.region) {
    throw invalidArn({ arn: arn.region })
  }
  const { account, resource } = arn
  if (resource.startsWith("alias/")) return { account, aliasName: resource }
  const keyId = resource.startsWith("key/") ? resource.slice("key/".length) : undefined
  if (keyId === undefined) throw invalidArn({ arn: text })
  if (!isKeyId(keyId)) throw invalidKeyIdInArn({ keyId })
  return { account, keyId }
}

/** Reads the four forms: key id, key ARN, alias name, alias ARN. */
export function parseIdentifier(
  text: string,
  { account, place }: { readonly account: AccountId; readonly place: Place },
): Identifier {
  if (text.startsWith("arn:")) return parseKmsArn(text, place)
  if (text.startsWith("alias/")) return { account, aliasName: text }
  if (!isKeyId(text)) throw invalidKeyId({ keyId: text })
  return { account, keyId: text }
}

/** Refuses an alias where only a key may be named, if need be in words of the operation. */
export function refuseAliases(text: string, refusal: () => KmsError = aliasesNotSupported): void {
  const isAlias = text.startsWith("alias/") || /^arn:[^:]*:kms:[^:]*:[^:]*:alias\//.test(text)
  if (isAlias) throw refusal()
}

/** An alias name that a customer may make. */
export function requireAliasName(name: string): void {
  if (!name.startsWith("alias/")) throw aliasWithoutPrefix()
  if (name.startsWith("alias/aws/")) throw reservedAlias()
  if (!isAliasName(name)) throw invalidAliasName({ name })
}
