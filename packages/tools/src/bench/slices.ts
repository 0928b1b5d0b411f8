import { type ChildProcess, fork } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { median } from "./figures.js"

/** Something to be measured; answers at once or later. */
export type Act = () => unknown

export interface Contest {
  /** Medians over the rounds, in µs of processor time. */
  readonly firstUs: number
  readonly secondUs: number
  /** The median of the ratios that each round had by itself. */
  readonly ratio: number
}

/**
 * Does it again and again for a while, so often between looks at the clock; the processor time of
 * one, with its share of garbage.
 */
async function sliceUs(act: Act, sliceMs: number, perLook: number): Promise<number> {
  const start = performance.now()
  const before = process.cpuUsage()
  let count = 0
  while (performance.now() - start < sliceMs) {
    for (let i = 0; i < perLook; i += 1) await act()
    count += perLook
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/**
 * In the process of a contestant: runs slices as long as the other side asks for them. What a
 * slice is of is made before its time begins.
 */
export function serveSlices(makeAct: () => Promise<Act>, perLook = 20): void {
  process.on("message", (sliceMs: number) => {
    void makeAct()
      .then((act) => sliceUs(act, sliceMs, perLook))
      .then((us) => process.send?.(us))
  })
  process.send?.("ready")
}

/** What a contestant says next; one that dies says nothing more. */
const nextMessage = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const died = () => reject(new Error("a contestant died"))
    child.once("exit", died)
    child.once("message", (message) => {
      child.off("exit", died)
      resolve(message)
    })
  })

type Script = readonly [file: string, ...args: readonly string[]]

async function start([file, ...args]: Script): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args])
  await nextMessage(child)
  return child
}

async function ask(child: ChildProcess, sliceMs: number): Promise<number> {
  child.send(sliceMs)
  return (await nextMessage(child)) as number
}

/**
 * Measures two scripts in turns, so that whatever else the machine does meets both. The order
 * changes from round to round.
 */
export async function contest(
  first: Script,
  second: Script,
  { rounds = 31, sliceMs = 120, warmUpMs = 3000 } = {},
): Promise<Contest> {
  const children = await Promise.all([start(first), start(second)])
  try {
    for (let warmMs = 0; warmMs < warmUpMs; warmMs += sliceMs) {
      for (const child of children) await ask(child, sliceMs)
    }
    const taken: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      for (const side of round % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
        taken[side].push(await ask(children[side] as ChildProcess, sliceMs))
      }
    }
    const [firsts, seconds] = taken
    return {
      firstUs: median(firsts),
      secondUs: median(seconds),
      ratio: median(firsts.map((us, i) => us / (seconds[i] ?? Number.NaN))),
    }
  } finally {
    for (const child of children) child.kill()
  }
}
