import { expect, it } from "vitest"
import { root } from "../src/paths.js"
import { readTree } from "../src/tidy/read-tree.js"
import { tidy } from "../src/tidy/tidy.js"

it("the repository keeps its house rules", () => {
  expect(tidy(readTree(root))).toEqual([])
})
