import type { Rule } from "../rule.js"

/** The kinds of files that the repository holds. */
const kinds = /\.(?:m?ts|mjs|json|md|ya?ml|prisma)$|(?:^|\/)(?:LICENSE|\.gitignore|\.ci\/run)$/
/** What other implementations are run with. */
const foreign = /^packages\/tools\/interop\/\w+\.(?:go|java|py)$/
/** A host of the previous version, which no tool may format or mend. */
const frozen = "packages/tools/previous/host.mjs.gz"

export const strangeFilesRule: Rule = {
  name: "strange files",
  says: "the repository holds sources, papers and settings, and nothing that a tool left behind",
  check: ({ paths }) =>
    paths
      .filter((path) => !kinds.test(path) && !foreign.test(path) && path !== frozen)
      .map((path) => ({ path, message: "a file of no known kind: remove it, or add its kind" })),
}
