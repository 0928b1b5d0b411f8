import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { median, printFigures } from "../src/bench/figures.js"
import { contest } from "../src/bench/slices.js"

it("a median is the middle value, or the mean of the two in the middle", () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([10, 9])).toBe(9.5)
})

it("of two contestants the one that does more takes longer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-bench-"))
  const file = join(folder, "worker.mjs")
  const slices = new URL("../dist/bench/slices.js", import.meta.url).href
  writeFileSync(
    file,
    `import { serveSlices } from ${JSON.stringify(slices)}
     const times = Number(process.argv[2])
     const act = () => { let sum = 0; for (let i = 0; i < times; i += 1) sum += Math.sqrt(i) }
     serveSlices(async () => act)`,
  )
  try {
    const fast = { rounds: 3, sliceMs: 20, warmUpMs: 50 }
    const found = await contest([file, "20000"], [file, "200"], fast)
    expect(found.ratio).toBeGreaterThan(2)
    expect(found.firstUs).toBeGreaterThan(found.secondUs)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it("a contestant that dies ends the contest", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-bench-"))
  const file = join(folder, "worker.mjs")
  writeFileSync(file, 'process.on("message", () => process.exit(1)); process.send("ready")')
  try {
    await expect(contest([file], [file])).rejects.toThrow("a contestant died")
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it("a goal that was missed is said to be missed", () => {
  const figures = { title: "T", about: "a", head: ["x"], rows: [["1"]] }
  const goals = [
    { name: "one", is: 1.4, goal: 1.5, unit: " ×" },
    { name: "two", is: 1.6, goal: 1.5, unit: " ×" },
    { name: "three", is: 21, goal: 20, unit: " ×", atLeast: true },
    { name: "four", is: 19, goal: 20, unit: " ×", atLeast: true },
  ] as const
  const text = printFigures({ ...figures, goals })
  expect(text).toContain("Reached: one 1.40 ×, goal 1.5 ×.")
  expect(text).toContain("**Missed**: two 1.60 ×, goal 1.5 ×.")
  expect(text).toContain("Reached: three 21.00 ×, goal at least 20 ×.")
  expect(text).toContain("**Missed**: four 19.00 ×, goal at least 20 ×.")
})
