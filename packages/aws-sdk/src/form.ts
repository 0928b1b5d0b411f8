/*
 * The AWS query protocol, as far as it is needed: a form whose names are paths.
 *
 * Source: Smithy 2.0 documentation, "AWS query protocol".
 */

/** What a form says: texts, lists and structures of them. */
export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue }

type Node = string | Map<string, Node>

/** More than any operation takes. */
const [parametersMax, depthMax] = [500, 6]

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Puts a value where its name leads; false where something else stands. */
function put(root: Map<string, Node>, path: readonly string[], value: string): boolean {
  let node = root
  for (const step of path.slice(0, -1)) {
    const next = node.get(step) ?? new Map<string, Node>()
    if (typeof next === "string") return false
    node.set(step, next)
    node = next
  }
  const last = path.at(-1) ?? ""
  if (node.has(last)) return false
  node.set(last, value)
  return true
}

/** What is numbered from 1 on; `undefined` where there are gaps. */
function numbered(items: Node): readonly Node[] | undefined {
  if (typeof items === "string") return undefined
  const all = Array.from({ length: items.size }, (_, i) => items.get(String(i + 1)))
  return all.includes(undefined) ? undefined : (all as readonly Node[])
}

/** A list names its members `member.1`, `member.2` …; `undefined` for one with gaps. */
function listOf(members: Node): readonly FormValue[] | undefined {
  const values = numbered(members)?.map(formValueOf)
  return values?.includes(undefined) ? undefined : (values as readonly FormValue[] | undefined)
}

/** A map names its pairs `entry.1.key`, `entry.1.value`, …; `undefined` for a key that is twice. */
function mapOf(entries: Node): FormValue | undefined {
  const map = new Map<string, Node>()
  const pairs = numbered(entries)
  if (pairs === undefined) return undefined
  for (const pair of pairs) {
    const [key, value] = typeof pair === "string" ? [] : [pair.get("key"), pair.get("value")]
    const isPair = typeof key === "string" && value !== undefined
    if (!isPair || (pair as Map<string, Node>).size !== 2 || map.has(key)) return undefined
    map.set(key, value)
  }
  return structureOf(map)
}

function formValueOf(node: Node): FormValue | undefined {
  if (typeof node === "string") return node
  const members = node.get("member")
  if (members !== undefined && node.size === 1) return listOf(members)
  const entries = node.get("entry")
  if (entries !== undefined && node.size === 1) return mapOf(entries)
  return structureOf(node)
}

function structureOf(node: ReadonlyMap<string, Node>): FormValue | undefined {
  const named: Record<string, FormValue> = {}
  for (const [name, below] of node) {
    const value = formValueOf(below)
    if (value === undefined) return undefined
    Object.defineProperty(named, name, { value, enumerable: true })
  }
  return named
}

/** What a form says, by the names of its parameters. */
export type Form = Readonly<Record<string, FormValue>>

/** What signs a request stands beside its parameters. */
const isOfSigning = (name: string): boolean => /^x-amz-/i.test(name)

/**
 * The parameters in the target of a request, but for those that sign it; `undefined` as with
 * {@link readForm}. A plus is a plus here, as it is where the signature is verified: whoever put
 * one for its encoded form would change what was signed.
 */
export const readTargetForm = (target: string): Form | undefined => {
  const start = target.indexOf("?")
  return start < 0 ? {} : readParts(target.slice(start + 1).split("&"), isOfSigning)
}

/** The parameters of a form; `undefined` for a text that is none, or says something twice. */
export const readForm = (text: string): Form | undefined =>
  readParts(text.replaceAll("+", " ").split("&"), () => false)

function readParts(all: readonly string[], skips: (name: string) => boolean): Form | undefined {
  const parts = all.filter((part) => part !== "")
  if (parts.length > parametersMax) return undefined
  const root = new Map<string, Node>()
  for (const part of parts) {
    const end = part.indexOf("=")
    const name = decoded(end < 0 ? part : part.slice(0, end))
    const value = decoded(end < 0 ? "" : part.slice(end + 1))
    if (name !== undefined && skips(name)) continue
    const path = name?.split(".") ?? []
    if (value === undefined || path.length === 0 || path.length > depthMax) return undefined
    if (path.includes("") || !put(root, path, value)) return undefined
  }
  return formValueOf(root) as Form | undefined
}
