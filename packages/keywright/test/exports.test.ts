import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import {
  type AnyKmsError,
  type AuditEvent,
  awsRequestQuotas,
  connectRegions,
  type InputOf,
  isKmsError,
  openKms,
  type ReplyOf,
} from "../src/index.js"

test("a service needs no other package to name what it hands in and gets back", async () => {
  const folder = mkdtempSync(join(tmpdir(), "keywright-exports-"))
  const events: AuditEvent[] = []
  const kms = await openKms({
    path: join(folder, "keys.db"),
    rootKey: new Uint8Array(32).fill(7),
    audit: (event) => {
      events.push(event)
    },
    requestQuotas: awsRequestQuotas,
  })
  const owner = kms.as(kms.administrator)
  const input: InputOf<"CreateKey"> = { Description: "orders" }
  const reply: ReplyOf<"CreateKey"> = await owner.createKey(input)
  const describing = owner.describeKey({ KeyId: "alias/none" })
  const refusal: AnyKmsError | undefined = await describing.then(
    () => undefined,
    (error) => (isKmsError(error) ? error : undefined),
  )
  await kms.close()
  rmSync(folder, { recursive: true })
  expect(reply.KeyMetadata?.Description).toBe("orders")
  expect(refusal?.name).toBe("NotFoundException")
  expect(events.map(({ eventName }) => eventName)).toEqual(["CreateKey", "DescribeKey"])
  expect(connectRegions).toBeInstanceOf(Function)
})
