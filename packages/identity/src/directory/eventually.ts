/** A value, or when it is read. */
export type Eventually<Value> = Value | Promise<Value>

/** Goes on with what is at hand, or when it is: a hot call waits for nothing. */
export function andThen<Value, Result>(
  value: Eventually<Value>,
  next: (value: Value) => Eventually<Result>,
): Eventually<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}
