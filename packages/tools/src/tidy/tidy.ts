import type { Finding } from "./rule.js"
import { rules } from "./rules.js"
import type { Tree } from "./tree.js"

/** One line for a finding: where, which rule, what to do. */
const printFinding = (rule: string, { path, line, message }: Finding): string =>
  `${path}${line === undefined ? "" : `:${line}`}  ${rule}: ${message}`

/** What the house rules find in a tree, one line each, sorted by place. */
export const tidy = (tree: Tree): readonly string[] =>
  rules
    .flatMap(({ name, check }) => check(tree).map((finding) => printFinding(name, finding)))
    .sort()
