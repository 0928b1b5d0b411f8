import type { SourceFile, Tree } from "./tree.js"

export interface Finding {
  readonly path: string
  /** Counted from one; absent when the file as a whole is meant. */
  readonly line?: number | undefined
  /** What is wrong and what to do instead. */
  readonly message: string
}

/** One house rule that a tool can keep. */
export interface Rule {
  readonly name: string
  /** The rule as a sentence. */
  readonly says: string
  check(tree: Tree): readonly Finding[]
}

/** A rule that looks at one source file after the other. */
export const sourceRule = (
  name: string,
  says: string,
  check: (source: SourceFile, tree: Tree) => readonly Omit<Finding, "path">[],
): Rule => ({
  name,
  says,
  check: (tree) =>
    tree.sources.flatMap((source) =>
      check(source, tree).map((finding) => ({ ...finding, path: source.path })),
    ),
})
