import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { changedIn, linesIn } from "../../src/mutants/changed-lines.js"
import { reasonOf } from "../../src/mutants/equivalents.js"
import { mutantRooms } from "../../src/mutants/rooms.js"
import { boundsOf, drawn } from "../../src/mutants/sample.js"
import { root } from "../../src/paths.js"

const inRepository = (name: string): string => join(root, name)

const difference = `--- a/packages/core/src/formats/fields.ts
+++ b/packages/core/src/formats/fields.ts
@@ -3,0 +4,2 @@ export
+one
+two
@@ -10 +13 @@
-three
+four
@@ -20,2 +22,0 @@
-five
-six
--- /dev/null
+++ b/packages/core/test/a.test.ts
@@ -0,0 +1 @@
+seven
`

describe("mistakes in what a change touches", () => {
  it("are made in its lines that are still there, and in no others", () => {
    const formats = mutantRooms["formats-opaque"]?.folders ?? []
    expect(changedIn(formats, linesIn(difference))).toEqual([
      "packages/core/src/formats/fields.ts:4-5",
      "packages/core/src/formats/fields.ts:13-13",
    ])
    expect(changedIn(["packages/core/src/form"], linesIn(difference))).toEqual([])
  })
})

describe("the rooms whose tests are put to the proof", () => {
  const rooms = Object.entries(mutantRooms)
  const shipped = readdirSync(inRepository("packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "tools")
    .map(({ name }) => `packages/${name}/src`)
  const files = shipped.flatMap((folder) => {
    const all = readdirSync(inRepository(folder), { recursive: true, encoding: "utf8" })
    return all.filter((file) => file.endsWith(".ts")).map((file) => `${folder}/${file}`)
  })

  it("hold every file that is shipped, each once", () => {
    const holds = (folder: string, file: string) => file === folder || file.startsWith(`${folder}/`)
    const roomsOf = (file: string) =>
      rooms.filter(([, { folders }]) => folders.some((folder) => holds(folder, file)))
    expect(files.length).toBeGreaterThan(500)
    expect(files.filter((file) => roomsOf(file).length !== 1)).toEqual([])
  })

  it("name sources and tests that there are", () => {
    const named = rooms.flatMap(([, { folders, tests }]) => [...folders, ...tests])
    expect(named.filter((name) => !existsSync(inRepository(name)))).toEqual([])
  })
})

describe("a sample of mistakes", () => {
  const names = Array.from({ length: 500 }, (_, i) => `mistake ${i}`)
  const draw = (of: readonly string[], seed = "a") => drawn(of, { size: 100, seed }, (name) => name)

  it("is the same for the same seed, and as large as it was asked for", () => {
    const sample = draw(names)
    expect(new Set(sample).size).toBe(100)
    expect(draw([...names].reverse())).toEqual(sample)
    expect(draw(names, "b")).not.toEqual(sample)
    expect(draw(names.slice(0, 50))).toHaveLength(50)
  })

  it("stays mostly the same when some are mended", () => {
    const sample = new Set(draw(names))
    const again = draw(names.filter((_, i) => i % 10 > 0))
    expect(again.filter((name) => sample.has(name)).length).toBeGreaterThan(75)
  })

  it.each([
    [0, 10, 0, 27.8],
    [81, 263, 25.5, 36.6],
    [10, 10, 72.2, 100],
    [0, 0, 0, 100],
  ])(
    "of which %d of %d are noticed says that %d to %d of a hundred are",
    (counted, size, ...expected) => {
      const [least, most] = boundsOf(counted, size)
      expect(least).toBeCloseTo(expected[0], 1)
      expect(most).toBeCloseTo(expected[1], 1)
    },
  )
})

describe("a mistake that nobody need notice", () => {
  const anywhere = { file: "packages/a.ts", lineAbove: "", replacement: '""' }
  const sentence = '"`keys` must be a list"'

  it("is one in the sentence of an error of ours, wherever the call begins", () => {
    const line = `throw new RangeError(${sentence})`
    expect(reasonOf({ ...anywhere, line, original: sentence })).toBeDefined()
    const lineAbove = "throw new RangeError("
    expect(reasonOf({ ...anywhere, lineAbove, line: sentence, original: sentence })).toBeDefined()
  })

  it("may hold marks of code", () => {
    const original = "`\\`${name}\\` must be a list`"
    const line = `throw new TypeError(${original})`
    expect(reasonOf({ ...anywhere, line, original })).toBeDefined()
  })

  it("is not one in another text, or in a code", () => {
    expect(reasonOf({ ...anywhere, line: sentence, original: sentence })).toBeUndefined()
    const line = 'throw new StorageError("conflict")'
    expect(reasonOf({ ...anywhere, line, original: '"conflict"' })).toBeUndefined()
  })
})
