import process from "node:process"
import { startVitest } from "vitest/node"
import { root } from "../paths.js"

/*
 * A process in which tests run on sources with switches, as `hand.ts` says. Whatever becomes of the
 * process that began it, this one ends with it, and with it those that it has begun.
 */

process.once("disconnect", () => process.kill(-process.pid, "SIGKILL"))

await startVitest("test", [], { config: "packages/tools/mutants.config.ts", root, watch: false })
