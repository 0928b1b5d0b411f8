import { posix } from "node:path"
import type { Finding, Rule } from "../rule.js"
import { isRelative, resolveImport, type SourceFile, type Tree } from "../tree.js"

/**
 * The rooms of every folder that has rooms, from the ground up. A room is a folder, or a file that
 * stands between folders. It imports only rooms of the lines above its own. A file that no line
 * names is the front door of its folder: it may import every room, and no room imports it.
 */
const roomsOf: Readonly<Record<string, readonly string[]>> = {
  "packages/aws-sdk/src": [
    "http.ts protocol-errors.ts request-ids.ts",
    "abort.ts body.ts form.ts",
    "cbor.ts json-codec.ts request-handler.ts verifying.ts",
    "dialects.ts",
    "codecs.ts",
    "sts wires",
  ],
  "packages/core/src/envelope/keys": [
    "counter-mode.ts key-source.ts once-cache.ts own-bytes.ts refusals.ts",
    "ask-keys.ts local-wrapping.ts",
    "raw",
    "kms",
    "agreement",
    "branch",
    "cache",
  ],
  "packages/core/src/engine": [
    "records",
    "hsms",
    "care",
    "subjects",
    "access",
    "regions",
    "host",
    "due",
    "corridor",
  ],
  "packages/core/src/envelope": [
    "envelope-error.ts cipher",
    "message",
    "keys",
    "limits.ts settings.ts streams",
    "opening sealing",
    "fields",
  ],
  "packages/core/src/formats": [
    "base64-shape.ts binding.ts fields.ts text-map.ts",
    "keys opaque xks",
    "stored",
    "regions",
  ],
  "packages/core/src/operations": [
    "asked-enums.ts backings.ts dry-run.ts",
    "shapes.ts",
    "call.ts",
    "subjects.ts",
    "row.ts",
    "bound-tokens.ts follow.ts paging.ts",
    "crypto key-stores",
    "keys",
    "grants",
  ],
  "packages/core/src/software-hsm": ["suite", "boundary seals", "methods", "software-hsm.ts"],
  "packages/core/src/software-hsm/suite": [
    "fresh-entropy.ts hashes.ts make-when-used.ts pooled-entropy.ts",
    "crypto-suite.ts signing-schemes.ts",
    "rsa",
    "noble",
  ],
  "packages/core/src/vocabulary": ["errors.ts", "refusals"],
  "packages/core/src/vocabulary/refusals": ["refusal.ts"],
  "packages/hsm/src": [
    "later.ts own-arguments.ts openssl quorum",
    "openssl.ts quorum.ts",
    "isolated pkcs11",
    "fleet pkcs11.ts",
  ],
  "packages/hsm/src/fleet": ["member.ts"],
  "packages/hsm/src/isolated": ["wire links", "inside outside"],
  "packages/hsm/src/pkcs11": [
    "cryptoki.ts",
    "failures.ts kept-form.ts mechanisms.ts",
    "library.ts",
    "login.ts",
    "connection.ts objects.ts",
    "public-parts.ts token-keys.ts token-work.ts",
    "device.ts pkcs11-seal.ts token-suite.ts",
    "probe.ts",
  ],
  "packages/identity/src": [
    "sigv4 vocabulary",
    "records web-tokens",
    "accounts-text directory",
    "sessions",
    "sts",
    "callers",
  ],
  "packages/keywright/src": [
    "owned-file.ts synced-directory.ts telemetry write-ahead-log.ts",
    "backup-file.ts file-anchor.ts open-database.ts",
    "root-key-file.ts",
    "open-kms.ts",
    "restore-kms.ts",
    "command",
  ],
  "packages/policy/src": [
    "vocabulary",
    "catalogue",
    "operators",
    "parse",
    "compile",
    "decide",
    "analyse explain",
    "counterfactual write-time",
    "evaluate.ts lint",
  ],
  "packages/storage/src": [
    "contract.ts storage-error.ts",
    "arguments.ts base64.ts system.ts",
    "bounded-stamp.ts conformance patience.ts",
    "remote-storage.ts",
    "etcd postgres sqlite",
  ],
  "packages/testing/src": [
    "conformance guard.ts keep-last.ts moments.ts seed system.ts",
    "clock.ts conformance.ts",
    "fault-row.ts world",
    "call-record.ts fixtures histories",
    "coverage faults matchers test-kms.ts",
    "coverage.ts histories.ts region-door.ts sdk-door.ts",
  ],
  "packages/testing/src/histories": [
    "history.ts",
    "parts.ts",
    "search.ts",
    "verdict.ts",
    "render.ts",
    "check.ts kms",
    "recorder.ts",
  ],
  "packages/testing/src/histories/kms": [
    "kms-call.ts kms-state.ts",
    "rows.ts shown.ts",
    "alias-rows.ts",
    "operations.ts",
    "kms-model.ts",
  ],
  "packages/tools/src": [
    "paths.ts servers tidy",
    "previous",
    "reference run.ts two-at-once.ts",
    "bench checks drill growing interop mutants runtimes soak",
  ],
  "packages/tools/src/mutants": ["equivalents rooms mistakes.ts", "messages.ts", "inside"],
  "packages/tools/src/tidy": [
    "tokens.ts",
    "functions.ts imports.ts",
    "tree.ts",
    "rule.ts",
    "rules",
  ],
}

/** The floors of the core have a rule of their own: two of its rooms stand beside the others. */
const floors = "packages/core/src"

/** The folders of a package's sources that hold this file, from the inside out. */
function* foldersOf({ path, name }: SourceFile): Generator<string> {
  const depth = name.split("/").length
  for (let folder = posix.dirname(path), i = 1; i <= depth; i += 1) {
    yield folder
    folder = posix.dirname(folder)
  }
}

/** The name that a file, or the folder that holds it, has in a folder. */
const roomIn = (folder: string, path: string): string =>
  path.slice(folder.length + 1).split("/", 1)[0] ?? ""

/** The line of a room. Files that no line names stand above all; a folder must be named. */
const heightOf = (folder: string, room: string): number | undefined => {
  const height = roomsOf[folder]?.findIndex((line) => line.split(" ").includes(room)) ?? -1
  if (height >= 0) return height
  return room.endsWith(".ts") ? Number.POSITIVE_INFINITY : undefined
}

function checkFolder(tree: Tree, source: SourceFile, folder: string): readonly Finding[] {
  const { path } = source
  const room = roomIn(folder, path)
  const height = heightOf(folder, room)
  if (height === undefined) {
    const message = `${room}/ has no place among the rooms of ${folder}: rules/rooms.ts`
    return [{ path, line: 1, message }]
  }
  return source.imports.flatMap(({ specifier, line }) => {
    const target = isRelative(specifier) ? resolveImport(tree, source, specifier) : ""
    if (!target.startsWith(`${folder}/`)) return []
    const targetRoom = roomIn(folder, target.replace(/\.js$/, ".ts"))
    const isDoor = height === Number.POSITIVE_INFINITY
    if (targetRoom === room || isDoor || (heightOf(folder, targetRoom) ?? 0) < height) return []
    return [{ path, line, message: `${room} may not import ${targetRoom}: ${specifier}` }]
  })
}

export const roomsRule: Rule = {
  name: "rooms",
  says: "the rooms of a folder stand in order, and no import runs back up",
  check: (tree) =>
    tree.sources
      .filter(({ part }) => part === "src")
      .flatMap((source) =>
        [...foldersOf(source)]
          .filter((folder) => folder !== floors)
          .flatMap((folder) => checkFolder(tree, source, folder)),
      ),
}
