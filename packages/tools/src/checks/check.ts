import type { Workbench } from "./workbench.js"

export interface CheckResult {
  readonly ok: boolean
  /** What was looked at, in a few words. */
  readonly summary: string
  /** Shown when the check fails: what to mend. */
  readonly details?: string
  /** For a check that is many tests. */
  readonly tests?: { readonly passed: number; readonly failed: number }
}

/** One thing that must hold before a change goes in. */
export interface Check {
  readonly name: string
  run(workbench: Workbench): Promise<CheckResult>
}
