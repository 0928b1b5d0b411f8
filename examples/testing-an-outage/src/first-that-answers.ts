import type { OrderVault } from "@keywright/example-order-vault"

/** What KMS answers when it did look: another region would say the same. */
const refusals: ReadonlySet<string> = new Set([
  "AccessDeniedException",
  "DisabledException",
  "InvalidCiphertextException",
])

const isRefusal = (error: unknown): boolean => error instanceof Error && refusals.has(error.name)

/**
 * A vault that asks the first region, and the next one when that is down. The regions share a
 * multi-Region key, so what one of them sealed every other one opens.
 */
export function firstThatAnswers(vaults: readonly OrderVault[]): OrderVault {
  async function ask<Answer>(question: (vault: OrderVault) => Promise<Answer>): Promise<Answer> {
    const failures: unknown[] = []
    for (const vault of vaults) {
      try {
        return await question(vault)
      } catch (error) {
        if (isRefusal(error)) throw error
        failures.push(error)
      }
    }
    throw new AggregateError(failures, "no region answers")
  }

  return {
    seal: (order) => ask((vault) => vault.seal(order)),
    open: (tenant, sealed) => ask((vault) => vault.open(tenant, sealed)),
  }
}
