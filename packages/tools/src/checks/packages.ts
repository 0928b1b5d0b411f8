import { readFileSync } from "node:fs"
import { publint } from "publint"
import { formatMessage } from "publint/utils"
import { programOf, runNode } from "../run.js"
import type { Check } from "./check.js"
import type { Packed } from "./project.js"

/** What publint says of a tarball, as lines. */
async function lint({ name, tarball }: Packed): Promise<readonly string[]> {
  const bytes = readFileSync(tarball)
  const start = bytes.byteOffset
  const whole = bytes.buffer.slice(start, start + bytes.length) as ArrayBuffer
  const { messages, pkg } = await publint({ pack: { tarball: whole }, strict: true })
  return messages.map((message) => `${name}  ${formatMessage(message, pkg)}`)
}

/** What are-the-types-wrong says of a tarball; nothing when the types are right. */
async function checkTypes({ name, tarball }: Packed): Promise<readonly string[]> {
  const args = [tarball, "--profile", "esm-only", "--format", "ascii", "--no-emoji", "--no-color"]
  const attw = await runNode([programOf("@arethetypeswrong/cli", "attw"), ...args])
  return attw.ok ? [] : [`${name}\n${attw.output}`]
}

/** What would be published, as bundlers, Node and TypeScript will see it. */
export const packagesCheck: Check = {
  name: "packages",
  async run(workbench) {
    const packed = await workbench.packed()
    const findings: string[] = []
    for (const one of packed) findings.push(...(await lint(one)), ...(await checkTypes(one)))
    const summary = `${packed.length} tarballs, publint and are-the-types-wrong`
    return { ok: findings.length === 0, summary, details: findings.join("\n") }
  },
}
