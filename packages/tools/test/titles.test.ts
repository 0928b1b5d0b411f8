import { expect, it } from "vitest"
import { titlesWithMarks } from "../src/checks/titles.js"

it("a title that prints a mark of its format is found, and no other", () => {
  const raw = ["a grant ends in %4$s", "refuses %s", "%i bits", "is %j, and %o"]
  const plain = ["busy 0.3 of its time", "80 % of them", "a path of %2Fs or %20s", "100%"]
  const assertionResults = [...raw, ...plain].map((fullName) => ({ fullName }))
  expect(titlesWithMarks({ testResults: [{ assertionResults }] })).toEqual(raw)
})
