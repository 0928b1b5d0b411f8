export const account = "111122223333"
export const otherAccount = "444455556666"
/** That of a host, where a test does not say another. */
export const region = "us-east-1"

export const rootOf = (owner: string) => `arn:aws:iam::${owner}:root`
export const userOf = (owner: string, name = "alice") => `arn:aws:iam::${owner}:user/${name}`
export const roleOf = (owner: string, name = "App") => `arn:aws:iam::${owner}:role/${name}`
/** A user and a role of the engine's account. */
export const alice = userOf(account)
export const app = roleOf(account)

/** The ARN of a key in any region. */
export const keyArnIn = (where: string, keyId: string, owner = account) =>
  `arn:aws:kms:${where}:${owner}:key/${keyId}`
export const keyArnOf = (keyId: string, owner = account) => keyArnIn(region, keyId, owner)
export const aliasArnOf = (name: string, owner = account) =>
  `arn:aws:kms:${region}:${owner}:${name}`
/** Well formed, and the id of no key. */
export const unknownKeyId = "1234abcd-12ab-34cd-56ef-1234567890ab"
