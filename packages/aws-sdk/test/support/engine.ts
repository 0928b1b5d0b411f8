import type { Kms, KmsClient, OperationName } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import { createMemoryStorage, type Storage } from "@keywright/storage"

/** Bytes that look random and are the same for the same seed: SplitMix32. */
function seededEntropy(seed: number): (target: Uint8Array) => Uint8Array {
  let state = seed
  return (target) => {
    for (let i = 0; i < target.length; i += 1) {
      state = (state + 0x9e3779b9) | 0
      let word = state ^ (state >>> 16)
      word = Math.imul(word, 0x21f0aaad)
      word ^= word >>> 15
      word = Math.imul(word, 0x735a2d97)
      target[i] = (word ^ (word >>> 15)) & 0xff
    }
    return target
  }
}

/** The clock of the tests: a moment with milliseconds, years away from the machine's clock. */
export const nowMs = Date.UTC(2031, 4, 17, 8, 30, 12, 345)

interface Setting {
  readonly seed?: number
  readonly region?: string
  readonly storage?: Storage
}

/** An engine that does the same again when it is made again. */
export const createEngine = ({ seed = 1, ...options }: Setting = {}): Promise<Kms> =>
  createMemoryKms({ entropy: seededEntropy(seed), clock: () => nowMs, ...options })

/** A memory storage whose next reads can be made to fail. */
export function createFlakyStorage() {
  const storage = createMemoryStorage()
  let failures = 0
  let stamps = 0
  return {
    failNext: (count: number) => {
      failures = count
    },
    storage: {
      ...storage,
      get: (keys: readonly string[]) => {
        if (failures === 0) return storage.get(keys)
        failures -= 1
        return Promise.reject(new Error("the disk is on fire"))
      },
      // A stamp that always differs makes the engine read again, instead of trusting its memory.
      stamp: () => {
        stamps += 1
        return stamps
      },
    } satisfies Storage,
  }
}

type Method = (input: object) => Promise<{ readonly $metadata: { readonly requestId: string } }>

/** The method of a client for an operation that is only known at run time. */
export const methodOf = (client: KmsClient, operation: string): Method => {
  const name = operation.charAt(0).toLowerCase() + operation.slice(1)
  return client[name as Uncapitalize<OperationName>] as unknown as Method
}
