import type { FormKeeper, HeldForm } from "./held-form.js"

/**
 * Keeps forms that weigh `bytesMax` together at most, and drops the oldest that were not compiled
 * once more. One that is heavier than the bound is not kept. `onDrop` hears of each that goes.
 */
export function createFormKeeper(
  bytesMax: number,
  onDrop: (held: HeldForm) => void,
): FormKeeper & { drop(held: HeldForm): void } {
  /** In the order in which they will be looked at. */
  const kept = new Set<HeldForm>()
  let bytes = 0

  const drop = (held: HeldForm): void => {
    if (!kept.delete(held)) return
    bytes -= held.bytes
    held.form = undefined
    onDrop(held)
  }

  const keep = (held: HeldForm): void => {
    if (!kept.has(held)) bytes += held.bytes
    kept.add(held)
    // A form that was used again since the last look goes to the end, and so does the newest.
    for (const one of kept) {
      if (bytes <= bytesMax) return
      if (one.isRecent || (one === held && kept.size > 1)) {
        one.isRecent = false
        kept.delete(one)
        kept.add(one)
      } else drop(one)
    }
  }

  return { keep, drop }
}
