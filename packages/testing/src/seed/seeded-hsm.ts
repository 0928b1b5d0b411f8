import type { Seal } from "@keywright/core"
import type { CryptoSuite } from "@keywright/core/suite"
import { createFixtureHsm, type FixtureHsm } from "@keywright/core/testing"
import type { Streams } from "./streams.js"

/** The method that a request is for decides its stream, unless it names a key. */
function streamNameOf(method: string, args: readonly unknown[]): string {
  // Re-encryption draws for the key that it encrypts to; all others for their first argument.
  const request = (args.at(-1) ?? {}) as {
    readonly keyId?: unknown
    readonly binding?: { readonly keyId?: unknown }
  }
  const keyId = typeof request === "object" ? (request.binding?.keyId ?? request.keyId) : undefined
  return typeof keyId === "string" ? keyId : method
}

export interface SeededHsmOptions {
  /** Must open at once. */
  readonly seal: Seal
  readonly suite: CryptoSuite
  readonly streams: Streams
  readonly region: string
}

/**
 * An HSM whose randomness comes from a seed, with a stream for each key: what is done with one key
 * changes nothing of what is made for another. Inside it is one software HSM for each stream, all
 * in the same domain.
 */
export function createSeededHsm({ seal, suite, streams, region }: SeededHsmOptions): FixtureHsm {
  const opened = new Map<string, FixtureHsm>()
  let domain: { readonly name: string; readonly sealedState: Uint8Array } | undefined
  let isClosed = false

  const hsmOf = (stream: string): FixtureHsm => {
    const known = opened.get(stream)
    if (known !== undefined) return known
    const hsm = createFixtureHsm({ seal, suite, entropy: streams.stream(region, "hsm", stream) })
    if (domain !== undefined) hsm.openDomain(domain.name, domain.sealedState)
    if (isClosed) hsm.close()
    opened.set(stream, hsm)
    return hsm
  }

  const own = hsmOf("domain")
  const routed = Object.fromEntries(
    Object.keys(own).map((method) => [
      method,
      (...args: readonly unknown[]) => {
        const hsm = hsmOf(streamNameOf(method, args)) as unknown as Readonly<
          Record<string, (...args: readonly unknown[]) => unknown>
        >
        return hsm[method]?.(...args)
      },
    ]),
  ) as unknown as FixtureHsm

  const closeAll = (): void => {
    for (const hsm of opened.values()) hsm.close()
  }

  return Object.freeze<FixtureHsm>({
    ...routed,
    keySpecs: own.keySpecs,
    createDomain: async (name) => {
      const sealedState = await own.createDomain(name)
      domain = { name, sealedState }
      return sealedState
    },
    openDomain: async (name, sealedState) => {
      await own.openDomain(name, sealedState)
      domain = { name, sealedState }
      // The others open it when they are used next.
      opened.clear()
      opened.set("domain", own)
    },
    rotateDomainKey: own.rotateDomainKey,
    withdrawTrust: own.withdrawTrust,
    resealDomain: own.resealDomain,
    retireDomainKeys: own.retireDomainKeys,
    close: () => {
      isClosed = true
      closeAll()
    },
  })
}
