import type { BulkCipher, Entropy } from "../../../src/envelope/cipher/bulk-cipher.js"
import { nobleCipher } from "../../../src/envelope/cipher/noble-cipher.js"
import type { KeySource } from "../../../src/envelope/keys/key-source.js"
import { systemEntropy } from "../../../src/software-hsm/suite/noble-suite.js"
import { andThen } from "../../../src/vocabulary/eventually.js"
import { createFollower, type Following } from "./follower.js"

/** What stands under an envelope, following every secret that passes between the two. */
export interface FollowedCipher extends Following {
  readonly cipher: BulkCipher
  readonly entropy: Entropy
  /** The same source, whose data keys are followed. */
  followed(keys: KeySource): KeySource
}

/** Everybody may read IVs. */
const ivBytes = 12
/** What is longer is plaintext of the message, and no key. */
const keyBytesMax = 64

export function followedCipher(): FollowedCipher {
  const real = nobleCipher()
  const follower = createFollower()
  const { step, know } = follower
  const refused = { is: undefined }

  /** What an envelope draws itself are ids of messages; a signing key is known by its terms. */
  const entropy: Entropy = (target) => step(() => systemEntropy(target))
  const secretly: Entropy = (target) => {
    const drawn = entropy(target)
    if (drawn.length > ivBytes) know("a draw", drawn)
    return drawn
  }

  const cipher: BulkCipher = {
    ...real,
    key(bytes) {
      know("a key", bytes)
      return andThen(
        step(() => real.key(bytes)),
        (key) => ({
          seal(iv, aad, plaintext) {
            if (plaintext.length <= keyBytesMax) know("what is sealed", plaintext)
            return step(() => key.seal(iv, aad, plaintext))
          },
          open: (iv, aad, sealed) =>
            andThen(
              step(() => key.open(iv, aad, sealed), refused),
              (opened) => {
                if (opened !== undefined && opened.length <= keyBytesMax) {
                  know("what was opened", opened)
                }
                return opened
              },
            ),
          wipe: () => key.wipe(),
        }),
      )
    },
    hmac(name, key, message) {
      const made = step(() => real.hmac(name, key, message))
      // The commitment is written into the header.
      if (!Buffer.from(message).includes("COMMITKEY")) know("a derived key", made)
      return made
    },
  }

  return {
    ...follower,
    cipher,
    entropy,
    followed: (keys) => ({
      async wrap(request) {
        const terms = () => {
          const made = request.terms()
          if (made.signingKey) know("a signing key", made.signingKey)
          return made
        }
        const wrapped = await step(() => keys.wrap({ ...request, terms, entropy: secretly }))
        know("a data key", wrapped.dataKey)
        return wrapped
      },
      async unwrap(request) {
        const dataKey = await step(() => keys.unwrap(request), {
          is: Promise.resolve(undefined),
        })
        if (dataKey !== undefined) know("a data key", dataKey)
        return dataKey
      },
    }),
  }
}
