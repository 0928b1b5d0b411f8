import type { Stores } from "./places.js"

/*
 * What the processes of a soak tell each other.
 */

/** Engine time runs so much faster than that of the machine: half a day in a second. */
const speed = 43_200

/** The same moment in every process of a soak that began then. */
export const clockFrom = (beganMs: number) => (): number => beganMs + (Date.now() - beganMs) * speed

export interface HostOptions {
  readonly path: string
  readonly beganMs: number
  /** In hexadecimal digits. */
  readonly rootKey: string
  readonly name: string
  /** Keys of a host that was killed, to be deleted. */
  readonly orphans: readonly string[]
  /** Keys that all hosts write. */
  readonly shared: readonly string[]
  readonly stores: Stores
}

export type ToHost =
  | { readonly kind: "open"; readonly options: HostOptions }
  | { readonly kind: "sample" }
  /** Failures of the storage are no news for so long. */
  | { readonly kind: "excuse"; readonly ms: number }
  /** The disk is full for so long, as far as this host can see. */
  | { readonly kind: "fill"; readonly ms: number }
  | { readonly kind: "stop" }

/** A host as it is, after a collection of garbage. */
export interface Sample {
  readonly steps: number
  readonly heapBytes: number
  readonly residentBytes: number
  readonly handles: number
  /** Open files; 0 where the system does not tell. */
  readonly files: number
  /** Processor time of a step since the last sample. */
  readonly stepUs: number
  readonly keys: number
}

export type FromHost =
  | { readonly kind: "opened" }
  | { readonly kind: "sample"; readonly sample: Sample }
  /** Acknowledged: whatever happens now, this must come back. */
  | {
      readonly kind: "sealed"
      readonly keyId: string
      readonly text: string
      readonly blob: string
    }
  /** Acknowledged: this tag must be there. */
  | { readonly kind: "tagged"; readonly keyId: string; readonly tag: string }
  /** The key may be gone from now on. */
  | { readonly kind: "dropping"; readonly keyId: string }
  | { readonly kind: "unexpected"; readonly step: string; readonly error: string }
  | { readonly kind: "stopped"; readonly steps: number; readonly refusals: number }
