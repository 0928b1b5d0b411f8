import { join } from "node:path"
import { root } from "../paths.js"
import { runNode } from "../run.js"
import { type Figures, median } from "./figures.js"

const goal = 1.3
const rounds = 21

/** Imports what the engine stands on, and does nothing with it. */
export const floorProgram = `
    import "zod"
    import "@noble/ciphers/aes.js"
    import "@noble/hashes/sha2.js"
    import "@noble/hashes/hmac.js"`

const programs = {
  engine: `
    import { createMemoryKms } from "@keywright/core/memory"
    const kms = await createMemoryKms()
    const app = kms.as(kms.administrator)
    const { KeyMetadata: { KeyId } } = await app.createKey({})
    const { CiphertextBlob } = await app.encrypt({ KeyId, Plaintext: new Uint8Array(32) })
    const { Plaintext } = await app.decrypt({ CiphertextBlob })
    if (Plaintext.length !== 32) throw new Error("the plaintext is not what it was")`,
  floor: floorProgram,
  node: "",
} as const

/** From start to end of a fresh process, in ms. It sees what the core depends on. */
async function runMs(program: string): Promise<number> {
  const start = performance.now()
  const args = ["--input-type=module", "--eval", program]
  const { ok, output } = await runNode(args, { cwd: join(root, "packages", "core") })
  if (!ok) throw new Error(output)
  return performance.now() - start
}

/** A fresh process that uses the engine once, against one that only loads what it stands on. */
export async function measureStartUp(): Promise<Figures> {
  const engine: number[] = []
  const floor: number[] = []
  const node: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const [engineMs, floorMs, nodeMs] = [
      await runMs(programs.engine),
      await runMs(programs.floor),
      await runMs(programs.node),
    ]
    // The first round fills the caches of the file system.
    if (round === 0) continue
    engine.push(engineMs)
    floor.push(floorMs)
    node.push(nodeMs)
  }
  const ratio = median(engine.map((value, i) => value / (floor[i] ?? Number.NaN)))
  const row = (name: string, values: readonly number[]) => [name, median(values).toFixed(1)]
  return {
    title: "Start-up",
    about:
      "Fresh processes, from start to exit: one imports `@keywright/core/memory`, creates a key, " +
      "encrypts and decrypts; the other only imports zod and the AES, SHA-2 and HMAC of noble. " +
      `Medians of ${rounds} interleaved runs; the ratio is the median of the ratios of the rounds.`,
    head: ["process", "ms"],
    rows: [
      row("engine: import, create a key, encrypt, decrypt", engine),
      row("zod and noble, imports only", floor),
      row("Node, empty program", node),
    ],
    goals: [{ name: "engine / imports only", is: ratio, goal, unit: " ×" }],
  }
}
