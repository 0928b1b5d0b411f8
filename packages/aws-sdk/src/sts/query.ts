/*
 * The AWS query protocol, as far as AWS STS needs it: a form whose names are paths.
 *
 * Source: Smithy 2.0 documentation, "AWS query protocol".
 */

/** What a form says: texts, lists and structures of them. */
export type FormValue = string | readonly FormValue[] | { readonly [name: string]: FormValue }

type Node = string | Map<string, Node>

/** More than any operation of AWS STS takes. */
const [parametersMax, depthMax] = [500, 6]

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll("+", " "))
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

/** A list names its members `member.1`, `member.2` …; `undefined` for one with gaps. */
function listOf(members: Node): readonly FormValue[] | undefined {
  if (typeof members === "string") return undefined
  const list: FormValue[] = []
  for (let i = 1; i <= members.size; i += 1) {
    const member = members.get(String(i))
    const value = member === undefined ? undefined : formValueOf(member)
    if (value === undefined) return undefined
    list.push(value)
  }
  return list
}

function formValueOf(node: Node): FormValue | undefined {
  if (typeof node === "string") return node
  const members = node.get("member")
  if (members !== undefined && node.size === 1) return listOf(members)
  const named: Record<string, FormValue> = {}
  for (const [name, below] of node) {
    const value = formValueOf(below)
    if (value === undefined) return undefined
    Object.defineProperty(named, name, { value, enumerable: true })
  }
  return named
}

/** The parameters of a form; `undefined` for a text that is none, or says something twice. */
export function readForm(text: string): Readonly<Record<string, FormValue>> | undefined {
  const parts = text.split("&").filter((part) => part !== "")
  if (parts.length > parametersMax) return undefined
  const root = new Map<string, Node>()
  for (const part of parts) {
    const end = part.indexOf("=")
    const name = decoded(end < 0 ? part : part.slice(0, end))
    const value = decoded(end < 0 ? "" : part.slice(end + 1))
    const path = name?.split(".") ?? []
    if (value === undefined || path.length === 0 || path.length > depthMax) return undefined
    if (path.includes("") || !put(root, path, value)) return undefined
  }
  return formValueOf(root) as Readonly<Record<string, FormValue>> | undefined
}
