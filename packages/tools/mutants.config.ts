import base from "./vitest.config.js"

/** The same, with those tests alone that `npm run mutants` names. */
export default {
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    include: JSON.parse(process.env["MUTANTS_TESTS"] ?? "[]"),
    // They read the text of the sources, which is another one while mistakes are tried.
    exclude: ["**/what-is-loaded.test.ts"],
  },
}
