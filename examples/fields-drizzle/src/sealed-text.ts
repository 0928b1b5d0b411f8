import type { SealedText } from "@keywright/core/envelope"
import { customType } from "drizzle-orm/sqlite-core"

/** What a column type needs of a field. */
interface SealedColumn {
  requireSealed(stored: unknown): SealedText
}

/**
 * A column that holds what `field.seal` made, and nothing else: text that was not sealed is an
 * error of types, and when it comes all the same it is stopped on its way in and out.
 */
export const sealedText = (field: SealedColumn) =>
  customType<{ data: SealedText; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => field.requireSealed(value),
    fromDriver: (value) => field.requireSealed(value),
  })
