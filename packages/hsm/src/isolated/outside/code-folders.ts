import { readFileSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"

interface Manifest {
  readonly name?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  } catch {
    return undefined
  }
}

/** The folder of the package that a file is of; of a file alone its own. */
function packageOf(file: string): string {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (manifestIn(folder)?.name !== undefined) return folder
    if (folder === dirname(folder)) return dirname(file)
  }
}

/** Where Node finds a package, seen from a folder. */
function findPackage(from: string, name: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name)
    if (manifestIn(candidate) !== undefined) return candidate
    if (folder === dirname(folder)) return undefined
  }
}

/** The folders of a file's package and of all that it depends on: what it can load, and no more. */
export function codeFolders(file: string): readonly string[] {
  const folders = new Set<string>()
  function add(folder: string): void {
    if (folders.has(folder)) return
    folders.add(folder)
    const { dependencies, optionalDependencies } = manifestIn(folder) ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = findPackage(folder, name)
      if (found === undefined) continue
      // Node looks at the link, too.
      folders.add(found)
      add(realpathSync(found))
    }
  }
  add(packageOf(realpathSync(file)))
  return [...folders]
}
