import { spawnSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { createReadStream, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { setTimeout as wait } from "node:timers/promises"
import { createSoftwareHsm, restoreBackup, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import { openEtcdStorage } from "@keywright/storage/etcd"
import { backupFile, openKms } from "keywright"
import { planZones, type Zone } from "./zones.js"

/*
 * A service has outgrown one machine: its keys move from a SQLite file to three members of etcd,
 * with a host beside each. Then one zone is lost, while callers go on.
 */

const print = (line: string): void => void process.stdout.write(`${line}\n`)

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`expected that ${what}`)
}

if (spawnSync("etcd", ["--version"]).status !== 0) {
  print("SKIPPED  this needs etcd 3.4 or newer on the path (Debian: etcd-server): there is none")
  process.exit(process.env["CI"] === "true" ? 1 : 0)
}

const folder = mkdtempSync(join(tmpdir(), "three-zones-"))
const rootKey = randomBytes(32)
const { zones, endpoints } = await planZones(folder, rootKey.toString("hex"))
const [a, b, c] = zones as readonly [Zone, Zone, Zone]
process.once("exit", () => {
  for (const zone of zones) zone.lose()
  rmSync(folder, { recursive: true, force: true })
})

/** One machine, as it was: some orders are encrypted under a key in a file. */
async function serveOnOneMachine(): Promise<readonly Uint8Array[]> {
  const kms = await openKms({ path: join(folder, "keys.db"), rootKey })
  const client = kms.as(kms.administrator)
  const { KeyMetadata } = await client.createKey({ Description: "orders" })
  await client.createAlias({ AliasName: "alias/orders", TargetKeyId: KeyMetadata?.KeyId })
  const orders: Uint8Array[] = []
  for (let i = 0; i < 10; i += 1) {
    const Plaintext = Buffer.from(`order ${i}`)
    const { CiphertextBlob } = await client.encrypt({ KeyId: "alias/orders", Plaintext })
    if (CiphertextBlob !== undefined) orders.push(CiphertextBlob)
  }
  await kms.backup(backupFile(join(folder, "keys.backup")))
  await kms.close()
  return orders
}

/** The move: the backup fills the new store, as it was sealed. */
async function fillStore(): Promise<number> {
  const storage = await openEtcdStorage({ endpoints })
  const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: opensslSuite() })
  const source = createReadStream(join(folder, "keys.backup"))
  const { records } = await restoreBackup(source, { region: "us-east-1", storage, hsm })
  await hsm.close()
  await storage.close()
  return records
}

const passing = ["HostGone", "KMSInternalException", "ThrottlingException"]
const attempts = { madeAgain: 0 }

/** As a client does it: three attempts, each at another zone. */
async function ask(first: number, operation: string, input: object) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (zones[(first + attempt) % 3] as Zone).call(operation, input)
    } catch (error) {
      if (attempt === 2 || !passing.includes((error as Error).name)) throw error
      attempts.madeAgain += 1
      await wait(50)
    }
  }
}

/** Callers ask each zone in turn, for a while; the longest time that one request took. */
async function keepAsking(count: number, order: Uint8Array): Promise<number> {
  let longestMs = 0
  for (let i = 0; i < count; i += 1) {
    const beganMs = performance.now()
    const { Plaintext } = await ask(i, "Decrypt", { CiphertextBlob: order })
    longestMs = Math.max(longestMs, performance.now() - beganMs)
    expect(String(Buffer.from(Plaintext as Uint8Array)).startsWith("order "), "it opens")
  }
  return longestMs
}

/** The name of what a call is refused with. */
const refusalOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "no refusal",
    (error: Error) => error.name,
  )

const orders = await serveOnOneMachine()
print(`One machine has encrypted ${orders.length} orders, and made a backup of its keys.`)

await Promise.all(zones.map((zone) => zone.startStore()))
print(`Three members of etcd serve; ${await fillStore()} records of the backup are in them.`)
await Promise.all(zones.map((zone) => zone.openHost()))
for (const zone of zones) {
  const { Plaintext } = await zone.call("Decrypt", { CiphertextBlob: orders[0] })
  print(`  ${zone.name} opens "${Buffer.from(Plaintext as Uint8Array)}"`)
}

// Operations that change a key take its id, as AWS has it.
const { KeyMetadata: found } = await a.call("DescribeKey", { KeyId: "alias/orders" })
const ofOrders = { KeyId: (found as { readonly KeyId: string }).KeyId }
await a.call("DisableKey", ofOrders)
const refused = await refusalOf(c.call("Decrypt", { CiphertextBlob: orders[0] }))
expect(refused === "DisabledException", "a change is honoured by the next request anywhere")
print(`zone a disables the key; the next request at zone c gets ${refused}.`)
await b.call("EnableKey", ofOrders)

const lost = keepAsking(300, orders[1] as Uint8Array)
a.lose()
const longestMs = await lost
print("zone a is lost, with its host and its member of etcd, while callers go on:")
print(`  300 requests, 0 failed, ${attempts.madeAgain} attempts were made again at another zone`)
print(`  the longest request took ${Math.round(longestMs)} ms`)
const { KeyMetadata } = await ask(1, "CreateKey", { Description: "made with two zones" })
const { KeyId } = KeyMetadata as { readonly KeyId: string }

await a.startStore()
await a.openHost()
await a.call("Encrypt", { KeyId, Plaintext: Buffer.from("again") })
print("zone a is back, and uses a key that was made while it was away.")

b.lose()
c.lose()
const alone = await refusalOf(a.call("CreateKey", {}))
expect(alone === "KMSInternalException", "one zone of three acknowledges nothing")
print(`One zone of three answers ${alone}: it acknowledges nothing that could be lost.`)
process.exit(0)
