import { alike, type Equivalent } from "./equivalent.js"

const due = (name: string): string => `packages/core/src/engine/due/${name}.ts`

/** In what time has done. */
export const inDue: readonly Equivalent[] = [
  ...alike(due("rewrap-storage"), "a walk that has skipped nothing has left nothing to be done", [
    "const isInVain = isWritten && !page.more && skipped > 0",
    "true",
  ]),
  ...alike(due("agenda"), "the function ends there anyway", ["} catch {", "{}"]),
]
