import { type KeyRecord, keyRecordFormat, keyRecordKey } from "../../formats/stored/key-records.js"
import type { Change } from "../../model/changes.js"
import { withRotationFinished } from "../../model/rotation.js"
import type { Host } from "../host/host.js"

type KeyName = Pick<KeyRecord, "account" | "keyId">

/** Goes on with a rotation that has begun: its material is with the replicas that answer. */
async function finishRotation(host: Host, name: KeyName): Promise<void> {
  const { reader, commit, regions } = host
  const reads = await reader.begin()
  const before = await reads.read(keyRecordFormat, keyRecordKey(name.account, name.keyId))
  if (before?.multiRegion?.rotating === undefined) return
  const after = withRotationFinished(before)
  await commit([{ kind: "key", before, after }], reads)
  await regions.announce(name)
}

/** Tells other regions of a key, and goes on with what waits for that. */
export async function announceAndFinish(host: Host, name: KeyName): Promise<void> {
  await host.regions.announce(name)
  await finishRotation(host, name)
}

/**
 * What follows when changes are written: other regions are told of them, and rotations that wait
 * for that go on. Does not fail: what is left undone is done by the next call or a sweep.
 */
export async function followUp(host: Host, changes: readonly Change[]): Promise<void> {
  for (const { kind, before, after } of changes) {
    const key = kind === "key" ? (after ?? before) : undefined
    if (key?.multiRegion === undefined) continue
    // The call that was answered is done, whatever happens here.
    await announceAndFinish(host, key).catch(() => undefined)
  }
}
