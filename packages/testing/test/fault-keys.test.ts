import { expect, test } from "vitest"
import { createTestKms } from "../src/index.js"

const Plaintext = Uint8Array.of(1)
const nameOf = (error: Error) => error.name

test("a planned fault leaves it to KMS to refuse a name that no alias can have", async () => {
  const kit = await createTestKms({ fixtures: { keys: [{ alias: "alias/app" }] } })
  const names = ["alias/ü", `alias/${"x".repeat(1025)}`, "alias/", "arn:alias/a b", ""]
  const refusals = () =>
    Promise.all(names.map((KeyId) => kit.client().encrypt({ KeyId, Plaintext }).catch(nameOf)))
  const before = await refusals()
  kit.faults.plan([{ fault: "throttle", key: "alias/app" }])
  expect(await refusals()).toEqual(before)
  expect(before).toEqual(expect.arrayContaining(["NotFoundException", "ValidationException"]))
  expect(kit.calls).toHaveLength(2 * names.length)
})
