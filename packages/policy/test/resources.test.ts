import { expect, test } from "vitest"
import { compile } from "../src/index.js"
import { keyAllows, requestOf } from "./support/scene.js"

/**
 * As IAM has it: in the first five parts of an ARN a wildcard stands for no colon, but for a star
 * at the end of its part, which takes whole parts more; in the sixth it stands for anything.
 */
function expressionOf(pattern: string, inserted: string): RegExp {
  const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
  const parts = pattern.split(":")
  const six = [...parts.slice(0, 5), parts.slice(5).join(":")].slice(0, parts.length)
  const written = six.map((part, index) =>
    [...part]
      .map((character, at) => {
        const isFree = index === 5 || at === part.length - 1
        if (character === "*") return isFree ? ".*" : "[^:]*"
        if (character === "?") return index === 5 ? "." : "[^:]"
        return character === "$" ? escaped(inserted) : escaped(character)
      })
      .join(""),
  )
  return new RegExp(`^${written.join(":")}$`, "s")
}

const inner = ["a", "", "*", "?", "a*", "*b", "a*b", "?b"]
const last = ["c", "*", "c*", "*:c", "?", "c?d", "*d"]
const tails = [
  ...["a:b:c", "a:b:c:d", "ab:b:c", "ab:ab:cd", ":b:c", "a::c", "a:b:", "a:b", "a", "::"],
  ...["a:b:cxd", "a:bb:c:c:d", "a:x:b:c", "a:x:y:b:c", "b:a:d", "aab:abb:c?d", "x:b:c"],
]

/** Compared on every resource, with what a variable inserts or without. */
function expectAlike(pattern: string, inserted: string): void {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: policy variables
  const Resource = pattern.replace("$", "${aws:username}")
  const compiled = compile({ keyPolicy: keyAllows("*", { Resource }) })
  const context = { "aws:username": inserted }
  const wanted = expressionOf(pattern, inserted)
  for (const tail of tails.flatMap((one) => [one, one + inserted])) {
    const resource = `arn:aws:kms:${tail}`
    const { effect } = compiled.decide(requestOf("user", { resource, context }))
    if ((effect === "allow") !== wanted.test(resource)) {
      expect.fail(`${Resource} with ${inserted} on ${resource} is ${effect}`)
    }
  }
}

test.each(inner)("a resource whose fourth part is %o is compared part by part", (fourth) => {
  for (const fifth of inner) {
    for (const sixth of last) {
      const pattern = `arn:aws:kms:${fourth}:${fifth}:${sixth}`
      expectAlike(pattern, "v")
      for (const inserted of ["v", ":", "c:d", "*", ""]) expectAlike(`${pattern}$`, inserted)
    }
    expectAlike(`arn:aws:kms:${fourth}:${fifth}`, "v")
  }
  expectAlike(`arn:aws:kms:${fourth}`, "v")
})
