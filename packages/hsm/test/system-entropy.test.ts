import { beforeEach, describe, expect, it, vi } from "vitest"

/*
 * Where randomness comes from: the device of the kernel is handed out by a file system of the test.
 */

const fs = vi.hoisted(() => ({
  opened: [] as unknown[],
  read: [] as unknown[],
  isThere: true,
  atOnce: 1000,
}))

vi.mock("node:fs", () => ({
  openSync(...args: unknown[]) {
    fs.opened.push(args)
    if (!fs.isThere) throw new Error("no such device")
    return 77
  },
  readSync(descriptor: number, target: Uint8Array, at: number, length: number, place: unknown) {
    fs.read.push([descriptor, at, length, place])
    const count = Math.min(length, fs.atOnce)
    target.fill(9, at, at + count)
    return count
  },
}))

/** The source of a process that starts now. */
const fresh = async () => (await import("../src/openssl/system-entropy.js")).systemEntropy

beforeEach(() => {
  vi.resetModules()
  Object.assign(fs, { opened: [], read: [], isThere: true, atOnce: 1000 })
})

describe("the entropy of the system", () => {
  it("is read from the device of the kernel, which is opened once", async () => {
    const systemEntropy = await fresh()
    const target = new Uint8Array(5)
    expect(systemEntropy(target)).toBe(target)
    systemEntropy(new Uint8Array(3))
    expect(target).toEqual(new Uint8Array(5).fill(9))
    expect(fs.opened).toEqual([["/dev/urandom", "r"]])
    expect(fs.read).toEqual([
      [77, 0, 5, null],
      [77, 0, 3, null],
    ])
  })

  it("is read until there is enough of it", async () => {
    fs.atOnce = 2
    const systemEntropy = await fresh()
    expect(systemEntropy(new Uint8Array(5))).toEqual(new Uint8Array(5).fill(9))
    expect(fs.read).toEqual([
      [77, 0, 5, null],
      [77, 2, 3, null],
      [77, 4, 1, null],
    ])
  })

  it("is none when the device ends", async () => {
    fs.atOnce = 0
    const systemEntropy = await fresh()
    expect(() => systemEntropy(new Uint8Array(5))).toThrow("the source of randomness has ended")
  })

  it("is that of OpenSSL where there is no device", async () => {
    fs.isThere = false
    const systemEntropy = await fresh()
    const drawn = systemEntropy(new Uint8Array(32))
    expect(drawn.every((byte) => byte === 0)).toBe(false)
    expect(fs.read).toEqual([])
  })
})
