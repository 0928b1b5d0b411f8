/*
 * What the processes of a drill tell each other.
 */

/** How a host reaches its store. */
export type Address =
  | { readonly store: "etcd"; readonly endpoints: readonly string[] }
  | {
      readonly store: "PostgreSQL"
      readonly url: string
      readonly durability: "local" | "replicated"
    }
  | { readonly store: "SQLite"; readonly path: string }

export interface HostOptions {
  readonly address: Address
  readonly rootKey: Uint8Array
}

export type Members = Readonly<Record<string, unknown>>

export type ToHost =
  | { readonly kind: "open"; readonly options: HostOptions }
  | {
      readonly kind: "call"
      readonly id: number
      readonly operation: string
      readonly input: Members
    }
  /** From now on the clock of the host is so far ahead. */
  | { readonly kind: "clock"; readonly aheadMs: number }

export type FromHost =
  | { readonly kind: "opened" }
  | { readonly kind: "not opened"; readonly error: string }
  | { readonly kind: "answer"; readonly id: number; readonly output: Members }
  | {
      readonly kind: "refusal"
      readonly id: number
      readonly name: string
      readonly message: string
    }
