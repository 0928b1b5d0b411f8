import { open, readFile, readlink } from "node:fs/promises"
import { enforced, type Measure, type MeasureState, notEnforced } from "../wire/measures.js"

/** A file of Linux about a process, or nothing where there is none. */
async function procFile(pid: number, name: string): Promise<string> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8")
  } catch {
    return ""
  }
}

const unseen = notEnforced("this platform does not tell")

function coreDumps(limits: string): MeasureState {
  const [, soft, hard] = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(limits) ?? []
  if (soft === undefined || hard === undefined) return unseen
  if (soft === "0" && hard === "0") return enforced("the limit of the process for them is 0")
  return notEnforced(`the limit of the process for them is ${soft}, at most ${hard}`)
}

function privileges(status: string): MeasureState {
  const [, value] = /^NoNewPrivs:\s+(\d)/m.exec(status) ?? []
  if (value === undefined) return unseen
  return value === "1"
    ? enforced("the process can gain none")
    : notEnforced("the process was started without that promise")
}

/**
 * Whether this process, which is of the same user, can open the memory of the other. Root can open
 * all memory, and so sees nothing.
 */
async function memoryReads(pid: number): Promise<Partial<Record<Measure, MeasureState>>> {
  if (process.platform !== "linux" || process.geteuid?.() === 0) return {}
  try {
    const memory = await open(`/proc/${pid}/mem`)
    await memory.close()
    return { "memory-reads": notEnforced("this process can open its memory") }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code !== "EACCES") return {}
    return { "memory-reads": enforced("this process cannot open its memory") }
  }
}

const networkOf = (pid: number | "self"): Promise<string | undefined> =>
  readlink(`/proc/${pid}/ns/net`).catch(() => undefined)

/** A network of its own that leads nowhere. Where it is that of the host, others are asked. */
async function network(pid: number): Promise<Partial<Record<Measure, MeasureState>>> {
  const [own, its] = await Promise.all([networkOf("self"), networkOf(pid)])
  if (own === undefined || its === undefined || own === its) return {}
  const devices = await procFile(pid, "net/dev")
  const names = [...devices.matchAll(/^ *([^\s:]+):/gm)].map(([, name]) => name)
  if (names.join() !== "lo") return {}
  return { network: enforced("it has a network of its own, which leads nowhere") }
}

/** The program itself: a launcher may stay as its parent, and have a parent of its own. */
async function programOf(pid: number): Promise<number> {
  const children = (await procFile(pid, `task/${pid}/children`)).trim()
  return /^\d+$/.test(children) ? programOf(Number(children)) : pid
}

/** What a host sees of a process that it started: nothing of it is what that process says. */
export async function seenMeasures(
  startedPid: number,
): Promise<Partial<Record<Measure, MeasureState>>> {
  const pid = await programOf(startedPid)
  const [limits, status] = await Promise.all([procFile(pid, "limits"), procFile(pid, "status")])
  return {
    "own-memory": enforced("a process of its own"),
    "core-dumps": coreDumps(limits),
    privileges: privileges(status),
    ...(await memoryReads(pid)),
    ...(await network(pid)),
  }
}
