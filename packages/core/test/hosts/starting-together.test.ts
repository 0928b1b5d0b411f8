import { createMemoryStorage, type Storage } from "@keywright/storage"
import { expect, it } from "vitest"
import { openHost } from "../support/hosts.js"
import { newKey } from "../support/world.js"

/** A store whose answers come late, each after another while, so that hosts overtake each other. */
function lateStorage(): Storage {
  const inner = createMemoryStorage()
  let draw = 1
  const late = async (): Promise<void> => {
    draw = (draw * 7 + 3) % 11
    await new Promise((resolve) => setTimeout(resolve, draw % 3))
  }
  return {
    ...inner,
    get: (keys) => late().then(() => inner.get(keys)),
    list: (range) => late().then(() => inner.list(range)),
    commit: (change) => late().then(() => inner.commit(change)),
  }
}

it("hosts that start together on an empty store make one domain, and all of them start", async () => {
  const storage = lateStorage()
  const opened = await Promise.all(Array.from({ length: 8 }, () => openHost({ storage })))
  const roots = opened.map((kms) => kms.as(kms.administrator))
  const ids = await Promise.all(roots.map((root) => newKey(root)))
  for (const root of roots) {
    const { Keys = [] } = await root.listKeys({})
    expect(Keys.map(({ KeyId }) => KeyId).sort()).toEqual([...ids].sort())
  }
})
