import {
  aliasTarget,
  isAccountId,
  isAliasName,
  parseArn,
  parseCiphertext,
} from "@keywright/core/testing"
import type { Storage } from "@keywright/storage"

/** The members of the input of a call, whatever its caller gave. */
export type Input = Readonly<Record<string, unknown>>

/** Where names are looked up: aliases without an ARN are those of the caller's account. */
export interface Names {
  readonly region: string
  readonly account: string
  readonly storage: Storage
}

/** Everything by which a call names a key; a ciphertext names its own. */
function keysNamedBy(input: Input): readonly string[] {
  const names = Object.entries(input)
    .filter(([member]) => /KeyId$|^AliasName$/.test(member))
    .map(([, value]) => (typeof value === "string" ? value : ""))
  const blob = input["CiphertextBlob"]
  const header = blob instanceof Uint8Array ? parseCiphertext(blob)?.header : undefined
  return header === undefined ? names : [...names, header.keyId]
}

/** The key id of a key id, key ARN, alias name or alias ARN. What is none stays as it is. */
async function keyIdOf(name: string, { region, account, storage }: Names): Promise<string> {
  const arn = parseArn(name) ?? { region, account, resource: name }
  const { resource } = arn
  if (!isAliasName(resource)) return resource.replace(/^key\//, "")
  if (arn.region !== region || !isAccountId(arn.account)) return name
  return (await aliasTarget(storage, arn.account, resource)) ?? resource
}

/** Whether an input names a key, by whatever name each of the two goes. */
export async function namesKey(input: Input, key: string, names: Names): Promise<boolean> {
  const wanted = await keyIdOf(key, names)
  for (const name of keysNamedBy(input)) {
    if ((await keyIdOf(name, names)) === wanted) return true
  }
  return false
}
