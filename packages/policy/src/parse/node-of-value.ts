import { jsonDepthMax } from "../vocabulary/limits.js"
import type { JsonMember, JsonNode, JsonResult } from "./json-node.js"

const nowhere = -1

/** The tree of an object handed in instead of text. Own enumerable members only. */
export function nodeOfValue(value: unknown): JsonResult {
  const node = convert(value, 0)
  if (typeof node !== "string") return { ok: true, node }
  return { ok: false, failure: { message: node, at: nowhere } }
}

/** A node, or what is wrong. */
function convert(value: unknown, depth: number): JsonNode | string {
  if (depth > jsonDepthMax) return "the document is nested too deeply"
  if (value === null) return { type: "null", at: nowhere }
  switch (typeof value) {
    case "string":
      return { type: "string", at: nowhere, value }
    case "boolean":
      return { type: "boolean", at: nowhere, value }
    case "number":
      return Number.isFinite(value)
        ? { type: "number", at: nowhere, text: String(value) }
        : "a number is not finite"
    case "object":
      return Array.isArray(value) ? convertArray(value, depth) : convertObject(value, depth)
    default:
      return `a ${typeof value} is not JSON`
  }
}

function convertArray(value: readonly unknown[], depth: number): JsonNode | string {
  const items: JsonNode[] = []
  for (const item of value) {
    const node = convert(item, depth + 1)
    if (typeof node === "string") return node
    items.push(node)
  }
  return { type: "array", at: nowhere, items }
}

function convertObject(value: object, depth: number): JsonNode | string {
  const members: JsonMember[] = []
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    const node = convert(member, depth + 1)
    if (typeof node === "string") return node
    members.push({ name, at: nowhere, value: node })
  }
  return { type: "object", at: nowhere, members }
}
