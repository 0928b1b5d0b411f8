import { isDeepStrictEqual } from "node:util"
import { findRow } from "@keywright/core"
import type { CallRecord } from "../call-record.js"
import { isNameOf, type KeyName, shownKey } from "./key-names.js"
import { cannotTell, described, type Verdict } from "./verdict.js"
import { testimonyOf, type Witness } from "./witness.js"

/** Which calls are meant. What is left out may be anything. */
export interface CallPattern {
  /** A principal by its ARN; for a role, that of the role or of a session. */
  readonly caller?: string | undefined
  readonly key?: KeyName | undefined
  /** Members of the input that the call shows, each as it was given. */
  readonly input?: Readonly<Record<string, unknown>> | undefined
  /** The name of the error that it was answered with; `false` for none. */
  readonly error?: string | false | undefined
  /** How many such calls there are. Default: at least one. */
  readonly times?: number | undefined
}

type Test = (call: CallRecord, witness: Witness, pattern: CallPattern) => boolean

/** The name of the role in the ARN of a role, with its path, or of a session; and its account. */
const roleIn = (arn: string): string | undefined => {
  const [, account, role] =
    /^arn:[^:]*:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ??
    /^arn:[^:]*:sts::(\d{12}):assumed-role\/([^/]+)\//.exec(arn) ??
    []
  return role && `${account} ${role}`
}

/** A role is the caller of all its sessions. */
function isCaller(call: CallRecord, caller: string): boolean {
  if (call.caller === caller) return true
  const role = caller.includes(":role/") ? roleIn(caller) : undefined
  return role !== undefined && role === roleIn(call.caller)
}

/** How a call is compared with each member of a pattern that is there. */
const tests: { readonly [Member in Exclude<keyof CallPattern, "times">]: Test } = {
  caller: (call, _witness, { caller = "" }) => isCaller(call, caller),
  key: ({ keyArns }, witness, { key = "" }) => keyArns.some((arn) => isNameOf(key, arn, witness)),
  input: (call, _witness, { input = {} }) =>
    Object.entries(input).every(([name, value]) => isDeepStrictEqual(call.input[name], value)),
  error: (call, _witness, { error }) =>
    error === false ? call.error === undefined : call.error === error,
}

const members = Object.keys(tests) as (keyof typeof tests)[]

const shownPattern = (operation: string, { caller, key, error, times }: CallPattern): string =>
  [
    operation,
    caller === undefined ? "" : ` by ${caller}`,
    key === undefined ? "" : ` on ${shownKey(key)}`,
    error === undefined ? "" : ` answered with ${error === false ? "no error" : error}`,
    times === undefined ? "" : `, ${times} times`,
  ].join("")

/** The calls of a kit as a list, equal ones counted. */
function shownCalls(calls: readonly CallRecord[]): string {
  const counts = new Map<string, number>()
  for (const { operation, caller, error } of calls) {
    const line = `${operation} by ${caller}${error === undefined ? "" : ` (${error})`}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  const lines = [...counts].map(([line, count]) => `\n  ${count} × ${line}`)
  return lines.length === 0 ? " no calls" : lines.join("")
}

/** Ends a matcher that asks for what no record of a call could ever say. */
function requireTellable(calls: readonly CallRecord[], operation: string, pattern: CallPattern) {
  const row = findRow(operation)
  const known = calls.filter((call) => call.operation === operation)
  if (row === undefined && known.length === 0) cannotTell(`KMS has no operation ${operation}`)
  const shown: readonly string[] = row?.audit ?? []
  for (const name of Object.keys(pattern.input ?? {})) {
    if (shown.includes(name) || known.some(({ input }) => Object.hasOwn(input, name))) continue
    cannotTell(
      `calls of ${operation} do not show \`${name}\`, only ${shown.join(", ") || "nothing"}`,
    )
  }
}

/** Whether a kit was asked for an operation, by whom, on what and how often. */
export function judgeCalls(kit: unknown, operation: string, pattern: CallPattern = {}): Verdict {
  const testimony = testimonyOf(kit)
  if (testimony?.of !== "kit") {
    return cannotTell(`expected a test kit, which knows its calls, but got ${described(kit)}`)
  }
  const { witness } = testimony
  requireTellable(witness.calls, operation, pattern)
  const found = witness.calls.filter(
    (call) =>
      call.operation === operation &&
      members.every((name) => pattern[name] === undefined || tests[name](call, witness, pattern)),
  )
  const { times } = pattern
  return {
    pass: times === undefined ? found.length > 0 : found.length === times,
    message: () =>
      `expected ${shownPattern(operation, pattern)}; ` +
      `found ${found.length} of them among${shownCalls(witness.calls)}`,
  }
}
