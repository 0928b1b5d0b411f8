import { startVitest } from "vitest/node"
import { root } from "../paths.js"

/*
 * A process in which tests run on sources with switches, as `hand.ts` says. It ends with the
 * process that began it.
 */

await startVitest("test", [], { config: "packages/tools/mutants.config.ts", root, watch: false })
