import type { Kms, KmsClient } from "@keywright/core"
import type { DatabaseOptions } from "./open-database-of.js"
import type { Progress } from "./progress.js"
import type { Found } from "./show.js"
import type { Terminal } from "./terminal.js"

/** Options as they were given, by their names in camel case. */
export type Given = Readonly<Record<string, string | boolean | undefined>>

/** What a command works with. */
export interface Work {
  readonly args: readonly string[]
  readonly given: Given & DatabaseOptions
  readonly terminal: Terminal
  progress(what: string): Progress
}

/** The same with the engine open. */
export interface OpenWork extends Work {
  readonly kms: Kms
  /** Whoever `--as` names, or the administrator. */
  readonly client: KmsClient
}

interface Words {
  /** As the AWS CLI calls it, where it has that: `list-keys`. */
  readonly name: string
  /** `<key>`, or `[key]` where it need not be given. */
  readonly args?: readonly string[]
  readonly about: string
  readonly options?: readonly (readonly [flags: string, about: string])[]
  /** What cannot be undone, as a question. Absent: it can. */
  readonly confirm?: (work: Work) => string | undefined
}

/** One command: what people type, and what is done. */
export type CommandRow = Words &
  (
    | { readonly opens: true; readonly run: (work: OpenWork) => Promise<Found> }
    | { readonly opens: false; readonly run: (work: Work) => Promise<Found> }
  )

/** A mistake of whoever typed the command: it was not begun. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

export const argument = ({ args }: Work, i: number): string => {
  const value = args[i]
  if (value === undefined) throw new UsageError("an argument is missing")
  return value
}

export const textOf = ({ given }: Work, name: string): string | undefined => {
  const value = given[name]
  return typeof value === "string" ? value : undefined
}

export const numberOf = (work: Work, name: string): number | undefined => {
  const text = textOf(work, name)
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UsageError(`--${name} must be a whole number`)
}

/** The id of the key that is named, also by an alias, which many operations do not take. */
export async function keyIn(work: OpenWork, i: number): Promise<string> {
  const named = argument(work, i)
  if (!/^(?:arn:[^/]*:)?alias\//.test(named)) return named
  const { KeyMetadata } = await work.client.describeKey({ KeyId: named })
  return KeyMetadata.KeyId
}
