import { join } from "node:path"
import { programOf, runNode } from "../run.js"
import { twoAtOnce } from "../two-at-once.js"
import type { Check } from "./check.js"
import { installProject, type Packed, resolveProject, tarballsOf, versionsOf } from "./project.js"

/** A test runner as people have it, and how a test in it reaches us. */
interface Runner {
  readonly type: "module" | "commonjs"
  readonly dependencies: Readonly<Record<string, string>>
  /** The entry with the matchers and their types. */
  readonly matchers: "vitest" | "jest"
  /** What stands before the test: where `expect` and `test` come from. */
  readonly globals: string
  /** How the runner is set up, by file. */
  readonly settings: Readonly<Record<string, object>>
  /** What Node is told. */
  readonly command: readonly string[]
}

const vitest = (version: string): Runner => ({
  type: "module",
  dependencies: { vitest: version },
  matchers: "vitest",
  globals: 'import { expect, test } from "vitest"',
  settings: {},
  command: ["node_modules/vitest/vitest.mjs", "run", "src"],
})

/** In CommonJS and without a flag, as jest comes. */
const jest = (
  version: string,
  types: string,
  transformer: Pick<Runner, "dependencies" | "settings">,
): Runner => ({
  type: "commonjs",
  dependencies: { jest: version, "@types/jest": types, ...transformer.dependencies },
  matchers: "jest",
  globals: '/// <reference types="jest" />',
  settings: transformer.settings,
  command: ["node_modules/jest/bin/jest.js", "src"],
})

/** With the defaults of a TypeScript that knows nothing of `exports`. */
const tsJest = (version: string, typescript: string) => ({
  dependencies: { "ts-jest": version, typescript },
  settings: {
    "jest.config.json": { preset: "ts-jest" },
    "tsconfig.json": {
      compilerOptions: {
        target: "ES2022",
        module: "commonjs",
        esModuleInterop: true,
        strict: true,
      },
    },
  },
})

const babelJest = {
  dependencies: { "@babel/preset-env": "7.29.14", "@babel/preset-typescript": "7.28.5" },
  settings: {
    "babel.config.json": {
      presets: [
        ["@babel/preset-env", { targets: { node: "current" } }],
        "@babel/preset-typescript",
      ],
    },
  },
}

/** Versions that people use, from the oldest that our types and matchers are made for. */
const runners: readonly Runner[] = [
  vitest("2.1.9"),
  vitest("3.2.7"),
  vitest("4.1.12"),
  vitest("5.1.2"),
  jest("28.1.3", "28.1.8", babelJest),
  jest("29.7.0", "29.5.14", tsJest("29.4.15", "5.9.3")),
  jest("30.5.2", "30.0.0", babelJest),
]

const namesOf = ({ dependencies }: Runner): string =>
  Object.entries(dependencies)
    .map(([name, version]) => `${name} ${version}`)
    .join(", ")

/** One test that uses the kit, the SDK and every matcher, with their types. */
const testOf = ({ matchers, globals }: Runner): string => `${globals}
import { EncryptCommand, KMSClient } from "@aws-sdk/client-kms"
import { createTestKms } from "@keywright/testing"
import { matchers } from "@keywright/testing/${matchers}"

expect.extend(matchers)

test("a stranger is refused, and the owner encrypts", async () => {
  const kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/orders" }] } })
  const command = new EncryptCommand({ KeyId: "alias/orders", Plaintext: new Uint8Array(3) })
  const reply = await new KMSClient(kit.sdk()).send(command)
  expect(reply).toHaveUsedKey("alias/orders", { in: kit })
  expect(reply).toBeEncryptedUnder("alias/orders", { in: kit })
  const caller = "arn:aws:iam::111122223333:role/Nobody"
  const refused = new KMSClient(kit.sdk({ caller })).send(command)
  await expect(refused).toBeDeniedBy({ document: "identityPolicy" })
  expect(kit).toHaveCalled("Encrypt", { times: 2 })
  await kit.close()
})
`

const compilerOptions = {
  target: "ES2023",
  lib: ["ES2023"],
  module: "NodeNext",
  strict: true,
  skipLibCheck: false,
  rootDir: "src",
  noEmit: true,
}

/** What the compiler says of our declarations and of the test; those of runners are theirs. */
const oursIn = (output: string): readonly string[] =>
  output.split("\n").filter((line) => /keywright|orders\.test/.test(line))

/** Whether npm installs all packages and the runner into one project. */
const resolve = ({ type, dependencies }: Runner, folder: string, packed: readonly Packed[]) =>
  resolveProject(join(folder, "resolved"), {
    type,
    dependencies: {
      ...tarballsOf(packed),
      ...versionsOf(["@aws-sdk/client-kms"]),
      ...dependencies,
    },
  })

/** Checks the types of a test and runs it, below a project that has our packages. */
async function failureOf(runner: Runner, folder: string): Promise<string | undefined> {
  const trouble = await installProject(folder, {
    type: runner.type,
    dependencies: runner.dependencies,
    files: {
      "src/orders.test.ts": testOf(runner),
      "tsconfig.check.json": { compilerOptions, include: ["src"] },
      ...runner.settings,
    },
  })
  if (trouble !== undefined) return trouble
  const compiler = await runNode([programOf("typescript", "tsc"), "-p", "tsconfig.check.json"], {
    cwd: folder,
  })
  const findings = oursIn(compiler.output)
  if (findings.length > 0) return findings.join("\n")
  const test = await runNode(runner.command, { cwd: folder, timeoutMs: 300_000 })
  return test.ok ? undefined : test.output
}

/** Our packages beside every test runner, installed with npm as their users do. */
export const runnersCheck: Check = {
  name: "runners",
  async run(workbench) {
    const packed = await workbench.packed()
    const project = await workbench.installed()
    const failures: string[] = []
    await twoAtOnce(runners.entries(), async ([number, runner]) => {
      const folder = join(project, "runners", String(number))
      const failure = (await resolve(runner, folder, packed)) ?? (await failureOf(runner, folder))
      if (failure !== undefined) failures.push(`${namesOf(runner)}\n${failure}`)
    })
    const summary = `${runners.length} versions, ${failures.length} failed`
    return { ok: failures.length === 0, summary, details: failures.join("\n\n") }
  },
}
