import { createMemoryStorage } from "@keywright/storage"
import { type Machines, networkStores } from "../../../core/test/support/machines.js"
import { createSqliteFolder } from "../../../storage/test/support/sqlite-folder.js"

const memoryMachines = async (): Promise<Machines> => {
  const storage = createMemoryStorage()
  const open = async () => ({ ...storage, close: async () => undefined })
  return { open, interrupt: async () => undefined, remove: () => undefined }
}

const sqliteMachines = async (): Promise<Machines> => ({
  ...createSqliteFolder(),
  interrupt: async () => undefined,
})

/** Every store that several hosts can share, each with how it is made where this machine has it. */
export const sharedStores: typeof networkStores = [
  ["memory", memoryMachines],
  ["SQLite", sqliteMachines],
  ...networkStores,
]
