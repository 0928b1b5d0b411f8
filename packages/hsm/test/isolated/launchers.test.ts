import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { type AddressInfo, createConnection } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import type { Measure } from "../../src/isolated.js"
import { binding, boundaryPids, isolatedHsms, rootKey } from "../support/isolated.js"

const guide = readFileSync(
  new URL("../../../../docs/guides/launch-an-isolated-hsm.md", import.meta.url),
  "utf8",
)

/** A list of texts in the guide, by the name that it has there. */
const listOf = (name: string): string[] => {
  const [, list = ""] = new RegExp(`${name}: (\\[[^\\]]*\\])`).exec(guide) ?? []
  return JSON.parse(list)
}

const launcher = listOf("launcher")
const demands = listOf("demands") as Measure[]

const works = (command: string, ...args: string[]): boolean =>
  existsSync(command) && spawnSync(command, args).status === 0
const hasBubblewrap = works(launcher[0] ?? "", ...launcher.slice(1), "/bin/true")
const hasSystemd = works("/usr/bin/systemd-analyze", "--version")
// In CI nothing may be missing.
if (process.env["CI"] === "true" && !(hasBubblewrap && hasSystemd)) {
  throw new Error("bubblewrap or systemd is missing")
}

const hsms = isolatedHsms()
afterEach(hsms.closeAll)
// Where our packages are found, and not in the folder for temporary files, which the recipe hides.
const folder = mkdtempSync(
  fileURLToPath(new URL("../../../testing/node_modules/.launched-", import.meta.url)),
)
const outside = mkdtempSync(join(tmpdir(), "keywright-launched-"))
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(outside, { recursive: true })
})

const skippedWithout = (has: boolean, what: string): string => (has ? "" : ` (skipped: no ${what})`)

describe.skipIf(!hasBubblewrap)(
  `an HSM that bubblewrap launches${skippedWithout(hasBubblewrap, "bubblewrap")}`,
  () => {
    it("keeps what the guide demands, and works", async () => {
      const hsm = await hsms.make({ launcher, demands })
      const isolation = hsm.isolation()
      for (const measure of demands) expect(isolation[measure].isEnforced).toBe(true)
      expect(isolation.network.how).toMatch(/leads nowhere|permission model/)
      const sealed = await hsm.createDomain("aws/eu-central-1")
      const token = await hsm.generateKey(binding)
      await hsm.rewrap({ token, binding })
      expect(sealed.length).toBeGreaterThan(0)
    })

    it("reaches nothing, not even on this machine", async () => {
      const server = createServer((_, reply) => reply.end("reached"))
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
      const { port } = server.address() as AddressInfo
      const core = new URL("../../../core/lib/hsm.js", import.meta.url).href
      const tried = async (launched: boolean, act: string): Promise<string> => {
        const path = join(folder, `act-${String(launched)}.mjs`)
        writeFileSync(
          path,
          `import { createSoftwareHsm, rootKeySeal } from ${JSON.stringify(core)}
import { createConnection } from "node:net"
export async function makeHsm(setup) {
  ${act}
  return createSoftwareHsm({ seal: rootKeySeal(setup) })
}
`,
        )
        const hsm = { module: pathToFileURL(path), setup: rootKey }
        return hsms.make({ hsm, ...(launched && { launcher }) }).then(
          () => "was done",
          (error: Error) => error.message,
        )
      }
      const connect = `await new Promise((resolve, reject) =>
    createConnection(${port}, "127.0.0.1").once("connect", resolve).once("error", reject))`
      const [major] = process.versions.node.split(".").map(Number)
      // From Node 25 on, its permission model keeps the network by itself.
      if ((major ?? 0) < 25) expect(await tried(false, connect)).toBe("was done")
      expect(await tried(true, connect)).not.toBe("was done")
      server.close()
    })

    it("is gone with its launcher, and started afresh", async () => {
      const hsm = await hsms.make({ launcher })
      await hsm.createDomain("aws/eu-central-1")
      const [pid] = boundaryPids()
      process.kill(pid as number, "SIGKILL")
      // The kernel ends what the launcher started only after it: until then that answers.
      await expect.poll(boundaryPids).not.toContain(pid)
      await expect
        .poll(async () => hsm.generateKey(binding).then(() => "made", String))
        .toBe("made")
      expect(boundaryPids()).not.toContain(pid)
    })
  },
)

describe("a launcher", () => {
  it("begins with an absolute path", async () => {
    await expect(hsms.make({ launcher: ["bwrap"] })).rejects.toThrow(
      "`launcher` must begin with an absolute path",
    )
  })

  it("that does not start the process is told as such, and keeps nobody waiting", async () => {
    await expect(hsms.make({ launcher: ["/bin/false"] })).rejects.toThrow(
      expect.objectContaining({ name: "HsmError", code: "unavailable" }),
    )
    await expect(hsms.make({ launcher: ["/no/such/launcher"] })).rejects.toThrow(
      expect.objectContaining({ name: "HsmError", code: "unavailable" }),
    )
  })
})

describe("the program of the guide", () => {
  it("serves an HSM to a host that connects to its socket", async () => {
    const program = join(folder, "serve.mjs")
    const [, text = ""] = /```js\n(import \{ readFileSync[\s\S]*?)```/.exec(guide) ?? []
    writeFileSync(program, text)
    writeFileSync(join(outside, "root-key"), rootKey)
    const socket = join(outside, "socket")
    const env = { CREDENTIALS_DIRECTORY: outside, RUNTIME_DIRECTORY: outside }
    const flags = /ExecStart=\S+ (.*) \S+$/m.exec(guide)?.[1]?.split(" ") ?? []
    const server = spawn(process.execPath, [...flags, program], { env, stdio: "inherit" })
    await expect.poll(() => existsSync(socket)).toBe(true)
    const boundary = { connect: async () => createConnection(socket) }
    const hsm = await hsms.make({ boundary, hsm: { setup: new Uint8Array(0) } })
    await hsm.createDomain("aws/eu-central-1")
    await hsm.rewrap({ token: await hsm.generateKey(binding), binding })
    await hsms.closeAll()
    server.kill("SIGKILL")
    await new Promise((resolve) => server.once("exit", resolve))
  })
})

describe.skipIf(!hasSystemd)(
  `the unit of the guide${skippedWithout(hasSystemd, "systemd-analyze")}`,
  () => {
    const unit = join(outside, "keywright-hsm.service")
    const [, text = ""] = /```ini\n([\s\S]*?)```/.exec(guide) ?? []
    const analyze = (...args: string[]) =>
      spawnSync("/usr/bin/systemd-analyze", args, { encoding: "utf8" })

    it("is one that systemd understands, line for line", () => {
      writeFileSync(unit, text.replace("/usr/bin/node", process.execPath))
      const { status, stderr } = analyze("verify", "--man=no", unit)
      expect(stderr.split("\n").filter((line) => line.includes("keywright-hsm"))).toEqual([])
      expect(status).toBe(0)
    })

    it("exposes little: at most 1.5 of 10 by the measure of systemd", () => {
      writeFileSync(unit, text)
      const { status, stdout } = analyze("security", "--offline=yes", "--threshold=15", unit)
      expect(stdout).toMatch(/Overall exposure level/)
      expect(status).toBe(0)
    })
  },
)
