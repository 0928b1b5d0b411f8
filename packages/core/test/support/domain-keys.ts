import type { Storage } from "@keywright/storage"
import { parseKeyToken } from "../../src/formats/opaque/key-token.js"
import { parseSealedRecord } from "../../src/formats/opaque/sealed-record.js"
import { domainRecordKey } from "../../src/formats/stored/key-records.js"
import type { SweepReport } from "../../src/index.js"
import type { Kms } from "../../src/kms.js"
import { recordsIn } from "./records.js"

const tokenMembers = ["token", "endorsement", "offerToken"]

/** The domain keys of all tokens in a record. Those of clusters are under keys of the cluster. */
function* tokenKeysIn(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return
  if ("origin" in value && value.origin === "AWS_CLOUDHSM") return
  for (const [name, member] of Object.entries(value)) {
    if (!tokenMembers.includes(name) || typeof member !== "string") yield* tokenKeysIn(member)
    else {
      const token = parseKeyToken(new Uint8Array(Buffer.from(member, "base64")))
      if (token === undefined) throw new Error(`\`${name}\` is no token`)
      yield token.domainKeyId
    }
  }
}

/** The domain keys that anything in a store is under: the records, and the tokens in them. */
export async function domainKeysIn(storage: Storage): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const { entries, more } = await storage.list({ prefix: "", limit: 1000 })
  if (more) throw new Error("the store holds more than this can look at")
  const sealed = entries.filter(({ key }) => key !== domainRecordKey)
  for (const { key, value } of sealed) {
    const record = parseSealedRecord(value)
    if (record === undefined) throw new Error(`\`${key}\` is not sealed`)
    found.add(record.domainKeyId)
  }
  const records = await recordsIn(storage)
  for (const { key } of sealed) {
    const [entry] = await records.get([key])
    const text = Buffer.from(entry?.value ?? []).toString()
    if (text.startsWith("{")) for (const id of tokenKeysIn(JSON.parse(text))) found.add(id)
  }
  return found
}

/** Sweeps until there is nothing to do at once. */
export async function sweepAll(kms: Kms, itemsMax?: number): Promise<SweepReport> {
  let report = await kms.sweep({ itemsMax })
  while (report.next !== undefined) report = await kms.sweep({ itemsMax, after: report.next })
  return report
}
