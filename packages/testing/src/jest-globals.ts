import type {} from "expect"
import type { KeywrightMatchers } from "./matchers.js"

export { matchers } from "./matchers.js"

declare module "expect" {
  interface Matchers<R extends void | Promise<void>, T> extends KeywrightMatchers<T, R> {}
}
