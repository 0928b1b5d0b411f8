/**
 * The entry of a table for one kind, as what it is to a caller who holds any kind. A table has one
 * entry for each kind, and a value goes to the entry of its own; types cannot follow that, and so
 * it is said here, once.
 */
export const pick = <Entry>(table: Readonly<Record<string, unknown>>, kind: string): Entry =>
  table[kind] as Entry
