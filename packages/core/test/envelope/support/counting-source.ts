import type { KeySource, WrappedDataKey } from "../../../src/envelope/keys/key-source.js"
import { rawAesKeys } from "../../../src/envelope/keys/raw/raw-aes-keys.js"

/** Raw keys that are asked over a distance, and all that they handed out. */
export function countingSource() {
  const keys = rawAesKeys({ namespace: "tests", name: "far", key: new Uint8Array(32).fill(7) })
  const wrapped: WrappedDataKey[] = []
  const unwrapped: (Uint8Array | undefined)[] = []
  const state = { isDown: false, wrapCalls: 0, unwrapCalls: 0 }
  const far = () => new Promise<void>((resolve) => setImmediate(resolve))
  const source: KeySource = {
    async wrap(request) {
      state.wrapCalls += 1
      await far()
      if (state.isDown) throw new Error("the cable is cut")
      const made = await keys.wrap(request)
      wrapped.push(made)
      return made
    },
    async unwrap(request) {
      state.unwrapCalls += 1
      await far()
      if (state.isDown) throw new Error("the cable is cut")
      const dataKey = await keys.unwrap(request)
      unwrapped.push(dataKey)
      return dataKey
    },
  }
  return { source, keys, wrapped, unwrapped, state }
}
