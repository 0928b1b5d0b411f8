import type { Eventually } from "../../vocabulary/eventually.js"

/** All values, at once when none has to be waited for. */
export function allOf<Value>(values: readonly Eventually<Value>[]): Eventually<readonly Value[]> {
  return values.some((value) => value instanceof Promise)
    ? Promise.all(values)
    : (values as readonly Value[])
}

/** Of values that nobody waits for any more: their failures are not to be reported either. */
export function abandon(values: readonly Eventually<unknown>[]): void {
  for (const value of values) if (value instanceof Promise) value.catch(() => undefined)
}
