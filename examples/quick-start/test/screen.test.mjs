import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import process from "node:process"
import { test } from "node:test"
import { fileURLToPath } from "node:url"

const program = fileURLToPath(new URL("../dist/main.js", import.meta.url))
const tell = (...args) =>
  spawnSync(process.execPath, ["--no-warnings", program, ...args], { encoding: "utf8" })

test("the story fits a screen, and ends with what to do next", () => {
  const { status, stdout, stderr } = tell()
  assert.equal(status, 0, stderr)
  const lines = stdout.trim().split("\n")
  assert.ok(lines.length <= 36, `${lines.length} lines`)
  const explanation = lines.slice(lines.findIndex((line) => line.startsWith("Why")) + 1, -3)
  assert.equal(explanation.length, 6)
  assert.match(
    explanation.join("\n"),
    /aws:SourceIp: wanted 203\.0\.113\.0\/24; is 198\.51\.100\.9/,
  )
  assert.match(lines.at(-1) ?? "", /^Next: /)
})

for (const wrong of ["--help", "no-such-file", tmpdir()]) {
  test(`${wrong === tmpdir() ? "a folder" : wrong} gets one line and no stack`, () => {
    const { status, stdout, stderr } = tell(wrong)
    assert.equal(status, 1)
    assert.equal(stdout, "")
    assert.equal(stderr.trim().split("\n").length, 1)
  })
}
