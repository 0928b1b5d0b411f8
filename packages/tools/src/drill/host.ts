import process from "node:process"
import { createKms, createSoftwareHsm, type Kms, rootKeySeal } from "@keywright/core"
import { opensslSuite } from "@keywright/hsm/openssl"
import type { Storage } from "@keywright/storage"
import { openEtcdStorage } from "@keywright/storage/etcd"
import { openPostgresStorage } from "@keywright/storage/postgres"
import pg from "pg"
import type { Address, FromHost, HostOptions, ToHost } from "./messages.js"

/*
 * A program of its own: one host of a drill. It makes the calls that it is told, until it is
 * killed.
 */

const tell = (message: FromHost): void => void process.send?.(message)

const patience = { deadlineMs: 1500, patienceMs: 8000 }
const openStorage = (address: Address): Promise<Storage> => {
  if (address.store === "etcd") {
    return openEtcdStorage({ endpoints: address.endpoints, ...patience })
  }
  const pool = new pg.Pool({ connectionString: address.url, max: 4 })
  return openPostgresStorage(pool, { ...patience, durability: "replicated" })
}

async function open({ address, rootKey }: HostOptions, clock: () => number): Promise<Kms> {
  const hsm = createSoftwareHsm({ seal: rootKeySeal(rootKey), suite: opensslSuite() })
  const storage = await openStorage(address)
  return createKms({ region: "us-east-1", account: "111122223333", storage, hsm, clock })
}

async function answer(kms: Kms, id: number, operation: string, input: object): Promise<void> {
  try {
    const { reply } = await kms.call({ principal: kms.administrator }, operation, input)
    tell({ kind: "answer", id, output: { ...reply } })
  } catch (error) {
    const { name, message } = error as Error
    tell({ kind: "refusal", id, name, message })
  }
}

/** Nobody asks a host before it has said that it is open. */
async function serve(options: HostOptions): Promise<void> {
  let aheadMs = 0
  try {
    const kms = await open(options, () => Date.now() + aheadMs)
    process.on("message", (message: ToHost) => {
      if (message.kind === "clock") aheadMs = message.aheadMs
      if (message.kind === "call") void answer(kms, message.id, message.operation, message.input)
    })
    tell({ kind: "opened" })
  } catch (error) {
    tell({ kind: "not opened", error: String(error) })
  }
}

process.once("message", (message: ToHost) => {
  if (message.kind === "open") void serve(message.options)
})
// Whoever started it is gone: nobody would stop it any more.
process.once("disconnect", () => process.exit())
