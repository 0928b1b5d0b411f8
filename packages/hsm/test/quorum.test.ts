import { randomFillSync } from "node:crypto"
import { createSoftwareHsm, rootKeySeal } from "@keywright/core"
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import { encodeShare, parseShare, type Share } from "../src/quorum/share-text.js"
import { checkShares, quorumSeal, type ShareErrorCode, splitRootKey } from "../src/quorum.js"

const name = "aws/eu-central-1"
const newKey = (): Uint8Array => randomFillSync(new Uint8Array(32))
const code = (act: Promise<unknown>): Promise<ShareErrorCode | "done"> =>
  act.then(
    () => "done",
    (error: { code: ShareErrorCode }) => error.code,
  )

/** All ways to take `count` of a list. */
function choices<T>(items: readonly T[], count: number): T[][] {
  if (count === 0) return [[]]
  const [first, ...rest] = items
  if (first === undefined) return []
  return [...choices(rest, count - 1).map((one) => [first, ...one]), ...choices(rest, count)]
}

describe("a quorum of shares", () => {
  it("opens what the root key has sealed, with whichever shares, and in whatever order", async () => {
    const rootKey = newKey()
    const sealed = await createSoftwareHsm({ seal: rootKeySeal(rootKey) }).createDomain(name)
    const shares = await splitRootKey(rootKey, { shares: 5, threshold: 3 })
    for (const some of choices(shares, 3)) {
      const seal = await quorumSeal(some.reverse())
      await createSoftwareHsm({ seal }).openDomain(name, sealed)
    }
    const all = createSoftwareHsm({ seal: await quorumSeal(shares) })
    await all.openDomain(name, sealed)
    await checkShares(shares)
  })

  it("is no seal with fewer shares, with one twice, or with one of another set", async () => {
    const rootKey = newKey()
    const plan = { shares: 4, threshold: 3 }
    const [a = "", b = "", c = ""] = await splitRootKey(rootKey, plan)
    const [other = ""] = await splitRootKey(rootKey, plan)
    expect(await code(quorumSeal([]))).toBe("too-few")
    expect(await code(quorumSeal([a, b]))).toBe("too-few")
    expect(await code(quorumSeal([a, b, a]))).toBe("not-of-the-set")
    expect(await code(quorumSeal([a, b, other]))).toBe("not-of-the-set")
    expect(await code(quorumSeal([a, b, c]))).toBe("done")
    expect(await code(checkShares([a, b]))).toBe("too-few")
  })

  it("says which of the shares is wrong, and how", async () => {
    const rootKey = newKey()
    const [a = "", b = "", c = ""] = await splitRootKey(rootKey, { shares: 4, threshold: 3 })
    const [other = ""] = await splitRootKey(rootKey, { shares: 4, threshold: 3 })
    const share = parseShare(b) as Share
    const ofLess = encodeShare({ ...share, threshold: 2 })
    const cases: [string[], string][] = [
      [[], "at least 2 shares are needed"],
      [[a, b], "3 shares are needed"],
      [[a, b, "KWS1", c], "share 3 is not written as one"],
      [[a, b, a], "share 3 is there already"],
      [[a, b, b, c], "share 3 is there already"],
      [[a, other, c], "share 2 is of another set than the first"],
      [[a, ofLess, c], "share 2 is of another set than the first"],
    ]
    for (const [shares, message] of cases) {
      for (const act of [quorumSeal, checkShares])
        await expect(act(shares)).rejects.toThrow(message)
    }
    share.point[0] = (share.point[0] as number) ^ 1
    const forged = encodeShare(share)
    await expect(checkShares([a, forged, c])).rejects.toThrow("one of the first 3 shares does not")
    await expect(quorumSeal([a, forged, c])).rejects.toThrow("the shares do not make the key")
  })

  it("knows shares that were made up, also beyond those that are needed", async () => {
    const [a = "", b = "", c = "", d = ""] = await splitRootKey(newKey(), {
      shares: 4,
      threshold: 3,
    })
    const forge = (text: string): string => {
      const share = parseShare(text)
      if (share === undefined) throw new Error("that was a share")
      share.point[0] = (share.point[0] as number) ^ 1
      return encodeShare(share)
    }
    for (const wrong of [
      [forge(a), b, c],
      [a, forge(b), c],
      [a, b, forge(c)],
    ]) {
      expect(await code(quorumSeal(wrong))).toBe("wrong")
      expect(await code(checkShares(wrong))).toBe("wrong")
    }
    expect(await code(checkShares([a, b, c, forge(d)]))).toBe("wrong")
    await expect(checkShares([a, b, c, forge(d)])).rejects.toThrow("share 4 does not make")
    expect(await code(checkShares([a, b, c, d]))).toBe("done")
  })

  it("wipes every share and every key, whether it is made or not", async () => {
    const plan = { shares: 4, threshold: 3 }
    const texts = await splitRootKey(newKey(), plan)
    const [a = "", b = "", c = "", d = ""] = texts
    const share = parseShare(d) as Share
    share.point[0] = (share.point[0] as number) ^ 1
    const forged = encodeShare(share)
    const acts: [act: () => Promise<unknown>, shares: number, keys: number][] = [
      [() => quorumSeal([a, b, c, d]), 4, 1],
      [() => quorumSeal([a, b, forged]), 3, 1],
      [() => quorumSeal([a, b, a]), 3, 0],
      [() => quorumSeal([a, b]), 2, 0],
      [() => checkShares([a, b, c, d]), 4, 2],
      [() => checkShares([a, b, c, forged]), 4, 2],
      [() => checkShares([a, b, "KWS1"]), 2, 0],
      [() => splitRootKey(newKey(), plan), 4, 0],
    ]
    const fill = vi.spyOn(Uint8Array.prototype, "fill")
    for (const [act, shares, keys] of acts) {
      fill.mockClear()
      await act().catch(() => undefined)
      const filled = fill.mock.contexts as readonly Uint8Array[]
      const wiped = filled.filter((one) => one.every((byte) => byte === 0))
      const ofLength = (length: number) =>
        new Set(wiped.filter((one) => one.length === length)).size
      expect(ofLength(33)).toBeGreaterThanOrEqual(shares)
      expect(ofLength(32)).toBeGreaterThanOrEqual(keys)
    }
    fill.mockRestore()
  })

  it("tells nothing of the key in an error", async () => {
    const rootKey = newKey()
    const shares = await splitRootKey(rootKey, { shares: 3, threshold: 2 })
    const wrong = [shares[0]?.replace(/.$/, "!") ?? "", shares[1] ?? ""]
    const thrown: unknown = await quorumSeal(wrong).catch((error: unknown) => error)
    const told = JSON.stringify(thrown) + String((thrown as Error).stack)
    for (const group of shares.flatMap((share) => share.split("-").slice(7, -2))) {
      expect(told).not.toContain(group)
    }
    expect((thrown as Error).message).toBe("share 1 is not written as one")
  })

  it("is made by a plan that shares can be made by, of a key that a seal takes", async () => {
    const plans = [
      { shares: 3, threshold: 1 },
      { shares: 2, threshold: 3 },
      { shares: 256, threshold: 2 },
      { shares: 2.5, threshold: 2 },
    ]
    for (const plan of plans) await expect(splitRootKey(newKey(), plan)).rejects.toThrow(TypeError)
    for (const key of [new Uint8Array(31).fill(1), new Uint8Array(32)]) {
      await expect(splitRootKey(key, { shares: 3, threshold: 2 })).rejects.toThrow(/rootKey/)
    }
    expect(await splitRootKey(newKey(), { shares: 255, threshold: 2 })).toHaveLength(255)
  })
})

describe("a share", () => {
  const share = fc.record({
    threshold: fc.integer({ min: 2, max: 255 }),
    set: fc.uint8Array({ minLength: 24, maxLength: 24 }),
    point: fc.uint8Array({ minLength: 33, maxLength: 33 }),
  })

  it("is read as it was written, however it is spaced and in whatever case", () => {
    fc.assert(
      fc.property(share, (value) => {
        const text = encodeShare(value)
        expect(text).toMatch(/^KWS1(?:-[0-9A-HJKMNP-TV-Z]{4}){25}$/)
        expect(parseShare(text)).toEqual(value)
        const typed = text.toLowerCase().replaceAll("-", " ").replaceAll("0", "o")
        expect(parseShare(typed.replaceAll("1", "l").replace(/^kwsl/, "kws1"))).toEqual(value)
      }),
    )
  })

  it("with any other digit in it is none", () => {
    fc.assert(
      fc.property(share, fc.nat(), fc.nat(30), (value, place, change) => {
        const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        const plain = encodeShare(value).replaceAll("-", "")
        const at = 4 + (place % 100)
        const old = digits.indexOf(plain[at] as string)
        const other = digits[(old + 1 + change) % 32] as string
        expect(parseShare(plain.slice(0, at) + other + plain.slice(at + 1))).toBeUndefined()
      }),
    )
  })

  it("is nothing that is longer, shorter or something else", () => {
    const text = encodeShare({
      threshold: 2,
      set: new Uint8Array(24),
      point: new Uint8Array(33).fill(1),
    })
    const ofOne = { threshold: 1, set: new Uint8Array(24), point: new Uint8Array(33).fill(1) }
    expect(parseShare(encodeShare(ofOne))).toBeUndefined()
    // "U" is no digit, not even where all bits are set around it.
    const full = encodeShare({ ...ofOne, threshold: 2, point: new Uint8Array(33).fill(255) })
    expect(parseShare(full)).toBeDefined()
    for (const group of full.matchAll(/ZZZZ/g)) {
      const typed = `${full.slice(0, group.index)}ZZUZ${full.slice(group.index + 4)}`
      expect(parseShare(typed)).toBeUndefined()
    }
    const wrong = [text.slice(0, -1), `${text}0`, text.slice(5), "", "KWS1", " ".repeat(400) + text]
    for (const one of wrong) expect(parseShare(one)).toBeUndefined()
    expect(parseShare(7 as never)).toBeUndefined()
  })

  it("has one form that does not change", () => {
    const bytes = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => i + from)
    const text = encodeShare({ threshold: 3, set: bytes(24, 1), point: bytes(33, 100) })
    const lines = [
      "KWS1-0C0G-40R4-0M30-E209-185G-R38E-1W81-24GK-2GAH-C5RR-CHJP-CSV8",
      "D5N6-PV3D-DSQQ-0WBJ-EDT7-AXKQ-F1WQ-MYVW-FNZ7-Z041-GA1R-8353-M220",
    ]
    expect(text).toBe(lines.join("-"))
    expect(parseShare(lines.join("\n"))?.threshold).toBe(3)
  })
})
