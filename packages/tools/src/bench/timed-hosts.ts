import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"

/*
 * Hosts whose calls are timed.
 */

const account = "111122223333"
export const Plaintext = new Uint8Array(32)

type More = Partial<Parameters<typeof createKms>[0]>

export const openHost = (storage: Storage, more: More = {}): Promise<Kms> =>
  createKms({
    region: "us-east-1",
    account,
    storage,
    hsm: createSoftwareHsm({
      seal: rootKeySeal(new Uint8Array(32).fill(4)),
      suite: opensslSuite(),
    }),
    ...more,
  })

export async function newKeys(kms: Kms, count: number, principal = kms.administrator) {
  const ids: string[] = []
  for (let i = 0; i < count; i += 1) {
    ids.push((await kms.as(principal).createKey({})).KeyMetadata?.KeyId ?? "")
  }
  return ids
}

/** How long each of so many takes, one at a time. */
export async function timesMs(
  act: () => Promise<unknown>,
  count: number,
): Promise<readonly number[]> {
  const taken: number[] = []
  for (let i = 0; i < count; i += 1) {
    const beganMs = performance.now()
    await act()
    taken.push(performance.now() - beganMs)
  }
  return taken
}

/** One of all values in their order: 0.5 is the one in the middle. */
export const at = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN
