import { sourceRule } from "../rule.js"
import { type Token, tokenize } from "../tokens.js"
import type { SourceFile } from "../tree.js"

/** Packages that may ask things of Node. Everything else runs wherever JavaScript runs. */
const onNode = ["hsm", "keywright", "tools"]
/** Rooms of other packages that meet test runners and the network of Node. */
const roomsOnNode =
  /^packages\/testing\/src\/(?:assert|conformance|coverage|guard|matchers|vitest-reporter)\b/
const isOnNode = ({ package: name, path }: SourceFile): boolean =>
  onNode.includes(name) || name.startsWith("examples/") || roomsOnNode.test(path)

type Scope = (source: SourceFile) => boolean
const everywhere: Scope = () => true
const shipped: Scope = ({ part, package: name }) =>
  part === "src" && name !== "tools" && !name.startsWith("examples/")
const pure: Scope = (source) => source.part === "src" && !isOnNode(source)
const tests: Scope = ({ part }) => part === "test"
const ownTests: Scope = (source) => tests(source) && !source.package.startsWith("examples/")
const core: Scope = ({ part, package: name }) => part === "src" && name === "core"
const outsideRefusals: Scope = (source) =>
  shipped(source) && !source.path.startsWith("packages/core/src/vocabulary/refusals/")

interface Ban {
  /** The tokens in a row. */
  readonly calls: string
  readonly where: Scope
  readonly instead: string
  /** Where it is wanted. */
  readonly except?: readonly string[]
  /** Also as a property of something: `crypto.subtle`. Default: only by itself. */
  readonly asProperty?: boolean
}

const clock = [
  "packages/core/src/system.ts",
  "packages/storage/src/system.ts",
  "packages/testing/src/system.ts",
]
/** How long a call takes, for people. */
const durations = "packages/keywright/src/telemetry/open-telemetry.ts"
/** How long a thread stays awake: nothing that anybody sees depends on it. */
const attention = "packages/hsm/src/isolated/links/attentive.ts"
const entropy = [
  "packages/core/src/system.ts",
  "packages/core/src/software-hsm/suite/noble-suite.ts",
  "packages/core/src/envelope/cipher/system-entropy.ts",
  "packages/storage/src/system.ts",
]
/** What is wiped when a turn of the event loop is over. */
const turns = "packages/core/src/software-hsm/suite/fresh-entropy.ts"
/** Where the types and encodings of node:crypto meet ours. */
const buffers = ["packages/hsm/src/openssl/bytes.ts"]

/** Where the words of another table, of another region or of the policy evaluator are passed on. */
const quoting = [
  "packages/core/src/engine/access/decide.ts",
  "packages/core/src/engine/regions/regions.ts",
  "packages/core/src/model/admission.ts",
  "packages/core/src/model/failures.ts",
  "packages/core/src/model/xks-failures.ts",
  "packages/core/src/operations/keys/key-policies.ts",
]

const bans: readonly Ban[] = [
  { calls: "Date.now", where: shipped, instead: "the clock port", except: clock },
  { calls: "new Date()", where: shipped, instead: "the clock port", except: clock },
  {
    calls: "performance.now",
    where: shipped,
    instead: "the clock port",
    except: ["packages/core/src/system.ts", "packages/storage/src/system.ts", durations, attention],
  },
  {
    calls: "performance.now",
    where: tests,
    instead: "a count of steps, or two sizes in one run: a busy machine is no failure",
    except: ["packages/core/test/support/growth.ts"],
  },
  {
    calls: "rejects.toThrow()",
    where: ownTests,
    instead: "the error that is meant: any mistake throws something",
    asProperty: true,
  },
  {
    calls: "Math.random",
    where: everywhere,
    instead: "the entropy port; in tests fast-check, or randomInt of node:crypto",
  },
  { calls: "getRandomValues", where: shipped, instead: "the entropy port", asProperty: true },
  {
    calls: "randomUUID",
    where: shipped,
    instead: "the entropy port",
    asProperty: true,
    except: entropy,
  },
  { calls: "randomBytes(", where: core, instead: "the entropy port", except: entropy },
  {
    calls: "setTimeout",
    where: pure,
    instead: "a due date and sweep(): time is a port",
    except: [...clock, turns],
  },
  { calls: "setInterval", where: pure, instead: "a due date and sweep(): time is a port" },
  {
    calls: "setImmediate",
    where: pure,
    instead: "a promise, or the rest port",
    except: ["packages/core/src/system.ts", turns],
  },
  { calls: "Buffer", where: shipped, instead: "Uint8Array", except: buffers },
  { calls: "console", where: shipped, instead: "a returned value, or the audit sink" },
  {
    calls: "process.",
    where: pure,
    instead: "an option: the engine reads no environment",
    except: ["packages/testing/src/system.ts"],
  },
  { calls: "new KmsError(", where: outsideRefusals, instead: "a sentence of vocabulary/refusals" },
  {
    calls: "quoted(",
    where: outsideRefusals,
    instead: "a sentence of vocabulary/refusals",
    except: quoting,
  },
  { calls: "globalThis", where: pure, instead: "an option" },
  { calls: "eval(", where: everywhere, instead: "code" },
  { calls: "new Function(", where: everywhere, instead: "code" },
  { calls: "debugger", where: everywhere, instead: "a test" },
]

const parsed = bans.map((ban) => ({ ...ban, tokens: tokenize(ban.calls).map(({ text }) => text) }))

/** Whether the tokens from `start` on are those, and not the property of something else. */
function isAt(code: readonly Token[], start: number, tokens: readonly string[]): boolean {
  return tokens.every((text, i) => {
    const token = code[start + i]
    return token?.text === text && (token.kind === "word" || token.kind === "mark")
  })
}

const isProperty = (code: readonly Token[], i: number): boolean =>
  code[i - 1]?.text === "." || code[i - 1]?.text === "?." || code[i + 1]?.text === ":"

export const bannedCallsRule = sourceRule(
  "banned-calls",
  "what has a replacement in this house is not called",
  (source) => {
    const bansHere = parsed.filter(
      ({ where, except }) => where(source) && !except?.includes(source.path),
    )
    return source.code.flatMap((token, i) =>
      bansHere
        .filter(({ tokens, asProperty }) => {
          if (!isAt(source.code, i, tokens)) return false
          return asProperty === true || !isProperty(source.code, i)
        })
        .map(({ calls, instead }) => ({
          line: token.line,
          message: `${calls} is not for here; instead: ${instead}`,
        })),
    )
  },
)

export const nodeImportsRule = sourceRule(
  "node-imports",
  `only ${onNode.join(", ")} and tests import from Node`,
  (source) => {
    if (!pure(source)) return []
    return source.imports
      .filter(({ specifier }) => specifier.startsWith("node:"))
      .map(({ line, specifier }) => ({ line, message: `${specifier} in a package without Node` }))
  },
)
