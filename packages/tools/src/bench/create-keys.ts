import process from "node:process"
import { createMemoryKms } from "@keywright/core/memory"

/*
 * A program of its own: creates as many keys as it is told and prints what that takes, as JSON.
 * Run with --expose-gc, so that garbage is not counted.
 */

const count = Number(process.argv[2])
const collect = (): number => {
  for (let i = 0; i < 3; i += 1) globalThis.gc?.()
  return process.memoryUsage().rss
}

const kms = await createMemoryKms()
const owner = kms.as(kms.administrator)
await owner.createKey({})
const beforeBytes = collect()
const start = performance.now()
for (let i = 1; i < count; i += 1) await owner.createKey({})
const createUs = ((performance.now() - start) * 1000) / count
const afterBytes = collect()
const { heapUsed, arrayBuffers } = process.memoryUsage()
const peakBytes = process.resourceUsage().maxRSS * 1024
const figures = { beforeBytes, afterBytes, peakBytes, heapUsed, arrayBuffers, createUs }
process.stdout.write(JSON.stringify(figures))
await kms.close()
