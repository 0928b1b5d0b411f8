import { alike, type Equivalent } from "./equivalent.js"

const formats = "packages/core/src/formats"

/** A function whose last statement catches answers `undefined` there, whether it says so or not. */
const caughtAtTheEnd = ["region-bodies", "region-message", "region-transfer"].flatMap((name) =>
  alike(
    `${formats}/regions/${name}.ts`,
    "it is the end of the function, which answers `undefined` then",
    ["} catch {", "{}"],
  ),
)

export const inFormats: readonly Equivalent[] = [
  ...caughtAtTheEnd,
  ...alike(
    `${formats}/regions/region-transfer.ts`,
    "for the compiler alone: the fields were counted before",
    ['const [from = "", to = "", ...rest] = texts', '"Stryker was here!"'],
  ),
  ...alike(
    `${formats}/stored/write-stamp.ts`,
    "the bit of a sixteenth lane is the flag of a restored store, which is taken off",
    ["stamp.lane < lanesCount &&", "stamp.lane <= lanesCount"],
  ),
]
