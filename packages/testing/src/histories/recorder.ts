import type { KmsClient } from "@keywright/core"
import { clientOf } from "@keywright/core/testing"
import { certainRefusals, type KmsCall, type KmsOperation, type KmsReply } from "./kms/kms-call.js"

/** Writes down what callers do and see. */
export interface HistoryRecorder {
  /** Makes one call and writes it down; answers or throws what the call does. */
  record<Output extends object>(call: KmsCall, make: () => Promise<Output>): Promise<Output>
  /** A client that does what another does, and is written down. */
  watch(client: KmsClient, caller?: string): KmsClient
  /** What was seen until now. Calls that are still under way have no answer yet. */
  operations(): readonly KmsOperation[]
}

/** Members of replies that no model reads, and that would fill the memory. */
const leftOut = ["Plaintext", "CiphertextBlob", "CiphertextForRecipient", "$metadata"]

const shortened = (members: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(members).filter(([name]) => !leftOut.includes(name)))

/**
 * Records calls in the order in which they begin and end in this process, whatever hosts make
 * them. A refusal is an answer; after any other error it is not known what became of the call.
 * Plaintexts and ciphertexts are left out.
 */
export function createHistoryRecorder(): HistoryRecorder {
  let moment = 0
  const now = (): number => {
    moment += 1
    return moment
  }
  const operations: KmsOperation[] = []

  const record: HistoryRecorder["record"] = async (call, make) => {
    const kept: KmsCall = { ...call, input: shortened(call.input) }
    const start = now()
    const at = operations.push({ call: kept, start, answer: undefined }) - 1
    const answer = (reply: KmsReply): void => {
      operations[at] = { call: kept, start, answer: { end: now(), reply } }
    }
    try {
      const output = await make()
      answer({ output: shortened(output) })
      return output
    } catch (error) {
      const { name } = Object(error) as { readonly name?: unknown }
      if (typeof name === "string" && certainRefusals.has(name)) answer({ error: name })
      throw error
    }
  }

  return {
    record,
    watch: (client, caller) =>
      clientOf((operation, input) => {
        const method = `${operation.charAt(0).toLowerCase()}${operation.slice(1)}`
        const methods = client as unknown as Record<string, (input: object) => Promise<object>>
        const call: KmsCall = { operation, caller, input: input as KmsCall["input"] }
        return record(call, async () => (await methods[method]?.(input)) ?? {})
      }),
    operations: () => [...operations],
  }
}
