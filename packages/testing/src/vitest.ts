import type { KeywrightMatchers } from "./matchers.js"

export { matchers } from "./matchers.js"

/*
 * Not the `Matchers` of vitest: they have one parameter in some versions and two in others, and
 * either way collide with the others. The assertions of chai are below those of every version.
 */
declare global {
  namespace Chai {
    interface Assertion extends KeywrightMatchers<unknown> {}
  }
}
