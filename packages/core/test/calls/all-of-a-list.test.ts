import { expect, it } from "vitest"
import { catalogue, type OperationName } from "../../src/operations/catalogue.js"
import { createClock } from "../support/clock.js"
import { openWorld } from "../support/world.js"

it("answers every item of a list once, whatever the length of a page", async () => {
  const { root, newKey } = await openWorld()
  const made = [await newKey(), await newKey(), await newKey()].sort()
  for (const Limit of [1, 2, 3, 100]) {
    const seen: unknown[] = []
    for await (const { KeyId } of root.listKeys.all({ Limit })) seen.push(KeyId)
    expect(seen.sort()).toEqual(made)
  }
})

it("goes on over a page without items", async () => {
  const clock = createClock()
  const { root, newKey } = await openWorld({ clock })
  const keys = [await newKey(), await newKey(), await newKey()].sort()
  const [gone = "", , last] = keys
  await root.scheduleKeyDeletion({ KeyId: gone, PendingWindowInDays: 7 })
  clock.advanceDays(8)
  const seen: unknown[] = []
  for await (const { KeyId } of root.listKeys.all({ Limit: 1 })) seen.push(KeyId)
  expect(seen).toEqual([keys[1], last])
})

it("asks for no page that nobody reads", async () => {
  const events: string[] = []
  const { root, newKey } = await openWorld({
    audit: ({ eventName }) => void events.push(eventName),
  })
  for (let i = 0; i < 3; i += 1) await newKey()
  const pagesAsked = () => events.filter((name) => name === "ListKeys").length
  const all = root.listKeys.all({ Limit: 1 })
  expect(pagesAsked()).toBe(0)
  for await (const _ of all) break
  expect(pagesAsked()).toBe(1)
})

it("ends with the refusal of a page", async () => {
  const { root } = await openWorld()
  const all = root.listKeys.all({ Marker: "none of ours" })
  await expect(all.next()).rejects.toThrow(
    expect.objectContaining({ name: "InvalidMarkerException" }),
  )
  expect((await all.next()).done).toBe(true)
})

it("is there for every operation that answers in pages, and for no other", async () => {
  const { root } = await openWorld()
  for (const [name, row] of Object.entries(catalogue)) {
    const method =
      root[(name.charAt(0).toLowerCase() + name.slice(1)) as Uncapitalize<OperationName>]
    expect([name, "all" in method]).toEqual([name, "NextMarker" in row.reply().shape])
  }
})
