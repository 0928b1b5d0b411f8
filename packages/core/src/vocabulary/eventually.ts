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

/** Does something with what is at hand, and cleans that up only when it fails. */
export function orCleanUp<State, T>(
  state: State,
  act: (state: State) => Eventually<T>,
  cleanUp: (state: State) => void,
): Eventually<T> {
  const failed = (error: unknown): never => {
    cleanUp(state)
    throw error
  }
  try {
    const value = act(state)
    return value instanceof Promise ? value.catch(failed) : value
  } catch (error) {
    return failed(error)
  }
}

/** Does something with what is at hand, and cleans that up once it is done or has failed. */
export function andFinally<State, T>(
  state: State,
  act: (state: State) => Eventually<T>,
  cleanUp: (state: State) => void,
): Eventually<T> {
  let value: Eventually<T>
  try {
    value = act(state)
  } catch (error) {
    cleanUp(state)
    throw error
  }
  if (value instanceof Promise) return value.finally(() => cleanUp(state))
  cleanUp(state)
  return value
}
