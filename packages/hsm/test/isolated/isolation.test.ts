import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import type { Measure } from "../../src/isolated.js"
import { boundaryPids, hasProc, isolatedHsms, rootKey } from "../support/isolated.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)
const folder = mkdtempSync(join(tmpdir(), "keywright-isolation-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a module inside finds out about where it is, as the code of the error that it met. */
async function tried(name: string, act: string): Promise<string> {
  const path = join(folder, `${name}.mjs`)
  const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
  writeFileSync(
    path,
    `import { createSoftwareHsm, rootKeySeal } from ${JSON.stringify(core)}
export async function makeHsm(setup) {
  ${act}
  return createSoftwareHsm({ seal: rootKeySeal(setup) })
}
`,
  )
  return hsms.make({ hsm: { module: pathToFileURL(path), setup: rootKey } }).then(
    () => "was done",
    (error: Error) => error.message,
  )
}

describe.skipIf(!hasProc)("a process that holds an HSM", () => {
  const acts: Readonly<Record<string, string>> = {
    "read a file": `(await import("node:fs")).readFileSync("/etc/passwd")`,
    "write a file": `(await import("node:fs")).writeFileSync(${JSON.stringify(join(folder, "out"))}, "x")`,
    "start a process": `(await import("node:child_process")).spawnSync("/bin/true")`,
    "start a thread": `new (await import("node:worker_threads")).Worker("1", { eval: true })`,
    "open a debugger": `(await import("node:inspector")).open(0)`,
  }
  for (const [name, act] of Object.entries(acts)) {
    it(`cannot ${name}`, async () => {
      expect(await tried(name.replaceAll(" ", "-"), act)).toContain("ERR_ACCESS_DENIED")
    })
  }

  it("loads no native code and makes no code of texts", async () => {
    const load = `process.dlopen({ exports: {} }, "/no/such.node")`
    expect(await tried("addon", load)).toContain("ERR_DLOPEN_DISABLED")
    expect(await tried("evaluation", `(0, eval)("1")`)).not.toBe("was done")
    expect(await tried("nothing", "")).toBe("was done")
  })

  it("has nothing of its host's environment", async () => {
    const act = `if (Object.keys(process.env).length > 0) throw new Error("it has")`
    expect(await tried("environment", act)).toBe("was done")
  })

  it("opens no debugger when it gets the signal for it", async () => {
    const hsm = await hsms.make()
    await hsm.createDomain("d")
    const [pid] = boundaryPids()
    process.kill(pid as number, "SIGUSR1")
    expect((await hsm.generateRandom(16)).length).toBe(16)
    await expect(fetch("http://127.0.0.1:9229/json")).rejects.toThrow("fetch failed")
    expect(boundaryPids()).toEqual([pid])
  })

  it("tells of every measure whether it took, and by what", async () => {
    const isolation = (await hsms.make()).isolation()
    for (const { how } of Object.values(isolation)) expect(how).not.toBe("")
    const kept = Object.entries(isolation).filter(([, { isEnforced }]) => isEnforced)
    const always = ["own-memory", "environment", "files", "processes", "addons", "evaluation"]
    expect(kept.map(([name]) => name)).toEqual(expect.arrayContaining([...always, "inspector"]))
  })

  it("is not used when it does not keep what its host demands", async () => {
    const options = {
      boundary: "thread",
      demands: ["environment", "own-memory"] as Measure[],
    } as const
    await expect(hsms.make(options)).rejects.toThrow(
      /demanded: own-memory \(a thread is a part of the process of its host\)$/,
    )
    await hsms.make({ demands: ["own-memory", "environment"] })
  })

  it("tells the truth of core dumps and privileges, where util-linux is there", async () => {
    const isolation = (await hsms.make()).isolation()
    expect(isolation["core-dumps"]).toEqual({
      isEnforced: true,
      how: "the limit of the process for them is 0",
    })
    expect(isolation.privileges.isEnforced).toBe(true)
  })
})

describe("options that a boundary would not be what they say with", () => {
  it.each([
    ["a name that is none", { demand: ["own-memory"] }],
    ["demands that are no list", { demands: "own-memory" }],
    ["a time that is no number", { answerMs: "5000" }],
    ["another word for native code", { addons: "refuse" }],
    ["a path that is no list", { readable: "/etc/keys" }],
    ["a path that is not absolute", { readable: ["*"] }],
    ["a user without numbers", { user: {} }],
    ["a launcher that is one text", { launcher: "/usr/bin/env" }],
    ["a user for a thread", { boundary: "thread", user: { uid: 1, gid: 1 } }],
    ["a boundary without a way to it", { boundary: {} }],
    ["no boundary", { boundary: null }],
  ])("are refused: %s", async (_, options) => {
    await expect(hsms.make(options as object)).rejects.toThrow(TypeError)
  })
})
