import { randomFillSync } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { createSoftwareHsm, HsmError, passphraseSeal, rootKeySeal } from "@keywright/core"
import { afterAll, afterEach, describe, expect, it, vi } from "vitest"
import { makeHsm } from "../../src/isolated/inside/make-hsm.js"
import { refuseMemoryReads } from "../../src/isolated/inside/memory-reads.js"
import { ownMeasures } from "../../src/isolated/inside/own-measures.js"
import { fullPlan, type HsmPlan } from "../../src/isolated/wire/plan.js"
import { splitRootKey } from "../../src/quorum.js"
import { binding, rootKey } from "../support/isolated.js"

/*
 * What runs behind a boundary, run here: how it makes its HSM, and what it finds out about where it
 * runs.
 */

const folder = mkdtempSync(join(tmpdir(), "keywright-inside-"))
afterAll(() => rmSync(folder, { recursive: true }))
const name = "aws/eu-central-1"
const passphrase = "correct horse battery staple"
const cheap = { costLog2: 10, blockSize: 8, parallelism: 1 }

const fileOf = (called: string, content: Uint8Array | string): string => {
  const path = join(folder, called)
  writeFileSync(path, content)
  return path
}

const made = (plan: HsmPlan) => makeHsm(fullPlan(plan))
const own = () => Uint8Array.from(rootKey)
const refusal = (message: string) =>
  expect.objectContaining({ name: "HsmError", code: "unavailable", message })

describe("an HSM that is made of a plan", () => {
  it.each(["openssl", "noble"] as const)("has the root key, which is wiped: %s", async (suite) => {
    const seal = { rootKey: own() }
    const hsm = await made({ suite, seal })
    expect(seal.rootKey).toEqual(new Uint8Array(32))
    const sealed = await hsm.createDomain(name)
    await createSoftwareHsm({ seal: rootKeySeal(rootKey) }).openDomain(name, sealed)
    expect(await hsm.generateKey(binding)).toBeInstanceOf(Uint8Array)
  })

  it("has the root key of a file, or of shares, or a passphrase", async () => {
    const sealed = await createSoftwareHsm({ seal: rootKeySeal(rootKey) }).createDomain(name)
    const shares = await splitRootKey(rootKey, { shares: 3, threshold: 2 })
    for (const seal of [{ rootKeyFile: fileOf("key", rootKey) }, { shares }]) {
      const hsm = await made({ suite: "openssl", seal })
      await hsm.openDomain(name, sealed)
    }
    const text = passphraseSeal(passphrase, cheap)
    const byText = await createSoftwareHsm({ seal: text }).createDomain(name)
    await (await made({ suite: "openssl", seal: { passphrase } })).openDomain(name, byText)
  })

  it("has former seals, too", async () => {
    const sealed = await createSoftwareHsm({ seal: rootKeySeal(rootKey) }).createDomain(name)
    const seal = () => ({ rootKey: randomFillSync(new Uint8Array(32)) })
    const formerSeals = [seal(), { rootKey: own() }]
    await (await made({ suite: "noble", seal: seal(), formerSeals })).openDomain(name, sealed)
    expect(formerSeals.every(({ rootKey }) => rootKey.every((byte) => byte === 0))).toBe(true)
    const other = await made({ suite: "noble", seal: seal() })
    await expect((async () => other.openDomain(name, sealed))()).rejects.toMatchObject({
      code: "sealed-by-another",
    })
  })

  it("keeps keys open where the plan says so", async () => {
    const keepOpen = { ms: 60_000, keysMax: 1 }
    const hsm = await made({ suite: "openssl", seal: { rootKey: own() }, keepOpen })
    await hsm.createDomain(name)
    const plaintext = Uint8Array.of(1)
    const key = { token: await hsm.generateKey(binding), binding, aad: new Uint8Array(0) }
    const ciphertext = await hsm.encrypt({ ...key, plaintext })
    expect(await hsm.decrypt({ ...key, ciphertext })).toEqual(plaintext)
  })

  it("answers nothing once it is closed", async () => {
    const formerSeals = [{ rootKey: own() }]
    const hsm = await made({ suite: "openssl", seal: { rootKey: own() }, formerSeals })
    const sealed = await hsm.createDomain(name)
    await hsm.close()
    await expect((async () => hsm.openDomain(name, sealed))()).rejects.toMatchObject({
      code: "unavailable",
    })
    expect(Object.isFrozen(hsm)).toBe(true)
  })

  it.each([
    [
      "no root key of 32 bytes",
      () => ({ rootKey: new Uint8Array(31).fill(1) }),
      "the plan has no root key of 32 bytes, or no passphrase",
    ],
    [
      "no passphrase",
      () => ({ passphrase: "" }),
      "the plan has no root key of 32 bytes, or no passphrase",
    ],
    [
      "a file that is not there",
      () => ({ rootKeyFile: join(folder, "none") }),
      "the file of the root key cannot be read",
    ],
    [
      "a file of other bytes",
      () => ({ rootKeyFile: fileOf("short", "short") }),
      "the plan has no root key of 32 bytes, or no passphrase",
    ],
    ["no shares", () => ({ shares: [] }), "at least 2 shares are needed"],
    ["a share that is none", () => ({ shares: ["a"] }), "share 1 is not written as one"],
  ])("of %s is none", async (_, seal, message) => {
    await expect(made({ suite: "noble", seal: seal() })).rejects.toThrow(refusal(message))
  })

  it("wipes a root key that is none, too", async () => {
    const seal = { rootKey: new Uint8Array(31).fill(1) }
    await made({ suite: "noble", seal }).catch(() => undefined)
    expect(seal.rootKey).toEqual(new Uint8Array(31))
  })

  it("is what a module makes of its setup", async () => {
    const module = pathToFileURL(
      fileOf("maker.mjs", "export const makeHsm = async (setup) => ({ setup })"),
    )
    expect(await made({ module, setup: Uint8Array.of(1, 2) })).toEqual({
      setup: Uint8Array.of(1, 2),
    })
    expect(await made({ module })).toEqual({ setup: new Uint8Array(0) })
  })

  it.each([
    ["throws", `throw new Error("${passphrase}")`, ""],
    [
      "throws a code",
      'throw Object.assign(new Error(), { code: "ERR_NO_TOKEN" })',
      " (ERR_NO_TOKEN)",
    ],
    ["throws what is no code", `throw Object.assign(new Error(), { code: "no token" })`, ""],
    ["throws a code that goes on", `throw Object.assign(new Error(), { code: "ERR 12" })`, ""],
    ["throws no error", 'throw { code: "ERR_NO_TOKEN" }', ""],
    ["throws nothing", "throw undefined", ""],
  ])("is none when its module %s, which is not quoted", async (what, act, code) => {
    const path = fileOf(`${what.replaceAll(" ", "-")}.mjs`, `export function makeHsm() { ${act} }`)
    await expect(made({ module: pathToFileURL(path) })).rejects.toThrow(
      refusal(`the module of the HSM makes none${code}`),
    )
  })

  it("is none when its module is not there", async () => {
    await expect(made({ module: pathToFileURL(join(folder, "no.mjs")) })).rejects.toThrow(
      /^the module of the HSM makes none/,
    )
  })

  it("is refused in the words of an HSM, where it says why", async () => {
    Object.assign(globalThis, { keywrightRefusal: new HsmError("unavailable", "the PIN is wrong") })
    const path = fileOf("pin.mjs", "export const makeHsm = () => { throw keywrightRefusal }")
    await expect(made({ module: pathToFileURL(path) })).rejects.toThrow(refusal("the PIN is wrong"))
  })

  it("is not made of a setup alone", async () => {
    await expect(made({ setup: Uint8Array.of(1) })).rejects.toThrow(
      refusal("nothing stands behind this boundary but what a plan makes"),
    )
  })
})

/** A Node whose permission model says this. */
function permit(...allowed: readonly string[]) {
  const dropped: string[] = []
  const permission = {
    has: (scope: string) => allowed.includes(scope) && !dropped.includes(scope),
    drop: (scope: string) => void dropped.push(scope),
  }
  vi.stubGlobal("process", Object.create(process, { permission: { value: permission } }))
  return dropped
}

afterEach(() => void vi.unstubAllGlobals())
const onNode = `Node ${process.versions.node.split(".", 1)[0]}`
const keepsNetwork = process.allowedNodeEnvironmentFlags.has("--allow-net")

describe("what a boundary finds out about itself", () => {
  it("is that nothing is kept, in a process like this one", () => {
    const not = { isEnforced: false, how: "the permission model of Node is not on" }
    vi.stubEnv("KEYWRIGHT_TEST", "1")
    expect(ownMeasures()).toEqual({
      files: not,
      processes: not,
      network: not,
      environment: { isEnforced: false, how: "it is not empty" },
      addons: { isEnforced: false, how: "native code can be loaded" },
      evaluation: { isEnforced: false, how: "V8 makes code of texts" },
    })
    vi.unstubAllEnvs()
  })

  it("is what the permission model of Node keeps", () => {
    permit()
    const kept = { isEnforced: true, how: "the permission model of Node" }
    expect(ownMeasures()).toMatchObject({
      files: kept,
      processes: kept,
      network: keepsNetwork
        ? kept
        : { isEnforced: false, how: `${onNode} has no permission for it` },
    })
  })

  it.each([
    ["files", ["fs.write"], "fs.write"],
    ["files", ["fs.read", "fs.write"], "fs.write, fs.read"],
    ["processes", ["child"], "child"],
    ["processes", ["worker", "child"], "child, worker"],
  ] as const)("is that it does not keep %s, where %s is allowed", (measure, allowed, named) => {
    permit(...allowed)
    expect(ownMeasures()[measure]).toEqual({
      isEnforced: false,
      how: `the permission model of Node allows ${named}`,
    })
  })

  it.each(["ERR_DLOPEN_DISABLED", "ERR_ACCESS_DENIED", "ERR_DLOPEN_FAILED"])(
    "is whether Node refuses native code, by %s",
    (code) => {
      const dlopen = () => {
        throw Object.assign(new Error(), { code })
      }
      vi.stubGlobal("process", Object.create(process, { dlopen: { value: dlopen } }))
      const isRefused = code !== "ERR_DLOPEN_FAILED"
      expect(ownMeasures().addons).toEqual({
        isEnforced: isRefused,
        how: isRefused ? "Node refuses them" : "native code can be loaded",
      })
    },
  )

  it("is that native code is loaded, where it is", () => {
    const dlopen = () => undefined
    vi.stubGlobal("process", Object.create(process, { dlopen: { value: dlopen } }))
    expect(ownMeasures().addons?.isEnforced).toBe(false)
  })

  it("is that native code can be called, where that is allowed", () => {
    permit("ffi")
    expect(ownMeasures().addons).toEqual({ isEnforced: false, how: "native code can be called" })
  })

  it("is that its environment is empty, and that no code is made of texts", () => {
    vi.stubGlobal("process", Object.create(process, { env: { value: {} } }))
    vi.stubGlobal("eval", () => {
      throw new EvalError("refused")
    })
    expect(ownMeasures()).toMatchObject({
      environment: { isEnforced: true, how: "it is empty" },
      evaluation: { isEnforced: true, how: "V8 makes no code of texts" },
    })
    vi.stubGlobal("eval", () => 2)
    expect(ownMeasures().evaluation?.isEnforced).toBe(true)
  })
})

/** A Node with `node:ffi`, and a system that answers as it is told. */
function withFfi(prctl: (option: number, ...more: readonly bigint[]) => number) {
  const dropped = permit("ffi")
  const asked: unknown[] = []
  class DynamicLibrary {
    constructor(path: string | null) {
      asked.push(path)
    }
    getFunction(called: string, signature: unknown) {
      asked.push(called, signature)
      return prctl
    }
  }
  const getBuiltinModule = (called: string) => {
    asked.push(called)
    return { DynamicLibrary }
  }
  vi.stubGlobal(
    "process",
    Object.create(process, { getBuiltinModule: { value: getBuiltinModule } }),
  )
  return { dropped, asked }
}

describe("the memory of a process", () => {
  it("is taken from all others by prctl, and the way to it is given up", () => {
    const calls: unknown[][] = []
    const { dropped, asked } = withFfi((...args) => {
      calls.push(args)
      return 0
    })
    expect(refuseMemoryReads()).toEqual({ isEnforced: true, how: "the process is not dumpable" })
    expect(calls).toEqual([
      [4, 0n, 0n, 0n, 0n],
      [3, 0n, 0n, 0n, 0n],
    ])
    const word = "uint64"
    const signature = { arguments: ["int32", word, word, word, word], return: "int32" }
    expect(asked).toEqual(["node:ffi", null, "prctl", signature])
    expect(dropped).toEqual(["ffi"])
  })

  it("is not taken where the system does not do it", () => {
    const { dropped } = withFfi((option) => (option === 3 ? 1 : 0))
    expect(refuseMemoryReads()).toEqual({ isEnforced: false, how: "it stayed dumpable" })
    expect(dropped).toEqual(["ffi"])
  })

  it("is not taken where the call fails, and the way to it is given up all the same", () => {
    const { dropped } = withFfi(() => {
      throw new Error("no such function")
    })
    expect(refuseMemoryReads()).toEqual({
      isEnforced: false,
      how: "the system call for it failed",
    })
    expect(dropped).toEqual(["ffi"])
  })

  it("is not taken where there is no way to the call, and nothing is called then", () => {
    const none = { isEnforced: false, how: "this Node has no way to ask for it" }
    expect(refuseMemoryReads()).toEqual(none)
    expect(permit("fs.read")).toEqual([])
    expect(refuseMemoryReads()).toEqual(none)
  })
})
