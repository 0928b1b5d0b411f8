import { memoryUsage } from "node:process"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

function usedBytes(): number {
  // What a first collection finalizes, a second one frees.
  for (let i = 0; i < 2; i += 1) collect()
  const { heapUsed, external } = memoryUsage()
  return heapUsed + external
}

/** What something that is made takes of memory for as long as it is there, buffers included. */
export async function memoryOf(make: () => Promise<unknown>): Promise<number> {
  const before = usedBytes()
  const made = await make()
  const bytes = usedBytes() - before
  // It lives until here.
  if (made === undefined) throw new TypeError("`make` must answer what it made")
  return bytes
}
