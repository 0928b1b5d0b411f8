/** A value now or later: what is at hand is not waited for. */
export type Eventually<T> = T | Promise<T>

/** Goes on at once with a value that is there, and later with one that is not. */
export const andThen = <T, U>(
  value: Eventually<T>,
  next: (value: T) => Eventually<U>,
): Eventually<U> => (value instanceof Promise ? value.then(next) : next(value))

/** Runs `make`, and `cleanUp` once its value is there or will never be. */
export function andFinally<T>(make: () => Eventually<T>, cleanUp: () => void): Eventually<T> {
  let value: Eventually<T>
  try {
    value = make()
  } catch (error) {
    cleanUp()
    throw error
  }
  if (value instanceof Promise) return value.finally(cleanUp)
  cleanUp()
  return value
}
