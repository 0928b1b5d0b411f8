import { createHash, randomFillSync } from "node:crypto"
import { rootKeySeal, type Seal } from "@keywright/core/hsm"
import { combine, split } from "shamir-secret-sharing"
import { encodeShare, parseShare, type Share, setBytes } from "./quorum/share-text.js"

/** What is wrong with shares. Nothing in it tells anything of the key. */
export type ShareErrorCode =
  /** A text is no share, or has a slip of the hand in it. */
  | "malformed"
  /** A share is of another splitting than the first, or is there twice. */
  | "not-of-the-set"
  | "too-few"
  /** The shares go together, and do not make their key: one of them was made up. */
  | "wrong"

export class ShareError extends Error {
  override readonly name = "ShareError"
  readonly code: ShareErrorCode

  constructor(code: ShareErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export interface SharePlan {
  /** How many are made: 2 to 255. */
  readonly shares: number
  /** How many of them make the key: 2 to `shares`. */
  readonly threshold: number
}

const rootKeyBytes = 32
const nonceBytes = 8

/**
 * What the shares of one splitting have in common: random bytes, and a digest of them and the key,
 * by which a wrong key is known. Who has it and no key learns nothing: the key is random.
 */
function setOf(nonce: Uint8Array, rootKey: Uint8Array): Uint8Array {
  const digest = createHash("sha256").update("keywright share set 1\0").update(nonce)
  const set = new Uint8Array(setBytes)
  set.set(nonce)
  set.set(
    digest
      .update(rootKey)
      .digest()
      .subarray(0, setBytes - nonceBytes),
    nonceBytes,
  )
  return set
}

const isSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.every((byte, i) => byte === other[i])

const isKeyOf = (rootKey: Uint8Array, set: Uint8Array): boolean =>
  rootKey.length === rootKeyBytes && isSame(setOf(set.subarray(0, nonceBytes), rootKey), set)

const wipeShares = (shares: readonly Share[]): void => {
  for (const { point } of shares) point.fill(0)
}

/**
 * Splits a root key into shares, each a line of text for one person to keep. Any `threshold` of
 * them make the key again; fewer tell nothing of it. Splitting again makes a set that does not go
 * together with the first.
 *
 * Rejects with `RangeError` or `TypeError` for a root key that is not 32 bytes or is all zero, and
 * for a plan that no shares can be made by.
 */
export async function splitRootKey(
  rootKey: Uint8Array,
  { shares, threshold }: SharePlan,
): Promise<readonly string[]> {
  // What no seal takes is not worth splitting.
  await rootKeySeal(rootKey).close()
  const isPlan =
    [shares, threshold].every(Number.isInteger) && threshold >= 2 && threshold <= shares
  if (!isPlan || shares > 255) {
    throw new TypeError("`threshold` must be from 2 to `shares`, and `shares` at most 255")
  }
  const set = setOf(randomFillSync(new Uint8Array(nonceBytes)), rootKey)
  const points = await split(rootKey, shares, threshold)
  const texts = points.map((point) => encodeShare({ threshold, set, point }))
  for (const point of points) point.fill(0)
  return texts
}

/** All shares of a list, which go together. Throws what is wrong, by its place in the list. */
function readShares(texts: readonly string[]): readonly [Share, ...Share[]] {
  const shares: Share[] = []
  const refuse = (code: ShareErrorCode, message: string): never => {
    wipeShares(shares)
    throw new ShareError(code, message)
  }
  for (const [i, text] of texts.entries()) {
    const share = parseShare(text)
    if (share === undefined) return refuse("malformed", `share ${i + 1} is not written as one`)
    shares.push(share)
    const [first] = shares as [Share]
    if (share.threshold !== first.threshold || !isSame(share.set, first.set)) {
      return refuse("not-of-the-set", `share ${i + 1} is of another set than the first`)
    }
    if (shares.slice(0, -1).some(({ point }) => point.at(-1) === share.point.at(-1))) {
      return refuse("not-of-the-set", `share ${i + 1} is there already`)
    }
  }
  const [first, ...others] = shares
  if (first === undefined || shares.length < first.threshold) {
    return refuse("too-few", `${first?.threshold ?? "at least 2"} shares are needed`)
  }
  return [first, ...others]
}

/** The key that exactly so many shares make, if it is that of their set. */
async function combined(
  shares: readonly Share[],
  set: Uint8Array,
): Promise<Uint8Array | undefined> {
  const rootKey = await combine(shares.map(({ point }) => point))
  if (isKeyOf(rootKey, set)) return rootKey
  rootKey.fill(0)
  return undefined
}

/**
 * Says whether every one of the shares is good, those beyond the threshold, too: for whoever tests
 * them, which changes nothing. Rejects with {@link ShareError}.
 */
export async function checkShares(texts: readonly string[]): Promise<void> {
  const shares = readShares(texts)
  const [{ threshold, set }] = shares
  try {
    const base = shares.slice(0, threshold - 1)
    for (const [i, share] of shares.entries()) {
      if (i < threshold - 1) continue
      const rootKey = await combined([...base, share], set)
      if (rootKey === undefined) {
        const which =
          i === threshold - 1 ? `one of the first ${threshold} shares` : `share ${i + 1}`
        throw new ShareError("wrong", `${which} does not make the key of its set`)
      }
      rootKey.fill(0)
    }
  } finally {
    wipeShares(shares)
  }
}

/**
 * A seal that is a quorum of people: the root key that their shares make. It seals and opens what
 * `rootKeySeal` of that key does. Shares beyond the threshold are not used.
 *
 * Rejects with {@link ShareError} when shares are missing or wrong: nothing is changed then, and
 * the error tells nothing of the key.
 */
export async function quorumSeal(texts: readonly string[]): Promise<Seal> {
  const shares = readShares(texts)
  const [{ threshold, set }] = shares
  try {
    const rootKey = await combined(shares.slice(0, threshold), set)
    if (rootKey === undefined) {
      throw new ShareError("wrong", "the shares do not make the key of their set")
    }
    try {
      return rootKeySeal(rootKey)
    } finally {
      rootKey.fill(0)
    }
  } finally {
    wipeShares(shares)
  }
}
