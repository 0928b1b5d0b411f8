/** How a message says which raw key it is for. */
export interface RawKeyNames {
  /** Who gave the key its name; not `aws-kms`. Decryption finds its own by both. */
  readonly namespace: string
  readonly name: string
}

/** Throws `TypeError` for names that a message cannot hold, or that belong to AWS KMS. */
export function checkNames({ namespace, name }: RawKeyNames): void {
  for (const [value, what] of [
    [namespace, "namespace"],
    [name, "name"],
  ] as const) {
    if (typeof value !== "string" || value.length === 0 || !value.isWellFormed()) {
      throw new TypeError(`\`${what}\` must be a well-formed string that is not empty`)
    }
  }
  if (namespace.startsWith("aws-kms")) throw new TypeError("`namespace` may not begin with aws-kms")
}
