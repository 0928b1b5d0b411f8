import { parentPort } from "node:worker_threads"
import { checkHistory, kmsModel, renderVerdict } from "@keywright/testing/histories"
import type { Asked, Checked } from "./checker.js"

/*
 * A thread of its own: checks histories, which may take long, while callers go on.
 */

parentPort?.on("message", ({ id, operations }: Asked) => {
  const verdict = checkHistory(operations, kmsModel())
  const finding = verdict.verdict === "linearizable" ? undefined : renderVerdict(verdict)
  parentPort?.postMessage({ id, finding } satisfies Checked)
})
