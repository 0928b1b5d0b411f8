import { relative } from "node:path"
import { BaseSequencer, type TestSpecification } from "vitest/node"
import base from "./vitest.config.js"

/** Quick files first: the first test that fails ends the run of a mistake. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { cache, config } = this.ctx
    const durationOf = ({ project, moduleId }: TestSpecification): number =>
      cache.getFileTestResults(`${project.name}:${relative(config.root, moduleId)}`)?.duration ?? 0
    return [...files].sort((a, b) => durationOf(a) - durationOf(b))
  }
}

/** The same, with those tests alone that `npm run mutants` names. */
export default {
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    include: JSON.parse(process.env["MUTANTS_TESTS"] ?? "[]"),
    // They read the text of the sources, which is another one while mistakes are tried.
    exclude: ["**/what-is-loaded.test.ts"],
    // Each mistake has threads of its own; its files share the modules that they import.
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
}
