import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import { hsmFleet } from "../../src/fleet.js"
import { openPkcs11Token, pkcs11Hsm, pkcs11Seal } from "../../src/pkcs11.js"
import { addOnPath } from "../support/add-on.js"
import { binding, boundaryPids, isolatedHsms } from "../support/isolated.js"
import { hasToken, skipped, softHsm } from "../support/softhsm.js"

const name = "aws/eu-central-1"
const aad = new Uint8Array(8)
const plaintext = Uint8Array.of(1, 2, 3)

describe.skipIf(!hasToken)(`HSMs of one token in several places${skipped}`, () => {
  const soft = hasToken ? softHsm() : (undefined as never)
  const hsms = isolatedHsms()
  afterEach(hsms.closeAll)
  const folder = mkdtempSync(join(tmpdir(), "keywright-pkcs11-"))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A package of a host's own, with what it has installed, whose module makes the HSM. */
  function moduleFor(label: string): URL {
    const modules = join(folder, "node_modules")
    mkdirSync(join(modules, "@keywright"), { recursive: true })
    const own = fileURLToPath(new URL("../../", import.meta.url))
    symlinkSync(dirname(realpathSync(addOnPath())), join(modules, "pkcs11js"))
    symlinkSync(own, join(modules, "@keywright/hsm"))
    const dependencies = { "@keywright/hsm": "*", pkcs11js: "*" }
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "a-host", dependencies }))
    const path = join(folder, "hsm.mjs")
    writeFileSync(
      path,
      `import { openPkcs11Token, pkcs11Hsm, pkcs11Seal } from "@keywright/hsm/pkcs11"
// Of SoftHSM: it asks its environment, and a boundary has none.
process.env.SOFTHSM2_CONF ??= ${JSON.stringify(process.env["SOFTHSM2_CONF"])}
export async function makeHsm(setup) {
  const pin = new TextDecoder().decode(setup)
  const token = await openPkcs11Token({
    load: () => import("pkcs11js"),
    library: "/usr/lib/softhsm/libsofthsm2.so",
    label: ${JSON.stringify(label)},
    pin: () => pin,
  })
  return pkcs11Hsm({ token, seal: pkcs11Seal(token) })
}
`,
    )
    return pathToFileURL(path)
  }

  it("stand for each other: in this thread, in another, and in a process that is killed", async () => {
    const options = soft.options()
    const module = moduleFor(options.label)
    const token = await openPkcs11Token(options)
    const here = pkcs11Hsm({ token, seal: pkcs11Seal(token) })
    const setup = new TextEncoder().encode(options.pin())
    const hsm = { module, setup }
    const thread = await hsms.make({ boundary: "thread", hsm })
    const process_ = await hsms.make({ boundary: "process", hsm, addons: "allowed" })
    expect(thread.keySpecs).toEqual(here.keySpecs)
    expect(process_.keySpecs).toEqual(here.keySpecs)

    const sealed = await process_.createDomain(name)
    const members = [here, thread, process_]
    for (const one of members) await one.openDomain(name, sealed)
    const key = { token: await thread.generateKey(binding), binding }
    for (const one of members) {
      const ciphertext = await one.encrypt({ ...key, aad, plaintext })
      for (const other of members) {
        expect(await other.decrypt({ ...key, aad, ciphertext })).toEqual(plaintext)
      }
    }

    const fleet = hsmFleet([thread, process_])
    await fleet.openDomain(name, sealed)
    for (const pid of boundaryPids()) process.kill(pid, "SIGKILL")
    const calls = Array.from({ length: 20 }, async () => {
      const ciphertext = await fleet.encrypt({ ...key, aad, plaintext })
      return fleet.decrypt({ ...key, aad, ciphertext })
    })
    for (const opened of await Promise.all(calls)) expect(opened).toEqual(plaintext)
    token.close()
  })
})
