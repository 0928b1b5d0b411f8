/**
 * Measures calls through the newest AWS SDK client, and prints ratios against the same client
 * whose request handler answers one reply that was made before. What stands between is told
 * apart: the engine by itself, and what the handler adds to it for a request that was made before.
 * Each side has processes of its own, in turns; what is counted is the time of the processor in
 * the best of several rounds.
 *
 *   node packages/aws-sdk/bench/overhead.mjs [noble | openssl] [operation]
 */
import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { KMS } from "@aws-sdk/client-kms"
import { createSoftwareHsm, rootKeySeal } from "@keywright/core"
import { createMemoryKms } from "@keywright/core/memory"
import { nobleSuite } from "@keywright/core/suite"
import { opensslSuite } from "@keywright/hsm/openssl"
import { awsSdkHandler } from "../dist/index.js"

const processes = 3
const rounds = 8
const callsPerRound = 200
const warmUpCalls = 2000

const EncryptionContext = { tenant: "42" }

const suites = { noble: nobleSuite, openssl: opensslSuite }

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

/** The same configuration with another way to handle a request. */
const withHandle = (config, handle) => ({
  ...config,
  requestHandler: { ...config.requestHandler, handle },
})

/** Answers every call with the first reply that the handler gave. */
function canned(config) {
  let first
  return withHandle(config, async (request, options) => {
    first ??= (await config.requestHandler.handle(request, options)).response
    return { response: { ...first, headers: { ...first.headers }, body: first.body.slice() } }
  })
}

/** The request that a client makes of a call. */
async function requestOf(config, operation, input) {
  let request
  const client = new KMS(
    withHandle(config, (made, options) => {
      request = made
      return config.requestHandler.handle(made, options)
    }),
  )
  await client[operation](input)
  return request
}

/** What is done again and again. */
const sides = {
  served: async ({ config, operation, input }) => {
    const client = new KMS(config)
    return () => client[operation](input)
  },
  canned: async ({ config, operation, input }) => {
    const client = new KMS(canned(config))
    return () => client[operation](input)
  },
  handler: async ({ config, operation, input }) => {
    const request = await requestOf(config, operation, input)
    return () => config.requestHandler.handle(request)
  },
  engine: async ({ engine, operation, input }) => {
    return () => engine[operation](input)
  },
}

async function measure(suite, operation, side) {
  const seal = rootKeySeal(new Uint8Array(randomBytes(32)))
  const kms = await createMemoryKms({ hsm: createSoftwareHsm({ seal, suite: suites[suite]() }) })
  const engine = kms.as(kms.administrator)
  const { KeyMetadata } = await engine.createKey()
  const input = await cases[operation](engine, KeyMetadata.KeyId)
  const call = await sides[side]({ engine, config: awsSdkHandler(kms), operation, input })
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < warmUpCalls; i += 1) await call()
  for (let round = 0; round < rounds; round += 1) {
    const start = process.cpuUsage()
    for (let i = 0; i < callsPerRound; i += 1) await call()
    const { user, system } = process.cpuUsage(start)
    best = Math.min(best, (user + system) / callsPerRound)
  }
  return best
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]

function compare(suite, operation) {
  const times = { served: [], canned: [], handler: [], engine: [] }
  const file = fileURLToPath(import.meta.url)
  for (let i = 0; i < processes; i += 1) {
    for (const side of Object.keys(sides)) {
      const stdio = ["ignore", "pipe", "ignore"]
      const words = [file, suite, operation, side]
      times[side].push(Number(execFileSync(process.execPath, words, { stdio })))
    }
  }
  const [served, canned, handler, engine] = Object.values(times).map(median)
  process.stdout.write(
    `${suite.padEnd(8)} ${operation.padEnd(16)} ${served.toFixed(0)} µs; ` +
      `canned ${canned.toFixed(0)} µs; ratio ${(served / canned).toFixed(2)}; ` +
      `engine ${engine.toFixed(0)} µs; added by the handler ${(handler - engine).toFixed(0)} µs\n`,
  )
}

const [, , suite, operation, side] = process.argv
if (side !== undefined) process.stdout.write(String(await measure(suite, operation, side)))
else {
  for (const chosen of suite === undefined ? Object.keys(suites) : [suite]) {
    const operations = operation === undefined ? Object.keys(cases) : [operation]
    for (const name of operations) compare(chosen, name)
  }
}
