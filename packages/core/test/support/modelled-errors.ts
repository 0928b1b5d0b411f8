import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname } from "node:path"
import { afterEach, expect } from "vitest"
import type { AuditEvent } from "../../src/ports/audit.js"
import type { KmsErrorName } from "../../src/vocabulary/errors.js"

/*
 * Every error that an operation answers in these tests is one that the model of the AWS SDK lists
 * for it, or stands in one of the two tables below.
 */

/**
 * Errors that any operation of AWS may answer, whatever its model lists; and the one by which an
 * HSM that is down is told, which keeps operations from their work that AWS lists none for.
 */
const common: readonly KmsErrorName[] = [
  "AccessDeniedException",
  "KMSInternalException",
  "KeyUnavailableException",
  "ThrottlingException",
  "UnknownOperationException",
  "ValidationException",
]

/** What an operation answers here beyond its model, and why. */
const beyond: Readonly<Record<string, Readonly<Partial<Record<KmsErrorName, string>>>>> = {
  CreateAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to make",
  },
  CreateKey: {
    KMSInvalidStateException: "a proxy that refuses to describe the external key (403)",
  },
  DeleteAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to take",
  },
  UpdateAlias: {
    NotAuthorizedException: "an alias under alias/aws/ is not the customer's to move",
  },
  UpdateCustomKeyStore: {
    CloudHsmClusterInUseException: "a cluster that another store has; AWS lists it for Create only",
  },
  Decrypt: { UnsupportedOperationException: "a Recipient, and no attestation port to ask" },
  DeriveSharedSecret: { UnsupportedOperationException: "a Recipient, and no port to ask" },
  GenerateDataKey: { UnsupportedOperationException: "a Recipient, and no port to ask" },
  GenerateRandom: { UnsupportedOperationException: "a Recipient, and no port to ask" },
}

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
export function checkModelled({ eventName, errorCode }: AuditEvent): void {
  if (errorCode === undefined || common.some((name) => name === errorCode)) return
  if (errorCode in (beyond[eventName] ?? {}) || modelledFor(eventName).has(errorCode)) return
  strange.add(`${eventName} answers ${errorCode}`)
}

afterEach(() => {
  const found = [...strange]
  strange.clear()
  expect(found, "errors that the model of the AWS SDK does not list").toEqual([])
})
