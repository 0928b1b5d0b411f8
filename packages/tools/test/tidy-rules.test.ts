import { describe, expect, it } from "vitest"
import { rules } from "../src/tidy/rules.js"
import { treeOf } from "../src/tidy/tree.js"

type Texts = Readonly<Record<string, string>>

/** For each rule trees that keep it, and trees that break it with what must be said. */
interface Case {
  readonly keeps: readonly Texts[]
  readonly breaks: readonly (readonly [Texts, RegExp])[]
}

const core = (name: string) => `packages/core/src/${name}`
const manifest = (fields: object) => JSON.stringify(fields)
const lines = (count: number, line = "a()\n") => line.repeat(count)
const body = (count: number) => `function f() {\n${lines(count - 2)}}\n`

const published = {
  name: "@keywright/policy",
  description: "d",
  license: "Apache-2.0",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.19.0" },
  main: "./lib/cjs/index.cjs",
  types: "./dist/index.d.ts",
  exports: {
    ".": {
      import: { types: "./dist/index.d.ts", default: "./lib/index.js" },
      "module-sync": "./lib/index.js",
      require: { types: "./dist/index.d.cts", default: "./lib/cjs/index.cjs" },
    },
    "./package.json": "./package.json",
  },
  files: ["lib", "dist/**/*.d.ts", "dist/**/*.d.cts"],
  dependencies: { zod: "catalog:" },
}
const papers = { "packages/policy/LICENSE": "", "packages/policy/README.md": "" }
const policy = (changes: object): Texts => ({
  ...papers,
  "packages/policy/package.json": manifest({ ...published, ...changes }),
})

const cases: Readonly<Record<string, Case>> = {
  floors: {
    keeps: [
      { [core("engine/a.ts")]: 'import type { B } from "../vocabulary/b.js"' },
      { [core("model/a.ts")]: 'import { b } from "./b.js"' },
      { [core("memory.ts")]: 'import { a } from "./software-hsm/a.js"' },
      { [core("software-hsm/a/b.ts")]: 'import { c } from "../../formats/c.js"' },
      { [core("model/a.ts")]: 'import { evaluate } from "@keywright/policy"' },
      { "packages/policy/src/parse/a.ts": 'import { a } from "../decide/a.js"' },
    ],
    breaks: [
      [{ [core("vocabulary/a.ts")]: 'import type { B } from "../ports/b.js"' }, /not import ports/],
      [{ [core("model/a.ts")]: 'import { b } from "../operations/b.js"' }, /import operations/],
      [{ [core("engine/a.ts")]: 'import { systemClock } from "../system.js"' }, /front door/],
      [{ [core("engine/a.ts")]: 'const b = import("../software-hsm/b.js")' }, /software-hsm/],
      [{ [core("software-hsm/a.ts")]: 'import { b } from "../model/b.js"' }, /not import model/],
      [{ [core("envelope/a.ts")]: 'import { b } from "../engine/b.js"' }, /not import engine/],
      [{ [core("helpers/a.ts")]: "" }, /helpers\/ is no room/],
    ],
  },
  rooms: {
    keeps: [
      { [core("engine/due/a.ts")]: 'import { b } from "../records/b.js"' },
      { [core("engine/due/a.ts")]: 'import { b } from "./b.js"' },
      { [core("engine/due/a.ts")]: 'import { b } from "../../model/b.js"' },
      { [core("operations/catalogue.ts")]: 'import { a } from "./grants/a.js"' },
      { [core("operations/keys/a.ts")]: 'import { b } from "../row.js"' },
      { "packages/storage/test/a/b.ts": 'import { b } from "../c.js"' },
    ],
    breaks: [
      [
        { [core("engine/records/a.ts")]: 'import { b } from "../due/b.js"' },
        /records may not import due/,
      ],
      [
        { [core("engine/records/a.ts")]: 'import { b } from "../hsms/b.js"' },
        /records may not import hsms/,
      ],
      [
        { [core("operations/row.ts")]: 'import { b } from "./keys/b.js"' },
        /row.ts may not import keys/,
      ],
      [
        { [core("operations/keys/a.ts")]: 'import { b } from "../catalogue.js"' },
        /import catalogue.ts/,
      ],
      [
        { [core("software-hsm/suite/rsa/a.ts")]: 'import { b } from "../noble/b.js"' },
        /rsa may not/,
      ],
      [{ [core("engine/helpers/a.ts")]: "" }, /helpers\/ has no place among the rooms/],
      [{ "packages/storage/src/b/a.ts": "" }, /b\/ has no place among the rooms/],
    ],
  },
  cycles: {
    keeps: [
      {
        [core("a.ts")]: 'import { b } from "./b.js"\nimport { c } from "./c.js"',
        [core("b.ts")]: 'import { c } from "./c.js"',
        [core("c.ts")]: "export const c = 1",
      },
    ],
    breaks: [
      [
        {
          [core("a.ts")]: 'import { b } from "./b.js"',
          [core("b.ts")]: 'import type { c } from "./c.js"',
          [core("c.ts")]: 'import type { a } from "./a.js"',
        },
        /a\.ts → .*b\.ts → .*c\.ts → .*a\.ts/,
      ],
      [{ [core("a.ts")]: 'import { a } from "./a.js"' }, /a\.ts → .*a\.ts/],
    ],
  },
  packages: {
    keeps: [
      { [core("a.ts")]: 'import { evaluate } from "@keywright/policy"' },
      { "packages/hsm/src/a.ts": 'import type { Hsm } from "@keywright/core"' },
      { "packages/storage/test/a.test.ts": 'import { a } from "@keywright/core"' },
      { "packages/hsm/test/a.ts": 'import { a } from "../../core/test/hsm-conformance.js"' },
      { "examples/one/src/main.ts": 'import { openKms } from "keywright"' },
    ],
    breaks: [
      [{ "packages/policy/src/a.ts": 'import { a } from "@keywright/storage"' }, /policy may not/],
      [{ [core("a.ts")]: 'import { a } from "@keywright/hsm/openssl"' }, /core may not import/],
      [{ "packages/new/src/a.ts": 'import { a } from "@keywright/core"' }, /new may not import/],
      [{ "packages/hsm/src/a.ts": 'import { a } from "../../core/src/a.js"' }, /by name/],
      [{ "packages/hsm/test/a.ts": 'import { a } from "../../core/src/a.js"' }, /by name/],
    ],
  },
  dependencies: {
    keeps: [
      {
        "packages/policy/package.json": manifest({ dependencies: { "@noble/hashes": "1" } }),
        "packages/policy/src/a.ts": 'import { a } from "@noble/hashes/sha2.js"',
      },
      {
        "package.json": manifest({ devDependencies: { vitest: "1" } }),
        "packages/policy/package.json": manifest({ name: "@keywright/policy" }),
        "packages/policy/test/a.test.ts": 'import "vitest"\nimport "@keywright/policy/x"',
      },
      {
        "packages/tools/package.json": manifest({ private: true, devDependencies: { knip: "1" } }),
        "packages/tools/src/a.ts": 'import "knip"',
      },
      { "packages/hsm/package.json": "{}", "packages/hsm/src/a.ts": 'import "node:crypto"' },
    ],
    breaks: [
      [
        { "packages/policy/package.json": "{}", "packages/policy/src/a.ts": 'import "zod/mini"' },
        /^zod is not among/,
      ],
      [
        {
          "packages/policy/package.json": manifest({ devDependencies: { zod: "1" } }),
          "packages/policy/src/a.ts": 'import type { z } from "zod"',
        },
        /^zod is not among/,
      ],
      [
        {
          "packages/policy/package.json": "{}",
          "packages/policy/test/a.ts": 'export { a } from "@noble/hashes/a.js"',
        },
        /^@noble\/hashes is not among/,
      ],
    ],
  },
  "file-length": {
    keeps: [
      { [core("a.ts")]: lines(300) },
      { "packages/core/test/a.test.ts": lines(500) },
      { "packages/policy/test/cases/grants.ts": lines(900) },
    ],
    breaks: [
      [{ [core("a.ts")]: lines(301) }, /301 lines, at most 300/],
      [{ "packages/core/test/a.test.ts": lines(501) }, /501 lines, at most 500/],
    ],
  },
  "function-length": {
    keeps: [
      { [core("a.ts")]: body(70) + body(70) },
      { [core("a.ts")]: `const f = () => {\n${body(70)}${body(70)}}` },
    ],
    breaks: [
      [{ [core("a.ts")]: body(71) }, /a function of 71 lines/],
      [{ [core("a.ts")]: `const f = {\n g(): A {\n${lines(70)}}}` }, /a function of 72 lines/],
    ],
  },
  "line-length": {
    keeps: [
      { [core("a.ts")]: `${"a".repeat(100)}\n${"𝒜".repeat(100)}` },
      { "packages/core/test/a.test.ts": `it("${"a ".repeat(80)}", () => {` },
    ],
    breaks: [
      [{ [core("a.ts")]: `\n${"a".repeat(101)}` }, /101 characters/],
      [{ [core("a.ts")]: `it("${"a ".repeat(80)}", () => {` }, /174 characters/],
      [{ "packages/core/test/a.test.ts": `f("${"a ".repeat(80)}", ${"b".repeat(100)}` }, /266/],
    ],
  },
  "banned-calls": {
    keeps: [
      { [core("system.ts")]: "export const systemClock = () => Date.now()" },
      { [core("system.ts")]: "setImmediate(f)" },
      { [core("a.ts")]: "new Date(0) // Date.now()\nconst b = 'Math.random()'" },
      { [core("a.ts")]: "port.process.now; a.console; const x = { setTimeout: 1 }" },
      { [core("a.ts")]: "new ArrayBuffer(8)" },
      { [core("vocabulary/refusals/a.ts")]: "new KmsError(name, text)" },
      { "packages/keywright/src/a.ts": "process.once('exit', f)" },
      { "packages/tools/src/a.ts": "console.log(Buffer.from(''), performance.now())" },
      { "packages/core/test/a.test.ts": "Date.now()" },
      { "packages/core/test/a.test.ts": "expect(a).rejects.toThrow('b'); expect(a).not.toThrow()" },
    ],
    breaks: [
      [{ [core("engine/subjects/a.ts")]: "throw quoted(name, text)" }, /vocabulary\/refusals/],
      [{ [core("a.ts")]: "Date.now()" }, /Date\.now .*clock port/],
      [{ [core("a.ts")]: "const now = Date\n  .now" }, /Date\.now .*clock port/],
      [{ [core("a.ts")]: "new Date()" }, /clock port/],
      [{ "packages/keywright/src/a.ts": "performance.now()" }, /clock port/],
      [{ "packages/core/test/a.test.ts": "performance.now()" }, /two sizes/],
      [{ [core("a.ts")]: "globalThis.crypto.getRandomValues(a)" }, /entropy port/],
      [{ [core("a.ts")]: "crypto.randomUUID()" }, /entropy port/],
      [{ [core("a.ts")]: "randomBytes(16)" }, /entropy port/],
      [{ "packages/core/test/a.test.ts": "await expect(a).rejects.toThrow()" }, /is meant/],
      [{ "packages/core/test/a.test.ts": "`${Math.random()}`" }, /fast-check/],
      [{ "packages/hsm/src/a.ts": "Buffer.from(a)" }, /Uint8Array/],
      [{ "packages/keywright/src/a.ts": "console.log(a)" }, /audit sink/],
      [{ [core("a.ts")]: "throw new KmsError('TagException')" }, /vocabulary.refusals/],
      [{ [core("a.ts")]: "process.env" }, /no environment/],
      [{ "packages/storage/src/a.ts": "setTimeout(a, 1)" }, /time is a port/],
      [{ "packages/storage/src/a.ts": "setInterval(a, 1)" }, /time is a port/],
      [{ "packages/storage/src/a.ts": "setImmediate(a)" }, /a promise/],
      [{ "packages/tools/src/a.ts": "eval('1')" }, /code/],
      [{ "packages/tools/src/a.ts": "new Function('1')" }, /code/],
      [{ "packages/tools/src/a.ts": "debugger" }, /a test/],
    ],
  },
  "node-imports": {
    keeps: [
      { "packages/hsm/src/a.ts": 'import { createHmac } from "node:crypto"' },
      { "packages/core/test/a.test.ts": 'import { readFileSync } from "node:fs"' },
      { "examples/one/src/main.ts": 'import { readFileSync } from "node:fs"' },
    ],
    breaks: [
      [{ [core("a.ts")]: 'import { createHmac } from "node:crypto"' }, /node:crypto/],
      [{ "packages/aws-sdk/src/a.ts": 'await import("node:fs")' }, /node:fs/],
    ],
  },
  "wall-clock": {
    keeps: [
      {
        "packages/core/test/a.test.ts":
          "it('a', f, { timeout: 300_000 })\nit('b', () => {}, 400_000)",
      },
      { "packages/core/test/a.test.ts": "const a = { timeout: isSlow ? 1000 : long }" },
      { "packages/core/test/a.test.ts": "expectMillionsOfSteps(() => { act() }, 10_000)" },
      { [core("a.ts")]: "fetch(url, { timeout: 5_000 })" },
    ],
    breaks: [
      [{ "packages/core/test/a.test.ts": "it('a', { timeout: 60_000 }, f)" }, /five minutes/],
      [{ "packages/core/test/a.test.ts": "it('a', () => { act() }, 60_000)" }, /five minutes/],
      [{ "examples/one/test/a.test.ts": "vi.waitFor(f, { timeout: 9000 })" }, /five minutes/],
    ],
  },
  "functional-core": {
    keeps: [
      { [core("model/a.ts")]: "// async\nexport const asynchronous = (nowMs: number) => nowMs" },
      { [core("engine/a.ts")]: "export const a = async () => 1" },
    ],
    breaks: [
      [{ [core("model/a.ts")]: "export const a = async () => 1" }, /async in the model/],
      [{ [core("model/a.ts")]: "export type A = Promise<void>" }, /Promise in the model/],
    ],
  },
  "module-state": {
    keeps: [
      { [core("a.ts")]: "const f = () => {\n  let a = 1\n}\nfor (let i = 0; ; ) {}" },
      { [core("a.ts")]: "const a = `${(() => { let b = 1; return b })()}`" },
      { "packages/core/test/a.ts": "let a = 1" },
    ],
    breaks: [
      [{ [core("a.ts")]: "let a = 1" }, /let at the top of a module/],
      [{ [core("a.ts")]: "const f = `${g({})}`\nexport let a = 1" }, /let at the top/],
      [{ [core("a.ts")]: "var a = 1" }, /var at the top/],
    ],
  },
  classes: {
    keeps: [
      { [core("a.ts")]: "export class HsmError<A extends B> extends Error {\n}" },
      { [core("a.ts")]: "export class SecretBytes {\n}" },
      { [core("a.ts")]: "const a = { class: 1 }" },
      { "packages/core/test/a.ts": "class A {}" },
    ],
    breaks: [
      [{ [core("a.ts")]: "class Cache {\n}" }, /class Cache/],
      [{ [core("a.ts")]: "class Cache extends Map {\n}\nclass E extends Error {}" }, /class Cache/],
    ],
  },
  "import-effects": {
    keeps: [
      { [core("a.ts")]: 'import { a } from "./a-b.js"' },
      { "packages/core/test/a.ts": 'import "./set-up.js"' },
    ],
    breaks: [[{ [core("a.ts")]: 'import "./register.js"' }, /for its effects/]],
  },
  "type-escapes": {
    keeps: [
      { [core("a.ts")]: "const a = b as unknown\nconst any = 1 // as any" },
      { "packages/core/test/a.ts": "// @ts-expect-error: a number is no key id\nf(1)" },
    ],
    breaks: [
      [{ [core("a.ts")]: "const a = b as any" }, /any: say what it is/],
      [{ "packages/core/test/a.ts": "f<any>(b)" }, /any: say what it is/],
      [{ [core("a.ts")]: "// @ts-ignore\nf(1)" }, /silences the compiler/],
      [{ [core("a.ts")]: "/* @ts-nocheck */" }, /silences the compiler/],
    ],
  },
  "default-exports": {
    keeps: [
      { [core("a.ts")]: "switch (a) { default: }\nexport const b = 1" },
      { "packages/tools/vitest.config.ts": "export default {}" },
    ],
    breaks: [[{ [core("a.ts")]: "export default function f() {}" }, /give it a name/]],
  },
  barrels: {
    keeps: [
      {
        "packages/policy/package.json": manifest(published),
        "packages/policy/src/index.ts": 'export { a } from "./a.js"',
        "packages/policy/src/b.ts": "const b = 1\nexport { b }",
      },
    ],
    breaks: [
      [
        {
          "packages/policy/package.json": manifest(published),
          "packages/policy/src/index.ts": 'export * from "./a.js"',
        },
        /name what is exported/,
      ],
      [
        {
          "packages/policy/package.json": manifest(published),
          "packages/policy/src/parse/index.ts": 'export { a } from "./a.js"',
        },
        /is no entry point/,
      ],
    ],
  },
  "local-imports": {
    keeps: [{ [core("a.ts")]: 'import { b } from "./b.js"\nimport { z } from "zod"' }],
    breaks: [
      [{ [core("a.ts")]: 'import { b } from "./b"' }, /write the ending/],
      [{ [core("a.ts")]: 'import { b } from "./b.ts"' }, /write the ending/],
    ],
  },
  "file-names": {
    keeps: [{ [core("ml-dsa-65.ts")]: "", "packages/core/test/key-states.test.ts": "" }],
    breaks: [
      [{ [core("keyStates.ts")]: "" }, /keyStates/],
      [{ [core("Key.ts")]: "" }, /Key/],
      [{ [core("key_states.ts")]: "" }, /key_states/],
    ],
  },
  eventually: {
    keeps: [
      { [core("engine/subjects/a.ts")]: "andThen(read(), next)" },
      { [core("operations/crypto/a.ts")]: "const a: Eventually<A> = f()" },
      { [core("operations/keys/a.ts")]: "// Eventually it is written.\nawait read()" },
      { "packages/core/test/a.ts": "inTurn(items, act)" },
    ],
    breaks: [
      [{ [core("operations/keys/a.ts")]: "andThen(read(), next)" }, /async/],
      [{ [core("engine/due/sweep.ts")]: "const a: Eventually<A> = f()" }, /async/],
      [{ "packages/storage/src/a.ts": "if (a instanceof Promise) b()" }, /async/],
    ],
  },
  "strange files": {
    keeps: [
      { "packages/core/src/a.ts": "", "packages/core/vectors/a.json": "", ".ci/run": "" },
      { LICENSE: "", "packages/core/LICENSE": "", "pnpm-lock.yaml": "" },
    ],
    breaks: [
      [{ "packages/tools/isolate-0x1-v8.log": "" }, /no known kind/],
      [{ "core.1234": "" }, /no known kind/],
    ],
  },
  words: {
    keeps: [
      { "README.md": "npm install keywright; path: keys/root.key; https://example.com/home/x" },
      { "docs/a.md": "the registry of the service; /var/lib/keywright; work/main" },
      { "pnpm-lock.yaml": `https://${"registry"}.npmjs.org/zod` },
    ],
    breaks: [
      [{ [core("a.ts")]: `// ${"TO"}DO: later` }, /unfinished/],
      [{ "README.md": `${"FIX"}ME` }, /unfinished/],
      [{ "docs/a.md": `https://${"registry"}.npmjs.org/zod` }, /registry/],
      [{ "docs/a.md": `in /${"home"}/ada/keys` }, /somebody's machine/],
      [{ "packages/core/test/a.ts": `open("/${"Users"}/ada")` }, /somebody's machine/],
    ],
  },
  manifests: {
    keeps: [
      policy({}),
      {
        "packages/tools/package.json": manifest({
          private: true,
          license: "Apache-2.0",
          type: "module",
        }),
      },
      {
        "examples/a/package.json": manifest({
          private: true,
          license: "Apache-2.0",
          type: "commonjs",
        }),
      },
    ],
    breaks: [
      [{ "packages/policy/package.json": manifest(published) }, /has no LICENSE/],
      [{ "packages/policy/package.json": manifest(published) }, /has no README/],
      [policy({ type: undefined }), /"module"/],
      [policy({ type: "commonjs" }), /"module"/],
      [policy({ license: "MIT" }), /Apache/],
      [policy({ sideEffects: true }), /sideEffects/],
      [policy({ description: undefined }), /description/],
      [policy({ engines: {} }), /engines/],
      [policy({ exports: {} }), /"exports"/],
      [policy({ exports: { ".": { default: "./a.js", types: "./a.d.ts" } } }), /"require"/],
      [policy({ exports: { ...published.exports, "./package.json": undefined } }), /package.json/],
      [policy({ main: "./lib/index.js" }), /"main"/],
      [policy({ types: undefined }), /"typesVersions"/],
      [policy({ files: ["lib"] }), /"files"/],
      [policy({ scripts: { postinstall: "node a.js" } }), /when it is installed/],
      [policy({ dependencies: { zod: "^4.0.0" } }), /names a version/],
      [policy({ devDependencies: { zod: "4.0.0" } }), /names a version/],
      [policy({ peerDependencies: { zod: "catalog:" } }), /names a version/],
    ],
  },
  catalog: {
    keeps: [{ "pnpm-workspace.yaml": 'catalog:\n  "@a/b": 1.2.3\n  c: 0.0.1\n\nother:\n  d: ^1' }],
    breaks: [
      [{ "pnpm-workspace.yaml": "catalog:\n  c: ^0.0.1" }, /more than one version/],
      [{ "pnpm-workspace.yaml": "catalog:\n  b: 1.0.0\n  c: latest" }, /more than one version/],
    ],
  },
}

it("every rule has cases that keep it and cases that break it", () => {
  expect(Object.keys(cases).sort()).toEqual(rules.map(({ name }) => name).sort())
  for (const { keeps, breaks } of Object.values(cases)) {
    expect(keeps.length).toBeGreaterThan(0)
    expect(breaks.length).toBeGreaterThan(0)
  }
})

describe.each(rules.map((rule) => [rule.says, rule] as const))("%s", (_, rule) => {
  const { keeps = [], breaks = [] } = cases[rule.name] ?? {}

  it.each(keeps.map((texts) => [JSON.stringify(texts).slice(0, 120), texts] as const))(
    "is kept by %s",
    (_, texts) => {
      expect(rule.check(treeOf(texts))).toEqual([])
    },
  )

  it.each(breaks.map(([texts, say]) => [JSON.stringify(texts).slice(0, 120), texts, say] as const))(
    "is broken by %s",
    (_, texts, say) => {
      const messages = rule.check(treeOf(texts)).map(({ message }) => message)
      expect(messages.find((message) => say.test(message)) ?? messages).toMatch(say)
    },
  )
})
