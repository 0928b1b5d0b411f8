import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "keywright-snapshot-"))
afterAll(() => rmSync(folder, { recursive: true }))
const lib = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href)

/**
 * A snapshot of the heap holds every text, and no bytes. So this looks for secrets as texts, in a
 * process that has just used them, and prints how often each was found. The texts that are looked
 * for are made when the snapshot was taken.
 */
const program = `
import { randomFillSync } from "node:crypto"
import { getHeapSnapshot } from "node:v8"
import { createSoftwareHsm, rootKeySeal } from ${lib("../../core/lib/hsm.js")}
import { opensslSuite } from ${lib("../lib/openssl.js")}
const drawn = []
const suite = opensslSuite()
const entropy = (target) => {
  randomFillSync(target)
  if (target.length === 32) drawn.push(target.slice())
  return target
}
const rootKey = randomFillSync(new Uint8Array(32))
const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite, entropy })
const binding = {
  partition: "aws", account: "111122223333", keyId: "1234abcd-12ab-34cd-56ef-1234567890ab",
  keyMaterialId: "5e".repeat(32), keySpec: "SYMMETRIC_DEFAULT", keyUsage: "ENCRYPT_DECRYPT",
  origin: "AWS_KMS", keyStoreId: undefined, xksKeyId: undefined,
}
const sealed = await hsm.createDomain("aws/eu-central-1")
await hsm.openDomain("aws/eu-central-1", sealed)
const key = { token: await hsm.generateKey(binding), binding, aad: new Uint8Array(8) }
for (let i = 0; i < 20; i += 1) {
  const { plaintext, ciphertext } = await hsm.generateDataKey({ ...key, lengthBytes: 32 })
  await hsm.decrypt({ ...key, ciphertext })
  plaintext.fill(0)
}
// What a careless host keeps: it is found, so what is not found is not there.
const careless = randomFillSync(new Uint8Array(32))
globalThis.kept = ["hex", "base64", "base64url"].map((as) => Buffer.from(careless).toString(as))
const chunks = []
for await (const chunk of getHeapSnapshot()) chunks.push(chunk)
const snapshot = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString("latin1")
// As JSON writes the text of bytes: those above 127 take two.
const jsonOf = (bytes) =>
  Buffer.from(JSON.stringify(bytes.toString("latin1")).slice(1, -1)).toString("latin1")
const forms = (secret) => {
  const bytes = Buffer.from(secret)
  const [base64, base64url] = ["base64", "base64url"].map((as) => bytes.toString(as).slice(0, 40))
  return [bytes.toString("hex"), base64, base64url, [...bytes].join(), jsonOf(bytes)]
}
const count = (secret) =>
  forms(secret).reduce((sum, form) => sum + snapshot.split(form).length - 1, 0)
const secrets = [rootKey, ...drawn].map(count)
console.log(JSON.stringify({ careless: count(careless), secrets, bytes: snapshot.length }))
`

describe("a snapshot of the heap of a process with an HSM", () => {
  it("has no key as a text, of any kind, and has what a careless host kept", () => {
    const path = join(folder, "snapshot.mjs")
    writeFileSync(path, program)
    const { stdout, stderr } = spawnSync(process.execPath, [path], { encoding: "utf8" })
    expect(stderr).toBe("")
    const { careless, secrets, bytes } = JSON.parse(stdout)
    expect(bytes).toBeGreaterThan(1_000_000)
    expect(careless).toBeGreaterThanOrEqual(3)
    // The root key, the key of the state, the domain key, the material and twenty data keys.
    expect(secrets.length).toBeGreaterThanOrEqual(24)
    expect(secrets.filter((found: number) => found > 0)).toEqual([])
  })
})
