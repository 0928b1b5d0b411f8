// A process that writes with many callers at once through one engine, and prints how that went as
// JSON. Started by contention.test.ts with the path of the database, what to do, how many callers,
// and how often each of them does it.
import process from "node:process"
import { openKms } from "../dist/index.js"

const [path, what, callers, times] = process.argv.slice(2)
const kms = await openKms({ path, rootKey: new Uint8Array(32).fill(7) })
const owner = kms.as(kms.administrator)
const KeyId = "alias/contended"
const { KeyMetadata } = await owner.describeKey({ KeyId })
const keyId = KeyMetadata.KeyId
const own = (await owner.createKey({})).KeyMetadata.KeyId
const { CiphertextBlob } = await owner.encrypt({ KeyId, Plaintext: new Uint8Array(32) })
const tag = (id, i) => owner.tagResource({ KeyId: id, Tags: [{ TagKey: "k", TagValue: `${i}` }] })
const decrypt = () => owner.decrypt({ CiphertextBlob })
const acts = {
  tag: (i) => tag(keyId, i),
  "tag another": (i) => tag(own, i),
  create: () => owner.createKey({}),
  decrypt,
  "decrypt and tag": (i) => (i % 20 === 0 ? tag(keyId, i) : decrypt()),
}

const failed = {}
let done = 0
const call = async (i) => {
  try {
    await acts[what](i)
    done += 1
  } catch (error) {
    failed[error.name] = (failed[error.name] ?? 0) + 1
  }
}
await Promise.all(
  Array.from({ length: Number(callers) }, async (_, i) => {
    for (let turn = 0; turn < Number(times); turn += 1) await call(i * 1000 + turn)
  }),
)
await kms.close()
process.stdout.write(JSON.stringify({ done, failed }))
