import { randomBytes } from "node:crypto"
import process from "node:process"
import { createEnvelope, rawAesKeys } from "@keywright/core/envelope"
import { opensslCipher } from "@keywright/hsm/openssl"
import { frameBytes } from "./envelope-names.js"

/*
 * Encrypts so many bytes as a stream, decrypts them as they leave, and says how much more than
 * before was resident at the most: `envelope-memory.js <bytes>`.
 */

const total = Number(process.argv[2])
const block = randomBytes(frameBytes)
function* blocks(): Generator<Uint8Array> {
  for (let left = total; left > 0; left -= frameBytes) yield block
}

const envelope = createEnvelope({
  keys: rawAesKeys({ namespace: "bench", name: "key", key: randomBytes(32) }),
  cipher: opensslCipher(),
  suite: "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY",
  frameBytes,
})

async function aboveIdleBytes(): Promise<number> {
  globalThis.gc?.()
  const idleBytes = process.memoryUsage().rss
  let [peakBytes, passed] = [idleBytes, 0]
  for await (const part of envelope.decryptChunks(envelope.encryptChunks(blocks()))) {
    passed += part.length
    if (passed % (16 * frameBytes) < part.length) {
      peakBytes = Math.max(peakBytes, process.memoryUsage().rss)
    }
  }
  if (passed !== total) throw new Error("the bytes did not come back")
  return peakBytes - idleBytes
}

process.stdout.write(JSON.stringify({ aboveBytes: await aboveIdleBytes() }))
