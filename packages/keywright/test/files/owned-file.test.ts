import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest"
import { requireOwnFile } from "../../src/owned-file.js"

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keywright-owned-"))
  file = join(folder, "key")
  writeFileSync(file, "")
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

/** Asks as somebody else; on a system without owners for `undefined`. */
const askAs = (uid: number | undefined) =>
  void vi.spyOn(process, "getuid").mockReturnValue(uid as number)

describe.runIf(process.getuid !== undefined)("a file that holds keys", () => {
  test.each([0o600, 0o400, 0o200, 0o700, 0o1600, 0o000])("may have the mode %o", (mode) => {
    chmodSync(file, mode)
    expect(() => requireOwnFile(file)).not.toThrow()
  })

  test.each([0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o677])(
    "may not have the mode %o",
    (mode) => {
      chmodSync(file, mode)
      expect(() => requireOwnFile(file)).toThrow(
        `\`${file}\` can be read or written by others: chmod 600 '${file}'`,
      )
    },
  )

  test("may be missing", () => {
    expect(() => requireOwnFile(join(folder, "none"))).not.toThrow()
    expect(() => requireOwnFile(join(folder, "none", "none"))).not.toThrow()
  })

  test("is no link, wherever it leads, and no folder", () => {
    const link = join(folder, "link")
    for (const target of [file, join(folder, "none")]) {
      symlinkSync(target, link)
      expect(() => requireOwnFile(link)).toThrow(
        `\`${link}\` is a symbolic link: hand in the path of the file itself`,
      )
      rmSync(link)
    }
    expect(() => requireOwnFile(folder)).toThrow(
      `\`${folder}\` is no file: hand in the path of a file`,
    )
  })

  test("belongs to the process", () => {
    chmodSync(file, 0o600)
    const uid = statSync(file).uid + 1
    askAs(uid)
    expect(() => requireOwnFile(file)).toThrow(
      `\`${file}\` belongs to somebody else: chown ${uid} '${file}'`,
    )
  })

  test("may be anything where files have no owner", () => {
    askAs(undefined)
    chmodSync(file, 0o666)
    expect(() => requireOwnFile(file)).not.toThrow()
    expect(() => requireOwnFile(folder)).not.toThrow()
  })
})

describe.runIf(process.getuid !== undefined)("the folder of a file that holds keys", () => {
  const inner = () => {
    const path = join(folder, "inner")
    mkdirSync(path)
    return path
  }

  it.each([0o700, 0o755, 0o555, 0o1755])("may have the mode %o", (mode) => {
    const path = inner()
    chmodSync(path, mode)
    expect(() => requireOwnFile(join(path, "key"))).not.toThrow()
  })

  it.each([0o775, 0o757, 0o720, 0o702])("may not have the mode %o", (mode) => {
    const path = inner()
    chmodSync(path, mode)
    expect(() => requireOwnFile(join(path, "key"))).toThrow(
      `\`${path}\` can be written by others: chmod go-w '${path}'`,
    )
  })

  it.each([0o1777, 0o1770])("is no folder that everybody shares, of mode %o", (mode) => {
    const path = inner()
    chmodSync(path, mode)
    expect(() => requireOwnFile(join(path, "key"))).toThrow(
      `\`${path}\` can be written by others: use a folder of your own`,
    )
  })

  it("is found from the folder of the process", () => {
    vi.spyOn(process, "cwd").mockReturnValue(folder)
    chmodSync(folder, 0o777)
    expect(() => requireOwnFile("none")).toThrow(`\`${folder}\` can be written by others`)
  })

  test.runIf(process.getuid?.() === 0)("may be the system's, and nobody else's", async () => {
    const { chownSync } = await import("node:fs")
    const path = inner()
    const key = join(path, "key")
    askAs(12_345)
    expect(() => requireOwnFile(key)).not.toThrow()
    chmodSync(path, 0o775)
    expect(() => requireOwnFile(key)).toThrow("can be written by others: use a folder of your own")
    chmodSync(path, 0o755)
    chownSync(path, 54_321, 0)
    expect(() => requireOwnFile(key)).toThrow(
      `\`${path}\` belongs to somebody else: use a folder of your own`,
    )
    chownSync(path, 12_345, 0)
    expect(() => requireOwnFile(key)).not.toThrow()
  })
})
