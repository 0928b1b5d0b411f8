import { scopeOf } from "./canonical.js"
import type { Claim } from "./claim.js"
import { type SigV4Hashing, utf8 } from "./hashing.js"

/** The keys that signatures of a scope are made with, remembered for a while. */
export interface SigningKeys {
  keyFor(claim: Claim, secretAccessKey: string): Uint8Array
  /** Wipes what is remembered. */
  clear(): void
}

interface Known {
  readonly secretAccessKey: string
  readonly key: Uint8Array
}

/** Source: IAM User Guide, "Create a signed AWS API request", step 4. */
function derive({ hmacSha256 }: SigV4Hashing, claim: Claim, secret: string): Uint8Array {
  const first = utf8(`AWS4${secret}`)
  let key = hmacSha256(first, utf8(claim.scopeDate))
  first.fill(0)
  for (const part of [claim.region, claim.service, claim.terminator]) {
    const next = hmacSha256(key, utf8(part))
    key.fill(0)
    key = next
  }
  return key
}

/** So many callers sign on one day at one host without a derivation for each request. */
const keysMax = 1000

export function createSigningKeys(hashing: SigV4Hashing): SigningKeys {
  const known = new Map<string, Known>()
  const forget = (name: string): void => {
    known.get(name)?.key.fill(0)
    known.delete(name)
  }
  return {
    keyFor: (claim, secretAccessKey) => {
      const name = `${claim.accessKeyId}/${scopeOf(claim)}`
      const found = known.get(name)
      if (found?.secretAccessKey === secretAccessKey) return found.key
      forget(name)
      for (const [oldest] of known) {
        if (known.size < keysMax) break
        forget(oldest)
      }
      const key = derive(hashing, claim, secretAccessKey)
      known.set(name, { secretAccessKey, key })
      return key
    },
    clear: () => {
      for (const name of [...known.keys()]) forget(name)
    },
  }
}
