import { expect, it } from "vitest"
import { printedPages, readPage } from "../src/reference/pages.js"

it("the printed pages say what the tables of the engine say", () => {
  const pages = printedPages()
  const found = pages.map(({ path }) => ({ path, text: readPage(path) }))
  expect(pages).toEqual(found)
})
