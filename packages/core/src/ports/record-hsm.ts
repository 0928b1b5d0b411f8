import type { Eventually } from "../vocabulary/eventually.js"

/** Bytes, and the storage key that they belong under. */
export interface PlacedBytes {
  readonly place: string
  readonly bytes: Uint8Array
}

/**
 * Seals the records of a region before its storage sees them. Encrypted and authenticated with a
 * record are its place, the name of the domain and the version of the format, so a sealed record
 * that was edited, moved, or taken from another region is not genuine. The keys for it follow from
 * the domain keys and are used for nothing else.
 *
 * Records come in batches, so that a page of them is one way to an HSM that is far away. Order and
 * number of the answers are those of the records. The errors are those of {@link Hsm};
 * `unknown-domain-key` when a record is sealed under a domain key that this HSM has not.
 */
export interface RecordHsm {
  sealRecords(records: readonly PlacedBytes[]): Eventually<readonly Uint8Array[]>

  /** Fresh bytes, or `undefined` for what is not genuine in its place. */
  openRecords(records: readonly PlacedBytes[]): Eventually<readonly (Uint8Array | undefined)[]>

  /**
   * For each sealed record in its place a number of 32 bytes, most significant first. Their sum
   * modulo 2^256 stands for a set of records, whatever their order: who changes one record takes
   * its old number away and adds the new one. The numbers are known to the domain alone, so
   * whoever writes the storage cannot look for another set with the same sum. No record is opened;
   * `malformed` when one of them is no sealed record.
   *
   * Source: Clarke, Devadas, van Dijk, Gassend, Suh: Incremental Multiset Hash Functions and Their
   * Application to Memory Integrity Checking, ASIACRYPT 2003, section 5 (MSet-Add-Hash).
   */
  digestRecords(records: readonly PlacedBytes[]): Eventually<readonly Uint8Array[]>
}
