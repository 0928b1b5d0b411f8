import * as z from "zod/mini"
import { base64 } from "../base64-shape.js"
import { ms, type RecordFormat, recordFormat } from "./record-format.js"

/** What a backup says of itself, sealed by the HSM. */
export interface BackupRecord {
  readonly madeMs: number
  /** When the store that it is of was restored; 0: never. */
  readonly restoredMs: number
  readonly records: number
  /** The digest of the records. */
  readonly sums: Uint8Array
  /** Records that were damaged and are not in it. */
  readonly leftOut: number
  /** The SHA-256 of all bytes before, as 64 hexadecimal digits. */
  readonly hash: string
}

/** Under which it is sealed. No record of a store stands there. */
export const backupPlace = "backup"

export const backupFormat: RecordFormat<BackupRecord> = recordFormat(
  "backup",
  () => backupPlace,
  () =>
    z.strictObject({
      madeMs: ms(),
      restoredMs: ms(),
      records: z.int().check(z.minimum(0)),
      sums: base64(),
      leftOut: z.int().check(z.minimum(0)),
      hash: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
    }),
)

/** What a backup may be restored for. Anchors take none that was to test it. */
export const restorePurposes = ["use", "test"] as const

/** That a store was restored, which stays in it. */
export interface RestoredRecord {
  readonly restoredMs: number
  /** Of the backup. */
  readonly madeMs: number
  readonly records: number
  readonly leftOut: number
  readonly purpose: (typeof restorePurposes)[number]
}

export const restoredKey = (restoredMs: number): string => `restored/${restoredMs}`

export const restoredFormat: RecordFormat<RestoredRecord> = recordFormat(
  "restored",
  ({ restoredMs }) => restoredKey(restoredMs),
  () =>
    z.strictObject({
      restoredMs: ms(),
      madeMs: ms(),
      records: z.int().check(z.minimum(0)),
      leftOut: z.int().check(z.minimum(0)),
      purpose: z.enum(restorePurposes),
    }),
)
