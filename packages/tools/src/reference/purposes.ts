import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { OperationName } from "@keywright/core"
import { root } from "../paths.js"

/*
 * What the operations are for, as the comments above their rows say. They are read where they
 * stand, so that what the engine loads has no words that it never says.
 */

const rows = join(root, "packages/core/src/operations")
const commented = /^\/\*\*([^/]*?)\*\/\nexport const (\w+) = (?:row|toggle)\(/gm

/** The text of a comment, a line for each of its paragraphs. */
const paragraphs = (comment: string): readonly string[] =>
  comment
    .split(/\n \*\n/)
    .map((part) => part.replaceAll(/\n \*/g, " ").replaceAll(/\s+/g, " ").trim())

/**
 * Reads what every operation is for: a sentence or more in each paragraph. What it answers throws
 * for an operation without words.
 */
export function readPurposes(): (operation: OperationName) => readonly string[] {
  const files = readdirSync(rows, { recursive: true, encoding: "utf8" })
  const texts = files.filter((file) => file.endsWith(".ts")).map((file) => join(rows, file))
  const found = texts.flatMap((file) => [...readFileSync(file, "utf8").matchAll(commented)])
  const all = new Map(found.map(([, text = "", name = ""]) => [name, paragraphs(text)]))
  return (operation) => {
    const purpose = all.get(operation)
    if (purpose === undefined) throw new Error(`the row of ${operation} has no comment above it`)
    return purpose
  }
}
