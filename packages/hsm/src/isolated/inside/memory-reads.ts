import { enforced, type MeasureState, notEnforced } from "../wire/measures.js"

/** Of `node:ffi`, which Node has from 26 on, what is used here. */
interface Ffi {
  readonly DynamicLibrary: new (
    path: string | null,
  ) => {
    getFunction(
      name: string,
      signature: { readonly arguments: readonly string[]; readonly return: string },
    ): (...args: readonly (number | bigint)[]) => number
  }
}

interface Permission {
  has(scope: string): boolean
  drop?(scope: string): void
}

/** Source: Linux, `include/uapi/linux/prctl.h`. */
const getDumpable = 3
const setDumpable = 4
const word = "uint64"

function makeUndumpable({ DynamicLibrary }: Ffi): boolean {
  const prctl = new DynamicLibrary(null).getFunction("prctl", {
    arguments: ["int32", word, word, word, word],
    return: "int32",
  })
  prctl(setDumpable, 0n, 0n, 0n, 0n)
  return prctl(getDumpable, 0n, 0n, 0n, 0n) === 0
}

/**
 * Takes the memory of this process from all others of its user, where its Node was started with a
 * way to the system call for it, and gives that way up. Source: prctl(2), PR_SET_DUMPABLE.
 */
export function refuseMemoryReads(): MeasureState {
  const { permission } = process as { permission?: Permission }
  if (permission?.has("ffi") !== true) return notEnforced("this Node has no way to ask for it")
  try {
    const ffi = process.getBuiltinModule("node:ffi" as "node:fs") as unknown as Ffi
    const isKept = makeUndumpable(ffi)
    return isKept ? enforced("the process is not dumpable") : notEnforced("it stayed dumpable")
  } catch {
    return notEnforced("the system call for it failed")
  } finally {
    permission.drop?.("ffi")
  }
}
