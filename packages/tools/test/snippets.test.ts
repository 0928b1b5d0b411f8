import { expect, it } from "vitest"
import { snippetsOf } from "../src/checks/snippets.js"

const fenced = (language: string, code: string) => `\`\`\`${language}\n${code}\n\`\`\`\n`

it("every TypeScript and JavaScript block of a page is a module", () => {
  const page = `# A\n\n${fenced("ts", "a()")}\ntext\n\n${fenced("js", "b()")}${fenced("sh", "c")}`
  expect(snippetsOf("README", page)).toEqual([
    { file: "README-1.ts", code: "a()\n" },
    { file: "README-2.ts", code: "b()\n" },
  ])
})

it("a block that goes on is a part of the one before", () => {
  const page = `${fenced("ts", "a()")}\n<!-- goes on -->\n${fenced("ts", "b()")}`
  expect(snippetsOf("p", page)).toEqual([{ file: "p-1.ts", code: "a()\nb()\n" }])
})

it("a block is left out only with a reason", () => {
  const notRun = `<!-- not run: needs a server -->\n\n${fenced("ts", "a()")}`
  expect(snippetsOf("p", notRun)).toEqual([])
  expect(snippetsOf("p", notRun.replace(": needs a server", ""))).toHaveLength(1)
})

it("what is given stands unseen in front of a block", () => {
  const page = `<!-- given: const a = 1 -->\n\n${fenced("ts", "b(a)")}`
  expect(snippetsOf("p", page)).toEqual([{ file: "p-1.ts", code: "const a = 1\nb(a)\n" }])
  const lines = `<!-- given:\nconst a = 1\nconst c = 2 -->\n${fenced("ts", "b(a)")}`
  expect(snippetsOf("p", lines)[0]?.code).toBe("const a = 1\nconst c = 2\nb(a)\n")
})
