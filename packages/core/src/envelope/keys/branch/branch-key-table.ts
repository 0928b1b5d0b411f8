/**
 * One row of a table of branch keys: the text attributes, which are authenticated with the wrapped
 * key, and the wrapped key.
 *
 * Source: awslabs/aws-encryption-sdk-specification, framework/branch-key-store.md, "Record Format".
 */
export interface BranchKeyItem {
  /** All attributes but `enc`, among them `branch-key-id` and `type`. */
  readonly attributes: Readonly<Record<string, string>>
  /** The attribute `enc`. */
  readonly wrapped: Uint8Array
}

/**
 * Where branch keys are kept. Nothing in a table is secret, and a store of branch keys trusts
 * nothing that it reads there: its KMS says whether an item is genuine.
 */
export interface BranchKeyTable {
  /** The newest item of that id and type; `undefined` when there is none. Rejects otherwise. */
  get(branchKeyId: string, type: string): Promise<BranchKeyItem | undefined>
  /**
   * Writes all items or none. Each must be new, but for the one of the id and type of `replaces`,
   * which must still hold that wrapped key. `false`: one of this is not so, and nothing was
   * written.
   */
  write(items: readonly BranchKeyItem[], replaces: BranchKeyItem | undefined): Promise<boolean>
}
