/** The last moment that an engine can keep; what it keeps is due within years of it. */
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Whether a value is a `Date`, also of a realm or of a fake clock that has another `Date`. */
export const isDate = (value: unknown): value is Date =>
  Object.prototype.toString.call(value) === "[object Date]"

/** Whether a moment, or what is none, is one that an engine can keep. */
export const isKept = (timeMs: number): boolean => timeMs >= 0 && timeMs <= latestMs
