import { isMainThread } from "node:worker_threads"
import { enforced, type Measure, type MeasureState, notEnforced } from "../wire/measures.js"

const node = `Node ${process.versions.node.split(".", 1)[0]}`

interface Permission {
  has(scope: string, reference?: string): boolean
}

/** What the permission model of Node refuses. It is a seat belt: the code inside is trusted. */
function permissionMeasures(): Partial<Record<Measure, MeasureState>> {
  const { permission } = process as { permission?: Permission }
  if (permission === undefined) {
    const not = notEnforced("the permission model of Node is not on")
    return { files: not, processes: not, addons: not, network: not }
  }
  const refused = (...scopes: readonly string[]): MeasureState => {
    const open = scopes.filter((scope) => permission.has(scope))
    return open.length === 0
      ? enforced("the permission model of Node")
      : notEnforced(`the permission model of Node allows ${open.join(", ")}`)
  }
  // A scope that a Node does not know is never there, and nothing keeps it.
  const keepsNetwork = process.allowedNodeEnvironmentFlags.has("--allow-net")
  return {
    files: refused("fs.write", "fs.read"),
    processes: refused("child", "worker"),
    network: keepsNetwork ? refused("net") : notEnforced(`${node} has no permission for it`),
  }
}

function refusesEvaluation(): boolean {
  try {
    // biome-ignore lint/security/noGlobalEval: what is asked is whether it is refused
    return globalThis.eval("1") !== 1
  } catch {
    return true
  }
}

function loadsAddons(): boolean {
  try {
    process.dlopen({ exports: {} }, "/keywright/no-such-addon.node")
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    return code !== "ERR_DLOPEN_DISABLED" && code !== "ERR_ACCESS_DENIED"
  }
  return true
}

/** Native code is loaded as an add-on, or called by `node:ffi`, which only the permission holds. */
function addons(): MeasureState {
  const { permission } = process as { permission?: Permission }
  if (permission?.has("ffi") === true) return notEnforced("native code can be called")
  return loadsAddons() ? notEnforced("native code can be loaded") : enforced("Node refuses them")
}

/** What a boundary finds out about itself, by trying. */
export function ownMeasures(): Partial<Record<Measure, MeasureState>> {
  const isEmpty = Object.keys(process.env).length === 0
  return {
    ...(isMainThread && permissionMeasures()),
    environment: isEmpty ? enforced("it is empty") : notEnforced("it is not empty"),
    addons: addons(),
    evaluation: refusesEvaluation()
      ? enforced("V8 makes no code of texts")
      : notEnforced("V8 makes code of texts"),
  }
}
