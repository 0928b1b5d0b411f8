import type { Eventually } from "../../ports/hsm.js"

/**
 * Gives access to a module that is loaded when it is first used: later the first time, at once
 * from then on.
 */
export function lazily<Module>(
  load: () => Promise<Module>,
): <T>(use: (module: Module) => T | Promise<T>) => Eventually<T> {
  let loaded: Module | undefined
  return (use) => {
    if (loaded !== undefined) return use(loaded)
    return load().then((module) => {
      loaded = module
      return use(module)
    })
  }
}
