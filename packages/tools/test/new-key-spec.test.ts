import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { root } from "../src/paths.js"
import { programOf, runNode } from "../src/run.js"

/** What is to be put before a line of a source file. */
interface Insertion {
  readonly file: string
  readonly before: string
  readonly text: string
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** The packages that know key specs, in a folder of their own, where they can be changed. */
function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), "keywright-new-key-spec-"))
  folders.push(folder)
  for (const name of ["core", "hsm"]) {
    const source = join(root, "packages", name)
    cpSync(join(source, "src"), join(folder, name, "src"), { recursive: true })
    symlinkSync(join(source, "node_modules"), join(folder, name, "node_modules"))
  }
  const sourceOf = (path: string) => [join(root, "packages", path)]
  const compilerOptions = {
    noEmit: true,
    composite: false,
    incremental: false,
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
    paths: {
      "@keywright/policy": sourceOf("policy/src/index.ts"),
      "@keywright/storage": sourceOf("storage/src/index.ts"),
      "@keywright/core/hsm": [join(folder, "core/src/hsm.ts")],
      "@keywright/core/suite": [join(folder, "core/src/software-hsm/suite/suite.ts")],
    },
  }
  const project = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*/src"] }
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(project))
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }))
  return folder
}

/** The files that the compiler names, each as often as it names it, after the insertions. */
async function namedByCompiler(insertions: readonly Insertion[]): Promise<readonly string[]> {
  const folder = copyOfSources()
  for (const { file, before, text } of insertions) {
    const path = join(folder, file)
    const source = readFileSync(path, "utf8")
    const parts = source.split(before)
    expect(parts.length, `${file} has that line once`).toBe(2)
    writeFileSync(path, parts.join(`${text}\n${before}`))
  }
  const { output } = await runNode([programOf("typescript", "tsc"), "-p", folder], { cwd: folder })
  return [...output.matchAll(/^(\S+)\(\d+,\d+\): error/gm)].map(([, file = ""]) => file).sort()
}

const table = "core/src/vocabulary/key-specs.ts"
const identifiers = "core/src/formats/keys/key-algorithms.ts"
const noble = "core/src/software-hsm/suite/noble-suite.ts"
const openssl = "hsm/src/openssl.ts"

const curve: Insertion = {
  file: table,
  before: '  ECC_NIST_P384: nistCurve("ECDSA_SHA_384"),',
  text: '  ECC_IMAGINED_P256: nistCurve("ECDSA_SHA_256"),',
}
const curveIdentifier: Insertion = {
  file: identifiers,
  before: '  ECC_NIST_P384: ec("2b81040022", 48),',
  text: '  ECC_IMAGINED_P256: ec("2b2403030208010107", 32),',
}
const curveOfNoble: Insertion = {
  file: noble,
  before: "    SM2: sm2Row(),",
  text: "    ECC_IMAGINED_P256: curveRows().ECC_NIST_P256,",
}
const curveOfOpenssl: Insertion = {
  file: openssl,
  before: "    SM2: noble.SM2,",
  text: "    ECC_IMAGINED_P256: noble.ECC_IMAGINED_P256,",
}
const mac: Insertion = {
  file: table,
  before: '  HMAC_512: hmac("HMAC_SHA_512", 64),',
  text: '  HMAC_1024: hmac("HMAC_SHA_512", 128),',
}

const columns = [
  "kind",
  "usages",
  "origins",
  "wrapping",
  "plaintextBytesMax",
  "secretBytes",
  "isLegacy",
  "quota",
  "pairQuota",
]
/** A row for each column that it lacks. */
const incompleteRows: Insertion = {
  file: table,
  before: "type Table = typeof keySpecTable",
  text: `
    const whole = nistCurve("ECDSA_SHA_256")
    const without = <Name extends keyof SoundRow>(_: Name): Omit<typeof whole, Name> => whole
    export const incomplete: readonly SoundRow[] = [
      ${columns.map((name) => `without("${name}")`).join(",\n")},
      { ...whole, wrapping: undefined },
    ]`,
}

describe("a new key spec", { timeout: 300_000 }, () => {
  it("is a row for which the compiler demands its identifier and a row in each suite", async () => {
    expect(await namedByCompiler([curve, mac])).toEqual([
      identifiers,
      noble,
      "core/src/software-hsm/suite/noble/hmac.ts",
      openssl,
      "hsm/src/openssl/symmetric.ts",
      "hsm/src/pkcs11/token-suite.ts",
    ])
  })

  it("needs nothing more than these rows, and none of its columns is left out", async () => {
    const rows = [curve, curveIdentifier, curveOfNoble, curveOfOpenssl, incompleteRows]
    // One error for each column, and one for material that may come in no known wrapping.
    expect(await namedByCompiler(rows)).toEqual(Array(columns.length + 1).fill(table))
  })
})
