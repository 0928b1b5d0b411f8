import { sourceRule } from "../rule.js"

/**
 * Where a value may be there now or later: on the way of a call that uses a key, and where an
 * author of a port has the choice. Each line is a folder or a file of `packages/`.
 */
const rooms: readonly string[] = [
  "core/src/vocabulary/eventually.ts",
  "core/src/ports",
  "core/src/index.ts",
  // Reading what a call is about, deciding it, and walking it.
  "core/src/engine/records/read-set.ts",
  "core/src/engine/records/record-reader.ts",
  "core/src/engine/records/write-desk.ts",
  "core/src/engine/hsms",
  "core/src/engine/subjects",
  "core/src/engine/access",
  "core/src/engine/host/host-rates.ts",
  "core/src/engine/host/last-usages.ts",
  "core/src/engine/host/region-rates.ts",
  "core/src/engine/host/throttle.ts",
  "core/src/engine/due/prepare-key.ts",
  "core/src/engine/corridor",
  // Using a key.
  "core/src/operations/row.ts",
  "core/src/operations/call.ts",
  "core/src/operations/follow.ts",
  "core/src/operations/crypto",
  "core/src/operations/grants/find-grant.ts",
  "core/src/software-hsm",
  // Messages that are sealed and opened piece by piece.
  "core/src/envelope/cipher",
  "core/src/envelope/opening",
  "core/src/envelope/sealing",
  "core/src/envelope/streams",
  // Calling an HSM, whoever made it.
  "hsm/src/isolated/inside/serve.ts",
  "testing/src/conformance/hsm-case.ts",
  // What the engine asks of who calls.
  "identity/src/directory",
]

const isInRoom = (path: string): boolean =>
  rooms.some((room) => path === `packages/${room}` || path.startsWith(`packages/${room}/`))

const words: readonly string[] = ["Eventually", "andThen", "andFinally", "inTurn"]

export const eventuallyRule = sourceRule(
  "eventually",
  "a value now or later is for the way of a call that uses a key; all else is `async`",
  ({ path, part, code }) => {
    if (part !== "src" || isInRoom(path)) return []
    return code.flatMap(({ text, line }, i) => {
      const isPromiseTest = text === "instanceof" && code[i + 1]?.text === "Promise"
      if (!isPromiseTest && !words.includes(text)) return []
      return [{ line, message: `${text} stands in no room for it: write \`async\`` }]
    })
  },
)
