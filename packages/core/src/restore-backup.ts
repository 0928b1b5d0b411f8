import { type RestoreOptions, type RestoreReport, restoreStore } from "./engine/care/restore.js"
import { guardClock, guardRegionHsm, guardStorage } from "./engine/host/guard-ports.js"
import type { KmsOptions } from "./kms-options.js"
import { systemClock } from "./system.js"
import { isRegion } from "./vocabulary/arns.js"
import { partitionOf } from "./vocabulary/partitions.js"

/** Where a backup goes, and whose HSM opens it. */
export interface RestoreBackupOptions
  extends RestoreOptions,
    Pick<KmsOptions, "region" | "partition" | "storage" | "hsm" | "clock"> {}

/**
 * Fills an empty storage with a backup that `kms.backup` has made, from a storage of this kind or
 * another. The HSM has a seal that opened the domain when the backup was made. Hosts open the
 * storage afterwards as ever; their anchors know that it was on purpose.
 *
 * Throws `BackupError` for bytes that are no backup, were cut or edited, or are of another region,
 * and an error for a storage that is not empty; the storage is empty then, as before.
 *
 * ```ts
 * const report = await restoreBackup(source, { region: "us-east-1", storage, hsm })
 * ```
 */
export async function restoreBackup(
  source: AsyncIterable<Uint8Array>,
  { region, partition, storage, hsm, clock = systemClock, ...options }: RestoreBackupOptions,
): Promise<RestoreReport> {
  if (!isRegion(region)) throw new TypeError("`region` must be a region name like `us-east-1`")
  const parts = {
    storage: guardStorage(storage),
    hsm: guardRegionHsm(hsm),
    domainName: `${partition ?? partitionOf(region)}:${region}`,
    clock: guardClock(clock),
  }
  return restoreStore(source, parts, options)
}
