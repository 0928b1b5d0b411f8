import type { KeySource } from "../keys/key-source.js"
import type { EncryptionContext } from "../message/encryption-context.js"
import type { FieldForm } from "./sealed.js"

export interface FieldOptions<
  Value extends FieldForm = FieldForm,
  Stored extends FieldForm = FieldForm,
  Name extends string = string,
> {
  /** What every value of the column is bound to, as the names of its table and column. */
  readonly context: EncryptionContext
  /** The names of pairs that each value has its own text for, as the id of its row. */
  readonly perValue?: readonly Name[] | undefined
  /** What a value is. Default: `text`. */
  readonly value?: Value | undefined
  /** What the column holds. Default: `text`. */
  readonly stored?: Stored | undefined
  /** Keys that sealed older values. They open, and what they open is stale. */
  readonly previous?: readonly KeySource[] | undefined
}

/** The texts of the pairs that each value has: nothing where the column has none. */
export type PerValue<Name extends string> = [Name] extends [never]
  ? []
  : [context: Readonly<Record<Name, string>>]

export interface Refreshed<Value, Sealed> {
  readonly value: Value
  /** What to store: what was stored, or the value sealed anew when that was stale. */
  readonly sealed: Sealed
  readonly isRenewed: boolean
}

/** A row whose value is to be written back, or could not be opened. */
export type RefreshedRow<Row, Sealed> =
  | { readonly row: Row; readonly sealed: Sealed; readonly error?: undefined }
  | { readonly row: Row; readonly sealed?: undefined; readonly error: unknown }

export interface RefreshAllOptions<Row, Name extends string> {
  /** What the column holds; `undefined` or `null` where it holds nothing. */
  readonly stored: (row: Row) => unknown
  /** The texts of the pairs that each value has; left out where the column has none. */
  readonly context?: (row: Row) => Readonly<Record<Name, string>>
  /** `all` seals every value anew, as after a branch key was rotated; `stale` unless said. */
  readonly which?: "stale" | "all"
  /** How many values are worked on at once. Default: 16. */
  readonly atOnce?: number
}

/**
 * A column of a database whose values are sealed, each a message bound to its place: a value that
 * was moved to another row or column does not open. Refusals are `EnvelopeError`s.
 */
export interface Field<Value, Sealed, Name extends string> {
  seal(value: Value, ...context: PerValue<Name>): Promise<Sealed>
  /** Refuses with `malformed` what was not sealed. */
  open(stored: unknown, ...context: PerValue<Name>): Promise<Value>
  /** Whether it looks sealed; only opening it tells whether it is genuine. Never throws. */
  isSealed(stored: unknown): stored is Sealed
  /** What a column type does before it writes: throws `TypeError` for what was not sealed. */
  requireSealed(stored: unknown): Sealed
  /** Opens a value, and seals it anew when it is stale: for values that are read anyway. */
  refresh(stored: unknown, ...context: PerValue<Name>): Promise<Refreshed<Value, Sealed>>
  /**
   * Goes through rows and answers those to write back, in the order in which they are done. A row
   * that cannot be opened is answered with its error and does not stop the others. Write back only
   * where the column still holds what was read.
   */
  refreshAll<Row>(
    rows: Iterable<Row> | AsyncIterable<Row>,
    options: RefreshAllOptions<Row, Name>,
  ): AsyncGenerator<RefreshedRow<Row, Sealed>, void, undefined>
}
