import { randomFillSync } from "node:crypto"
import { expect, it, vi } from "vitest"
import { encodeShare, parseShare, type Share } from "../src/quorum/share-text.js"
import { checkShares, quorumSeal, splitRootKey } from "../src/quorum.js"

/** Every share and every key that went into the library or came out of it. */
const secrets: Uint8Array[] = []
vi.mock("shamir-secret-sharing", async (original) => {
  const { split, combine } = await original<typeof import("shamir-secret-sharing")>()
  return {
    async split(...args: Parameters<typeof split>) {
      const points = await split(...args)
      secrets.push(...points)
      return points
    },
    async combine(points: Uint8Array[]) {
      const made = await combine(points)
      secrets.push(...points, made)
      return made
    },
  }
})

const newKey = (): Uint8Array => randomFillSync(new Uint8Array(32))

it("a quorum leaves no share and no key behind, whether it is made or not", async () => {
  const plan = { shares: 4, threshold: 3 }
  const [a = "", b = "", c = "", d = ""] = await splitRootKey(newKey(), plan)
  const share = parseShare(d) as Share
  share.point[0] = (share.point[0] as number) ^ 1
  const forged = encodeShare(share)
  const acts = [
    () => quorumSeal([a, b, c, d]),
    () => quorumSeal([a, b, forged]),
    () => checkShares([a, b, c, d]),
    () => checkShares([a, b, c, forged]),
  ]
  for (const act of acts) {
    secrets.length = 0
    await act().catch(() => undefined)
    expect(secrets.length).toBeGreaterThan(3)
    expect(secrets.every((secret) => secret.every((byte) => byte === 0))).toBe(true)
  }
  secrets.length = 0
  await splitRootKey(newKey(), plan)
  expect(secrets.map((point) => point.every((byte) => byte === 0))).toEqual(Array(4).fill(true))
})
