/** What a simulation is told; all of it is measured on one machine in one run. */
export interface Parameters {
  /** The store that was measured. */
  readonly store: string
  /** Processor time of a host for an Encrypt of 32 bytes: the key remembered, and not. */
  readonly hotUs: number
  readonly coldUs: number
  /** From the request to the reply, one at a time. */
  readonly roundTripMs: number
  /** Of the store with many callers, whose work is done on the same machine. */
  readonly readsPerS: number
  readonly commitsPerS: number
  /** Of one key, by one host, with many callers. */
  readonly writesToOneKeyPerS: number
  /** Of a host, in 32 MiB. */
  readonly remembered: number
  /** Records of a key in the store: their values and their storage keys. */
  readonly bytesPerKey: number
}
