import type { Eventually } from "../../vocabulary/eventually.js"

/** All values, at once when none has to be waited for. */
export function allOf<Value>(values: readonly Eventually<Value>[]): Eventually<readonly Value[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly Value[])
}

function wipe(plaintext: Uint8Array): void {
  plaintext.fill(0)
}

/** Of plaintext that nobody gets: wiped when it comes, and a failure is not to be reported. */
export function abandon(plaintexts: readonly Eventually<Uint8Array>[]): void {
  for (const one of plaintexts) {
    if (one instanceof Promise) one.then(wipe, () => undefined)
    else wipe(one)
  }
}

/** All plaintexts, or none: when one is not genuine, the others are wiped. */
export function allOpened(
  plaintexts: readonly Eventually<Uint8Array>[],
): Eventually<readonly Uint8Array[]> {
  const all = allOf(plaintexts)
  if (!(all instanceof Promise)) return all
  return all.catch((error: unknown) => {
    abandon(plaintexts)
    throw error
  })
}
