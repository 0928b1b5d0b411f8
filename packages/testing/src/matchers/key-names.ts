import type { Witness } from "./witness.js"

/** A key by its id, ARN, alias or alias ARN, or by what a call answered about it. */
export type KeyName =
  | string
  | { readonly Arn?: string | undefined; readonly KeyId?: string | undefined }

/** How a message names it. */
export const shownKey = (key: KeyName): string =>
  typeof key === "string" ? key : (key.Arn ?? key.KeyId ?? "a key without a name")

const lastPart = (arn: string): string => arn.replace(/^arn:.*:(?:key\/)?(?=[^:]*$)/, "")

/** Where an ARN is: everything up to its account. */
const homeOf = (arn: string): string | undefined => /^arn:(?:[^:]*:){3}\d{12}(?=:)/.exec(arn)?.[0]

/** Whether a name means the key with that ARN, or with that id where only that is known. */
export function isNameOf(name: KeyName, arnOrId: string, witness: Witness | undefined): boolean {
  const text = shownKey(name)
  const bare = lastPart(text)
  if (bare.startsWith("alias/")) {
    const [home, keyHome] = [homeOf(text), homeOf(arnOrId)]
    if (home !== undefined && keyHome !== undefined && home !== keyHome) return false
    // Of replicas, which share their id, each has aliases of its own.
    const isIdOnly = home !== undefined && keyHome === undefined
    const key = isIdOnly ? `${home}:key/${arnOrId}` : arnOrId
    return witness?.aliasesOf(key).includes(bare) === true
  }
  const isArn = text.startsWith("arn:") && arnOrId.startsWith("arn:")
  return isArn ? text === arnOrId : bare === lastPart(arnOrId)
}

/** Whether the name is an alias, which only a kit can look up. */
export const isAlias = (name: KeyName): boolean => lastPart(shownKey(name)).startsWith("alias/")
