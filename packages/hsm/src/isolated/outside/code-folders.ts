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

/** Where Node looks for a package, seen from a folder: the last place is where it is, if it is. */
function placesOf(from: string, name: string): readonly string[] {
  const places: string[] = []
  for (let folder = from; ; folder = dirname(folder)) {
    const place = join(folder, "node_modules", name)
    places.push(place)
    if (manifestIn(place) !== undefined || folder === dirname(folder)) return places
  }
}

/** The folders of a file's package and of all that it depends on: what it can load, and no more. */
export function codeFolders(file: string): readonly string[] {
  const folders = new Set<string>()
  const looked = new Set<string>()
  function add(folder: string): void {
    if (folders.has(folder)) return
    folders.add(folder)
    const { dependencies, optionalDependencies } = manifestIn(folder) ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      // Node looks at all of them, and at the link before its target.
      const places = placesOf(folder, name)
      for (const place of places) looked.add(place)
      const found = places.at(-1)
      if (found !== undefined && manifestIn(found) !== undefined) add(realpathSync(found))
    }
  }
  add(packageOf(realpathSync(file)))
  return [...new Set([...folders, ...looked])]
}
