import { printedPages, readPage } from "../reference/pages.js"
import type { Check } from "./check.js"

/** The first line in which two texts differ. */
function firstDifference(is: string, should: string): string {
  const [isLines, shouldLines] = [is.split("\n"), should.split("\n")]
  const at = shouldLines.findIndex((line, i) => line !== isLines[i])
  const line = at < 0 ? shouldLines.length : at
  return `line ${line + 1}\n- ${isLines[line] ?? ""}\n+ ${shouldLines[line] ?? ""}`
}

/** The printed pages say what the tables say. */
export const referenceCheck: Check = {
  name: "reference",
  async run() {
    const pages = printedPages()
    const stale = pages.flatMap(({ path, text }) => {
      const is = readPage(path)
      return is === text ? [] : [`${path} is stale: ${firstDifference(is ?? "", text)}`]
    })
    const details = `${stale.join("\n")}\nnpm run reference prints them anew`
    return { ok: stale.length === 0, summary: `${pages.length} printed pages`, details }
  },
}
