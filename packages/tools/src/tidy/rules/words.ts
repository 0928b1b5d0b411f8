import type { Rule } from "../rule.js"

/*
 * The patterns are written so that they do not match themselves.
 */
const words: readonly { readonly pattern: RegExp; readonly message: string }[] = [
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X])\b/,
    message: "unfinished: do it, or say in the documentation what is missing",
  },
  {
    pattern: /\bregistry\.(?:[\w-]+\.)+(?:com|org|io|net|dev)\b/,
    message: "the host of a registry: everyone has a setting of their own",
  },
  {
    pattern: /(?<![\w.:/])\/(?:home|Users|root|work|mnt)\/[\w.-]/,
    message: "a path of somebody's machine",
  },
  { pattern: /\b(?:localhost|127\.0\.0\.1):4873\b/, message: "a registry on somebody's machine" },
]

/** Written by a tool. */
const generated = ["pnpm-lock.yaml"]

export const wordsRule: Rule = {
  name: "words",
  says: "nothing is left unfinished, and nothing of one machine is written down",
  check: ({ files }) =>
    [...files]
      .filter(([path]) => !generated.includes(path))
      .flatMap(([path, text]) =>
        text.split("\n").flatMap((line, i) =>
          words
            .filter(({ pattern }) => pattern.test(line))
            .map(({ pattern, message }) => {
              const found = pattern.exec(line)?.[0] ?? ""
              return { path, line: i + 1, message: `"${found}": ${message}` }
            }),
        ),
      ),
}
