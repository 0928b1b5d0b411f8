import { type Eventually, type Hsm, type HsmErrorCode, isHsmError } from "@keywright/core"
import { concatBytes } from "./bytes.js"

/** What an HSM author hands to the suite. */
export interface HsmSource<Any extends Hsm = Hsm> {
  /** A fresh HSM, locked. All that come from here can open each other's domain states. */
  readonly make: () => Eventually<Any>
  /** A fresh HSM whose seal is another, so that it cannot. */
  readonly makeStranger: () => Eventually<Any>
}

/** One promise of the HSM contract. `run` rejects with an `Error` that says what is not kept. */
export interface HsmCase<Any extends Hsm = Hsm> {
  /** A sentence about every HSM. */
  readonly name: string
  readonly run: (source: HsmSource<Any>) => Promise<void>
}

export function check(condition: unknown, promise: string): asserts condition {
  if (!condition) throw new Error(`the HSM breaks its contract: ${promise}`)
}

/** Checks that a call is refused, with one of the codes where that is promised. */
export async function checkRefused(
  codes: readonly HsmErrorCode[],
  call: () => unknown,
): Promise<void> {
  try {
    await call()
  } catch (error) {
    check(isHsmError(error), `throws an HsmError, not ${String(error)}`)
    check(codes.includes(error.code), `refuses with ${codes.join(" or ")}, not with ${error.code}`)
    return
  }
  check(false, `refuses with ${codes.join(" or ")} what it did`)
}

/** The same case, which also says what was wrong where the HSM threw what nobody expected. */
export const told = <Any extends Hsm>({ name, run }: HsmCase<Any>): HsmCase<Any> => ({
  name,
  run: async (source) => {
    try {
      await run(source)
    } catch (error) {
      if (!isHsmError(error)) throw error
      const message = `throws ${error.code} (${error.message}) where it must answer`
      throw new Error(`the HSM breaks its contract: ${message}`, { cause: error })
    }
  },
})

/**
 * Every byte string that differs in one bit, or a spread of them where there are very many, to
 * the last bit.
 */
export function flippedBits(bytes: Uint8Array, atMost = 600): Uint8Array[] {
  const last = bytes.length * 8 - 1
  const step = Math.max(1, Math.ceil(last / atMost))
  const places = Array.from({ length: Math.ceil(last / step) }, (_, i) => i * step)
  return [...places, last].map((bit) => {
    const copy = bytes.slice()
    copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7))
    return copy
  })
}

/** What is not the genuine thing, near to it and far from it. */
export const wrongOnes = (genuine: Uint8Array): Uint8Array[] => [
  ...flippedBits(genuine, 60),
  new Uint8Array(0),
  genuine.slice(0, -1),
  concatBytes(genuine, Uint8Array.of(0)),
  new Uint8Array(100),
]
