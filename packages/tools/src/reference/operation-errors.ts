import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import type { OperationName } from "@keywright/core"
import { commonErrors, errorsBeyondModel } from "@keywright/core/testing"

/*
 * The errors that an operation can answer: those that the model of the AWS SDK lists for it, and
 * those by which this engine goes beyond it.
 */

const anchor = createRequire(new URL("../../package.json", import.meta.url))
const commands = new URL(
  "../dist-types/commands/",
  `file://${dirname(anchor.resolve("@aws-sdk/client-kms"))}/`,
)

const modelled = new Map<string, ReadonlySet<string>>()

/** What every error of the SDK is: no error of its own. */
const base = "KMSServiceException"

/** What the types of the SDK say that an operation throws. */
function modelledFor(operation: string): ReadonlySet<string> {
  const known = modelled.get(operation)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`${operation}Command.d.ts`, commands), "utf8")
  const names = new Set([...text.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = ""]) => name))
  names.delete(base)
  modelled.set(operation, names)
  return names
}

/** Every error that an operation can answer, but for those that all can; sorted. */
export function errorsOf(operation: string): readonly string[] {
  const ours = Object.keys(errorsBeyondModel[operation as OperationName] ?? {})
  const own = new Set([...modelledFor(operation), ...ours])
  return [...own].filter((name) => !commonErrors.some((common) => common === name)).sort()
}
