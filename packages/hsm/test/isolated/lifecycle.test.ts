import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type HsmErrorCode, isHsmError } from "@keywright/core"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { binding, boundaryPids, hasProc, isolatedHsms, rootKey } from "../support/isolated.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)
const folder = mkdtempSync(join(tmpdir(), "keywright-isolated-"))
afterAll(() => rmSync(folder, { recursive: true }))

const aad = new Uint8Array(8)
const name = "aws/eu-central-1"

/** How a call ended. */
const ending = (call: Promise<unknown>): Promise<HsmErrorCode | "answered" | "other"> =>
  call.then(
    () => "answered",
    (error: unknown) => (isHsmError(error) ? error.code : "other"),
  )

const signal = (which: NodeJS.Signals): void => {
  const pids = boundaryPids()
  expect(pids).toHaveLength(1)
  for (const pid of pids) process.kill(pid, which)
}

describe.skipIf(!hasProc)("a process that holds an HSM", () => {
  it("is started afresh after a kill, in the domain that was open", async () => {
    const hsm = await hsms.make()
    const sealed = await hsm.createDomain(name)
    await hsm.openDomain(name, await hsm.rotateDomainKey(name, sealed))
    const token = await hsm.generateKey(binding)
    const keys = await hsm.domainKeys()
    signal("SIGKILL")
    const calls = Array.from({ length: 200 }, () => ending(hsm.rewrap({ token, binding })))
    const ends = new Set(await Promise.all(calls))
    expect([...ends].filter((end) => end !== "answered" && end !== "unavailable")).toEqual([])
    expect(await ending(hsm.rewrap({ token, binding }))).toBe("answered")
    expect(await hsm.domainKeys()).toEqual(keys)
  })

  it("fails the calls in flight with an error after which they can be made again", async () => {
    const hsm = await hsms.make()
    await hsm.createDomain(name)
    signal("SIGSTOP")
    const calls = Array.from({ length: 40 }, () => ending(hsm.generateKey(binding)))
    signal("SIGKILL")
    expect(new Set(await Promise.all(calls))).toEqual(new Set(["unavailable"]))
    expect(await ending(hsm.generateKey(binding))).toBe("answered")
  })

  it("is ended when it hangs", async () => {
    const hsm = await hsms.make({ answerMs: 2000 })
    await hsm.createDomain(name)
    const hung = boundaryPids()
    signal("SIGSTOP")
    expect(await ending(hsm.generateKey(binding))).toBe("unavailable")
    expect(await ending(hsm.generateKey(binding))).toBe("answered")
    await expect.poll(() => boundaryPids().filter((pid) => hung.includes(pid))).toEqual([])
  })

  it("answers every call, or says that it can be made again, however often it is killed", async () => {
    const hsm = await hsms.make()
    await hsm.createDomain(name)
    const token = await hsm.generateKey(binding)
    const plaintext = Uint8Array.of(1, 2, 3)
    let isOver = false
    const ends = new Set<string>()
    const work = async (): Promise<void> => {
      while (!isOver) {
        const call = hsm.encrypt({ token, binding, aad, plaintext })
        const opened = call.then((ciphertext) => hsm.decrypt({ token, binding, aad, ciphertext }))
        ends.add(await ending(opened))
        const answer = await opened.catch(() => plaintext)
        if (String(answer) !== String(plaintext)) ends.add("another plaintext")
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const workers = Array.from({ length: 8 }, work)
    for (let i = 0; i < 5; i += 1) {
      await expect.poll(() => ending(hsm.rewrap({ token, binding }))).toBe("answered")
      signal("SIGKILL")
    }
    await expect.poll(() => ending(hsm.rewrap({ token, binding }))).toBe("answered")
    isOver = true
    await Promise.all(workers)
    expect([...ends].sort()).toEqual(["answered", "unavailable"])
  })

  it("reads arguments before it first waits, also when it starts afresh", async () => {
    const hsm = await hsms.make()
    await hsm.createDomain(name)
    const token = await hsm.generateKey(binding)
    signal("SIGKILL")
    expect(await ending(hsm.domainKeys())).toBe("unavailable")
    const plaintext = Uint8Array.of(1, 2, 3)
    const encrypting = hsm.encrypt({ token, binding, aad, plaintext })
    plaintext.fill(0)
    const ciphertext = await encrypting
    expect(await hsm.decrypt({ token, binding, aad, ciphertext })).toEqual(Uint8Array.of(1, 2, 3))
  })

  it("goes back to no trust that was withdrawn, also when it starts afresh", async () => {
    const hsm = await hsms.make()
    const before = await hsm.createDomain(name)
    await hsm.openDomain(name, await hsm.withdrawTrust(name, before))
    expect(await ending(hsm.openDomain(name, before))).toBe("malformed")
    signal("SIGKILL")
    await expect.poll(() => ending(hsm.domainKeys())).toBe("answered")
    expect(await ending(hsm.openDomain(name, before))).toBe("malformed")
  })

  it("is gone once its HSM is closed, and is not started again", async () => {
    const hsm = await hsms.make()
    await hsm.createDomain(name)
    expect(boundaryPids()).toHaveLength(1)
    const closing = hsm.close()
    await hsm.close()
    expect(boundaryPids()).toEqual([])
    await closing
    expect(await ending(hsm.generateRandom(16))).toBe("unavailable")
    expect(boundaryPids()).toEqual([])
  })

  it("ends with its host, and does not keep it", () => {
    const path = join(folder, "host.mjs")
    const isolated = new URL("../../lib/isolated.js", import.meta.url).href
    writeFileSync(
      path,
      `import { isolatedHsm } from ${JSON.stringify(isolated)}
const rootKey = new Uint8Array(32).fill(7)
const hsm = await isolatedHsm({ boundary: "process", hsm: { suite: "noble", seal: { rootKey } } })
await hsm.createDomain("d")
const { readdirSync, readFileSync } = await import("node:fs")
const isChild = (pid) => {
  try {
    const [, parent] = readFileSync("/proc/" + pid + "/stat", "utf8").split(") ")[1].split(" ")
    return parent === String(process.pid)
  } catch { return false }
}
const pids = readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))
process.stdout.write(pids.filter(isChild).join())
`,
    )
    const { stdout, status } = spawnSync(process.execPath, [path], { encoding: "utf8" })
    expect([status, /^\d+$/.test(stdout)]).toEqual([0, true])
    return expect
      .poll(() => {
        try {
          return process.kill(Number(stdout), 0)
        } catch {
          return "gone"
        }
      })
      .toBe("gone")
  })
})

describe("a plan of an HSM", () => {
  it("can be asked for at every start, and what is answered is wiped", async () => {
    const asked: Uint8Array[] = []
    const hsm = await hsms.make({
      hsm: async () => {
        asked.push(rootKey.slice())
        return { suite: "noble", seal: { rootKey: asked.at(-1) as Uint8Array } }
      },
    })
    await hsm.createDomain(name)
    signal("SIGKILL")
    await expect.poll(() => ending(hsm.domainKeys())).toBe("answered")
    expect(asked.map(String)).toEqual(Array(2).fill(String(new Uint8Array(32))))
  })

  it("that is given can be wiped by who gave it", async () => {
    const mine = rootKey.slice()
    const hsm = await hsms.make({ hsm: { suite: "noble", seal: { rootKey: mine } } })
    await hsm.createDomain(name)
    mine.fill(0)
    signal("SIGKILL")
    await expect.poll(() => ending(hsm.domainKeys())).toBe("answered")
  })

  it("can leave the root key to the boundary, which reads its file", async () => {
    const path = join(folder, "root-key")
    writeFileSync(path, rootKey)
    const sealed = await (await hsms.make()).createDomain(name)
    const hsm = await hsms.make({ hsm: { suite: "openssl", seal: { rootKeyFile: path } } })
    await hsm.openDomain(name, sealed)
    const missing = { suite: "openssl", seal: { rootKeyFile: join(folder, "none") } } as const
    await expect(hsms.make({ hsm: missing })).rejects.toThrow("cannot be read")
  })

  it("with a secret that is none is refused by name and not by its bytes", async () => {
    for (const rootKey of [new Uint8Array(31).fill(9), new Uint8Array(32)]) {
      const hsm = { suite: "openssl", seal: { rootKey } } as const
      await expect(hsms.make({ hsm })).rejects.toThrow("no root key of 32 bytes")
    }
  })

  it("can name a module, behind which any HSM stands", async () => {
    const path = join(folder, "module.mjs")
    const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
    writeFileSync(
      path,
      `import { createSoftwareHsm, rootKeySeal } from ${JSON.stringify(core)}
export const makeHsm = (setup) => createSoftwareHsm({ seal: rootKeySeal(setup) })
`,
    )
    for (const boundary of ["process", "thread"] as const) {
      const hsm = await hsms.make({
        boundary,
        hsm: { module: pathToFileURL(path), setup: rootKey },
      })
      await hsm.createDomain(name)
      expect((await hsm.generateRandom(24)).length).toBe(24)
    }
  })
})

describe("the module of a plan", () => {
  it("finds what its package depends on where Node finds it: in a folder above", async () => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(folder, path, ".."), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
    write("app/package.json", `{ "name": "app", "type": "module", "dependencies": { "dep": "1" } }`)
    write("node_modules/dep/package.json", `{ "name": "dep", "exports": "./dep.mjs" }`)
    write("node_modules/dep/dep.mjs", `export * from ${JSON.stringify(core)}`)
    write(
      "app/src/hsm.js",
      `import { createSoftwareHsm, rootKeySeal } from "dep"
export const makeHsm = (setup) => createSoftwareHsm({ seal: rootKeySeal(setup) })
`,
    )
    const module = pathToFileURL(join(folder, "app/src/hsm.js"))
    const hsm = await hsms.make({ hsm: { module, setup: rootKey } })
    await hsm.createDomain(name)
  })
})

describe("a thread that holds an HSM", () => {
  it("is started afresh when it ends by itself", async () => {
    const path = join(folder, "mortal.mjs")
    const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
    writeFileSync(
      path,
      `import { createSoftwareHsm, rootKeySeal } from ${JSON.stringify(core)}
export const makeHsm = (setup) => ({
  ...createSoftwareHsm({ seal: rootKeySeal(setup) }),
  generateRandom: () => process.exit(1),
})
`,
    )
    const hsm = await hsms.make({
      boundary: "thread",
      hsm: { module: pathToFileURL(path), setup: rootKey },
    })
    await hsm.createDomain(name)
    const token = await hsm.generateKey(binding)
    expect(await ending(hsm.generateRandom(8))).toBe("unavailable")
    expect(await ending(hsm.rewrap({ token, binding }))).toBe("answered")
  })
})
