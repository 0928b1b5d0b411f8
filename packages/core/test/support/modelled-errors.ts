import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import { afterEach, expect } from "vitest"
import type { OperationName } from "../../src/operations/catalogue.js"
import { commonErrors, errorsBeyondModel } from "../../src/operations/unmodelled-errors.js"
import type { AuditEvent } from "../../src/ports/audit.js"

/*
 * Every error that an operation answers in these tests is one that the model of the AWS SDK lists
 * for it, or stands in one of the two tables of `unmodelled-errors.ts`. No blank of its sentence is
 * left open.
 */

const anchor = createRequire(new URL("../../../aws-sdk/package.json", import.meta.url))
const commands = new URL(
  "../dist-types/commands/",
  `file://${dirname(anchor.resolve("@aws-sdk/client-kms"))}/`,
)

const modelled = new Map<string, ReadonlySet<string>>()

/** What the types of the SDK say that an operation throws. */
function modelledFor(operation: string): ReadonlySet<string> {
  const known = modelled.get(operation)
  if (known !== undefined) return known
  const text = readFileSync(new URL(`${operation}Command.d.ts`, commands), "utf8")
  const names = new Set([...text.matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = ""]) => name))
  modelled.set(operation, names)
  return names
}

const strange = new Set<string>()

/** Looks at how a call ended. What is not modelled fails the test that is running. */
export function checkModelled({ eventName, errorCode, errorMessage = "" }: AuditEvent): void {
  // As what is to fill a blank shows when it is not there.
  if (/\bundefined\b/.test(errorMessage)) strange.add(`${eventName} says: ${errorMessage}`)
  if (errorCode === undefined || commonErrors.some((name) => name === errorCode)) return
  if (
    errorCode in (errorsBeyondModel[eventName as OperationName] ?? {}) ||
    modelledFor(eventName).has(errorCode)
  )
    return
  strange.add(`${eventName} answers ${errorCode}`)
}

afterEach(() => {
  const found = [...strange]
  strange.clear()
  expect(found, "errors that the model of the AWS SDK does not list").toEqual([])
})
