import { describe, expect, it } from "vitest"
import { openWorld } from "../support/world.js"

describe("a sweep", () => {
  it.each<[string, object, string]>([
    ["nothing to do", { itemsMax: 0 }, "`itemsMax`"],
    ["less than nothing", { itemsMax: -1 }, "`itemsMax`"],
    ["half a thing", { itemsMax: 1.5 }, "`itemsMax`"],
    ["things without an end", { itemsMax: Number.POSITIVE_INFINITY }, "`itemsMax`"],
    ["no number of things", { itemsMax: "9" }, "`itemsMax`"],
    ["another place to go on at", { after: "key/1" }, "`after`"],
    ["no place to go on at", { after: "" }, "`after`"],
    ["a place that is no text", { after: 7 }, "`after`"],
  ])("is not told %s", async (_, options, name) => {
    const { kms } = await openWorld()
    await expect(kms.sweep(options)).rejects.toThrow(TypeError)
    await expect(kms.sweep(options)).rejects.toThrow(name)
  })

  it("of a store where nothing is due says so", async () => {
    const { kms } = await openWorld()
    for (const options of [undefined, {}, { itemsMax: 1 }, { after: "due/" }]) {
      expect(await kms.sweep(options)).toEqual({
        keysDeleted: 0,
        keysExpired: 0,
        keysRotated: 0,
        lateMs: 0,
        unreadable: [],
        unsettled: [],
        recordsRewrapped: 0,
        recordsToRewrap: 0,
        domainKeysRetired: 0,
        domainKeysLeft: 0,
        messagesDelivered: 0,
        regionsUnreachable: [],
      })
    }
  })
})
