import { createHash, createHmac } from "node:crypto"
import process from "node:process"
import { opensslSuite } from "@keywright/hsm/openssl"
import { SignatureV4 } from "@smithy/signature-v4"
import { createSigV4Verifier } from "../lib/sigv4.js"

/*
 * What verifying one signed request costs, warm, in processor time, and how often that is what its
 * hashes alone cost: `node packages/identity/bench/verify.mjs` after a build.
 */

class Sha256 {
  #hash
  constructor(secret) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret)
  }
  update(data) {
    this.#hash.update(data)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
}

const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x".repeat(40) }
const region = "eu-central-1"
const host = `kms.${region}.amazonaws.com`
const text = { CiphertextBlob: "A".repeat(200), EncryptionContext: { tenant: "42" } }
const body = new TextEncoder().encode(JSON.stringify(text))
const signer = new SignatureV4({ credentials, region, service: "kms", sha256: Sha256 })
const { headers } = await signer.sign({
  ...{ method: "POST", protocol: "https:", hostname: host, path: "/", query: {}, body },
  headers: {
    ...{ host, "content-type": "application/x-amz-json-1.1" },
    ...{ "x-amz-target": "TrentService.Decrypt", "amz-sdk-request": "attempt=1; max=3" },
    "x-amz-user-agent": "aws-sdk-js/3.1162.0 ua/2.1 os/linux lang/js md/nodejs#22 api/kms#3.1162.0",
  },
})
const request = { method: "POST", target: "/", headers, body }

const perRound = 2000
const rounds = 21

/** The median of rounds, in microseconds of processor time. */
async function microsecondsOf(act) {
  const times = []
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage()
    for (let i = 0; i < perRound; i += 1) await act()
    const { user, system } = process.cpuUsage(start)
    times.push((user + system) / perRound)
  }
  return times.sort((a, b) => a - b)[rounds >> 1]
}

const canonical = body.slice(0, 600)
for (const [name, hashing] of [
  ["OpenSSL", opensslSuite()],
  ["noble", undefined],
]) {
  const verifier = createSigV4Verifier({ region, clock: Date.now, ...(hashing && { hashing }) })
  const whole = await microsecondsOf(() => verifier.verify(request, () => credentials))
  if (hashing === undefined) {
    process.stdout.write(`${name}: ${whole.toFixed(1)} µs\n`)
    continue
  }
  const bare = await microsecondsOf(() => {
    hashing.sha256(body)
    hashing.sha256(canonical)
    hashing.hmacSha256(canonical.subarray(0, 32), canonical.subarray(0, 140))
  })
  const ratio = (whole / bare).toFixed(2)
  process.stdout.write(`${name}: ${whole.toFixed(1)} µs, ${ratio} times its hashes alone\n`)
}
