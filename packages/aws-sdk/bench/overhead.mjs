/**
 * Measures calls through the newest AWS SDK client, and prints ratios against the same client
 * whose request handler answers one reply that was made before. Each side has processes of its
 * own, in turns; what is counted is the time of the processor in the best of several rounds.
 *
 *   node packages/aws-sdk/bench/overhead.mjs
 */
import { execFileSync } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { KMS } from "@aws-sdk/client-kms"
import { createMemoryKms } from "@keywright/core/memory"
import { awsSdkHandler } from "../dist/index.js"

const processes = 5
const rounds = 8
const callsPerRound = 300
const warmUpCalls = 3000

const EncryptionContext = { tenant: "42" }

/** What is called, and with which input. */
const cases = {
  describeKey: async (_engine, KeyId) => ({ KeyId }),
  generateDataKey: async (_engine, KeyId) => ({ KeyId, KeySpec: "AES_256", EncryptionContext }),
  decrypt: async (engine, KeyId) => {
    const Plaintext = new Uint8Array(32)
    const { CiphertextBlob } = await engine.encrypt({ KeyId, Plaintext, EncryptionContext })
    return { CiphertextBlob, EncryptionContext }
  },
  encrypt: async (_engine, KeyId) => ({
    KeyId,
    Plaintext: new Uint8Array(4096),
    EncryptionContext,
  }),
}

/** Answers every call with the first reply that the handler gave. */
function cannedConfig(config) {
  let canned
  const handle = async (request, options) => {
    canned ??= (await config.requestHandler.handle(request, options)).response
    return {
      response: { ...canned, headers: { ...canned.headers }, body: canned.body.slice() },
    }
  }
  return { ...config, requestHandler: { ...config.requestHandler, handle } }
}

/** Who is called. */
const sides = {
  served: (_engine, config) => new KMS(config),
  canned: (_engine, config) => new KMS(cannedConfig(config)),
  engine: (engine) => engine,
}

async function measure(operation, side) {
  const kms = await createMemoryKms()
  const engine = kms.as(kms.administrator)
  const { KeyMetadata } = await engine.createKey()
  const input = await cases[operation](engine, KeyMetadata.KeyId)
  const callee = sides[side](engine, awsSdkHandler(kms))
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < warmUpCalls; i += 1) await callee[operation](input)
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage()
    for (let i = 0; i < callsPerRound; i += 1) await callee[operation](input)
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / callsPerRound)
  }
  return best
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

function compare(operation) {
  const times = { served: [], canned: [], engine: [] }
  const file = fileURLToPath(import.meta.url)
  for (let i = 0; i < processes; i += 1) {
    for (const side of Object.keys(sides)) {
      const stdio = ["ignore", "pipe", "ignore"]
      times[side].push(Number(execFileSync(process.execPath, [file, operation, side], { stdio })))
    }
  }
  const [served, canned, engine] = Object.values(times).map(median)
  process.stdout.write(
    `${operation.padEnd(16)} ${served.toFixed(0)} µs; canned ${canned.toFixed(0)} µs; ` +
      `engine alone ${engine.toFixed(0)} µs; ratio ${(served / canned).toFixed(2)}\n`,
  )
}

const [, , operation, side] = process.argv
if (operation === undefined) for (const name of Object.keys(cases)) compare(name)
else process.stdout.write(String(await measure(operation, side)))
