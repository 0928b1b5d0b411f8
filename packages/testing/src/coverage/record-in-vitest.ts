import { AsyncLocalStorage } from "node:async_hooks"
import * as vitest from "vitest"
import { listen } from "./channels.js"
import { type MetaWithPolicies, packRecord } from "./packed-record.js"
import { createPolicyRecorder } from "./recorder.js"

/**
 * Records what the engines of a test file ask of policies, and hands it to the reporter with the
 * file. Call it in a setup file of vitest. Throws `TypeError` in a vitest before 4.1, which cannot
 * say which test is running around its hooks.
 *
 * @example
 * import { recordPolicyCoverage } from "@keywright/testing/vitest-coverage"
 * recordPolicyCoverage()
 */
export function recordPolicyCoverage(): void {
  // Not imported by name: an older vitest would only say that it has no such export.
  const { afterAll, aroundEach } = vitest as Partial<typeof vitest> & typeof vitest
  if (aroundEach === undefined) {
    throw new TypeError("recordPolicyCoverage() needs vitest 4.1 or newer; the matchers do not")
  }
  const running = new AsyncLocalStorage<string>()
  const recorder = createPolicyRecorder(() => running.getStore())
  const stop = listen(recorder)
  let meta: MetaWithPolicies | undefined
  aroundEach((runTest, { task }) => {
    meta = task.file.meta as MetaWithPolicies
    return running.run(task.fullTestName, runTest)
  })
  afterAll(async () => {
    stop()
    // Without a test there is nobody to tell.
    if (meta !== undefined) meta.keywrightPolicies = packRecord(await recorder.record())
  })
}
