import { sourceRule } from "../rule.js"
import { isRelative, resolveImport, type SourceFile } from "../tree.js"

const floors = ["vocabulary", "ports", "formats", "model", "operations", "engine"] as const
const sides = ["software-hsm", "envelope"]
const root = "packages/core/src/"

/** What each room of the core may import, besides itself. The front door is `""`. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(floors.map((room, floor) => [room, floors.slice(0, floor)])),
  "software-hsm": ["vocabulary", "ports", "formats"],
  envelope: ["vocabulary", "formats"],
  "": [...floors, ...sides],
}

const roomOf = (name: string): string => (name.includes("/") ? (name.split("/")[0] ?? "") : "")

export const floorsRule = sourceRule(
  "floors",
  "inside the core, imports only point down",
  (source: SourceFile, tree) => {
    if (source.package !== "core" || source.part !== "src") return []
    const room = roomOf(source.name)
    const may = rooms[room]
    if (may === undefined) {
      const message = `${room}/ is no room of the core: ${Object.keys(rooms).join(", ")}`
      return [{ line: 1, message }]
    }
    return source.imports.flatMap(({ specifier, line }) => {
      if (!isRelative(specifier)) return []
      const target = resolveImport(tree, source, specifier)
      if (!target.startsWith(root)) return []
      const targetRoom = roomOf(target.slice(root.length))
      if (targetRoom === room || may.includes(targetRoom)) return []
      const [from, to] = [room, targetRoom].map((name) => name || "the front door")
      return [{ line, message: `${from} may not import ${to}: ${specifier}` }]
    })
  },
)
