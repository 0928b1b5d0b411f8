import type { StorageCase } from "./conformance/case.js"
import { handlesCases } from "./conformance/handles.js"
import { propertyCases } from "./conformance/property.js"
import { racesCases } from "./conformance/races.js"
import { readingCases } from "./conformance/reading.js"
import { writingCases } from "./conformance/writing.js"

export type { StorageCase } from "./conformance/case.js"

/**
 * The storage contract as a list of cases that any test runner can call. An adapter is a storage
 * adapter when all of them pass; each rejects with an error that says what is wrong.
 *
 * @example
 * for (const { name, run } of storageConformance) {
 *   test(name, async () => {
 *     const path = newTemporaryFile()
 *     await run(async () => openMyStorage(path))
 *   })
 * }
 */
export const storageConformance: readonly StorageCase[] = [
  ...readingCases,
  ...writingCases,
  ...racesCases,
  ...handlesCases,
  ...propertyCases,
]
