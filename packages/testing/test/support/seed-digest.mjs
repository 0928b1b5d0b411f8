/**
 * Tells the story of the seed on this version of Node, with the packages as they were built, and
 * fails when it comes out otherwise than everywhere else.
 */
import assert from "node:assert/strict"
import process from "node:process"
import { createTestKms } from "@keywright/testing"
import { expected, tellSeedStory } from "./seed-story.mjs"

const told = await tellSeedStory(createTestKms)
process.stdout.write(`${told}\n`)
assert.equal(told, expected)
