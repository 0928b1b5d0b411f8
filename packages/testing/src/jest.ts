import type {} from "expect"
import type { KeywrightMatchers } from "./matchers.js"

export { matchers } from "./matchers.js"

declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T> extends KeywrightMatchers<T, R> {}
}

declare global {
  namespace jest {
    interface Matchers<R, T> extends KeywrightMatchers<T, R> {}
  }
}
