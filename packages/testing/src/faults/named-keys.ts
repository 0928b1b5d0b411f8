import { aliasTarget, isAliasName, parseCiphertext } from "@keywright/core/testing"
import type { Storage } from "@keywright/storage"

/** The members of the input of a call, whatever its caller gave. */
export type Input = Readonly<Record<string, unknown>>

/** Where names are looked up, and for whose account. */
export interface Names {
  readonly account: string
  readonly storage: Storage
}

/** How a member names a key: by its id, or by an alias. */
const named = (identifier: string): string => identifier.replace(/^.*:(?:key\/)?(?=[^:]*$)/, "")

/** Everything by which a call names a key; a ciphertext names its own. */
function keysNamedBy(input: Input): readonly string[] {
  const names = Object.entries(input)
    .filter(([member]) => /KeyId$/.test(member))
    .map(([, value]) => (typeof value === "string" ? value : ""))
  const blob = input["CiphertextBlob"]
  const header = blob instanceof Uint8Array ? parseCiphertext(blob)?.header : undefined
  return header === undefined ? names : [...names, header.keyId]
}

/** The key id of a key id, key ARN or alias name. What no alias can be called stays as it is. */
async function keyIdOf(name: string, { account, storage }: Names): Promise<string> {
  const bare = named(name)
  if (!isAliasName(bare)) return bare
  return (await aliasTarget(storage, account, bare)) ?? bare
}

/** Whether an input names a key, by whatever name each of the two goes. */
export async function namesKey(input: Input, key: string, names: Names): Promise<boolean> {
  const wanted = await keyIdOf(key, names)
  for (const name of keysNamedBy(input)) {
    if ((await keyIdOf(name, names)) === wanted) return true
  }
  return false
}
