/** A value now or later: what is at hand is not waited for. */
export type Eventually<T> = T | Promise<T>

/** Goes on at once with a value that is there, and later with one that is not. */
export const andThen = <T, U>(
  value: Eventually<T>,
  next: (value: T) => Eventually<U>,
): Eventually<U> => (value instanceof Promise ? value.then(next) : next(value))

/** Does one thing after another, and at once as long as nothing has to be waited for. */
export function inTurn<T>(
  items: readonly T[],
  act: (item: T) => Eventually<void>,
  from = 0,
): Eventually<void> {
  for (let i = from; i < items.length; i += 1) {
    const done = act(items[i] as T)
    if (done instanceof Promise) return done.then(() => inTurn(items, act, i + 1))
  }
}

/**
 * Takes steps that fill something in, one after another. For the steps of every call: closures
 * around each of them, as {@link inTurn} would take, cost the quickest call a tenth of its time.
 */
export function takeSteps<Place, State>(
  steps: readonly ((place: Place, state: State) => Eventually<void>)[],
  place: Place,
  state: State,
  from = 0,
): Eventually<void> {
  for (let i = from; i < steps.length; i += 1) {
    const done = steps[i]?.(place, state)
    if (done instanceof Promise) return done.then(() => takeSteps(steps, place, state, i + 1))
  }
}

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
