import { everyKeySpec } from "./key-specs.mjs"
import { roundTrips } from "./round-trips.mjs"

/** How a runtime calls its version. */
function version() {
  const { Bun, Deno, navigator, process } = globalThis
  if (Deno !== undefined) return Deno.version.deno
  if (Bun !== undefined) return Bun.version
  return process?.versions?.node ?? /Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? ""
}

/** All that a runtime has to say. */
export async function everything({ others, isWhole }) {
  const { passed, failures, messages } = await roundTrips(others)
  const keys = await everyKeySpec(isWhole)
  return {
    version: version(),
    passed: passed + keys.specs.length,
    failures: [...failures, ...keys.failures],
    messages,
    specs: keys.specs,
  }
}
