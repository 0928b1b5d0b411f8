import type { KeywrightMatchers } from "./matchers.js"

export { matchers } from "./matchers.js"

declare global {
  namespace jest {
    interface Matchers<R, T> extends KeywrightMatchers<T, R> {}
  }
}
