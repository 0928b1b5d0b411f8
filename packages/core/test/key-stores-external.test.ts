import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { openXksStore, type XksWorld } from "./support/key-stores.js"
import { blobIn } from "./support/world.js"

let world: XksWorld
beforeEach(async () => {
  world = await openXksStore()
})
afterEach(() => world.proxy.close())

describe("a key in an external key store", () => {
  it("encrypts and decrypts", async () => {
    expect(await world.entry()).toEqual({})
    const KeyId = await world.newStoreKey()
    const reply = await world.root.encrypt({ KeyId, Plaintext: Uint8Array.of(1, 2, 3) })
    const CiphertextBlob = blobIn(reply)
    expect((await world.root.decrypt({ CiphertextBlob })).Plaintext).toEqual(Uint8Array.of(1, 2, 3))
  })
})
