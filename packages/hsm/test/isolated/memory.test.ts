import { spawnSync } from "node:child_process"
import { randomFillSync } from "node:crypto"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { afterAll, afterEach, describe, expect, it } from "vitest"
import type { IsolatedHsmOptions, SealPlan, SoftwarePlan } from "../../src/isolated.js"
import { binding, boundaryPids, isolatedHsms } from "../support/isolated.js"
import {
  canSearch,
  encodings,
  type Found,
  type Needle,
  needleOf,
  search,
} from "../support/memory-search.js"

const hsms = isolatedHsms()
afterEach(hsms.closeAll)
const folder = mkdtempSync(join(tmpdir(), "keywright-memory-"))
afterAll(() => rmSync(folder, { recursive: true }))

const name = "aws/eu-central-1"
const aad = new Uint8Array(8)
const lib = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/** A process that makes secrets, and tells them under a mask: this one never has them. */
const maker = `
import { constants, publicEncrypt, randomFillSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { createSoftwareHsm, rootKeySeal } from ${lib("../../../core/lib/hsm.js")}
const [, , what, argument] = process.argv
const tell = (bytes, secret) => process.stdout.write(JSON.stringify({
  bytes: [...bytes],
  masked: [...secret].map((byte) => byte ^ 0x3c),
}))
if (what === "domain") {
  let first
  const entropy = (target) => {
    randomFillSync(target)
    if (target.length === 32) first ??= target.slice()
    return target
  }
  const hsm = createSoftwareHsm({ seal: rootKeySeal(readFileSync(argument)), entropy })
  tell(await hsm.createDomain(${JSON.stringify(name)}), first)
} else {
  const key = { key: Buffer.from(argument, "base64"), format: "der", type: "spki" }
  const material = randomFillSync(new Uint8Array(32))
  const padding = constants.RSA_PKCS1_OAEP_PADDING
  tell(publicEncrypt({ ...key, padding, oaepHash: "sha256" }, material), material)
}
`

interface Made {
  readonly bytes: Uint8Array
  readonly needle: Needle
}

/** An array that V8 does not move about. */
const array = (): Uint8Array => new Uint8Array(new ArrayBuffer(32))

function make(what: "domain" | "material", argument: string): Made {
  const path = join(folder, "maker.mjs")
  writeFileSync(path, maker)
  const ran = spawnSync(process.execPath, [path, what, argument], { encoding: "utf8" })
  const { bytes, masked } = JSON.parse(ran.stdout) as { bytes: number[]; masked: number[] }
  const secret = array()
  for (const [i, byte] of masked.entries()) secret[i] = byte ^ 0x3c
  const needle = needleOf(secret)
  secret.fill(0)
  return { bytes: Uint8Array.from(bytes), needle }
}

const uses = 40

const sum = (found: Found): number => encodings.reduce((total, one) => total + found[one], 0)

type Secret = "root" | "domain" | "material"
type Counts = Readonly<Record<Secret, number>>

const counted = (found: Record<Secret, Found>): Counts => ({
  root: sum(found.root),
  domain: sum(found.domain),
  material: sum(found.material),
})

/** Imports a key, uses it, rests and closes; searches both memories at each moment. */
async function live(
  sealOf: (rootKey: Uint8Array, rootKeyFile: string) => SealPlan,
  plan: Partial<SoftwarePlan> = {},
  other?: (rootKey: Uint8Array) => Partial<IsolatedHsmOptions>,
) {
  const rootKey = randomFillSync(array())
  const rootKeyFile = join(folder, "root-key")
  writeFileSync(rootKeyFile, rootKey)
  const root = needleOf(rootKey)
  const domain = make("domain", rootKeyFile)
  const seal = sealOf(rootKey, rootKeyFile)
  const hsm = await hsms.make(other?.(rootKey) ?? { hsm: { suite: "openssl", seal, ...plan } })
  rootKey.fill(0)
  const [pid = 0] = boundaryPids()
  await hsm.openDomain(name, domain.bytes)

  const wrappingBinding = {
    partition: binding.partition,
    account: binding.account,
    keyId: binding.keyId,
    wrappingKeySpec: "RSA_2048",
    wrappingAlgorithm: "RSAES_OAEP_SHA_256",
    validToMs: 1,
  } as const
  const wrapping = await hsm.generateWrappingKey(wrappingBinding)
  const material = make("material", Buffer.from(wrapping.publicKey).toString("base64"))
  const keyBinding = { ...binding, origin: "EXTERNAL" } as const
  const imported = await hsm.importKey({
    wrapping: { token: wrapping.token, binding: wrappingBinding },
    wrappedMaterial: material.bytes,
    binding: keyBinding,
  })
  if (imported.outcome !== "imported") throw new Error(imported.outcome)
  const { token, keyMaterialId } = imported
  const key = { token, binding: { ...keyBinding, keyMaterialId }, aad }

  const needles = { root, domain: domain.needle, material: material.needle }
  const inHost = (): Counts => (other === undefined ? counted(search(needles)) : none)
  const both = () => ({
    host: inHost(),
    boundary: counted(search(needles, pid)),
  })
  /** Of another HSM only what is left at the end is asked: to search takes long. */
  const along = () => (other === undefined ? both() : { host: none, boundary: none })
  const made = along()
  const calls = Array.from({ length: uses }, () => hsm.generateDataKey({ ...key, lengthBytes: 32 }))
  await Promise.all(calls)
  const used = along()
  const idle = both()
  await hsm.close()
  return { made, used, idle, closed: { host: inHost() } }
}

/** The line by which the material of every use is wiped, as it stands in what is shipped. */
const wipes = "andFinally(material, act, wipe)"

/**
 * An HSM from a copy of what is shipped, in which a line is changed. The copy stands where it finds
 * what it needs.
 */
function copiedHsm(change: (code: string) => string) {
  const core = fileURLToPath(new URL("../../../core/", import.meta.url))
  const copy = mkdtempSync(join(core, "node_modules/.copied-"))
  cpSync(join(core, "lib"), copy, { recursive: true })
  const file = join(copy, "chunks/software-hsm.js")
  const code = readFileSync(file, "utf8")
  expect(code.split(wipes)).toHaveLength(2)
  writeFileSync(file, change(code))
  const module = join(copy, "make-hsm.mjs")
  writeFileSync(
    module,
    `import { createSoftwareHsm, rootKeySeal } from "./hsm.js"
import { opensslSuite } from ${lib("../../lib/openssl.js")}
export const makeHsm = (rootKey) =>
  createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: opensslSuite() })
`,
  )
  const optionsFor = (rootKey: Uint8Array) => ({
    hsm: { module: pathToFileURL(module), setup: rootKey.slice() },
    readable: [fileURLToPath(new URL("../../*", import.meta.url))],
  })
  return { optionsFor, remove: () => rmSync(copy, { recursive: true }) }
}

/** From Node 24 on an HMAC holds its key until the collector comes, which no use waits for. */
const heldByHmacs = Number(process.versions.node.split(".")[0]) >= 24 ? uses : 0

const none: Counts = { root: 0, domain: 0, material: 0 }

const title = canSearch ? "" : " (skipped: needs /proc/self/mem of Linux)"
describe.skipIf(!canSearch)(`the memory of a host whose HSM is a process${title}`, () => {
  it("has no root key, no domain key and no key material at any moment, and the process has", async () => {
    const once = () => live((_, rootKeyFile) => ({ rootKeyFile }))
    const { made, used, idle, closed } = await once()
    for (const { host } of [made, used, idle, closed]) expect(host).toEqual(none)
    // What is not there is not only not found: in the process it is.
    for (const { boundary } of [made, used, idle]) {
      expect(boundary.root).toBeGreaterThanOrEqual(1)
      expect(boundary.domain).toBeGreaterThanOrEqual(1)
    }
    // OpenSSL decrypts what is imported by way of memory that it uses again some time, and wipes
    // not always before: what is left every time is left by us.
    let left = idle.boundary.material
    for (let again = 0; left > heldByHmacs && again < 2; again += 1) {
      left = (await once()).idle.boundary.material
    }
    expect(left).toBeLessThanOrEqual(heldByHmacs)
  })

  it("betrays a root key that is kept in its plan, and no longer once the HSM is closed", async () => {
    const { made, closed } = await live((rootKey) => ({ rootKey }))
    expect(made.host.root).toBeGreaterThanOrEqual(1)
    expect(made.host.domain).toBe(0)
    expect(closed.host).toEqual(none)
  })

  it("betrays a key that is kept open, in the process and not in the host", async () => {
    const keepOpen = { ms: 600_000, keysMax: 4 }
    const { idle } = await live((_, rootKeyFile) => ({ rootKeyFile }), { keepOpen })
    expect(idle.boundary.material).toBeGreaterThanOrEqual(1)
    expect(idle.host).toEqual(none)
  })

  it("betrays material that an HSM forgot to wipe, which the same HSM without the mistake does not", async () => {
    const leftBy = async (change: (code: string) => string): Promise<number> => {
      const { optionsFor, remove } = copiedHsm(change)
      try {
        const { idle } = await live((_, rootKeyFile) => ({ rootKeyFile }), {}, optionsFor)
        return idle.boundary.material
      } finally {
        remove()
      }
    }
    const forgetting = (code: string) =>
      code.replace(wipes, "andFinally(material, act, () => undefined)")
    const wiped = await leftBy((code) => code)
    // How much of what was left is not overwritten yet is up to the collector.
    let forgotten = await leftBy(forgetting)
    for (let again = 0; forgotten - wiped < uses / 4 && again < 2; again += 1) {
      forgotten = await leftBy(forgetting)
    }
    expect(forgotten - wiped).toBeGreaterThanOrEqual(uses / 4)
  })
})
