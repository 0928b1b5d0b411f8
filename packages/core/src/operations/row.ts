import type * as z from "zod/mini"
import { ZodMiniObject } from "zod/mini"
import { $constructor, $ZodObjectJIT } from "zod/v4/core"
import type { KmsErrorName } from "../vocabulary/errors.js"
import type { Eventually } from "../vocabulary/eventually.js"
import type { Call, Outcome } from "./call.js"
import type { KeySubject, Subject } from "./subjects.js"

/**
 * One operation of the API, as data. The corridor walks every call through the same steps; this
 * says what differs.
 */
export interface OperationRow<
  Input extends z.ZodMiniObject = z.ZodMiniObject,
  Reply extends z.ZodMiniObject = z.ZodMiniObject,
  Secret extends string = string,
> {
  /** Built when first used: a process pays for the schemas of the operations that it calls. */
  readonly input: () => Input
  /**
   * A member is required if every reply has it that is no refusal, and none was sealed for a
   * recipient; callers' types and the tests rely on that.
   */
  readonly reply: () => Reply
  readonly subjects: readonly Subject[]
  /** What is needed to touch the related key in another region, when `perform` asks there. */
  readonly elsewhere?: KeySubject
  /**
   * `read` and `use` leave no trace in storage, but that a `use` of keys, if it succeeds, is noted
   * as their last; `write` commits what it proposes.
   */
  readonly effect: "read" | "use" | "write"
  /** It tells of the replicas of a primary key, or depends on them: who is gone is asked first. */
  readonly asksReplicas?: true
  /** Input members that audit events show. */
  readonly audit: readonly (keyof z.output<Input> & string)[]
  /** The secret member of the reply that goes to an attested recipient encrypted. */
  readonly recipient?: Secret
  /** Of an operation whose callers bring a token of the HSM: what it means that it is refused. */
  readonly tokenRefusal?: KmsErrorName
  /** Checks across members; throws the refusal. */
  check?(input: z.output<Input>): void
  perform(call: Call<z.output<Input>>): Eventually<Outcome<z.output<Reply>>>
}

/** A row whose types are forgotten: what a table holds and the corridor walks. */
export type AnyRow = OperationRow

/** An object whose parser is compiled, where that is allowed: half the time of one that is not. */
const CompiledObject = $constructor<z.ZodMiniObject>("CompiledObject", (schema, definition) => {
  $ZodObjectJIT.init(schema, definition)
  ZodMiniObject.init(schema, definition)
})

const compiled = <Schema extends z.ZodMiniObject>(schema: Schema): Schema =>
  new CompiledObject(schema._zod.def) as Schema

/** Checks a row against its own schemas, which are built at most once. */
export const row = <
  Input extends z.ZodMiniObject,
  Reply extends z.ZodMiniObject,
  Secret extends keyof z.output<Reply> & string = never,
>(
  data: OperationRow<Input, Reply, Secret>,
): OperationRow<Input, Reply, Secret> => ({
  ...data,
  input: once(() => compiled(data.input())),
  reply: once(data.reply),
})

const once = <Value>(make: () => Value): (() => Value) => {
  let value: Value | undefined
  return () => {
    value ??= make()
    return value
  }
}
