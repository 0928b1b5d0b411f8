import type { KeywrightMatchers } from "./matchers.js"

export { recordPolicyCoverage } from "./coverage/record-in-vitest.js"
export { matchers } from "./matchers.js"

declare module "vitest" {
  interface Matchers<T> extends KeywrightMatchers<T> {}
}
