import type { Eventually } from "../../vocabulary/eventually.js"

/**
 * Gives access to something that is made when it is first used, and kept: a module that is
 * loaded, a key that is opened. What is at hand is used at once, also when the rest comes later.
 */
export function makeWhenUsed<Made>(
  make: () => Eventually<Made>,
): <T>(use: (made: Made) => Eventually<T>) => Eventually<T> {
  let made: { readonly value: Made } | undefined
  const keep = (value: Made): Made => {
    made = { value }
    return value
  }
  return (use) => {
    if (made !== undefined) return use(made.value)
    const making = make()
    return making instanceof Promise ? making.then((value) => use(keep(value))) : use(keep(making))
  }
}
