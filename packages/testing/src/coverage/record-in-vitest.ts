import { AsyncLocalStorage } from "node:async_hooks"
import { afterAll, aroundEach, type TaskMeta } from "vitest"
import { listen } from "./channels.js"
import { type PackedRecord, packRecord } from "./packed-record.js"
import { createPolicyRecorder } from "./recorder.js"

declare module "vitest" {
  interface TaskMeta {
    /** What the engines of a test file asked of policies. */
    keywrightPolicies?: PackedRecord
  }
}

/**
 * Records what the engines of a test file ask of policies, and hands it to the reporter with the
 * file. Call it in a setup file of vitest, 4.1 or newer.
 *
 * @example
 * import { recordPolicyCoverage } from "@keywright/testing/vitest"
 * recordPolicyCoverage()
 */
export function recordPolicyCoverage(): void {
  const running = new AsyncLocalStorage<string>()
  const recorder = createPolicyRecorder(() => running.getStore())
  const stop = listen(recorder)
  let meta: TaskMeta | undefined
  aroundEach((runTest, { task }) => {
    meta = task.file.meta
    return running.run(task.fullTestName, runTest)
  })
  afterAll(async () => {
    stop()
    // Without a test there is nobody to tell.
    if (meta !== undefined) meta.keywrightPolicies = packRecord(await recorder.record())
  })
}
